//! Who watches a fit, and may end it.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::StopReason;

/// The state after a number of iterations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Iterations done; 0 is the start.
    pub number: usize,
    /// The objective f(W, H).
    pub objective: f64,
    /// Relative fall of the objective since the iteration before; none at the start.
    pub change: Option<f64>,
}

/// Watches a fit; an extension seam for progress and early stops. Closures are observers.
///
/// The objective of an iteration is known during the next one, which is still completed after a `Break`.
///
/// ```
/// use std::ops::ControlFlow;
/// use topicmill::factorize::{Iteration, StopReason};
/// let mut objectives = Vec::new();
/// let mut observer = |iteration: &Iteration| {
///     objectives.push(iteration.objective);
///     if iteration.number < 50 { ControlFlow::Continue(()) } else { ControlFlow::Break(StopReason::Interrupted) }
/// };
/// # let _ = observer(&Iteration { number: 0, objective: 1.0, change: None });
/// ```
pub trait Observer {
    /// Called once per iteration, in order, from 0. With several starts it is called for each of them.
    fn observe(&mut self, iteration: &Iteration) -> ControlFlow<StopReason>;
}

impl<F: FnMut(&Iteration) -> ControlFlow<StopReason>> Observer for F {
    fn observe(&mut self, iteration: &Iteration) -> ControlFlow<StopReason> {
        self(iteration)
    }
}

/// An observer that never stops a fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _: &Iteration) -> ControlFlow<StopReason> {
        ControlFlow::Continue(())
    }
}
