//! The stage that factorises V ≈ W H: objective, initialisation, solvers, stopping and observers.
//!
//! It minimises the generalised Kullback-Leibler divergence of V (terms × documents) from W H over non-negative W
//! (terms × topics) and H (topics × documents):
//!
//! ```text
//! f(W, H) = Σ_td [ V_td ln(V_td / (WH)_td) − V_td + (WH)_td ]
//! ```
//!
//! or half the squared Frobenius norm of V − WH. A [`Solver`] lowers the objective step by step. This table compares
//! the solvers, as measured on four corpora (`benches/README.md`):
//!
//! | solver | loss | an iteration costs | reaches the objective of 200 `mu` | ends |
//! |---|---|---|---|---|
//! | `mu` | both | 1 | – | highest |
//! | `diagonal-newton` (default) | KL | 1.8 | in a ninth to a quarter of the time | 0.3 to 2.9 % lower |
//! | `coordinate-newton` | KL | 4 | in an eighth to a quarter of the time | lowest, stationary |
//! | `hals` (default) | Frobenius | | | stationary |
//! | `anls` | Frobenius | | | stationary, exact zeros |
//! | `projected-gradient` | Frobenius | | | stationary |
//!
//! The sum of all (WH)_td is Σ_k (Σ_t W_tk)(Σ_d H_kd), and the rest of the divergence concerns only the nonzeros of
//! V. So WH is never formed, and an iteration costs O(nnz · n_topics). Factors are held as [`FactorMatrix`] with the
//! topic index running fastest: a row of W is a term, a row of the stored H is a document.

mod block_sums;
mod canonical;
mod classify;
mod counts;
mod dense;
mod descent;
mod documents;
mod error;
mod extrapolation;
mod factorization;
mod fit;
mod fold_in;
mod guidance;
pub mod initialise;
pub mod loss;
mod observer;
mod params;
mod penalties;
mod problem;
pub(crate) mod random;
mod restarts;
mod safeguard;
mod scale;
mod sharded;
pub mod sharpen;
mod single_topic;
mod sparseness;
mod state;
mod statistics;
mod stop_reason;
mod stopping;
mod structured;
mod sums_by_term;

pub use block_sums::{BlockSums, Summand};
pub use canonical::{Canonical, CanonicalTopics};
pub use classify::Classifier;
pub use counts::Counts;
pub use error::FactorizeError;
pub use factorization::Factorization;
pub use fit::{Fit, Origin, check, fit};
pub use fold_in::{FoldIn, solve_documents};
pub use guidance::{FixedTopics, Guidance};
pub use loss::{baseline_objective, kkt_residual, objective};
pub use observer::{Iteration, Observer, Silent, Stage};
pub use params::{AUTO_TOPICS, FactorizeParams, Init, Loss, MOST_AUTO_TOPICS, Sharpening, Solver, Variant};
pub use restarts::Checkpoint;
pub use sharded::{
    Block, Engine, LocalShards, MemoryRows, MemoryShards, Pass, RowSet, Rows, SAMPLE_ENTRIES, Said, ShardDocuments,
    ShardSizes, ShardedCheckpoint, ShardedFactors, ShardedFit, ShardedMixture, ShardedSharpening, ShardedTopics,
    Shards, pass,
};
pub use state::{Start, State};
pub use statistics::{Shard, TermStatistics};
pub use stop_reason::StopReason;
pub use structured::{
    MissingEntries, Structure, Structured, check_masked, extend, fit_masked, fit_structured, join_topics,
    masked_objective,
};
pub use sums_by_term::add_by_term;

pub use crate::kernels::FactorMatrix;
