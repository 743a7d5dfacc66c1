//! The result of a fit.

use super::guidance::FixedTopics;
use super::observer::Iteration;
use super::stop_reason::StopReason;
use crate::kernels::FactorMatrix;

/// W, H and how they came about.
#[derive(Clone, Debug)]
pub struct Factorization {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored documents × topics (a row is a document's column of H).
    pub h: FactorMatrix,
    /// The objective by iteration; row 0 is the start.
    pub trace: Vec<Iteration>,
    /// Why the solver stopped.
    pub stop_reason: StopReason,
    /// How far the result is from a stationary point; see [`kkt_residual`](super::kkt_residual). It is not measured with
    /// penalties or given topics, whose conditions for a minimum are others.
    pub kkt_residual: Option<f64>,
    /// Topics that keep their places, and those that keep their scale.
    pub fixed: FixedTopics,
}
