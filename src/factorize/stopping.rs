//! When a fit is over.

use super::FactorizeParams;
use super::observer::Iteration;

/// Iterations over which the fall of the objective is judged.
const WINDOW: usize = 10;

/// Whether the trace says that the fit has converged.
pub(super) fn has_converged(trace: &[Iteration], params: &FactorizeParams) -> bool {
    let [.., last] = trace else { return false };
    if params.tolerance == 0.0 || trace.len() <= WINDOW {
        return false;
    }
    let before = trace[trace.len() - 1 - WINDOW].objective;
    before - last.objective <= params.tolerance * before.abs()
}
