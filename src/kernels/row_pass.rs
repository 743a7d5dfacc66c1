//! A pass over the nonzeros of one row of any length. It cuts the row into chunks and adds their f32 sums in f64,
//! because an f32 sum over a long row would lose digits.

use std::ops::Range;

use super::chunk::{CHUNK, Chunk, PassOutputs, Sums};
use super::dispatch;
use super::kernel::Kernel;
use super::lanes::{LANES, Lanes, flatten, flatten_mut};
use super::storage::FactorMatrix;

/// The workspace of one thread for passes over rows, and the sums of the last pass.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, RowPass, PassOutputs};
/// let w = FactorMatrix::from_fn(2, 1, |term, _| [1.0, 3.0][term]);
/// let h = FactorMatrix::from_fn(1, 1, |_, _| 2.0);
/// let mut pass = RowPass::new(1);
/// let outputs = PassOutputs { objective: true, ..Default::default() };
/// let f = pass.run(Kernel::current(), h.row(0), &w, &[0, 1], &[4.0, 3.0], 0..2, outputs);
/// assert_eq!(pass.numerators(), [4.0 / 2.0 * 1.0 + 3.0 / 6.0 * 3.0]);
/// assert!((f - (4.0 * 2.0_f64.ln() - 3.0 * 2.0_f64.ln())).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct RowPass {
    numerators: Vec<Lanes>,
    curvatures: Vec<Lanes>,
    products: Vec<Lanes>,
    totals: Vec<f64>,
    n_topics: usize,
}

