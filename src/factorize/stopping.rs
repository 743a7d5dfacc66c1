//! The rule by which a fit has converged.

use super::FactorizeParams;
use super::observer::Iteration;

/// Number of iterations over which the fall of the objective is judged, because that of a single iteration varies.
const WINDOW: usize = 10;

/// Whether the objective fell by no more than `tolerance`, as a share of itself, over the last iterations of the
/// trace.
pub(super) fn has_converged(trace: &[Iteration], params: &FactorizeParams) -> bool {
    let [.., last] = trace else { return false };
    if params.tolerance == 0.0 || trace.len() <= WINDOW {
        return false;
    }
    let before = trace[trace.len() - 1 - WINDOW].objective;
    before - last.objective <= params.tolerance * before.abs()
}
