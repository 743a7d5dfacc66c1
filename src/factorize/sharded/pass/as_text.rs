//! Parameters within a pass, as JSON: their own form says which value is which by its kind, and the bytes of a pass
//! say nothing of kinds.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::factorize::FactorizeParams;

pub(super) fn serialize<S: Serializer>(params: &FactorizeParams, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(params).map_err(S::Error::custom)?.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FactorizeParams, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
