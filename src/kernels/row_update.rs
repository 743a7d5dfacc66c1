//! The update of many rows of a factor. The loop over short rows is compiled for the instruction set as well, so that
//! it need not be entered anew for each of them.

use std::ops::Range;

use super::chunk::PassOutputs;
use super::coordinate::{CoordinateDescent, RowProblem};
use super::dispatch;
use super::kernel::Kernel;
use super::lanes::Lanes;
use super::row_pass::RowPass;
use super::row_step::{self, StepTerms};
use super::rows::{Rows, Step};
use super::storage::FactorMatrix;

/// An update of rows of one factor: the nonzeros of V by row (CSR), the other factor, and the step with its terms.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, RowUpdate, Step, StepTerms};
/// let w = FactorMatrix::from_fn(2, 1, |term, _| [1.0, 3.0][term]);
/// let mut h = FactorMatrix::from_fn(1, 1, |_, _| 2.0);
/// let scale = StepTerms::new(&w.topic_sums(), 0.0);
/// let update = RowUpdate::new(Kernel::current(), Step::Multiplicative, &[0, 2], &[0, 1], &[4.0, 3.0], &w, &scale);
/// update.run(0, h.lanes_mut(), &mut []);
/// assert_eq!(h.row_values(0), [(4.0 + 3.0) / (1.0 + 3.0)]);
/// ```
#[derive(Debug)]
pub struct RowUpdate<'a> {
    kernel: Kernel,
    rows: Rows<'a>,
}

impl<'a> RowUpdate<'a> {
    /// An update of the rows whose nonzeros `pointers` (one more than rows) delimit in `indices` and `values`. Each
    /// index must be a row of `other`, and `terms` must have been made for the topics of `other`. Panics if the
    /// lengths do not fit.
    pub fn new(
        kernel: Kernel,
        step: Step,
        pointers: &'a [u64],
        indices: &'a [u32],
        values: &'a [f32],
        other: &'a FactorMatrix,
        terms: &'a StepTerms,
    ) -> Self {
        assert_eq!(indices.len(), values.len(), "indices and values");
        assert_eq!(other.lanes_per_row(), terms.lanes(), "vectors of the factor");
        let row_sums = if step.is_curved() { other.row_sums() } else { Vec::new() };
        Self { kernel, rows: Rows { step, pointers, indices, values, other, terms, row_sums } }
    }

    /// The row pointers of V: row i has the nonzeros `pointers[i]..pointers[i + 1]`.
    pub fn pointers(&self) -> &'a [u64] {
        self.rows.pointers
    }

    /// The other factor, which the update only reads.
    pub fn other(&self) -> &'a FactorMatrix {
        self.rows.other
    }

    /// Updates the rows in `factor`, of which the first has the number `first`. Writes Σ x ln(x / v) of each row
    /// before its update to `objectives`, which may be empty if it is not needed. A row without nonzeros becomes
    /// zeros.
    pub fn run(&self, first: usize, factor: &mut [Lanes], objectives: &mut [f64]) {
        let lanes_per_row = self.rows.terms.lanes();
        let n_rows = factor.len() / lanes_per_row;
        assert!(objectives.is_empty() || objectives.len() == n_rows, "a place for each row's objective");
        let mut work = None;
        let mut row = 0;
        while row < n_rows {
            let rest = objectives.get_mut(row..).unwrap_or_default();
            row += self.run_kernel(first + row, &mut factor[row * lanes_per_row..], rest);
            // The kernel stopped at a row that has too many nonzeros for one chunk or too many topics for the
            // registers.
            if row < n_rows {
                let work = work.get_or_insert_with(|| RowWorkspace::new(self.rows.other.n_topics()));
                let row_lanes = &mut factor[row * lanes_per_row..(row + 1) * lanes_per_row];
                let objective = self.run_row(first + row, row_lanes, work, !objectives.is_empty());
                if let Some(place) = objectives.get_mut(row) {
                    *place = objective;
                }
                row += 1;
            }
        }
    }

    fn run_row(&self, index: usize, row: &mut [Lanes], work: &mut RowWorkspace, with_objective: bool) -> f64 {
        let Self { kernel, rows } = self;
        let range = rows.range(index);
        if range.is_empty() {
            row.fill(Lanes::default());
            return 0.0;
        }
        let mut objective = 0.0;
        for pass in 0..rows.step.passes() {
            let outputs = rows.outputs(pass == 0 && with_objective);
            objective += work.pass.run(*kernel, row, rows.other, rows.indices, rows.values, range.clone(), outputs);
            work.step(*kernel, rows, row, range.clone());
        }
        objective
    }

    /// Updates rows as long as the kernel can, and returns how many it updated.
    fn run_kernel(&self, first: usize, factor: &mut [Lanes], objectives: &mut [f64]) -> usize {
        if matches!(self.rows.step, Step::CoordinateNewton { .. }) {
            return 0;
        }
        dispatch::update(self.kernel, &self.rows, first, factor, objectives)
    }
}

/// Updates one row from sums N and Q that were computed elsewhere, in place of a pass over its nonzeros, with their
/// padding; Q is empty if the step does not need it. `weight` is Σ x of the row; a row of weight 0 becomes zeros.
/// Coordinate Newton steps need the nonzeros themselves, so that they leave the row unchanged.
pub fn step_row(
    step: Step,
    row: &mut [Lanes],
    numerators: &[Lanes],
    curvatures: &[Lanes],
    terms: &StepTerms,
    weight: f32,
) {
    if weight <= 0.0 {
        return row.fill(Lanes::default());
    }
    match step {
        Step::Multiplicative => row_step::multiplicative(row, numerators, terms, || weight),
        Step::DiagonalNewton { damping, .. } => {
            row_step::diagonal_newton(row, numerators, curvatures, terms, damping, || weight);
        }
        Step::CoordinateNewton { .. } => {}
    }
}

