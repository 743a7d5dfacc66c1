//! Half an iteration under the divergence: all rows of one factor are updated in parallel, with the other factor
//! fixed.

use std::ops::Range;

use sprs::CsMatViewI;

use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, Lanes, RowUpdate, Step, StepTerms};
use crate::matrix::TermDocumentMatrix;

/// Most work of a task, counted in nonzeros and rows. Rows count, because empty rows are work too: halving by
/// nonzeros alone would split off thousands of empty rows behind a long one, one by one.
const TASK_WORK: u64 = 16_384;

/// Updates every row of the stored H (documents × topics) with W fixed; `terms` must hold the column sums of W.
/// Returns Σ V ln(V / WH) of each document, for the factors before the step.
pub fn update_documents(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    terms: &StepTerms,
    h: &mut FactorMatrix,
    step: Step,
) -> Vec<f64> {
    let mut log_ratios = vec![0.0; h.n_rows()];
    half_step(v.by_document(), h, w, terms, step, &mut log_ratios);
    log_ratios
}

/// Updates every row of W (terms × topics) with H fixed; `terms` must hold the column sums of the stored H.
pub fn update_terms(v: &TermDocumentMatrix, w: &mut FactorMatrix, h: &FactorMatrix, terms: &StepTerms, step: Step) {
    half_step(v.by_term(), w, h, terms, step, &mut []);
}

/// Updates every row of `factor` from the same row of `rows` (V, or V transposed), with `other` fixed.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    factor: &mut FactorMatrix,
    other: &FactorMatrix,
    terms: &StepTerms,
    step: Step,
    objectives: &mut [f64],
) {
    let indptr = rows.indptr();
    let (pointers, indices, values) = (indptr.raw_storage(), rows.indices(), rows.data());
    let step = RowUpdate::new(Kernel::current(), step, pointers, indices, values, other, terms);
    let run =
        |rows: Range<usize>, factor: &mut [Lanes], objectives: &mut [f64]| step.run(rows.start, factor, objectives);
    let (n_rows, lanes_per_row) = (factor.n_rows(), factor.lanes_per_row());
    in_tasks(pointers, 0..n_rows, lanes_per_row, factor.lanes_mut(), objectives, &run);
}

/// Calls `run` for all rows of a factor in parallel: halves them by work until they are one task. `objectives` has a
/// place per row, or is empty if objectives are not needed.
pub(super) fn in_tasks(
    pointers: &[u64],
    rows: Range<usize>,
    lanes_per_row: usize,
    factor: &mut [Lanes],
    objectives: &mut [f64],
    run: &(impl Fn(Range<usize>, &mut [Lanes], &mut [f64]) + Sync),
) {
    if rows.len() <= 1 || work(pointers, rows.clone()) <= TASK_WORK && rows.len() <= BLOCK_ROWS {
        return run(rows, factor, objectives);
    }
    let half = half(pointers, rows.clone());
    let (left, right) = factor.split_at_mut(half * lanes_per_row);
    let (left_objectives, right_objectives) = objectives.split_at_mut(half.min(objectives.len()));
    let middle = rows.start + half;
    rayon::join(
        || in_tasks(pointers, rows.start..middle, lanes_per_row, left, left_objectives, run),
        || in_tasks(pointers, middle..rows.end, lanes_per_row, right, right_objectives, run),
    );
}

/// The work of a range of rows: its nonzeros and rows.
fn work(pointers: &[u64], rows: Range<usize>) -> u64 {
    pointers[rows.end] - pointers[rows.start] + rows.len() as u64
}

/// How many of the first rows make up half of the work of at least two rows; at least one, and not all.
fn half(pointers: &[u64], rows: Range<usize>) -> usize {
    let all = work(pointers, rows.clone());
    let (mut low, mut high) = (1, rows.len() - 1);
    while low < high {
        let middle = (low + high) / 2;
        if 2 * work(pointers, rows.start..rows.start + middle) < all {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(pointers: &[u64], rows: Range<usize>) -> usize {
        if rows.len() <= 1 || work(pointers, rows.clone()) <= TASK_WORK && rows.len() <= BLOCK_ROWS {
            return 0;
        }
        let middle = rows.start + half(pointers, rows.clone());
        1 + depth(pointers, rows.start..middle).max(depth(pointers, middle..rows.end))
    }

    /// However the nonzeros are spread, rows are halved no more often than their number and work require.
    #[test]
    fn halving_is_never_deep() {
        let long = |place: usize| (0..200_000).map(move |row| if row == place { 1 << 40 } else { 0 });
        let doubling = (0..200_000_u32).map(|row| if row < 40 { 1_u64 << row } else { 0 });
        let rows: [Box<dyn Iterator<Item = u64>>; 5] = [
            Box::new(long(0)),
            Box::new(long(100_000)),
            Box::new(long(199_999)),
            Box::new(doubling),
            Box::new((0..200_000).map(|row| if row % 1000 == 0 { 100_000 } else { 0 })),
        ];
        for (case, lengths) in rows.into_iter().enumerate() {
            let mut pointers = vec![0];
            pointers.extend(lengths.scan(0, |end, n| {
                *end += n;
                Some(*end)
            }));
            let depth = depth(&pointers, 0..200_000);
            assert!(depth <= 60, "case {case}: {depth} deep");
        }
    }
}
