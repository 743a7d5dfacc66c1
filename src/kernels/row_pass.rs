//! The loop of KL multiplicative updates over the nonzeros of one row (fused dot, divide, scaled add).
//!
//! For a row a ∈ ℝ^K (a term's row of W, or a document's column of H), the rows F_e of the other factor at the row's
//! nonzeros and their values x_e > 0:
//!
//! ```text
//! v_e = max(⟨a, F_e⟩, 1e-30)        N = Σ_e (x_e / v_e) · F_e        f = Σ_e x_e · ln(x_e / v_e)
//! a ← max(floor, a · (N · 1/s))     s the column sums of the other factor
//! ```
//!
//! 4 K flops and one division per nonzero, plus one logarithm where f is asked for; nothing of size nnz × K is stored.
//! Order of operations, the same on every path: a dot product is one chain of fused multiply-adds per lane, then the
//! tree l + (l+8), +4, +2, +1; N is summed in storage order in f32 on [`chains`] chains over chunks of 4,096 nonzeros, whose
//! partial sums are added in f64; f is summed in f64 by lane over blocks of 16 nonzeros, then by the same tree.

use std::ops::Range;

use super::storage::{FactorMatrix, LANES, Lanes, flatten, flatten_mut};
use super::{Kernel, portable};

/// Smallest value of ⟨a, F_e⟩ in a quotient.
pub const MIN_PRODUCT: f32 = 1e-30;

/// Nonzeros whose numerators are summed in f32 before the partial sum goes into f64.
pub(super) const CHUNK: usize = 4096;

/// What the rows of one factor are divided by and kept above: column sums of the other factor (as reciprocals) and a
/// floor, padded to whole vectors so that padding lanes stay zero.
#[derive(Clone, Debug)]
pub struct TopicScale {
    reciprocals: Vec<Lanes>,
    floors: Vec<Lanes>,
    n_topics: usize,
}

impl TopicScale {
    /// For column `sums` (length n_topics) and a floor for every entry. A topic whose sum is 0 is divided by 1: its
    /// numerators are 0.
    pub fn new(sums: &[f64], floor: f32) -> Self {
        let lanes = sums.len().div_ceil(LANES);
        let mut scale = Self {
            reciprocals: vec![Lanes::default(); lanes],
            floors: vec![Lanes::default(); lanes],
            n_topics: sums.len(),
        };
        for (to, &sum) in flatten_mut(&mut scale.reciprocals).iter_mut().zip(sums) {
            *to = if sum > 0.0 { (1.0 / sum) as f32 } else { 1.0 };
        }
        scale.set_floor(floor);
        scale
    }

    /// Vectors per row.
    pub(super) fn lanes(&self) -> usize {
        self.floors.len()
    }

    /// Reciprocals of the sums, and floors.
    pub(super) fn vectors(&self) -> (&[Lanes], &[Lanes]) {
        (&self.reciprocals, &self.floors)
    }

    /// Another floor for the same sums.
    pub fn set_floor(&mut self, floor: f32) {
        flatten_mut(&mut self.floors)[..self.n_topics].fill(floor);
    }
}

/// Workspace of one thread for passes over rows: the numerators of the last pass.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, RowPass};
/// let w = FactorMatrix::from_fn(2, 1, |term, _| [1.0, 3.0][term]);
/// let h = FactorMatrix::from_fn(1, 1, |_, _| 2.0);
/// let mut pass = RowPass::new(1);
/// let f = pass.run(Kernel::current(), h.row(0), &w, &[0, 1], &[4.0, 3.0], 0..2, true);
/// assert_eq!(pass.numerators(), [4.0 / 2.0 * 1.0 + 3.0 / 6.0 * 3.0]);
/// assert!((f - (4.0 * 2.0_f64.ln() - 3.0 * 2.0_f64.ln())).abs() < 1e-6);
/// ```
#[derive(Debug)]
pub struct RowPass {
    numerators: Vec<Lanes>,
    totals: Vec<f64>,
    n_topics: usize,
}

/// Chains that the numerators are summed on, nonzero e of a chunk on chain e mod this: enough to hide the latency of an
/// addition where a row has few vectors.
pub(super) const fn chains(lanes_per_row: usize) -> usize {
    match lanes_per_row {
        1 => 4,
        2 => 2,
        _ => 1,
    }
}

/// Nonzeros of a row, at most [`CHUNK`] of them, and what they meet.
pub(super) struct Chunk<'a> {
    pub(super) row: &'a [Lanes],
    pub(super) factor: &'a [Lanes],
    /// Storage of all rows' nonzeros; what comes behind `range` may be fetched ahead.
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) range: Range<usize>,
    pub(super) with_objective: bool,
}

