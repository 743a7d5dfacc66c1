//! Who watches a fit, and may end it.

use super::StopReason;

/// The state after a number of iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Iterations done; 0 is the start.
    pub iteration: usize,
    /// The objective f(W, H).
    pub objective: f64,
    /// Relative fall of the objective since the iteration before; none at the start.
    pub change: Option<f64>,
}

/// What an observer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// End after this iteration, for this reason.
    Stop(StopReason),
}

/// Watches a fit; an extension seam for progress and early stops. Closures are observers.
///
/// The objective of an iteration is known during the next one, which is still completed after a `Stop`.
///
/// ```
/// use topicmill::factorize::{StopReason, Sweep, Verdict};
/// let mut objectives = Vec::new();
/// let mut observer = |sweep: &Sweep| {
///     objectives.push(sweep.objective);
///     if sweep.iteration < 50 { Verdict::Continue } else { Verdict::Stop(StopReason::Interrupted) }
/// };
/// # let _ = observer(&Sweep { iteration: 0, objective: 1.0, change: None });
/// ```
pub trait Observer {
    /// Called once per iteration, in order, from 0.
    fn observe(&mut self, sweep: &Sweep) -> Verdict;
}

impl<F: FnMut(&Sweep) -> Verdict> Observer for F {
    fn observe(&mut self, sweep: &Sweep) -> Verdict {
        self(sweep)
    }
}

/// An observer that never stops a fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _: &Sweep) -> Verdict {
        Verdict::Continue
    }
}
