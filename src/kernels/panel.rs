//! Panels of rows that descend along their coordinates side by side; see `least_squares`.

use super::dispatch;
use super::kernel::Kernel;
use super::lanes::{LANES, Lanes, flatten, flatten_mut};
use super::least_squares::{LeastSquares, MOST_SHIFT, PANEL_ROWS, PANEL_VECTORS, Rows};

/// Rows of a factor side by side, with their b.
///
/// ```
/// use topicmill::kernels::{Kernel, Lanes, LeastSquares, Panel};
/// let problem = LeastSquares::new(&[2.0, 1.0, 1.0, 2.0], &[], &[], 0.0);
/// let mut panel = Panel::new(&problem);
/// let row = |values: [f32; 2]| { let mut row = Lanes::default(); row.0[..2].copy_from_slice(&values); [row] };
/// panel.set(0, &row([3.0, 3.0]), &row([0.0, 0.0]));
/// panel.descend(Kernel::current(), &problem, 30);
/// let mut solved = row([0.0; 2]);
/// panel.write(0, &mut solved);
/// assert_eq!(solved[0].0[..2], [1.0, 1.0]); // 2 + 1 = 3
/// ```
#[derive(Clone, Debug)]
pub struct Panel {
    n_topics: usize,
    /// b and a: [`PANEL_VECTORS`] vectors per topic.
    b: Vec<Lanes>,
    a: Vec<Lanes>,
    /// κ_k / a_k before the step; empty without relative penalties.
    shifts: Vec<Lanes>,
}

impl Panel {
    /// A panel of zeros for a problem's rows.
    pub fn new(problem: &LeastSquares) -> Self {
        let lanes = vec![Lanes::default(); problem.stride * PANEL_VECTORS];
        let shifts = if problem.relative.is_empty() { Vec::new() } else { lanes.clone() };
        Self { n_topics: problem.n_topics, b: lanes.clone(), a: lanes, shifts }
    }

    /// Puts a row's b and its entries in a lane. Both have topics in order, as the rows of a factor have.
    pub fn set(&mut self, lane: usize, b: &[Lanes], a: &[Lanes]) {
        let (vector, place) = (lane / LANES, lane % LANES);
        let columns = self.b.chunks_exact_mut(PANEL_VECTORS).zip(self.a.chunks_exact_mut(PANEL_VECTORS));
        let numbers = flatten(b)[..self.n_topics].iter().zip(&flatten(a)[..self.n_topics]);
        for ((to_b, to_a), (&b, &a)) in columns.zip(numbers) {
            to_b[vector].0[place] = b;
            to_a[vector].0[place] = a;
        }
    }

    /// Writes the entries in a lane to a row of a factor.
    pub fn write(&self, lane: usize, row: &mut [Lanes]) {
        let (vector, place) = (lane / LANES, lane % LANES);
        let columns = self.a.chunks_exact(PANEL_VECTORS);
        flatten_mut(row)[..self.n_topics].iter_mut().zip(columns).for_each(|(to, from)| *to = from[vector].0[place]);
    }

    /// ½ aᵀG a − (b − l)ᵀa of each row.
    pub fn objectives(&self, kernel: Kernel, problem: &LeastSquares) -> [f32; PANEL_ROWS] {
        assert_eq!(self.n_topics, problem.n_topics, "topics of the panel and of the problem");
        let mut values = [Lanes::default(); PANEL_VECTORS];
        dispatch::panel_objectives(kernel, &self.rows(problem), &self.a, &mut values);
        std::array::from_fn(|lane| values[lane / LANES].0[lane % LANES])
    }

    /// Takes `rounds` rounds of steps to the minimum along one topic after another, down to the floor. An entry becomes
    /// the floor if its topic has no weight, because any value would do there.
    pub fn descend(&mut self, kernel: Kernel, problem: &LeastSquares, rounds: usize) {
        assert_eq!(self.n_topics, problem.n_topics, "topics of the panel and of the problem");
        self.prepare(problem);
        let Self { a, b, shifts, .. } = self;
        let rows = Rows { problem, b, shifts };
        (0..rounds).for_each(|_| dispatch::panel_sweep(kernel, &rows, a));
    }

    /// Sets entries of topics without weight to the floor, and computes what relative penalties add to the curvatures.
    fn prepare(&mut self, problem: &LeastSquares) {
        for (topic, a) in self.a.chunks_exact_mut(PANEL_VECTORS).enumerate().take(problem.n_topics) {
            if problem.reciprocals[topic] == 0.0 {
                a.fill(Lanes([problem.floor; LANES]));
            }
            if let Some(&kappa) = problem.relative.get(topic) {
                let shifts = &mut self.shifts[topic * PANEL_VECTORS..][..PANEL_VECTORS];
                let shift = |&a: &f32| (kappa / a.max(f32::MIN_POSITIVE)).min(MOST_SHIFT);
                flatten_mut(shifts).iter_mut().zip(flatten(a)).for_each(|(to, a)| *to = shift(a));
            }
        }
    }

