//! Joins the parameters of all stages into one configuration, in layers: presets go over the defaults, a file over
//! presets, and flags over the file.

mod document;
mod layers;
mod preset;

pub use document::{default_toml, to_toml};
pub use layers::{ConfigSources, Override};
pub use preset::Preset;

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeParams;
use crate::ingest::IngestParams;
use crate::matrix::MatrixParams;
use crate::text::{TextError, TextParams};

/// All parameters of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How inputs are read.
    pub ingest: IngestParams,
    /// What counts as a term.
    pub text: TextParams,
    /// Which terms are kept, and how counts become weights.
    pub matrix: MatrixParams,
    /// How V is factorised.
    pub factorize: FactorizeParams,
}

impl Config {
    /// Checks the parameters of every stage before any work; fails at the first invalid value.
    pub fn check(&self) -> Result<(), crate::Error> {
        self.ingest.check()?;
        self.text.check()?;
        self.matrix.check()?;
        self.factorize.check()?;
        if !self.text.views.is_empty() && !self.matrix.vocabulary.is_empty() {
            let (found, expected) = ("given".into(), "none where the terms are given by matrix.vocabulary");
            return Err(TextError::Parameter { key: "views", found, expected }.into());
        }
        Ok(())
    }
}

/// Why a configuration could not be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// The error of the system.
        error: std::io::Error,
    },
    /// A file, preset or override is not TOML, or has a key or value that is not allowed.
    #[error("{place}: {problem}")]
    Value {
        /// The file, preset or flag, with line and column if they are known.
        place: String,
        /// What was found and what was expected.
        problem: String,
    },
}

impl ConfigError {
    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { .. } => None,
            Self::Value { .. } => Some("`topicmill config` shows every key with its default".into()),
        }
    }
}
