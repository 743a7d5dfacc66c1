//! Several starts, one result: successive halving.
//!
//! Every start descends 16 iterations; the better half (by objective, the first of equals) goes on until twice as many are
//! done, and so on until one is left, which is finished (the scheme of K. Jamieson, A. Talwalkar, *Non-stochastic best arm
//! identification and hyperparameter optimization*, AISTATS 2016). Sixteen at first, because on counts it shows late where
//! a start ends. Half of the starts are in memory at a time.
//!
//! The schedule is data, so that a fit can be interrupted between any two iterations and taken up again.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::descent;
use super::problem::Problem;
use super::state::{Start, State};
use super::{FactorizeError, Observer, StopReason};

/// Iterations of the first round.
const ITERATIONS: usize = 16;

/// A fit between two iterations: the descents that are still in the running, and whose turn it is. It is all that
/// [`Fit::resume`](super::Fit::resume) needs beside V and the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Starts of the fit.
    n_starts: usize,
    /// Starts that have been made so far.
    n_begun: usize,
    /// The descents in the running.
    states: Vec<State>,
    /// The descent whose turn it is; one behind the last is a start that is still to be made.
    turn: usize,
    /// Rounds that are over. In the first, each start has its turn as soon as it is made.
    round: u32,
    /// Why the descent that was left has ended, if it has.
    stop_reason: Option<StopReason>,
}

impl Checkpoint {
    /// Before the first of `n_starts` starts.
    pub(super) fn new(n_starts: usize) -> Self {
        Self { n_starts, n_begun: 0, states: Vec::new(), turn: 0, round: 0, stop_reason: None }
    }

    /// The descents in the running.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Starts that have been made so far.
    pub fn n_begun(&self) -> usize {
        self.n_begun
    }

    /// The descent whose turn it is, if its start has been made.
    pub(super) fn current(&self) -> Option<&State> {
        self.states.get(self.turn)
    }

    /// As [`Checkpoint::current`], to be changed.
    pub(super) fn current_mut(&mut self) -> Option<&mut State> {
        self.states.get_mut(self.turn)
    }

    /// The descent of the lowest objective.
    pub(super) fn into_best(mut self) -> Option<State> {
        self.keep(1);
        self.states.pop()
    }

    /// Does iterations, at most `n_iterations` of all descents together, until one descent is left and has ended or
    /// `observer` asks for an end. Gives the reason for the end, if there is one.
    pub(super) fn advance(
        &mut self,
        problem: &Problem<'_>,
        start: &mut dyn FnMut(usize) -> Start,
        mut n_iterations: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<StopReason>, FactorizeError> {
        while self.stop_reason.is_none() {
            self.begin_turn(problem, start);
            let until = self.until(problem.params.max_iterations);
            let state = &mut self.states[self.turn];
            if state.n_iterations() >= until {
                self.end_turn(StopReason::MaxIterations);
                continue;
            }
            if n_iterations == 0 {
                return Ok(None);
            }
            n_iterations -= 1;
            match descent::iterate(problem, state, until, observer)? {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(reason) if reason.is_from_outside() => return Ok(Some(reason)),
                ControlFlow::Break(reason) => self.end_turn(reason),
            }
        }
        Ok(self.stop_reason)
    }

    /// Makes the start whose turn it is, if it is still to be made.
    pub(super) fn begin_turn(&mut self, problem: &Problem<'_>, start: &mut dyn FnMut(usize) -> Start) {
        if self.turn == self.states.len() {
            self.states.push(State::new(start(self.n_begun), problem.params.floor));
            self.n_begun += 1;
        }
    }

    /// Whether one descent is left, which is then finished.
    fn is_last(&self) -> bool {
        self.n_begun == self.n_starts && self.states.len() == 1
    }

    /// Iterations that a descent has done at the end of its turn.
    fn until(&self, max_iterations: usize) -> usize {
        if self.is_last() { max_iterations } else { (ITERATIONS << self.round).min(max_iterations) }
    }

    /// A descent has done the iterations of its round, or has ended before. One that has converged waits for the others.
    fn end_turn(&mut self, reason: StopReason) {
        if self.is_last() {
            self.stop_reason = Some(reason);
        } else if self.round == 0 {
            self.keep(self.n_starts.div_ceil(2));
            self.turn = self.states.len();
            if self.n_begun == self.n_starts {
                (self.turn, self.round) = (0, 1);
            }
        } else {
            self.turn += 1;
            if self.turn == self.states.len() {
                self.keep(self.states.len().div_ceil(2));
                (self.turn, self.round) = (0, self.round + 1);
            }
        }
    }

    /// Keeps the `n` descents of the lowest objectives known, in order; of equal ones those that stand first.
    fn keep(&mut self, n: usize) {
        self.states.sort_by(|a, b| a.last_objective().total_cmp(&b.last_objective()));
        self.states.truncate(n);
    }
}
