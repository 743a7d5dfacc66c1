//! Several starts with one result, by successive halving: most of the time goes to the starts that promise most.
//!
//! Every start descends for 16 iterations. The better half (by objective; of equal ones the earlier) goes on until
//! twice as many iterations are done, and so on until one is left, which is finished (the scheme of K. Jamieson, A.
//! Talwalkar, *Non-stochastic best arm identification and hyperparameter optimization*, AISTATS 2016). The first
//! round is as long as 16 iterations, because on counts fewer do not show where a start will end. Memory holds half
//! of the starts and the one at work.
//!
//! The schedule is data ([`Checkpoint`]), so that a fit can be interrupted between any two iterations and resumed.

use serde::{Deserialize, Serialize};

use super::descent::{self, End};
use super::problem::Problem;
use super::state::{Start, State};
use super::{FactorizeError, Observer, StopReason};

/// Number of iterations of the first round.
const ITERATIONS: usize = 16;

/// A fit between two iterations: the descents that are still in the running, and the one that iterates next. It is
/// all that [`Fit::resume`](super::Fit::resume) needs beside V and the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Number of starts of the fit.
    n_starts: usize,
    /// Number of starts that have been made so far.
    n_begun: usize,
    /// The descents that are still in the running.
    states: Vec<State>,
    /// The number of the descent that iterates next; the number behind the last descent means that a start is still
    /// to be made.
    turn: usize,
    /// Number of rounds that are over. In the first round, each start has its turn as soon as it is made.
    round: u32,
    /// The reason why the last remaining descent has ended, if it has.
    stop_reason: Option<StopReason>,
}

impl Checkpoint {
    /// The checkpoint before the first of `n_starts` starts is made.
    pub(super) fn new(n_starts: usize) -> Self {
        Self { n_starts, n_begun: 0, states: Vec::new(), turn: 0, round: 0, stop_reason: None }
    }

    /// The descents that are still in the running.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Number of starts of the fit.
    pub(super) fn n_starts(&self) -> usize {
        self.n_starts
    }

    /// Refuses a checkpoint that no fit with these starts and shapes of W and H has written: it may come from a file.
    pub(super) fn check(&self, n_starts: usize, w: (usize, usize), h: (usize, usize)) -> Result<(), FactorizeError> {
        let refuse = |problem: String| Err(FactorizeError::Checkpoint(problem));
        if self.n_starts != n_starts {
            return refuse(format!("is of {} starts, expected {n_starts}", self.n_starts));
        }
        let is_beginning = self.n_begun < self.n_starts && self.turn == self.states.len();
        let has_turn = self.turn < self.states.len() || is_beginning;
        // Sixteen iterations doubled more often than this are more than any fit does.
        if self.n_begun > self.n_starts || self.states.len() > self.n_begun || !has_turn || self.round > 32 {
            return refuse("is of no fit: its descents and turns do not go together".into());
        }
        self.states.iter().try_for_each(|state| state.check(w, h))
    }

    /// The descent that iterates next, if its start has been made.
    pub(super) fn current(&self) -> Option<&State> {
        self.states.get(self.turn)
    }

    /// As [`Checkpoint::current`], but mutable.
    pub(super) fn current_mut(&mut self) -> Option<&mut State> {
        self.states.get_mut(self.turn)
    }

    /// The descent with the lowest objective.
    pub(super) fn into_best(mut self) -> Option<State> {
        self.keep(1);
        self.states.pop()
    }

    /// Iterates until one descent is left and has ended, `observer` asks for an end, or all descents together have
    /// done `n_iterations` iterations. Returns the reason if the fit has ended. Fails if an objective is not finite.
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
                None => {}
                Some(End::Fit(reason)) => return Ok(Some(reason)),
                Some(End::Descent(reason)) => self.end_turn(reason),
            }
        }
        Ok(self.stop_reason)
    }

    /// Makes the start whose turn it is, if it has not been made yet.
    pub(super) fn begin_turn(&mut self, problem: &Problem<'_>, start: &mut dyn FnMut(usize) -> Start) {
        if self.turn == self.states.len() {
            self.states.push(State::new(start(self.n_begun), problem.params.floor));
            self.n_begun += 1;
        }
    }

    /// Whether only one descent is left, which is then finished.
    fn is_last(&self) -> bool {
        self.n_begun == self.n_starts && self.states.len() == 1
    }

    /// The number of iterations that a descent will have done at the end of its turn.
    fn until(&self, max_iterations: usize) -> usize {
        if self.is_last() { max_iterations } else { (ITERATIONS << self.round).min(max_iterations) }
    }

    /// Passes the turn on, because a descent has done the iterations of its round or has ended before. A descent that
    /// has converged waits for the others, which may still fall below it.
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

    /// Keeps the `n` descents with the lowest known objectives, in order of objective; of equal ones it keeps the
    /// earlier.
    fn keep(&mut self, n: usize) {
        self.states.sort_by(|a, b| a.last_objective().total_cmp(&b.last_objective()));
        self.states.truncate(n);
    }
}
