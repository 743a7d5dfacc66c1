//! Where a fit stands between two iterations: all that the next one needs, so that a fit can be stored and taken up again.

use serde::{Deserialize, Serialize};

use super::extrapolation::Extrapolation;
use super::observer::Iteration;
use super::safeguard::Safeguard;
use crate::kernels::FactorMatrix;

/// Factors to start from.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored documents × topics.
    pub h: FactorMatrix,
}

/// W and H between two iterations, and what the solver remembers of those before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) w: FactorMatrix,
    pub(super) h: FactorMatrix,
    /// Smallest entries of W and of H.
    pub(super) floors: (f32, f32),
    pub(super) safeguard: Safeguard,
    pub(super) extrapolation: Extrapolation,
    pub(super) trace: Vec<Iteration>,
}

impl State {
    /// Before the first iteration; `floor` is the smallest entry as a share of a factor's mean.
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

    /// The objective before each iteration so far; that after the last one is not known yet.
    pub fn trace(&self) -> &[Iteration] {
        &self.trace
    }

    /// Iterations done.
    pub fn n_iterations(&self) -> usize {
        self.trace.len()
    }

    /// The last objective known: that before the last iteration; infinite before the first.
    pub(super) fn last_objective(&self) -> f64 {
        self.trace.last().map_or(f64::INFINITY, |iteration| iteration.objective)
    }
}
