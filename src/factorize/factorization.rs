//! The result of a fit.

use super::guidance::FixedTopics;
use super::observer::Iteration;
use super::stop_reason::StopReason;
use crate::kernels::FactorMatrix;

/// W and H, with the course of the fit that found them.
#[derive(Clone, Debug)]
pub struct Factorization {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored as documents × topics: a row is a document's column of H.
    pub h: FactorMatrix,
    /// The objective by iteration; the first entry is that of the start.
    pub trace: Vec<Iteration>,
    /// Why the solver stopped.
    pub stop_reason: StopReason,
    /// The distance from a stationary point, without unit; see [`kkt_residual`](super::kkt_residual). It is not
    /// measured with penalties or given topics, because a minimum meets other conditions then.
    pub kkt_residual: Option<f64>,
    /// How many topics keep their places, and how many of them their scale.
    pub fixed: FixedTopics,
}
