//! The number of tokens.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::sharded::block::Block;
use crate::factorize::sharded::said::Said;

/// Counts the tokens, with a weight for each term (none is 1 for each).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tokens<'a> {
    pub(in crate::factorize::sharded) term_weights: Cow<'a, [f32]>,
}

impl Tokens<'_> {
    pub(super) fn run(&self, block: &Block) -> Result<Said, FactorizeError> {
        let n_tokens = block.counts(&self.term_weights)?.n_tokens().iter().sum();
        Ok(Said { numbers: vec![vec![n_tokens]], ..Said::default() })
    }
}
