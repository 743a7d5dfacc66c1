//! The rows of a block that are updated: what a step needs to know of them.

use std::ops::Range;

use super::chunk::PassOutputs;
use super::row_step::StepTerms;
use super::storage::FactorMatrix;

/// How a row a is improved, with the numerators N, curvatures Q and sums s of `row_pass`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// a ← max(floor, a · N / s).
    Multiplicative,
    /// a ← max(floor, a / 5, a + γ (N − s)(a + c ā)/(N + c ā Q)), c = ½, one pass after another.
    DiagonalNewton {
        /// γ, above 0 and below 2.
        damping: f32,
        /// Steps per row.
        passes: usize,
    },
    /// Newton steps along one coordinate after another, over those that are not zero or want to leave it.
    CoordinateNewton {
        /// Rounds over the coordinates.
        passes: usize,
    },
}

impl Step {
    /// Passes over the nonzeros of a row.
    pub(super) fn passes(self) -> usize {
        match self {
            Self::DiagonalNewton { passes, .. } => passes,
            Self::Multiplicative | Self::CoordinateNewton { .. } => 1,
        }
    }

    /// Whether the curvatures Q are needed.
    pub(super) fn is_curved(self) -> bool {
        matches!(self, Self::DiagonalNewton { .. })
    }
}

/// The nonzeros of V in rows (CSR), and the factor that they meet.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) step: Step,
    pub(super) pointers: &'a [u64],
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) other: &'a FactorMatrix,
    pub(super) terms: &'a StepTerms,
    /// Row sums of the other factor, where the step needs them.
    pub(super) row_sums: Vec<f32>,
}

impl Rows<'_> {
    /// Nonzeros of a row.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        self.pointers[row] as usize..self.pointers[row + 1] as usize
    }

    /// What a pass over a row has to give.
    pub(super) fn outputs(&self, objective: bool) -> PassOutputs<'_> {
        let products = matches!(self.step, Step::CoordinateNewton { .. });
        PassOutputs { objective, row_sums: &self.row_sums, products }
    }
}
