//! What a fit minimises: V and all that is added to the loss. It is borrowed by every step and never changes.

use std::borrow::Cow;

use super::FactorizeParams;
use super::guidance::Constraints;
use super::penalties::Penalties;
use crate::kernels::BLOCK_ROWS;
use crate::matrix::TermDocumentMatrix;

/// V, the parameters of the fit, its penalties and its constraints.
#[derive(Clone, Debug)]
pub(super) struct Problem<'v> {
    /// V; with seeded topics, their pseudo-documents stand behind its documents.
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

/// The part of the objective that V alone decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataSums {
    /// Σ V.
    pub total: f64,
    /// ½ Σ V².
    pub half_squares: f64,
}

impl DataSums {
    /// Sums of V.
    pub fn new(v: &TermDocumentMatrix) -> Self {
        let square = |&value: &f32| f64::from(value) * f64::from(value);
        let blocks = v.by_document();
        let squares = blocks.data().chunks(BLOCK_ROWS).map(|block| block.iter().map(square).sum::<f64>()).sum::<f64>();
        Self { total: v.total(), half_squares: 0.5 * squares }
    }
}