/// The workspace of one thread for updating rows one by one.
#[derive(Clone, Debug)]
pub struct RowWorkspace {
    pass: RowPass,
    descent: CoordinateDescent,
}

impl RowWorkspace {
    /// A workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        Self { pass: RowPass::new(n_topics), descent: CoordinateDescent::default() }
    }

    /// Evaluates a row by a pass over its nonzeros, whose sums the steps below need.
    pub fn evaluate(&mut self, kernel: Kernel, row: &[Lanes], factor: &FactorMatrix, indices: &[u32], values: &[f32]) {
        let outputs = PassOutputs { products: true, ..Default::default() };
        self.pass.run(kernel, row, factor, indices, values, 0..indices.len(), outputs);
    }

    /// Takes the multiplicative step, with its penalty, of the evaluated row; `weight` is Σ x of the row.
    pub fn multiply(&self, row: &mut [Lanes], scale: &StepTerms, weight: f32) {
        row_step::multiplicative(row, self.pass.sums().0, scale, || weight);
    }

    /// The numerators N of the last evaluation, length n_topics.
    pub fn numerators(&self) -> &[f32] {
        self.pass.numerators()
    }

    /// Takes one round of Newton steps over the active coordinates of the evaluated row; `sums` are the column sums
    /// of `factor`.
    pub fn descend(
        &mut self,
        kernel: Kernel,
        row: &mut [Lanes],
        factor: &FactorMatrix,
        sums: &[f32],
        indices: &[u32],
        values: &[f32],
    ) {
        let problem = RowProblem { factor, indices, values, sums, passes: 1, minds_cancellation: false };
        self.run_descent(kernel, &problem, row);
    }

    /// Runs coordinate descent from the row of the last pass.
    fn run_descent(&mut self, kernel: Kernel, problem: &RowProblem<'_>, row: &mut [Lanes]) {
        let (numerators, products) = self.pass.numerators_and_products();
        self.descent.begin(problem, numerators, products, row);
        dispatch::descend(kernel, &mut self.descent, problem, row);
    }

    /// Takes the step of `rows` from the sums of the last pass.
    fn step(&mut self, kernel: Kernel, rows: &Rows<'_>, row: &mut [Lanes], range: Range<usize>) {
        let (numerators, curvatures) = self.pass.sums();
        let weight = || row_step::weight(&rows.values[range.clone()]);
        match rows.step {
            Step::Multiplicative => row_step::multiplicative(row, numerators, rows.terms, weight),
            Step::DiagonalNewton { damping, .. } => {
                row_step::diagonal_newton(row, numerators, curvatures, rows.terms, damping, weight);
            }
            Step::CoordinateNewton { passes } => {
                let (indices, values) = (&rows.indices[range.clone()], &rows.values[range.clone()]);
                let sums = rows.terms.sums();
                let factor = rows.other;
                let problem = RowProblem { factor, indices, values, sums, passes, minds_cancellation: true };
                self.run_descent(kernel, &problem, row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// Every kernel updates rows to the same bits as portable code.
        #[test]
        fn every_path_gives_the_same_bits(lengths in prop::collection::vec(0_usize..40, 1..9), long: bool, k in 1_usize..150, with_objective: bool, which in 0_usize..4) {
            let mut lengths = lengths;
            if long { lengths.insert(lengths.len() / 2, 4100); }
            let other = FactorMatrix::from_fn(30, k, |row, topic| ((row * 31 + topic * 7) % 23 + 1) as f32 * 0.37);
            let factor = FactorMatrix::from_fn(lengths.len(), k, |row, topic| ((row * 13 + topic * 5) % 19 + 1) as f32 * 0.11);
            let mut pointers = vec![0_u64];
            pointers.extend(lengths.iter().scan(0, |end, n| { *end += *n as u64; Some(*end) }));
            let n = *pointers.last().unwrap_or(&0) as usize;
            let indices: Vec<u32> = (0..n).map(|e| (e * 17 % 30) as u32).collect();
            let values: Vec<f32> = (0..n).map(|e| (e % 7 + 1) as f32 * 0.9).collect();
            let scale = StepTerms::new(&other.topic_sums(), 1e-3);
            let step = [
                Step::Multiplicative,
                Step::DiagonalNewton { damping: 1.9, passes: 2 },
                Step::CoordinateNewton { passes: 1 },
                Step::CoordinateNewton { passes: 2 },
            ][which];
            let run = |kernel| {
                let mut factor = factor.clone();
                let mut objectives = vec![0.0; if with_objective { lengths.len() } else { 0 }];
                RowUpdate::new(kernel, step, &pointers, &indices, &values, &other, &scale).run(0, factor.lanes_mut(), &mut objectives);
                (factor, objectives)
            };
            let expected = run(Kernel::Portable);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(&run(kernel), &expected, "{:?}", kernel);
            }
            for (row, n) in lengths.iter().enumerate().filter(|(_, n)| **n == 0) {
                prop_assert!(expected.0.row_values(row).iter().all(|&x| x == 0.0), "{n}");
            }
        }
    }
}