impl RowPass {
    /// Workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        let lanes = n_topics.div_ceil(LANES);
        Self { numerators: vec![Lanes::default(); lanes], totals: vec![0.0; lanes * LANES], n_topics }
    }

    /// N of the last pass, length `n_topics`.
    pub fn numerators(&self) -> &[f32] {
        &flatten(&self.numerators)[..self.n_topics]
    }

    /// One pass over the nonzeros of a row, which are `range` of the storage `indices` and `values`: fills N and gives
    /// Σ x ln(x / v) (0 where `with_objective` is false). `row` and `factor` have this workspace's number of topics,
    /// every index is a row of `factor`.
    #[allow(clippy::too_many_arguments, reason = "one call per row; a struct would be built for each")]
    pub fn run(
        &mut self,
        kernel: Kernel,
        row: &[Lanes],
        factor: &FactorMatrix,
        indices: &[u32],
        values: &[f32],
        range: Range<usize>,
        with_objective: bool,
    ) -> f64 {
        assert_eq!(indices.len(), values.len(), "indices and values");
        assert_eq!(row.len(), self.numerators.len(), "vectors of the row");
        assert_eq!(factor.lanes_per_row(), self.numerators.len(), "vectors of the factor");
        let factor = factor.lanes();
        if range.len() <= CHUNK {
            let chunk = Chunk { row, factor, indices, values, range, with_objective };
            return run_chunk(kernel, &chunk, &mut self.numerators);
        }
        self.totals.fill(0.0);
        let mut objective = 0.0;
        for start in range.clone().step_by(CHUNK) {
            let range = start..range.end.min(start + CHUNK);
            let chunk = Chunk { row, factor, indices, values, range, with_objective };
            objective += run_chunk(kernel, &chunk, &mut self.numerators);
            for (total, &part) in self.totals.iter_mut().zip(flatten(&self.numerators)) {
                *total += f64::from(part);
            }
        }
        for (numerator, total) in flatten_mut(&mut self.numerators).iter_mut().zip(&self.totals) {
            *numerator = *total as f32;
        }
        objective
    }

    /// a ← max(floor, a · N / s) with the numerators of the last pass.
    pub fn update(&self, row: &mut [Lanes], scale: &TopicScale) {
        let scales = scale.reciprocals.iter().zip(&scale.floors);
        for ((row, numerators), (reciprocals, floors)) in row.iter_mut().zip(&self.numerators).zip(scales) {
            for lane in 0..LANES {
                let updated = row.0[lane] * (numerators.0[lane] * reciprocals.0[lane]);
                row.0[lane] = if updated > floors.0[lane] { updated } else { floors.0[lane] };
            }
        }
    }
}

/// One chunk of a pass on the chosen path.
#[inline]
fn run_chunk(kernel: Kernel, chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    on_path!(kernel, chunk(chunk, numerators), portable::chunk(chunk, numerators))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instance(n: usize, k: usize, nnz: usize, seed: u64) -> (FactorMatrix, FactorMatrix, Vec<u32>, Vec<f32>) {
        let mut state = seed | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u64 << 24) as f32
        };
        let factor = FactorMatrix::from_fn(n, k, |_, _| next() + 0.01);
        let row = FactorMatrix::from_fn(1, k, |_, _| next() * 2.0);
        let indices = (0..nnz).map(|_| (next() * n as f32) as u32).collect();
        let values = (0..nnz).map(|_| next() * 5.0 + 0.1).collect();
        (factor, row, indices, values)
    }

    proptest! {
        #[test]
        fn every_path_gives_the_same_bits(n in 1_usize..40, k in 1_usize..200, nnz in 0_usize..9000, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut portable = RowPass::new(k);
            let f = portable.run(Kernel::Portable, row.row(0), &factor, &indices, &values, 0..nnz, true);
            for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
                let mut pass = RowPass::new(k);
                let g = pass.run(kernel, row.row(0), &factor, &indices, &values, 0..nnz, true);
                prop_assert_eq!(f.to_bits(), g.to_bits(), "{:?}", kernel);
                prop_assert_eq!(&portable.numerators, &pass.numerators, "{:?}", kernel);
            }
            prop_assert!(flatten(&portable.numerators)[k..].iter().all(|&x| x == 0.0), "padding stays zero");
            let mut updated = row.clone();
            portable.update(updated.row_mut(0), &TopicScale::new(&vec![2.0; k], 0.25));
            prop_assert!(flatten(updated.row(0))[k..].iter().all(|&x| x == 0.0), "padding stays zero");
            prop_assert!(updated.row_values(0).iter().all(|&x| x >= 0.25));
        }

        #[test]
        fn agrees_with_plain_f64(n in 1_usize..40, k in 1_usize..70, nnz in 0_usize..300, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut pass = RowPass::new(k);
            let f = pass.run(Kernel::current(), row.row(0), &factor, &indices, &values, 0..nnz, true);
            let (mut numerators, mut objective) = (vec![0.0_f64; k], 0.0_f64);
            for (&i, &x) in indices.iter().zip(&values) {
                let entry = factor.row_values(i as usize);
                let v: f64 = entry.iter().zip(row.row_values(0)).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                let ratio = f64::from(x) / v;
                objective += f64::from(x) * libm::log(ratio);
                numerators.iter_mut().zip(entry).for_each(|(s, &w)| *s += ratio * f64::from(w));
            }
            let scale: f64 = values.iter().map(|&x| f64::from(x)).sum::<f64>() + 1e-9;
            prop_assert!((f - objective).abs() <= 2e-6 * scale, "{f} against {objective}");
            for (a, b) in pass.numerators().iter().zip(&numerators) {
                let a = f64::from(*a);
                prop_assert!((a - b).abs() <= 1e-5 * b.abs() + 1e-9, "{a} against {b}");
            }
        }
    }

    #[test]
    fn an_empty_row_has_no_numerators_and_a_zero_product_is_clamped() {
        let factor = FactorMatrix::zeros(1, 3);
        let mut pass = RowPass::new(3);
        assert_eq!(pass.run(Kernel::current(), factor.row(0), &factor, &[], &[], 0..0, true), 0.0);
        let f = pass.run(Kernel::current(), factor.row(0), &factor, &[0], &[2.0], 0..1, true);
        assert!(f.is_finite() && pass.numerators() == [0.0; 3]);
    }
}
