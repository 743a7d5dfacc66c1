//! The loop of KL multiplicative updates over the nonzeros of one row (fused dot, divide, scaled add).
//!
//! For a row a ∈ ℝ^K (a term's row of W, or a document's column of H), the rows F_e of the other factor at the row's
//! nonzeros and their values x_e > 0:
//!
//! ```text
//! v_e = max(⟨a, F_e⟩, 1e-15)        N = Σ_e (x_e / v_e) · F_e        f = Σ_e x_e · ln(x_e / v_e)
//! ```
//!
//! 4 K flops and one division per nonzero, plus one logarithm where f is asked for; nothing of size nnz × K is stored.
//! Order of operations, the same on every path: a dot product is one chain of fused multiply-adds per lane, then the
//! tree l + (l+8), +4, +2, +1; N is summed in storage order in f32 over chunks of 4,096 nonzeros whose partial sums
//! are added in f64; f is summed in f64 by lane over blocks of 16 nonzeros, then by the same tree.

use super::logarithm::ln;
use super::storage::{FactorMatrix, LANES, Lanes};
use super::{Kernel, storage};

/// Smallest value of ⟨a, F_e⟩ in a quotient.
pub const MIN_PRODUCT: f32 = 1e-15;

/// Nonzeros whose numerators are summed in f32 before the partial sum goes into f64.
const CHUNK: usize = 4096;

/// Workspace of one thread for passes over rows: the numerators of the last pass.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, RowPass};
/// let w = FactorMatrix::from_fn(2, 1, |term, _| [1.0, 3.0][term]);
/// let h = FactorMatrix::from_fn(1, 1, |_, _| 2.0);
/// let mut pass = RowPass::new(1);
/// let f = pass.run(Kernel::current(), h.row(0), &w, &[0, 1], &[4.0, 3.0], true);
/// assert_eq!(pass.numerators(), [4.0 / 2.0 * 1.0 + 3.0 / 6.0 * 3.0]);
/// assert!((f - (4.0 * 2.0_f64.ln() - 3.0 * 2.0_f64.ln())).abs() < 1e-6);
/// ```
#[derive(Debug)]
pub struct RowPass {
    numerators: Vec<f64>,
    partial: Vec<Lanes>,
    n_topics: usize,
}

impl RowPass {
    /// Workspace for rows of `n_topics` topics.
    pub fn new(n_topics: usize) -> Self {
        let lanes = n_topics.div_ceil(LANES);
        Self { numerators: vec![0.0; lanes * LANES], partial: vec![Lanes::default(); lanes], n_topics }
    }

    /// N of the last pass, length `n_topics`.
    pub fn numerators(&self) -> &[f64] {
        &self.numerators[..self.n_topics]
    }

    /// One pass over the nonzeros (`indices`, `values`) of a row: fills N and gives Σ x ln(x / v) (0 where
    /// `with_objective` is false). `row` and `factor` have this workspace's number of topics.
    pub fn run(
        &mut self,
        kernel: Kernel,
        row: &[Lanes],
        factor: &FactorMatrix,
        indices: &[u32],
        values: &[f32],
        with_objective: bool,
    ) -> f64 {
        assert_eq!(row.len(), self.partial.len(), "lanes of the row");
        assert_eq!(factor.lanes_per_row(), self.partial.len(), "lanes of the factor");
        self.numerators.fill(0.0);
        let mut objective = 0.0;
        for (indices, values) in indices.chunks(CHUNK).zip(values.chunks(CHUNK)) {
            self.partial.fill(Lanes::default());
            objective += chunk(kernel, row, factor, indices, values, &mut self.partial, with_objective);
            for (sum, &part) in self.numerators.iter_mut().zip(storage::flatten(&self.partial)) {
                *sum += f64::from(part);
            }
        }
        objective
    }
}

