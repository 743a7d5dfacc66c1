//! Observers, which watch a fit and may end it.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::StopReason;

/// The objective after a number of iterations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Number of iterations done; 0 is the start.
    pub number: usize,
    /// The objective f(W, H).
    pub objective: f64,
    /// The fall of the objective since the iteration before, as a share of it; `None` at the start.
    pub change: Option<f64>,
}

/// Watches a fit, to show its progress or to end it early. A closure is an observer.
///
/// The objective after an iteration is known only during the next iteration, which is completed even after a `Break`.
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
    /// Is called once per iteration, in order from 0. If there are several starts, it is called for the iterations of
    /// each.
    fn observe(&mut self, iteration: &Iteration) -> ControlFlow<StopReason>;

    /// Whether the state of the fit should be stored now, so that another run can go on from it. Is asked between two
    /// iterations, where the fit has a file for that.
    fn is_checkpoint_due(&mut self) -> bool {
        false
    }

    /// Is told of a checkpoint that could not be written, which does not end the fit.
    fn checkpoint_failed(&mut self, _problem: &str) {}

    /// Is called when another stage than the first descent begins.
    fn enter(&mut self, _stage: Stage) {}
}

/// What follows the descent that a fit begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Topics are sharpened.
    Sharpening,
    /// A half of the documents is fitted, to see which topics it has.
    Run {
        /// Its number, from 1.
        number: usize,
        /// The number of all runs.
        of: usize,
    },
    /// A last descent starts from what the runs have in common.
    Consensus,
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
