//! Multiplicative updates for the KL-divergence (`mu`).
//!
//! ```text
//! H_kd ← H_kd · ( Σ_t W_tk V_td / (WH)_td ) / Σ_t W_tk         H: topics × documents, stored documents × topics
//! W_tk ← W_tk · ( Σ_d H_kd V_td / (WH)_td ) / Σ_d H_kd         W: terms × topics, with the new H
//! ```
//!
//! One iteration is exactly one update of H, then one of W (scikit-learn's order). Cost: 8 flops per nonzero and topic,
//! 2 divisions per nonzero; both orientations of V are gathered over, nothing of size nnz × n_topics or
//! n_terms × n_topics is allocated.
//!
//! Guaranteed: f never rises in a half-step (with a floor: on the set of factors at or above it); after an update of H
//! the column sums of WH equal those of V, after one of W the row sums do (without a floor, to rounding); any number of
//! threads and every kernel give the same bits.
//!
//! Reference: D. D. Lee, H. S. Seung, *Learning the parts of objects by non-negative matrix factorization*, Nature 401
//! (1999), [doi:10.1038/44565](https://doi.org/10.1038/44565). Departures: entries of rows that have a nonzero are kept
//! at or above a floor (N. Takahashi, R. Hibi, *Global convergence of modified multiplicative updates for nonnegative
//! matrix factorization*, 2014, [doi:10.1007/s10589-013-9593-0](https://doi.org/10.1007/s10589-013-9593-0)), since zeros
//! lock; (WH)_td is clamped at 1e-30. Rows of V without a nonzero become exact zeros.

use std::ops::Range;

use sprs::CsMatViewI;

use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, Lanes, RowUpdate, TopicScale};
use crate::matrix::TermDocumentMatrix;

/// Nonzeros up to which rows are updated by one task.
const TASK_NONZEROS: u64 = 16_384;

/// The document step: updates every row of the stored H (documents × topics) with W fixed. `w_sums` are the column
/// sums of W. Gives Σ V ln(V / WH) of the factors before the step.
pub fn document_step(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    w_sums: &[f64],
    h: &mut FactorMatrix,
    floor: f32,
) -> f64 {
    let mut objectives = vec![0.0; h.n_rows()];
    half_step(v.by_document(), h, w, w_sums, floor, &mut objectives);
    objectives.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum()
}

/// The term step: updates every row of W (terms × topics) with H fixed. `h_sums` are the column sums of the stored H.
pub fn term_step(v: &TermDocumentMatrix, w: &mut FactorMatrix, h: &FactorMatrix, h_sums: &[f64], floor: f32) {
    half_step(v.by_term(), w, h, h_sums, floor, &mut []);
}

/// Both steps are one: `factor` with the rows of V that it stands for, the other factor and its column sums.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    factor: &mut FactorMatrix,
    other: &FactorMatrix,
    sums: &[f64],
    floor: f32,
    objectives: &mut [f64],
) {
    let (indptr, scale) = (rows.indptr(), TopicScale::new(sums, floor));
    let step = RowUpdate::new(Kernel::current(), indptr.raw_storage(), rows.indices(), rows.data(), other, &scale);
    update(&step, 0..factor.n_rows(), factor.lanes_mut(), objectives);
}

/// Updates the rows in parallel, halved by nonzeros until they are one task. `objectives` has a place per row, or none
/// where nobody asks.
fn update(step: &RowUpdate<'_>, rows: Range<usize>, factor: &mut [Lanes], objectives: &mut [f64]) {
    let pointers = &step.pointers()[rows.start..=rows.end];
    let (first, n) = (pointers[0], pointers[rows.len()] - pointers[0]);
    if n <= TASK_NONZEROS && rows.len() <= BLOCK_ROWS || rows.len() <= 1 {
        return step.run(rows.start, factor, objectives);
    }
    let half = pointers.partition_point(|&at| at <= first + n / 2).clamp(1, rows.len() - 1);
    let (left, right) = factor.split_at_mut(half * step.other().lanes_per_row());
    let (left_objectives, right_objectives) = objectives.split_at_mut(half.min(objectives.len()));
    rayon::join(
        || update(step, rows.start..rows.start + half, left, left_objectives),
        || update(step, rows.start + half..rows.end, right, right_objectives),
    );
}
