//! Half an iteration: the rows of one factor with the other fixed, in parallel.

use std::ops::Range;

use sprs::CsMatViewI;

use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, Lanes, RowUpdate, Step, TopicScale};
use crate::matrix::TermDocumentMatrix;

/// Nonzeros up to which rows are updated by one task.
const TASK_NONZEROS: u64 = 16_384;

/// The document step: updates every row of the stored H (documents × topics) with W fixed. `scale` has the column sums of
/// W. Gives Σ V ln(V / WH) of the factors before the step.
pub fn document_step(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    scale: &TopicScale,
    h: &mut FactorMatrix,
    step: Step,
) -> f64 {
    let mut objectives = vec![0.0; h.n_rows()];
    half_step(v.by_document(), h, w, scale, step, &mut objectives);
    objectives.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum()
}

/// The term step: updates every row of W (terms × topics) with H fixed. `scale` has the column sums of the stored H.
pub fn term_step(v: &TermDocumentMatrix, w: &mut FactorMatrix, h: &FactorMatrix, scale: &TopicScale, step: Step) {
    half_step(v.by_term(), w, h, scale, step, &mut []);
}

/// Both steps are one: `factor` with the rows of V that it stands for, and the other factor.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    factor: &mut FactorMatrix,
    other: &FactorMatrix,
    scale: &TopicScale,
    step: Step,
    objectives: &mut [f64],
) {
    let indptr = rows.indptr();
    let (pointers, indices, values) = (indptr.raw_storage(), rows.indices(), rows.data());
    let step = RowUpdate::new(Kernel::current(), step, pointers, indices, values, other, scale);
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
