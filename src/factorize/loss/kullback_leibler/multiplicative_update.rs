//! Multiplicative updates for the KL-divergence (`mu`).
//!
//! ```text
//! H_kd ← H_kd · ( Σ_t W_tk V_td / (WH)_td ) / Σ_t W_tk         H: topics × documents, stored documents × topics
//! W_tk ← W_tk · ( Σ_d H_kd V_td / (WH)_td ) / Σ_d H_kd         W: terms × topics, with the new H
//! ```
//!
//! One iteration is exactly one update of H, then one of W (scikit-learn's order). Cost: 8 flops per nonzero and
//! topic, 2 divisions per nonzero. Both orientations of V are read row by row, and nothing of size nnz × n_topics or
//! n_terms × n_topics is allocated.
//!
//! Guaranteed: f never rises in a half-step (with a floor: on the set of factors at or above it). After an update of
//! H the column sums of WH equal those of V, after one of W the row sums do (without a floor, to rounding). Any
//! number of threads and every kernel give the same bits.
//!
//! Reference: D. D. Lee, H. S. Seung, *Learning the parts of objects by non-negative matrix factorization*, Nature
//! 401 (1999), [doi:10.1038/44565](https://doi.org/10.1038/44565). Departures: entries of rows that have a nonzero
//! are kept at or above a floor (N. Takahashi, R. Hibi, *Global convergence of modified multiplicative updates for
//! nonnegative matrix factorization*, 2014,
//! [doi:10.1007/s10589-013-9593-0](https://doi.org/10.1007/s10589-013-9593-0)), because a multiplicative update never
//! leaves zero. (WH)_td is clamped at 1e-30. Rows of V without a nonzero become exact zeros.

use crate::kernels::Step;

/// The steps of documents and of terms, the same in every iteration.
pub(in crate::factorize) fn steps() -> [Step; 2] {
    [Step::Multiplicative; 2]
}
