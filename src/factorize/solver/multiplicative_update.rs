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

use rayon::prelude::*;
use sprs::CsMatViewI;

use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, Lanes, RowPass, TopicScale};
use crate::matrix::TermDocumentMatrix;

/// Rows that one task updates.
const TASK_ROWS: usize = 64;

const _: () = assert!(BLOCK_ROWS.is_multiple_of(TASK_ROWS), "objectives are summed over whole tasks");

/// The document step: updates every row of the stored H (documents × topics) with W fixed. `w_sums` are the column
/// sums of W. Gives Σ V ln(V / WH) of the factors before the step.
pub fn document_step(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    w_sums: &[f64],
    h: &mut FactorMatrix,
    floor: f32,
) -> f64 {
    update_rows(h, w, v.by_document(), w_sums, floor, true)
}

/// The term step: updates every row of W (terms × topics) with H fixed. `h_sums` are the column sums of the stored H.
pub fn term_step(v: &TermDocumentMatrix, w: &mut FactorMatrix, h: &FactorMatrix, h_sums: &[f64], floor: f32) {
    update_rows(w, h, v.by_term(), h_sums, floor, false);
}

/// Both steps are one: rows `a` of `factor` with the nonzeros of `rows`, the other factor's rows F and column sums s.
fn update_rows(
    factor: &mut FactorMatrix,
    other: &FactorMatrix,
    rows: CsMatViewI<'_, f32, u32, u64>,
    sums: &[f64],
    floor: f32,
    with_objective: bool,
) -> f64 {
    let kernel = Kernel::current();
    let (n_topics, lanes_per_row) = (factor.n_topics(), factor.lanes_per_row());
    let scale = TopicScale::new(sums, floor);
    let indptr = rows.indptr();
    let (pointers, indices, data) = (indptr.raw_storage(), rows.indices(), rows.data());
    let objectives: Vec<f64> = factor
        .lanes_mut()
        .par_chunks_mut(TASK_ROWS * lanes_per_row)
        .enumerate()
        .map_init(
            || RowPass::new(n_topics),
            |pass, (task, chunk)| {
                let mut objective = 0.0;
                for (i, row) in chunk.chunks_exact_mut(lanes_per_row).enumerate() {
                    let index = task * TASK_ROWS + i;
                    let range = pointers[index] as usize..pointers[index + 1] as usize;
                    if range.is_empty() {
                        row.fill(Lanes::default());
                        continue;
                    }
                    objective += pass.run(kernel, row, other, indices, data, range, with_objective);
                    pass.update(row, &scale);
                }
                objective
            },
        )
        .collect();
    objectives.chunks(BLOCK_ROWS / TASK_ROWS).map(|block| block.iter().sum::<f64>()).sum()
}
