//! Passes over the nonzeros of a row where the rows of the other factor are lists.

use super::dispatch;
use super::kernel::Kernel;
use super::lanes::{Lanes, flatten};
use super::row_step::StepTerms;
use super::sparse_rows::SparseRows;
use super::sparse_sums::SparseSums;

/// The workspace of one thread for passes over lists, and the sums of the last pass.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, SparsePass, SparseRows};
/// let h = FactorMatrix::from_fn(2, 2, |document, topic| if document == topic { 2.0 } else { 0.0 });
/// let w = FactorMatrix::from_fn(1, 2, |_, topic| [1.0, 3.0][topic]);
/// let mut pass = SparsePass::new(2);
/// pass.run(Kernel::current(), w.row(0), &SparseRows::new(&h), &[0, 1], &[4.0, 3.0]);
/// assert_eq!(pass.numerators(), [4.0 / 2.0 * 2.0, 3.0 / 6.0 * 2.0]);
/// ```
#[derive(Clone, Debug)]
pub struct SparsePass(SparseSums);

impl SparsePass {
    /// A workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        Self(SparseSums::new(n_topics))
    }

    /// Computes N and Q of every topic over the nonzeros of a row (see `PassOutputs`), where the rows of the other
    /// factor are lists. Panics if an index is no row of `other` or the lengths do not fit.
    pub fn run(&mut self, kernel: Kernel, row: &[Lanes], other: &SparseRows, indices: &[u32], values: &[f32]) {
        dispatch::sparse_pass(kernel, &mut self.0, row, other, (indices, values));
    }

    /// As [`SparsePass::run`], and then takes the diagonal Newton step of the row with the step length `damping`.
    pub fn update(
        &mut self,
        kernel: Kernel,
        row: &mut [Lanes],
        other: &SparseRows,
        nonzeros: (&[u32], &[f32]),
        terms: &StepTerms,
        damping: f32,
    ) {
        dispatch::sparse_update(kernel, &mut self.0, row, other, nonzeros, (terms, damping));
    }

    /// N of the last pass, length n_topics.
    pub fn numerators(&self) -> &[f32] {
        &flatten(&self.0.numerators)[..self.0.n_topics]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::chunk::CHUNK;
    use crate::kernels::{FactorMatrix, PassOutputs, RowPass};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        /// Every kernel gives the same bits, and sums over lists are those over whole rows.
        #[test]
        fn lists_say_what_rows_say(
            n in 1_usize..40,
            k in 1_usize..150,
            numbers in prop::collection::vec(0.0_f32..1.0, 211),
            nonzeros in prop::collection::vec((0_u32..1000, 0.1_f32..5.0), 0..200),
            is_long: bool,
            share in 0.0_f32..1.0,
        ) {
            let factor = FactorMatrix::from_fn(n, k, |row, topic| {
                let x = numbers[(row * 31 + topic * 7) % numbers.len()];
                if x < share { 0.0 } else { x + 0.01 }
            });
            let row = FactorMatrix::from_fn(1, k, |_, topic| numbers[topic * 13 % numbers.len()] + 0.01);
            let (mut indices, mut values): (Vec<u32>, Vec<f32>) =
                nonzeros.iter().map(|&(i, x)| (i % n as u32, x)).unzip();
            if is_long && !indices.is_empty() {
                indices = indices.iter().copied().cycle().take(CHUNK + 70).collect();
                values = values.iter().copied().cycle().take(CHUNK + 70).collect();
            }
            let (lists, row_sums) = (SparseRows::new(&factor), factor.row_sums());
            prop_assert_eq!(&lists.sums, &row_sums);
            let mut expected = SparsePass::new(k);
            expected.run(Kernel::Portable, row.row(0), &lists, &indices, &values);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                let mut pass = SparsePass::new(k);
                pass.run(kernel, row.row(0), &lists, &indices, &values);
                prop_assert_eq!(&pass.0.numerators, &expected.0.numerators, "{:?}", kernel);
                prop_assert_eq!(&pass.0.curvatures, &expected.0.curvatures, "{:?}", kernel);
            }
            let mut dense = RowPass::new(k);
            let outputs = PassOutputs { row_sums: &row_sums, ..PassOutputs::default() };
            dense.run(Kernel::Portable, row.row(0), &factor, &indices, &values, 0..indices.len(), outputs);
            let of_lists = flatten(&expected.0.numerators).iter().chain(flatten(&expected.0.curvatures));
            for (found, wanted) in of_lists.zip(flatten(dense.sums().0).iter().chain(flatten(dense.sums().1))) {
                prop_assert!((found - wanted).abs() <= 1e-4 * wanted.abs() + 1e-6, "{found} for {wanted}");
            }
        }
    }
}
