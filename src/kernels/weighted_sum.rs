//! A weighted sum of rows of a factor: one row of a sparse matrix times a dense matrix.

#[cfg(target_arch = "x86_64")]
use super::lanes::prefetch;
use super::lanes::{LANES, Lanes, add_chains};

/// The rows and weights to be summed. Every index must be a row of the factor, whose rows have as many vectors as the
/// output.
pub(super) struct Sum<'a> {
    pub(super) factor: &'a [Lanes],
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
}

/// The sum in portable code, which defines the result.
pub(super) fn sum(sum: &Sum<'_>, out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    let mut chains = vec![Lanes::default(); CHAINS * lanes_per_row];
    for (e, (&index, &value)) in sum.indices.iter().zip(sum.values).enumerate() {
        let entry = &sum.factor[index as usize * lanes_per_row..][..lanes_per_row];
        for (sum, entry) in chains[e % CHAINS * lanes_per_row..].iter_mut().zip(entry) {
            for lane in 0..LANES {
                sum.0[lane] = entry.0[lane].mul_add(value, sum.0[lane]);
            }
        }
    }
    add_chains(&chains, out);
}

/// Most vectors of the output that one loop over the rows sums in registers; a wider output takes several loops.
#[cfg(target_arch = "x86_64")]
pub(super) const PANEL: usize = 4;

/// The sum for one instruction set, in panels of up to [`PANEL`] vectors and on [`CHAINS`] chains.
///
/// # Safety
/// The caller promises what [`Vector`](super::vector::Vector) asks for; indices and lengths are as [`Sum`] says.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn sum_panels<V: super::vector::Vector>(sum: &Sum<'_>, out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    for (panel, out) in out.chunks_mut(PANEL).enumerate() {
        // SAFETY: the caller's promises are those that `sum_panel` needs.
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

/// Number of independent chains: row e is added on chain e mod 4, so that it need not wait for the row before it.
pub(super) const CHAINS: usize = 4;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_panel<V: super::vector::Vector, const M: usize>(
    sum: &Sum<'_>,
    lanes_per_row: usize,
    first: usize,
    out: &mut [Lanes],
) {
    // SAFETY: the caller has promised that an index is a row of the factor, so that the vectors `first..first + M` of
    // that row lie within it.
    unsafe {
        let mut chains = [[V::zero(); M]; CHAINS];
        for (block, (indices, values)) in sum.indices.chunks(CHAINS).zip(sum.values.chunks(CHAINS)).enumerate() {
            for &ahead in sum.indices.get((block + 4) * CHAINS..(block + 5) * CHAINS).unwrap_or(&[]) {
                let row = sum.factor.as_ptr().add(ahead as usize * lanes_per_row + first);
                for m in 0..M {
                    prefetch(row.add(m));
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
