//! The update of many rows: the loop over the rows of a block, compiled for the instruction set as well.

use std::ops::Range;

use super::Kernel;
use super::coordinate::{CoordinateDescent, Problem};
use super::row_pass::{RowPass, Wanted};
use super::row_step::{self, TopicScale};
use super::storage::{FactorMatrix, Lanes};

/// How a row a is improved, with the numerators N, curvatures Q and sums s of `row_pass`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// a ← max(floor, a · N / s).
    Multiplicative,
    /// a ← max(floor, a / 5, a + γ (N − s)(a + c ā)/(N + c ā Q)), c = ½, one pass after another.
    Accelerated {
        /// γ, above 0 and below 2.
        damping: f32,
        /// Steps per row.
        passes: usize,
    },
    /// Newton steps along one coordinate after another, over those that are not zero or want to leave it.
    Coordinate {
        /// Rounds over the coordinates.
        passes: usize,
    },
}

impl Step {
    /// Passes over the nonzeros of a row.
    pub(super) fn passes(self) -> usize {
        match self {
            Self::Accelerated { passes, .. } => passes,
            Self::Multiplicative | Self::Coordinate { .. } => 1,
        }
    }

    /// Whether the curvatures Q are needed.
    pub(super) fn is_curved(self) -> bool {
        matches!(self, Self::Accelerated { .. })
    }
}

/// What the update of rows of one factor needs: the nonzeros of V in their rows (CSR), the rows of the other factor
/// that these meet, its column sums and a floor.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, RowUpdate, Step, TopicScale};
/// let w = FactorMatrix::from_fn(2, 1, |term, _| [1.0, 3.0][term]);
/// let mut h = FactorMatrix::from_fn(1, 1, |_, _| 2.0);
/// let scale = TopicScale::new(&w.topic_sums(), 0.0);
/// let update = RowUpdate::new(Kernel::current(), Step::Multiplicative, &[0, 2], &[0, 1], &[4.0, 3.0], &w, &scale);
/// update.run(0, h.lanes_mut(), &mut []);
/// assert_eq!(h.row_values(0), [(4.0 + 3.0) / (1.0 + 3.0)]);
/// ```
#[derive(Debug)]
pub struct RowUpdate<'a> {
    kernel: Kernel,
    pub(super) step: Step,
    pointers: &'a [u64],
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) other: &'a FactorMatrix,
    pub(super) scale: &'a TopicScale,
    /// Row sums of the other factor, where the step needs them.
    row_sums: Vec<f32>,
}

impl<'a> RowUpdate<'a> {
    /// For the rows that `pointers` (one more than rows) cut `indices` and `values` into; each index is a row of
    /// `other`, whose topics `scale` was made for.
    pub fn new(
        kernel: Kernel,
        step: Step,
        pointers: &'a [u64],
        indices: &'a [u32],
        values: &'a [f32],
        other: &'a FactorMatrix,
        scale: &'a TopicScale,
    ) -> Self {
        assert_eq!(indices.len(), values.len(), "indices and values");
        assert_eq!(other.lanes_per_row(), scale.lanes(), "vectors of the factor");
        let row_sums = if step.is_curved() { other.row_sums() } else { Vec::new() };
        Self { kernel, step, pointers, indices, values, other, scale, row_sums }
    }