    fn rows<'a>(&'a self, problem: &'a LeastSquares) -> Rows<'a> {
        Rows { problem, b: &self.b, shifts: &self.shifts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::FactorMatrix;
    use proptest::prelude::*;

    /// A factor with zeros in it, whose last topic has no weight if `is_empty`.
    fn factor(n_rows: usize, n_topics: usize, numbers: &[f32], is_empty: bool) -> FactorMatrix {
        FactorMatrix::from_fn(n_rows, n_topics, |row, topic| match is_empty && topic == n_topics - 1 {
            true => 0.0,
            false => (numbers[(row * 37 + topic * 11) % numbers.len()] - 0.4).max(0.0),
        })
    }

    fn gram(factor: &FactorMatrix) -> Vec<f64> {
        let n = factor.n_topics();
        let entry = |i: usize, j: usize| -> f64 {
            (0..factor.n_rows()).map(|row| f64::from(factor.get(row, i)) * f64::from(factor.get(row, j))).sum()
        };
        (0..n * n).map(|place| entry(place / n, place % n)).collect()
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        /// Every kernel gives the same bits, a row does not see its neighbours, and no step raises the objective.
        #[test]
        fn every_kernel_descends_alike(
            n_rows in 1_usize..=PANEL_ROWS,
            n_topics in 1_usize..40,
            numbers in prop::collection::vec(0.0_f32..1.0, 211),
            is_empty: bool,
            is_penalised: bool,
            floor in prop::sample::select(vec![0.0_f32, 1e-3]),
        ) {
            let other = factor(50, n_topics, &numbers, is_empty);
            let penalised = if is_penalised { n_topics } else { 0 };
            let (linear, relative) = (vec![0.1; penalised], vec![0.3; penalised]);
            let problem = LeastSquares::new(&gram(&other), &linear, &relative, floor);
            let start = factor(n_rows, n_topics, &numbers[7..], false);
            let b = factor(n_rows, n_topics, &numbers[3..], is_empty);
            let solve = |kernel: Kernel, rows: std::ops::Range<usize>| {
                let mut panel = Panel::new(&problem);
                rows.clone().enumerate().for_each(|(lane, row)| panel.set(lane, b.row(row), start.row(row)));
                let before = panel.objectives(kernel, &problem);
                panel.descend(kernel, &problem, 2);
                let after = panel.objectives(kernel, &problem);
                let mut solved = FactorMatrix::zeros(rows.len(), n_topics);
                (0..rows.len()).for_each(|lane| panel.write(lane, solved.row_mut(lane)));
                (solved, before, after)
            };
            let (expected, before, after) = solve(Kernel::Portable, 0..n_rows);
            prop_assert!(expected.view().iter().all(|&a| a >= floor && a.is_finite()));
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                let found = solve(kernel, 0..n_rows);
                prop_assert_eq!(&found.0, &expected, "{:?}", kernel);
                prop_assert_eq!((found.1, found.2), (before, after), "{:?}", kernel);
                let alone = solve(kernel, n_rows - 1..n_rows);
                prop_assert_eq!(alone.0.row_values(0), expected.row_values(n_rows - 1));
                prop_assert_eq!(alone.1[0], before[n_rows - 1]);
            }
            if floor == 0.0 {
                for row in 0..n_rows {
                    let slack = 1e-5 * (1.0 + before[row].abs());
                    prop_assert!(after[row] <= before[row] + slack, "row {row}: {} to {}", before[row], after[row]);
                }
            }
        }

        /// Rounds lead to the conditions for a minimum.
        #[test]
        fn many_rounds_solve_a_row(n_topics in 1_usize..12, numbers in prop::collection::vec(0.0_f32..1.0, 211)) {
            let other = factor(60, n_topics, &numbers, false);
            let mut gram = gram(&other);
            (0..n_topics).for_each(|k| gram[k * n_topics + k] += 1.0);
            let problem = LeastSquares::new(&gram, &[], &[], 0.0);
            let b = factor(1, n_topics, &numbers[5..], false);
            let mut panel = Panel::new(&problem);
            panel.set(0, b.row(0), FactorMatrix::zeros(1, n_topics).row(0));
            panel.descend(Kernel::current(), &problem, 400);
            let mut solved = FactorMatrix::zeros(1, n_topics);
            panel.write(0, solved.row_mut(0));
            for topic in 0..n_topics {
                let product = |i: usize| gram[topic * n_topics + i] * f64::from(solved.get(0, i));
                let gradient = (0..n_topics).map(product).sum::<f64>() - f64::from(b.get(0, topic));
                prop_assert!(gradient > -1e-4, "topic {topic}: {gradient}");
                prop_assert!(solved.get(0, topic) == 0.0 || gradient.abs() < 1e-4, "topic {topic}: {gradient}");
            }
        }
    }
}
