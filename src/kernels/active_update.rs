//! Diagonal Newton steps of rows at the cost of their active topics. A topic whose entry has become negligible, and
//! would fall further, becomes inactive; a row now and then looks at all topics and takes those back that gain.

use super::active::{ActivePass, ActiveStep, kept};
use super::chunk::{CHUNK, PassOutputs};
use super::dispatch::{self, weighted_sum};
use super::kernel::Kernel;
use super::lanes::{LANES, Lanes, flatten_mut};
use super::row_pass::RowPass;
use super::row_step::{self, StepTerms};
use super::storage::FactorMatrix;

/// A row whose active topics are more than this share of all takes the dense loops, which are as fast for it.
const MOST_ACTIVE: f32 = 0.4;

/// Most steps of such a row, each of which costs a pass over all topics.
const MOST_DENSE_STEPS: usize = 2;

/// The share of a row's weight that an entry has to have lost before its topic becomes inactive: so little that the
/// objective does not rise by more than rounding even where the fit is nearly exact.
const NEGLIGIBLE: f64 = 1e-8;

/// Diagonal Newton steps of rows, with the other factor fixed.
#[derive(Debug)]
pub struct ActiveUpdate<'a> {
    kernel: Kernel,
    other: &'a FactorMatrix,
    row_sums: Vec<f32>,
    terms: &'a StepTerms,
    damping: f32,
    passes: usize,
}

/// The workspace of one thread for [`ActiveUpdate`].
#[derive(Clone, Debug)]
pub struct ActiveWorkspace {
    dense: RowPass,
    active: ActivePass,
    /// N of all topics, and those that become active.
    numerators: Vec<Lanes>,
    admitted: Vec<u32>,
}

impl ActiveWorkspace {
    /// A workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        Self {
            dense: RowPass::new(n_topics),
            active: ActivePass::default(),
            numerators: vec![Lanes::default(); n_topics.div_ceil(LANES)],
            admitted: Vec::new(),
        }
    }
}

impl<'a> ActiveUpdate<'a> {
    /// `passes` steps with the step length `damping` for rows whose other factor is `other`. `terms` must have been
    /// made for the column sums of `other`, without a floor or penalties.
    pub fn new(kernel: Kernel, other: &'a FactorMatrix, terms: &'a StepTerms, damping: f32, passes: usize) -> Self {
        Self { kernel, other, row_sums: other.row_sums(), terms, damping, passes }
    }

    /// Updates the row with these nonzeros. If it `looks`, topics may become active. Returns f = Σ x ln(x /
    /// v) before the first step if it is asked for, or 0. A row without nonzeros becomes zeros.
    pub fn run(
        &self,
        work: &mut ActiveWorkspace,
        row: &mut [Lanes],
        (indices, values): (&[u32], &[f32]),
        looks: bool,
        with_objective: bool,
    ) -> f64 {
        if indices.is_empty() {
            row.fill(Lanes::default());
            return 0.0;
        }
        let weight = values.iter().map(|&x| f64::from(x)).sum::<f64>();
        let least = (NEGLIGIBLE * weight) as f32;
        let n_active = work.active.collect(row);
        if n_active as f32 > MOST_ACTIVE * self.other.n_topics() as f32 || indices.len() > CHUNK {
            let step =
                |pass| self.dense_step(&mut work.dense, row, (indices, values), least, with_objective && pass == 0);
            return (0..MOST_DENSE_STEPS.min(self.passes)).map(step).sum();
        }
        work.active.gather(self.other, &self.row_sums, indices, values);
        let step = ActiveStep { terms: self.terms, n_topics: self.other.n_topics(), damping: self.damping, least };
        let mut objective = 0.0;
        for pass in 0..self.passes {
            objective += dispatch::active_step(self.kernel, &mut work.active, &step, with_objective && pass == 0);
            if looks && pass == 0 {
                self.look(work, row, (indices, values));
            }
        }
        work.active.write(row);
        objective
    }

    /// Makes topics active that a step would take away from zero: N > s at the point of the last pass.
    fn look(&self, work: &mut ActiveWorkspace, row: &mut [Lanes], (indices, values): (&[u32], &[f32])) {
        let ActiveWorkspace { active, numerators, admitted, .. } = work;
        weighted_sum(self.kernel, numerators, self.other, indices, &active.ratios()[..indices.len()]);
        active.write(row);
        admitted.clear();
        for (vector, (n, s)) in numerators.iter().zip(self.terms.padded_sums()).enumerate() {
            // A padding lane has 0 on both sides. Few vectors have a topic that gains, so that most are skipped whole.
            if (0..LANES).fold(false, |any, lane| any | (n.0[lane] > s.0[lane])) {
                let gains = (0..LANES).filter(|&lane| n.0[lane] > s.0[lane]).map(|lane| (vector * LANES + lane) as u32);
                admitted.extend(gains.filter(|topic| active.topics().binary_search(topic).is_err()));
            }
        }
        if !admitted.is_empty() {
            active.admit(admitted, row);
            active.gather(self.other, &self.row_sums, indices, values);
        }
    }