    /// Row pointers of V.
    pub fn pointers(&self) -> &'a [u64] {
        self.pointers
    }

    /// The other factor.
    pub fn other(&self) -> &'a FactorMatrix {
        self.other
    }

    /// Nonzeros of a row.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        self.pointers[row] as usize..self.pointers[row + 1] as usize
    }

    /// What a pass over a row has to give.
    pub(super) fn wanted(&self, objective: bool) -> Wanted<'_> {
        let products = matches!(self.step, Step::Coordinate { .. });
        Wanted { objective, row_sums: &self.row_sums, products }
    }

    /// Updates the rows `first…` that `factor` holds. `objectives` gets Σ x ln(x / v) of each row before its update; it
    /// may be empty where nobody asks. A row without a nonzero becomes zeros.
    pub fn run(&self, first: usize, factor: &mut [Lanes], objectives: &mut [f64]) {
        let lanes_per_row = self.scale.lanes();
        let n_rows = factor.len() / lanes_per_row;
        assert!(objectives.is_empty() || objectives.len() == n_rows, "a place for each row's objective");
        let mut work = None;
        let mut row = 0;
        while row < n_rows {
            let rest = objectives.get_mut(row..).unwrap_or_default();
            row += self.run_kernel(first + row, &mut factor[row * lanes_per_row..], rest);
            // The row at which the kernel stopped: too long, or of too many topics, for what it holds in registers.
            if row < n_rows {
                let work = work.get_or_insert_with(|| RowDescent::new(self.other.n_topics()));
                let row_lanes = &mut factor[row * lanes_per_row..(row + 1) * lanes_per_row];
                let objective = self.run_row(first + row, row_lanes, work, !objectives.is_empty());
                if let Some(place) = objectives.get_mut(row) {
                    *place = objective;
                }
                row += 1;
            }
        }
    }

    fn run_row(&self, index: usize, row: &mut [Lanes], work: &mut RowDescent, with_objective: bool) -> f64 {
        let range = self.range(index);
        if range.is_empty() {
            row.fill(Lanes::default());
            return 0.0;
        }
        let mut objective = 0.0;
        for pass in 0..self.step.passes() {
            let wanted = self.wanted(pass == 0 && with_objective);
            objective += work.pass.run(self.kernel, row, self.other, self.indices, self.values, range.clone(), wanted);
            work.step(self, row, range.clone());
        }
        objective
    }

    /// Updates as many rows as the kernel can one after another.
    fn run_kernel(&self, first: usize, factor: &mut [Lanes], objectives: &mut [f64]) -> usize {
        if matches!(self.step, Step::Coordinate { .. }) {
            return 0;
        }
        on_path!(self.kernel, update(self, first, factor, objectives), 0)
    }
}

/// Workspace of one thread for rows one by one.
#[derive(Clone, Debug)]
pub struct RowDescent {
    pass: RowPass,
    descent: CoordinateDescent,
}

impl RowDescent {
    /// For rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        Self { pass: RowPass::new(n_topics), descent: CoordinateDescent::default() }
    }

    /// A pass over the row's nonzeros, before a descent.
    pub fn look(&mut self, kernel: Kernel, row: &[Lanes], factor: &FactorMatrix, indices: &[u32], values: &[f32]) {
        let wanted = Wanted { products: true, ..Default::default() };
        self.pass.run(kernel, row, factor, indices, values, 0..indices.len(), wanted);
    }

    /// The multiplicative step, with its penalty, of the row that was looked at, whose weight is Σ x.
    pub fn multiply(&self, row: &mut [Lanes], scale: &TopicScale, weight: f32) {
        row_step::multiplicative(row, self.pass.sums().0, scale, || weight);
    }

    /// N of the last look, length n_topics.
    pub fn numerators(&self) -> &[f32] {
        self.pass.numerators()
    }

    /// One round of Newton steps over the active coordinates of the row that was looked at; `sums` are the column sums
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
        let problem = Problem { factor, indices, values, sums, passes: 1, minds_cancellation: false };
        self.descent.run(kernel, &problem, &mut self.pass, row);
    }

    /// The step that follows from the last pass.
    fn step(&mut self, update: &RowUpdate<'_>, row: &mut [Lanes], range: Range<usize>) {
        let (numerators, curvatures) = self.pass.sums();
        let weight = || row_step::weight(&update.values[range.clone()]);
        match update.step {
            Step::Multiplicative => row_step::multiplicative(row, numerators, update.scale, weight),
            Step::Accelerated { damping, .. } => {
                row_step::accelerated(row, numerators, curvatures, update.scale, damping, weight);
            }
            Step::Coordinate { passes } => {
                let (indices, values) = (&update.indices[range.clone()], &update.values[range.clone()]);
                let sums = update.scale.sums();
                let problem = Problem { factor: update.other, indices, values, sums, passes, minds_cancellation: true };
                self.descent.run(update.kernel, &problem, &mut self.pass, row);
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

        /// Every kernel updates rows to the bits of the plain way, row by row.
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
            let scale = TopicScale::new(&other.topic_sums(), 1e-3);
            let step = [
                Step::Multiplicative,
                Step::Accelerated { damping: 1.9, passes: 2 },
                Step::Coordinate { passes: 1 },
                Step::Coordinate { passes: 2 },
            ][which];
            let run = |kernel| {
                let mut factor = factor.clone();
                let mut objectives = vec![0.0; if with_objective { lengths.len() } else { 0 }];
                RowUpdate::new(kernel, step, &pointers, &indices, &values, &other, &scale).run(0, factor.lanes_mut(), &mut objectives);
                (factor, objectives)
            };
            let expected = run(Kernel::Portable);
            for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(&run(kernel), &expected, "{:?}", kernel);
            }
            for (row, n) in lengths.iter().enumerate().filter(|(_, n)| **n == 0) {
                prop_assert!(expected.0.row_values(row).iter().all(|&x| x == 0.0), "{n}");
            }
        }
    }
}
