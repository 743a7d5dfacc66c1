//! When a fit is over.

use serde::{Deserialize, Serialize};

use super::{FactorizeParams, Sweep};

/// Iterations over which the fall of the objective is judged.
const WINDOW: usize = 10;

/// Why a fit ended. Not to have converged is a result, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The objective fell by less than `tolerance` over ten iterations.
    Converged,
    /// The KKT residual fell below `kkt_tolerance`.
    Stationary,
    /// `max_iterations` were done.
    MaxIterations,
    /// The time limit was reached.
    TimeLimit,
    /// Somebody asked for an end.
    Interrupted,
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged",
            Self::Stationary => "stationary point reached",
            Self::MaxIterations => "all iterations done",
            Self::TimeLimit => "time limit reached",
            Self::Interrupted => "interrupted",
        })
    }
}

/// Whether the trace says that the fit has converged.
pub(super) fn has_converged(trace: &[Sweep], params: &FactorizeParams) -> bool {
    let [.., last] = trace else { return false };
    if params.tolerance == 0.0 || trace.len() <= WINDOW {
        return false;
    }
    let before = trace[trace.len() - 1 - WINDOW].objective;
    before - last.objective <= params.tolerance * before.abs()
}
