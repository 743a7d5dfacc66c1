//! What are V ≈ W H? Objective, initialisation, solvers, stopping, observers.
//!
//! The generalised Kullback-Leibler divergence of V (terms × documents) from W H is minimised over non-negative
//! W (terms × topics) and H (topics × documents):
//!
//! ```text
//! f(W, H) = Σ_td [ V_td ln(V_td / (WH)_td) − V_td + (WH)_td ]
//! ```
//!
//! or half the squared Frobenius norm of V − WH. A [`Solver`] lowers it step by step; which is the best to take was
//! measured on four corpora (`benches/README.md`):
//!
//! | solver | loss | an iteration costs | reaches the objective of 200 `mu` | ends |
//! |---|---|---|---|---|
//! | `mu` | both | 1 | – | highest |
//! | `accelerated` (default) | KL | 1.8 | in a ninth to a quarter of the time | 0.3 to 2.9 % lower |
//! | `newton` | KL | 4 | in an eighth to a quarter of the time | lowest, stationary |
//! | `hals` (default) | Frobenius | | | stationary |
//! | `anls` | Frobenius | | | stationary, exact zeros |
//! | `projected-gradient` | Frobenius | | | stationary |
//!
//! The sum over zeros of V is Σ_k (Σ_t W_tk)(Σ_d H_kd), so WH is never formed: a sweep costs O(nnz · n_topics).
//! Factors are held as [`FactorMatrix`] with the topic index running fastest: a row of W is a term, a row of the
//! stored H is a document.

mod canonical;
mod dense;
mod descent;
mod extrapolation;
mod fit;
mod fold_in;
mod guidance;
pub mod initialise;
mod kkt;
pub mod loss;
mod objective;
mod observer;
mod params;
mod penalties;
mod random;
mod restarts;
mod scale;
mod stopping;

pub use canonical::{Canonical, canonicalise};
pub use fit::{Start, factorize, fit, fit_guided};
pub use fold_in::{FOLD_IN_MAX_PASSES, FOLD_IN_TOLERANCE, FoldIn, solve_documents};
pub use guidance::{Given, Guidance};
pub use kkt::kkt_residual;
pub use objective::{DataSums, objective};
pub use observer::{Observer, Silent, Sweep, Verdict};
pub use params::{FactorizeParams, Init, Loss, Solver};
pub use stopping::StopReason;

use crate::kernels::FactorMatrix;

/// W, H and how they came about.
#[derive(Clone, Debug)]
pub struct Factorization {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored documents × topics (a row is a document's column of H).
    pub h: FactorMatrix,
    /// The objective by iteration; row 0 is the start.
    pub trace: Vec<Sweep>,
    /// Why the solver stopped.
    pub stop_reason: StopReason,
    /// How far the result is from a stationary point; see [`kkt_residual`]. Not measured with penalties and given
    /// topics.
    pub kkt_residual: Option<f64>,
    /// Topics that keep their places, and those that keep their scale.
    pub given: Given,
}

/// Why there is no factorization.
#[derive(Debug, thiserror::Error)]
pub enum FactorizeError {
    /// A parameter has a value that makes no sense.
    #[error("factorize.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `factorize`.
        key: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: String,
    },
    /// More topics than the data can tell apart.
    #[error("{n_topics} topics are more than the {n_documents} non-empty documents or the {n_terms} terms")]
    TooManyTopics {
        /// Topics asked for.
        n_topics: usize,
        /// Documents with a term at least.
        n_documents: usize,
        /// Terms with a document at least.
        n_terms: usize,
    },
    /// A start of the wrong shape.
    #[error("the start has {what} of {found:?}, expected {expected:?}")]
    StartShape {
        /// Which factor.
        what: &'static str,
        /// Its rows and columns.
        found: (usize, usize),
        /// What V and the number of topics ask for.
        expected: (usize, usize),
    },
    /// A start with an entry that no factor can hold.
    #[error("the start has {value} in {what}, expected finite numbers of at least 0")]
    StartEntry {
        /// Which factor.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// A start that no update can leave.
    #[error("the start is zero in all of W or H")]
    ZeroStart,
    /// Factors that have left the range of their numbers.
    #[error("the fit ended with {value} in {what}")]
    Overflow {
        /// Which factor.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// A number overflowed or underflowed.
    #[error("the objective became {objective} at iteration {iteration}")]
    NotFinite {
        /// Iteration, from 0.
        iteration: usize,
        /// Its value.
        objective: f64,
    },
}

impl FactorizeError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooManyTopics { n_documents, n_terms, .. } => {
                Some(format!("ask for at most {} topics with -k", n_documents.min(n_terms)))
            }
            Self::NotFinite { .. } | Self::Overflow { .. } => {
                Some("scale the data: 32-bit floats hold numbers from 1e-38 to 3e38".into())
            }
            _ => None,
        }
    }
}
