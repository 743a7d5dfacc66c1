//! The rows that an update works on: their nonzeros, the other factor, and the step that each row takes.

use std::ops::Range;

use super::chunk::PassOutputs;
use super::row_step::StepTerms;
use super::storage::FactorMatrix;

/// How a row a is updated from its numerators N and curvatures Q (see [`PassOutputs`]) and the column sums s of the
/// other factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The multiplicative update a ← max(floor, a · N / s).
    Multiplicative,
    /// The diagonal Newton step a ← max(floor, a / 5, a + γ (N − s)(a + c ā)/(N + c ā Q)), with c = ½ and ā the mean
    /// of a.
    DiagonalNewton {
        /// The step length γ, above 0 and below 2.
        damping: f32,
        /// Number of steps per row, each with a pass over its nonzeros.
        passes: usize,
    },
    /// Newton steps along one coordinate after another, over those that are positive or that a step would make
    /// positive.
    CoordinateNewton {
        /// Number of rounds over the coordinates.
        passes: usize,
    },
}

impl Step {
    /// Number of passes over the nonzeros of a row; coordinate descent then visits them again for every active
    /// coordinate.
    pub(super) fn passes(self) -> usize {
        match self {
            Self::DiagonalNewton { passes, .. } => passes,
            Self::Multiplicative | Self::CoordinateNewton { .. } => 1,
        }
    }

    /// Whether the step needs the curvatures Q.
    pub(super) fn is_curved(self) -> bool {
        matches!(self, Self::DiagonalNewton { .. })
    }
}

/// The nonzeros of V by row (CSR), the other factor, and the step with its terms.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) step: Step,
    pub(super) pointers: &'a [u64],
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) other: &'a FactorMatrix,
    pub(super) terms: &'a StepTerms,
    /// The row sums σ of the other factor; empty if the step does not need Q.
    pub(super) row_sums: Vec<f32>,
}

impl Rows<'_> {
    /// The range of a row's nonzeros in `indices` and `values`.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        self.pointers[row] as usize..self.pointers[row + 1] as usize
    }

    /// What a pass over a row has to compute for the step, and f if `objective` asks for it.
    pub(super) fn outputs(&self, objective: bool) -> PassOutputs<'_> {
        let products = matches!(self.step, Step::CoordinateNewton { .. });
        PassOutputs { objective, row_sums: &self.row_sums, products }
    }
}
