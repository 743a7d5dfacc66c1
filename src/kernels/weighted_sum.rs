//! A weighted sum of rows of a factor: one row of a sparse matrix times a dense one.

use super::storage::{FactorMatrix, Lanes};
use super::{Kernel, portable};

/// `out ← Σ_e values_e · F[indices_e]`, fused, in f32 and in order on interleaved chains; F are the rows of `factor`.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, Lanes, weighted_sum};
/// let factor = FactorMatrix::from_fn(2, 1, |row, _| [1.0, 10.0][row]);
/// let mut out = [Lanes::default()];
/// weighted_sum(Kernel::current(), &mut out, &factor, &[0, 1, 1], &[3.0, 1.0, 0.5]);
/// assert_eq!(out[0].0[0], 18.0);
/// ```
pub fn weighted_sum(kernel: Kernel, out: &mut [Lanes], factor: &FactorMatrix, indices: &[u32], values: &[f32]) {
    assert_eq!(indices.len(), values.len(), "indices and values");
    assert_eq!(out.len(), factor.lanes_per_row(), "vectors of the factor");
    let largest = indices.iter().copied().max().unwrap_or(0) as usize;
    assert!(indices.is_empty() || largest < factor.n_rows(), "index {largest} is no row of the factor");
    let sum = Sum { factor: factor.lanes(), indices, values };
    on_path!(kernel, sum(&sum, out), portable::sum(&sum, out))
}

/// What is summed; every index is a row of the factor, whose rows have as many vectors as the sum.
pub(super) struct Sum<'a> {
    pub(super) factor: &'a [Lanes],
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
}

/// Vectors of the sum that are held in registers at a time.
#[cfg(target_arch = "x86_64")]
pub(super) const PANEL: usize = 4;

/// The loop for one instruction set: panels of up to [`PANEL`] vectors, nonzeros on [`CHAINS`] chains.
///
/// # Safety
/// As [`Vector`](super::vector::Vector); indices and lengths as [`Sum`] says.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn sum_panels<V: super::vector::Vector>(sum: &Sum<'_>, out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    for (panel, out) in out.chunks_mut(PANEL).enumerate() {
        // SAFETY: the caller's promises.
        unsafe {
            match out.len() {
                1 => sum_panel::<V, 1>(sum, lanes_per_row, panel * PANEL, out),
                2 => sum_panel::<V, 2>(sum, lanes_per_row, panel * PANEL, out),
                3 => sum_panel::<V, 3>(sum, lanes_per_row, panel * PANEL, out),
                _ => sum_panel::<V, PANEL>(sum, lanes_per_row, panel * PANEL, out),
            }
        }
    }
}

/// Nonzero e is added on chain e mod 4.
pub(super) const CHAINS: usize = 4;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_panel<V: super::vector::Vector, const M: usize>(
    sum: &Sum<'_>,
    lanes_per_row: usize,
    first: usize,
    out: &mut [Lanes],
) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: the caller's promises: the vectors `first..first + M` of a row that an index names lie within the factor;
    // a prefetch reads nothing.
    unsafe {
        let mut chains = [[V::zero(); M]; CHAINS];
        for (block, (indices, values)) in sum.indices.chunks(CHAINS).zip(sum.values.chunks(CHAINS)).enumerate() {
            for &ahead in sum.indices.get((block + 4) * CHAINS..(block + 5) * CHAINS).unwrap_or(&[]) {
                let row = sum.factor.as_ptr().add(ahead as usize * lanes_per_row + first);
                for m in 0..M {
                    _mm_prefetch::<_MM_HINT_T0>(row.add(m).cast());
                }
            }
            for (chain, (&index, &value)) in chains.iter_mut().zip(indices.iter().zip(values)) {
                let row = sum.factor.as_ptr().add(index as usize * lanes_per_row + first);
                let value = V::splat(value);
                for m in 0..M {
                    chain[m] = V::load(row.add(m).cast()).multiply_add(value, chain[m]);
                }
            }
        }
        for m in 0..M {
            let total = chains[1..].iter().fold(chains[0][m], |total, chain| total.add(chain[m]));
            total.store(out[m].0.as_mut_ptr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::LANES;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_path_gives_the_same_bits(n in 1_usize..20, k in 1_usize..150, entries in prop::collection::vec((0_u32..1000, -2.0_f32..2.0), 0..70)) {
            let factor = FactorMatrix::from_fn(n, k, |row, topic| ((row * 31 + topic * 7) % 23) as f32 * 0.37 - 3.0);
            let (indices, values): (Vec<u32>, Vec<f32>) = entries.iter().map(|&(i, x)| (i % n as u32, x)).unzip();
            let mut expected = vec![Lanes::default(); k.div_ceil(LANES)];
            weighted_sum(Kernel::Portable, &mut expected, &factor, &indices, &values);
            for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
                let mut out = vec![Lanes([7.0; LANES]); k.div_ceil(LANES)];
                weighted_sum(kernel, &mut out, &factor, &indices, &values);
                prop_assert_eq!(&out, &expected, "{:?}", kernel);
            }
            for topic in 0..k {
                let sum: f64 = indices.iter().zip(&values).map(|(&i, &x)| f64::from(x) * f64::from(factor.get(i as usize, topic))).sum();
                prop_assert!((f64::from(expected[topic / LANES].0[topic % LANES]) - sum).abs() < 1e-3);
            }
        }
    }
}
