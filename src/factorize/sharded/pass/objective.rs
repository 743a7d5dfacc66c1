//! The objective of the factors.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::{FactorizeError, Loss, loss};
use crate::kernels::FactorMatrix;

/// Computes the objective.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Objective<'a> {
    pub(in crate::factorize::sharded) w: Cow<'a, FactorMatrix>,
    pub(in crate::factorize::sharded) loss: Loss,
}

impl Objective<'_> {
    pub(super) fn run(&self, block: &Block) -> Result<Said, FactorizeError> {
        let objective = loss::objective(&block.v, &self.w, &block.rows[RowSet::Factors as usize], self.loss);
        Ok(Said { numbers: vec![vec![objective]], ..Said::default() })
    }
}
