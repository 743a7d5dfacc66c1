//! The methods of the Frobenius family: each is a function of a row, its b and the Gram matrix.

use super::gram::Gram;
use super::penalties::Penalty;
use super::{block_principal_pivoting, hals, multiplicative_update, projected_gradient};
use crate::factorize::Solver;

/// The method that updates a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Multiplicative updates: [`multiplicative_update`].
    MultiplicativeUpdate,
    /// Hierarchical alternating least squares: [`hals`].
    Hals,
    /// Projected gradient: [`projected_gradient`].
    ProjectedGradient,
    /// Exact solution by [`block_principal_pivoting`].
    BlockPrincipalPivoting,
}

impl Method {
    /// The method of a solver. The solvers of the divergence are listed only for completeness, because the parameters
    /// refuse them for this loss.
    pub(in crate::factorize) fn of(solver: Solver) -> Self {
        match solver {
            Solver::Mu => Self::MultiplicativeUpdate,
            Solver::Anls => Self::BlockPrincipalPivoting,
            Solver::ProjectedGradient => Self::ProjectedGradient,
            Solver::Auto | Solver::Hals | Solver::DiagonalNewton | Solver::CoordinateNewton => Self::Hals,
        }
    }

    /// Whether a step minimises exactly along each coordinate. Only such steps are extrapolated.
    pub(in crate::factorize) fn is_exact(self) -> bool {
        matches!(self, Self::Hals | Self::BlockPrincipalPivoting)
    }

    /// Improves the row `a`, given the Gram matrix of the other factor and b (length n_topics). Entries end at or
    /// above the floor, except with the exact method, which has no floor. Only HALS applies the penalty.
    pub fn improve(self, gram: &Gram, b: &[f64], floor: f64, penalty: &Penalty, a: &mut [f64]) {
        match self {
            Self::MultiplicativeUpdate => multiplicative_update::improve(gram, b, floor, a),
            Self::Hals => hals::improve(gram, b, floor, penalty, a),
            Self::ProjectedGradient => projected_gradient::improve(gram, b, floor, a),
            Self::BlockPrincipalPivoting => block_principal_pivoting::solve(gram, b, a),
        }
    }
}
