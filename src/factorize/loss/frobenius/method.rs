//! The methods of the Frobenius family. HALS works on panels of rows; each of the others is a function of a row, its b
//! and the Gram matrix.

use super::gram::Gram;
use super::{block_principal_pivoting, multiplicative_update, projected_gradient, sparse_weights};
use crate::factorize::Solver;

/// The method that updates the rows of a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Hierarchical alternating least squares: [`hals`](super::hals).
    Hals,
    /// A method that takes one row after another.
    ByRow(RowMethod),
}

/// A method that updates a row by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowMethod {
    /// Multiplicative updates: [`multiplicative_update`].
    MultiplicativeUpdate,
    /// Projected gradient: [`projected_gradient`].
    ProjectedGradient,
    /// Exact solution by [`block_principal_pivoting`].
    BlockPrincipalPivoting,
    /// Rows of this sparseness: [`sparse_weights`].
    SparseWeights(f64),
}

impl Method {
    /// The method of a solver. The solvers of the divergence are listed only for completeness, because the parameters
    /// refuse them for this loss.
    pub(in crate::factorize) fn of(solver: Solver) -> Self {
        match solver {
            Solver::Mu => Self::ByRow(RowMethod::MultiplicativeUpdate),
            Solver::Anls => Self::ByRow(RowMethod::BlockPrincipalPivoting),
            Solver::ProjectedGradient => Self::ByRow(RowMethod::ProjectedGradient),
            Solver::Auto | Solver::Hals | Solver::DiagonalNewton | Solver::CoordinateNewton => Self::Hals,
        }
    }

    /// Whether a step minimises exactly along each coordinate. Only such steps are extrapolated.
    pub(in crate::factorize) fn is_exact(self) -> bool {
        matches!(self, Self::Hals | Self::ByRow(RowMethod::BlockPrincipalPivoting))
    }
}

impl RowMethod {
    /// Improves the row `a`, given the Gram matrix of the other factor and b (length n_topics). Entries end at or
    /// above the floor, except with exact solutions and sparse ones, which have none. `product` is a workspace.
    pub fn improve(self, gram: &Gram, b: &[f64], floor: f64, a: &mut [f64], product: &mut Vec<f64>) {
        match self {
            Self::MultiplicativeUpdate => multiplicative_update::improve(gram, b, floor, a, product),
            Self::ProjectedGradient => projected_gradient::improve(gram, b, floor, a, product),
            Self::BlockPrincipalPivoting => block_principal_pivoting::solve(gram, b, a, product),
            Self::SparseWeights(sparseness) => sparse_weights::improve(gram, b, sparseness, a, product),
        }
    }
}
