//! The problem that a fit solves: V and all that is added to the loss. Every step borrows it, and nothing changes it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::FactorizeParams;
use super::guidance::Constraints;
use super::penalties::Penalties;
use crate::kernels::BLOCK_ROWS;
use crate::matrix::TermDocumentMatrix;

/// V, the parameters of a fit, its penalties and its constraints.
#[derive(Clone, Debug)]
pub(super) struct Problem<'v> {
    /// V; the pseudo-documents of seeded topics stand behind its documents.
    pub(super) v: Cow<'v, TermDocumentMatrix>,
    pub(super) params: FactorizeParams,
    pub(super) data: DataSums,
    pub(super) penalties: Option<Penalties>,
    pub(super) constraints: Option<Constraints>,
}

impl<'v> Problem<'v> {
    pub(super) fn new(
        v: Cow<'v, TermDocumentMatrix>,
        params: FactorizeParams,
        constraints: Option<Constraints>,
    ) -> Self {
        let (data, penalties) = (DataSums::new(&v), Penalties::new(&v, &params));
        Self { v, params, data, penalties, constraints }
    }
}

/// The sums over V that are part of the objective and do not depend on W and H.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DataSums {
    /// Σ V, for the divergence.
    pub(super) total: f64,
    /// ½ Σ V², for the Frobenius norm.
    pub(super) half_squares: f64,
}

impl DataSums {
    /// Computes both sums in f64 and in a fixed order.
    pub(super) fn new(v: &TermDocumentMatrix) -> Self {
        let square = |&value: &f32| f64::from(value) * f64::from(value);
        let blocks = v.by_document();
        let squares = blocks.data().chunks(BLOCK_ROWS).map(|block| block.iter().map(square).sum::<f64>()).sum::<f64>();
        Self { total: v.total(), half_squares: 0.5 * squares }
    }
}