impl RowPass {
    /// A workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        let lanes = n_topics.div_ceil(LANES);
        Self {
            numerators: vec![Lanes::default(); lanes],
            curvatures: Vec::new(),
            products: Vec::new(),
            totals: Vec::new(),
            n_topics,
        }
    }

    /// The numerators N = Σ_e (x_e / v_e) · F_e of the last pass, length `n_topics`.
    pub fn numerators(&self) -> &[f32] {
        &flatten(&self.numerators)[..self.n_topics]
    }

    /// The curvatures Q = Σ_e (x_e σ_e / v_e²) · F_e of the last pass, length `n_topics`; empty if they were not
    /// asked for.
    pub fn curvatures(&self) -> &[f32] {
        flatten(&self.curvatures).get(..self.n_topics).unwrap_or_default()
    }

    /// The products v of the last pass, if they were asked for; behind the last nonzero they are meaningless.
    pub fn products(&self) -> &[f32] {
        flatten(&self.products)
    }

    /// N and Q of the last pass with their padding; Q is empty if it was not asked for.
    pub(super) fn sums(&self) -> (&[Lanes], &[Lanes]) {
        (&self.numerators, &self.curvatures)
    }

    /// N of the last pass (length `n_topics`), and its products v in blocks of 16 nonzeros, which the caller may take
    /// away. Behind the last nonzero the products are meaningless.
    pub(super) fn numerators_and_products(&mut self) -> (&[f32], &mut Vec<Lanes>) {
        (&flatten(&self.numerators)[..self.n_topics], &mut self.products)
    }

    /// Runs one pass over the nonzeros of a row, which are `range` of `indices` and `values`: computes N and what
    /// `outputs` asks for. Returns f = Σ x ln(x / v), or 0 if it was not asked for.
    ///
    /// `row` and `factor` must have this workspace's number of topics. Panics if the lengths do not fit or an index
    /// is no row of `factor`.
    #[allow(clippy::too_many_arguments, reason = "one call per row; a struct would be built for each")]
    pub fn run(
        &mut self,
        kernel: Kernel,
        row: &[Lanes],
        factor: &FactorMatrix,
        indices: &[u32],
        values: &[f32],
        range: Range<usize>,
        outputs: PassOutputs<'_>,
    ) -> f64 {
        let lanes = self.numerators.len();
        assert_eq!(indices.len(), values.len(), "indices and values");
        assert_eq!(row.len(), lanes, "vectors of the row");
        assert_eq!(factor.lanes_per_row(), lanes, "vectors of the factor");
        assert!(outputs.row_sums.is_empty() || outputs.row_sums.len() == factor.n_rows(), "a sum for each row");
        let is_curved = !outputs.row_sums.is_empty();
        self.curvatures.resize(if is_curved { lanes } else { 0 }, Lanes::default());
        self.products.resize(if outputs.products { range.len().div_ceil(LANES) } else { 0 }, Lanes::default());
        let factor = factor.lanes();
        if range.len() <= CHUNK {
            let chunk = Chunk { row, factor, indices, values, range, outputs };
            let Self { numerators, curvatures, products, .. } = self;
            return dispatch::chunk(kernel, &chunk, &mut Sums { numerators, curvatures, products });
        }
        self.totals.clear();
        self.totals.resize((1 + usize::from(is_curved)) * lanes * LANES, 0.0);
        let mut objective = 0.0;
        for start in (0..range.len()).step_by(CHUNK) {
            let part = range.start + start..range.end.min(range.start + start + CHUNK);
            let products = self.products.get_mut(start / LANES..).unwrap_or_default();
            let Self { numerators, curvatures, .. } = self;
            let chunk = Chunk { row, factor, indices, values, range: part, outputs };
            objective += dispatch::chunk(kernel, &chunk, &mut Sums { numerators, curvatures, products });
            let parts = flatten(&self.numerators).iter().chain(flatten(&self.curvatures));
            self.totals.iter_mut().zip(parts).for_each(|(total, &part)| *total += f64::from(part));
        }
        let Self { numerators, curvatures, totals, .. } = self;
        let sums = flatten_mut(numerators).iter_mut().chain(flatten_mut(curvatures));
        sums.zip(totals).for_each(|(sum, total)| *sum = *total as f32);
        objective
    }
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
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_path_gives_the_same_bits(n in 1_usize..40, k in 1_usize..200, nnz in 0_usize..9000, curved: bool, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut portable = RowPass::new(k);
            let row_sums = if curved { factor.row_sums() } else { Vec::new() };
            let outputs = PassOutputs { objective: true, row_sums: &row_sums, products: curved };
            let f = portable.run(Kernel::Portable, row.row(0), &factor, &indices, &values, 0..nnz, outputs);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                let mut pass = RowPass::new(k);
                let g = pass.run(kernel, row.row(0), &factor, &indices, &values, 0..nnz, outputs);
                prop_assert_eq!(f.to_bits(), g.to_bits(), "{:?}", kernel);
                prop_assert_eq!(portable.sums(), pass.sums(), "{:?}", kernel);
                let products = if curved { nnz } else { 0 };
                prop_assert_eq!(&flatten(&portable.products)[..products], &flatten(&pass.products)[..products]);
            }
            prop_assert!(flatten(&portable.numerators)[k..].iter().all(|&x| x == 0.0), "padding stays zero");
        }

        #[test]
        fn agrees_with_plain_f64(n in 1_usize..40, k in 1_usize..70, nnz in 0_usize..300, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut pass = RowPass::new(k);
            let row_sums = factor.row_sums();
            let outputs = PassOutputs { objective: true, row_sums: &row_sums, products: true };
            let f = pass.run(Kernel::current(), row.row(0), &factor, &indices, &values, 0..nnz, outputs);
            let (mut numerators, mut objective) = (vec![0.0_f64; k], 0.0_f64);
            let mut curvatures = vec![0.0_f64; k];
            for (e, (&i, &x)) in indices.iter().zip(&values).enumerate() {
                let entry = factor.row_values(i as usize);
                let v: f64 = entry.iter().zip(row.row_values(0)).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                let ratio = f64::from(x) / v;
                objective += f64::from(x) * libm::log(ratio);
                numerators.iter_mut().zip(entry).for_each(|(s, &w)| *s += ratio * f64::from(w));
                let sum: f64 = entry.iter().map(|&w| f64::from(w)).sum();
                curvatures.iter_mut().zip(entry).for_each(|(s, &w)| *s += ratio * sum / v * f64::from(w));
                prop_assert!((f64::from(flatten(&pass.products)[e]) - v).abs() <= 1e-5 * v);
            }
            let scale: f64 = values.iter().map(|&x| f64::from(x)).sum::<f64>() + 1e-9;
            prop_assert!((f - objective).abs() <= 2e-6 * scale, "{f} against {objective}");
            let got = pass.numerators().iter().chain(flatten(&pass.curvatures));
            for (a, b) in got.zip(numerators.iter().chain(&curvatures)) {
                let a = f64::from(*a);
                prop_assert!((a - b).abs() <= 1e-5 * b.abs() + 1e-9, "{a} against {b}");
            }
        }
    }

    #[test]
    fn an_empty_row_has_no_numerators_and_a_zero_product_is_clamped() {
        let factor = FactorMatrix::zeros(1, 3);
        let mut pass = RowPass::new(3);
        let outputs = PassOutputs { objective: true, ..Default::default() };
        assert_eq!(pass.run(Kernel::current(), factor.row(0), &factor, &[], &[], 0..0, outputs), 0.0);
        let f = pass.run(Kernel::current(), factor.row(0), &factor, &[0], &[2.0], 0..1, outputs);
        assert!(f.is_finite() && pass.numerators() == [0.0; 3]);
    }
}
