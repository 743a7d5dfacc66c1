//! The state of a fit between two iterations: all that the next iteration needs, so that a fit can be stored and
//! resumed.

use serde::{Deserialize, Serialize};

use super::error::FactorizeError;
use super::extrapolation::Extrapolation;
use super::observer::Iteration;
use super::safeguard::Safeguard;
use crate::kernels::FactorMatrix;

/// The factors that a fit starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored as documents × topics.
    pub h: FactorMatrix,
}

/// W and H between two iterations (in the unit of the fit, which is V divided by a power of two where its scale is
/// odd), and what the solver remembers of earlier iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) w: FactorMatrix,
    pub(super) h: FactorMatrix,
    /// The smallest entries allowed in W and in H.
    pub(super) floors: (f32, f32),
    pub(super) safeguard: Safeguard,
    pub(super) extrapolation: Extrapolation,
    pub(super) trace: Vec<Iteration>,
}

impl State {
    /// The state before the first iteration. `floor` is the smallest entry allowed, as a share of the mean of each
    /// factor.
    pub(super) fn new(start: Start, floor: f64) -> Self {
        let Start { w, h } = start;
        let floors = ((floor * w.mean()) as f32, (floor * h.mean()) as f32);
        let (safeguard, extrapolation) = (Safeguard::default(), Extrapolation::default());
        Self { w, h, floors, safeguard, extrapolation, trace: Vec::new() }
    }

    /// W (terms × topics) and the stored H (documents × topics) after the last iteration.
    pub fn factors(&self) -> [&FactorMatrix; 2] {
        self.extrapolation.last().unwrap_or([&self.w, &self.h])
    }

    /// W (terms × topics) and the stored H (documents × topics) that the next step works on. They differ from
    /// [`State::factors`] where a solver goes on beyond the last iteration (extrapolation).
    pub fn working_factors(&self) -> [&FactorMatrix; 2] {
        [&self.w, &self.h]
    }

    /// The objective before each iteration so far. The objective after the last one is not known yet, because it is
    /// computed together with the next document step.
    pub fn trace(&self) -> &[Iteration] {
        &self.trace
    }

    /// Number of iterations done.
    pub fn n_iterations(&self) -> usize {
        self.trace.len()
    }

    /// The objective before the last iteration, which is the latest that is known; infinite before the first
    /// iteration.
    pub(super) fn last_objective(&self) -> f64 {
        self.trace.last().map_or(f64::INFINITY, |iteration| iteration.objective)
    }

    /// Refuses a state whose factors have other shapes than these of W and H, or entries that no factor can hold.
    pub(super) fn check(&self, w: (usize, usize), h: (usize, usize)) -> Result<(), FactorizeError> {
        let before = self.extrapolation.last().into_iter().flatten();
        for (i, factor) in [&self.w, &self.h].into_iter().chain(before).enumerate() {
            let (what, expected) = if i.is_multiple_of(2) { ("W", w) } else { ("H", h) };
            let found = (factor.n_rows(), factor.n_topics());
            if found != expected {
                return Err(FactorizeError::StartShape { what, found, expected });
            }
            if let Some(value) = factor.first_invalid() {
                return Err(FactorizeError::StartEntry { what, value });
            }
        }
        Ok(())
    }
}
