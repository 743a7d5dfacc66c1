//! The methods, as functions of a row, its b and the Gram matrix.

use super::gram::Gram;
use super::penalties::Penalty;
use super::{block_principal_pivoting, hals, multiplicative_update, projected_gradient};
use crate::factorize::Solver;

/// How a row is improved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// [`multiplicative_update`].
    MultiplicativeUpdate,
    /// [`hals`].
    Hals,
    /// [`projected_gradient`].
    ProjectedGradient,
    /// [`block_principal_pivoting`].
    BlockPrincipalPivoting,
}

impl Method {
    /// The method of a solver.
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

    /// Improves `a` for G and b; entries end at or above the floor, but for the exact method, which has none. HALS alone
    /// knows penalties.
    pub fn improve(self, gram: &Gram, b: &[f64], floor: f64, penalty: &Penalty, a: &mut [f64]) {
        match self {
            Self::MultiplicativeUpdate => multiplicative_update::improve(gram, b, floor, a),
            Self::Hals => hals::improve(gram, b, floor, penalty, a),
            Self::ProjectedGradient => projected_gradient::improve(gram, b, floor, a),
            Self::BlockPrincipalPivoting => block_principal_pivoting::solve(gram, b, a),
        }
    }
}
