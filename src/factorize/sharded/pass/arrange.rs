//! The canonical form of the rows of the factors.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::canonical::multiply_topics;
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::{FactorizeError, Loss, loss};
use crate::kernels::FactorMatrix;

/// Brings rows into the scale and the order of the topics of W, and computes the objective, and the one without topics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arrange<'a> {
    /// W in canonical form.
    pub(in crate::factorize::sharded) w: Cow<'a, FactorMatrix>,
    /// What topics of W were divided by; none where documents were solved for W as it is.
    pub(in crate::factorize::sharded) scales: Option<Vec<f64>>,
    pub(in crate::factorize::sharded) order: Vec<usize>,
    /// Σ V, and the sum of the weights of each term.
    pub(in crate::factorize::sharded) total: f64,
    pub(in crate::factorize::sharded) term_sums: Cow<'a, [f64]>,
    pub(in crate::factorize::sharded) loss: Loss,
}

impl Arrange<'_> {
    pub(super) fn run(&self, block: &mut Block) -> Result<Said, FactorizeError> {
        let Self { w, scales, order, total, term_sums, loss } = self;
        let rows = block.rows(RowSet::Factors);
        if let Some(scales) = scales {
            multiply_topics(rows, scales);
        }
        rows.permute(order);
        check(rows)?;
        let objective = loss::objective(&block.v, w, &block.rows[RowSet::Factors as usize], *loss);
        let baseline = loss::baseline_part(&block.v, *total, term_sums, *loss);
        Ok(Said { numbers: vec![vec![objective], vec![baseline]], ..Said::default() })
    }
}

/// Fails if rows have entries that no factor can hold.
pub(super) fn check(rows: &FactorMatrix) -> Result<(), FactorizeError> {
    match rows.first_invalid() {
        Some(value) => Err(FactorizeError::Overflow { what: "H", value }),
        None => Ok(()),
    }
}
