//! How often terms stand in documents together.

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::sharded::block::Block;
use crate::factorize::sharded::said::Said;
use crate::matrix::TermPairs;

/// Counts the documents that have two terms of a group, as [`TermPairs`] does; `counts` of a [`Said`] has them group by
/// group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pairs {
    /// Groups of at most 32 terms.
    pub groups: Vec<Vec<u32>>,
}

impl Pairs {
    pub(super) fn run(&self, block: &Block) -> Result<Said, FactorizeError> {
        let mut pairs = TermPairs::new(&self.groups, block.v.n_terms());
        pairs.add(&block.v);
        Ok(Said { counts: pairs.together.concat(), ..Said::default() })
    }
}