/// One chunk of a pass on the chosen path.
#[inline]
fn chunk(
    kernel: Kernel,
    row: &[Lanes],
    factor: &FactorMatrix,
    indices: &[u32],
    values: &[f32],
    numerators: &mut [Lanes],
    with_objective: bool,
) -> f64 {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => {
            assert!(Kernel::Avx2.is_available(), "this machine has no AVX2");
            // SAFETY: the assertion has asked the CPU for AVX2 and FMA, which is all that the function needs.
            unsafe { chunk_avx2(row, factor, indices, values, numerators, with_objective) }
        }
        _ => chunk_generic(row, factor, indices, values, numerators, with_objective),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn chunk_avx2(
    row: &[Lanes],
    factor: &FactorMatrix,
    indices: &[u32],
    values: &[f32],
    numerators: &mut [Lanes],
    with_objective: bool,
) -> f64 {
    chunk_generic(row, factor, indices, values, numerators, with_objective)
}

#[inline(always)]
fn chunk_generic(
    row: &[Lanes],
    factor: &FactorMatrix,
    indices: &[u32],
    values: &[f32],
    numerators: &mut [Lanes],
    with_objective: bool,
) -> f64 {
    let mut objective = [0.0_f64; LANES];
    for (indices, values) in indices.chunks(LANES).zip(values.chunks(LANES)) {
        let mut x = [0.0_f32; LANES];
        let mut v = [1.0_f32; LANES];
        x[..values.len()].copy_from_slice(values);
        for (v, &index) in v.iter_mut().zip(indices) {
            *v = dot(row, factor.row(index as usize));
        }
        let mut ratio = [0.0_f32; LANES];
        for lane in 0..LANES {
            let product = if v[lane] > MIN_PRODUCT { v[lane] } else { MIN_PRODUCT };
            ratio[lane] = x[lane] / product;
        }
        if with_objective {
            let logarithm = ln(ratio);
            for lane in 0..LANES {
                objective[lane] += f64::from(x[lane] * logarithm[lane]);
            }
        }
        for (&ratio, &index) in ratio.iter().zip(indices) {
            for (sum, entry) in numerators.iter_mut().zip(factor.row(index as usize)) {
                for lane in 0..LANES {
                    sum.0[lane] = ratio.mul_add(entry.0[lane], sum.0[lane]);
                }
            }
        }
    }
    tree(objective)
}

#[inline(always)]
fn dot(a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sum = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sum[lane] = a.0[lane].mul_add(b.0[lane], sum[lane]);
        }
    }
    tree(sum)
}

/// The fixed reduction tree: l + (l+8), then +4, +2, +1.
#[inline(always)]
fn tree<T: Copy + std::ops::AddAssign>(mut sum: [T; LANES]) -> T {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            let other = sum[lane + half];
            sum[lane] += other;
        }
    }
    sum[0]
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
        fn every_path_gives_the_same_bits(n in 1_usize..40, k in 1_usize..70, nnz in 0_usize..9000, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut portable = RowPass::new(k);
            let f = portable.run(Kernel::Portable, row.row(0), &factor, &indices, &values, true);
            if Kernel::Avx2.is_available() {
                let mut avx2 = RowPass::new(k);
                let g = avx2.run(Kernel::Avx2, row.row(0), &factor, &indices, &values, true);
                prop_assert_eq!(f.to_bits(), g.to_bits());
                prop_assert_eq!(&portable.numerators, &avx2.numerators);
            }
            prop_assert!(portable.numerators[k..].iter().all(|&x| x == 0.0), "padding stays zero");
        }

        #[test]
        fn agrees_with_plain_f64(n in 1_usize..40, k in 1_usize..70, nnz in 0_usize..300, seed: u64) {
            let (factor, row, indices, values) = instance(n, k, nnz, seed);
            let mut pass = RowPass::new(k);
            let f = pass.run(Kernel::current(), row.row(0), &factor, &indices, &values, true);
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
                prop_assert!((a - b).abs() <= 1e-5 * b.abs() + 1e-9, "{a} against {b}");
            }
        }
    }

    #[test]
    fn an_empty_row_has_no_numerators_and_a_zero_product_is_clamped() {
        let factor = FactorMatrix::zeros(1, 3);
        let mut pass = RowPass::new(3);
        assert_eq!(pass.run(Kernel::current(), factor.row(0), &factor, &[], &[], true), 0.0);
        let f = pass.run(Kernel::current(), factor.row(0), &factor, &[0], &[2.0], true);
        assert!(f.is_finite() && pass.numerators() == [0.0; 3]);
    }
}