    /// A step of all topics of a row.
    fn dense_step(
        &self,
        pass: &mut RowPass,
        row: &mut [Lanes],
        (indices, values): (&[u32], &[f32]),
        least: f32,
        with_objective: bool,
    ) -> f64 {
        let outputs = PassOutputs { objective: with_objective, row_sums: &self.row_sums, products: false };
        let objective = pass.run(self.kernel, row, self.other, indices, values, 0..indices.len(), outputs);
        let (numerators, curvatures) = pass.sums();
        row_step::diagonal_newton(row, numerators, curvatures, self.terms, self.damping, || 0.0);
        let sums = pass.numerators().iter().zip(self.terms.sums());
        flatten_mut(row).iter_mut().zip(sums).for_each(|(a, (&n, &s))| *a = kept(*a, n, s, least));
        objective
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        /// Every kernel gives the same bits; a step lowers the row's part of the objective where it is small.
        #[test]
        fn every_kernel_updates_alike(
            n in 1_usize..60,
            k in 1_usize..150,
            numbers in prop::collection::vec(0.0_f32..1.0, 211),
            nonzeros in prop::collection::vec((0_u32..1000, 0.1_f32..5.0), 0..200),
            looks: bool,
            share in 0.0_f32..1.0,
        ) {
            let number = |place: usize| numbers[place % numbers.len()] + 0.01;
            let factor = FactorMatrix::from_fn(n, k, |row, topic| number(row * 31 + topic * 7));
            let start = FactorMatrix::from_fn(1, k, |_, topic| {
                let x = numbers[topic * 13 % numbers.len()];
                if x < share && topic > 0 { 0.0 } else { x + 0.01 }
            });
            let (indices, values): (Vec<u32>, Vec<f32>) = nonzeros.iter().map(|&(i, x)| (i % n as u32, x)).unzip();
            let terms = StepTerms::new(&factor.topic_sums(), 0.0);
            let run = |kernel, damping, passes| {
                let (mut row, mut work) = (start.clone(), ActiveWorkspace::new(k));
                let update = ActiveUpdate::new(kernel, &factor, &terms, damping, passes);
                let f = update.run(&mut work, row.row_mut(0), (&indices, &values), looks, true);
                (row, f)
            };
            let expected = run(Kernel::Portable, 1.9, 3);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(&run(kernel, 1.9, 3), &expected, "{:?}", kernel);
            }
            prop_assert!(expected.0.view().iter().all(|&a| a.is_finite() && a >= 0.0));
            if !looks {
                let is_new = |topic: usize| start.get(0, topic) == 0.0 && expected.0.get(0, topic) > 0.0;
                let is_dense = start.row_values(0).iter().filter(|a| **a > 0.0).count() as f32 > MOST_ACTIVE * k as f32;
                prop_assert!(is_dense || (0..k).all(|topic| !is_new(topic)), "only looking makes topics active");
            }
            if !indices.is_empty() {
                let objective = |row: &FactorMatrix| -> f64 {
                    let row: Vec<f64> = row.row_values(0).iter().map(|&a| f64::from(a)).collect();
                    let product = |t: u32| -> f64 {
                        factor.row_values(t as usize).iter().zip(&row).map(|(&f, a)| f64::from(f) * a).sum()
                    };
                    let logs: f64 = indices.iter().zip(&values).map(|(&t, &x)| f64::from(x) * product(t).ln()).sum();
                    factor.topic_sums().iter().zip(&row).map(|(s, a)| s * a).sum::<f64>() - logs
                };
                let (before, after) = (objective(&start), objective(&run(Kernel::current(), 0.2, 1).0));
                prop_assert!(after <= before + 1e-4 * before.abs(), "{before} to {after}");
            }
        }
    }

    /// A topic that is absent and needed comes back where the row looks, and a useless one is dropped.
    #[test]
    fn topics_come_and_go() {
        // Topic 0 has the terms 0 and 1, topic 1 the term 2. Topic 2 has the term 1, of which topic 0 gives too much.
        let factor = FactorMatrix::from_fn(3, 40, |term, topic| match topic {
            0 => [0.5, 0.5, 1e-6][term],
            1 => [1e-6, 1e-6, 1.0][term],
            2 => [1e-6, 1.0, 1e-6][term],
            _ => 0.0,
        });
        let terms = StepTerms::new(&factor.topic_sums(), 0.0);
        let update = ActiveUpdate::new(Kernel::current(), &factor, &terms, 1.0, 3);
        let mut work = ActiveWorkspace::new(40);
        let mut row = FactorMatrix::from_fn(1, 40, |_, topic| [6.0, 0.0, 3.0].get(topic).copied().unwrap_or(0.0));
        let nonzeros: (&[u32], &[f32]) = (&[0, 1, 2], &[2.0, 1.0, 8.0]);
        for _ in 0..100 {
            update.run(&mut work, row.row_mut(0), nonzeros, true, false);
        }
        let found = row.row_values(0);
        assert!((found[0] - 3.0).abs() < 0.01 && (found[1] - 8.0).abs() < 0.01 && found[2] == 0.0, "{found:?}");
    }
}
