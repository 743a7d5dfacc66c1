//! The loop over nonzeros, written once over a virtual vector in registers; `avx2` and `avx512` compile it.

use std::hint::black_box;

use super::logarithm::ln;
use super::portable::tree;
use super::row_pass::{CHUNK, Chunk, MIN_PRODUCT, chains};
use super::storage::{LANES, Lanes};

/// Vectors per row up to which the loop is compiled for their very number.
pub(super) const MAX_FIXED_LANES: usize = 8;

/// Nonzeros whose indices and values are fetched ahead, beyond the reach of rows that are.
const STREAM_AHEAD: usize = 256;

/// A virtual vector of 16 f32 lanes in the registers of one instruction set.
///
/// # Safety
/// Every function needs the instruction set that the implementation is named after. Pointers are good for 16 numbers
/// aligned as [`Lanes`] are; those of `load_values` and `load_addresses` for `count` numbers, `count` at most 16.
pub(super) trait Vector: Copy {
    /// A vector after the first steps of the reduction tree.
    type Folded: Copy;
    /// Dot products that are reduced together.
    const GROUP: usize;

    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn divide(self, by: Self) -> Self;
    /// self where it is larger, else other.
    unsafe fn maximum(self, other: Self) -> Self;
    /// self · factor + addend, fused.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Adds self · factor, rounded to f32, lane by lane to sums in f64.
    unsafe fn add_products(self, factor: Self, sums: &mut [f64; LANES]);
    /// The first steps of the reduction tree.
    unsafe fn fold(self) -> Self::Folded;
    /// The rest of the tree for the vectors `first..first + GROUP`, whose sums go to the same lanes of `to`.
    unsafe fn reduce(vectors: &[Self::Folded; LANES], first: usize, to: &mut Lanes);
    /// The first `count` values, zeros behind them.
    unsafe fn load_values(from: *const f32, count: usize) -> Self;
    /// base + index · stride of the first `count` indices, `base` behind them; whether each index is below `limit`.
    unsafe fn load_addresses(
        from: *const u32,
        count: usize,
        limit: u32,
        base: u64,
        stride: u32,
        to: &mut [u64; LANES],
    ) -> bool;
}

/// Sixteen nonzeros between their two uses. In memory, so that a ratio is read as a broadcast and an index as a number.
#[derive(Clone, Copy, Default)]
struct Block {
    /// Where the factor's rows begin.
    addresses: [u64; LANES],
    ratios: Lanes,
}

/// A chunk, M vectors per row held in registers (M = 0: any number of them, in memory).
///
/// The ratios of a block are computed before the numerators of the block before are summed: neither waits for the other.
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(super) unsafe fn pass<V: Vector, const M: usize, const CHAINS: usize, const OBJECTIVE: bool>(
    chunk: &Chunk<'_>,
    numerators: &mut [Lanes],
) -> f64 {
    let lanes_per_row = chunk.row.len();
    assert!(numerators.len() == lanes_per_row && (M == 0 || M == lanes_per_row), "vectors of the row");
    assert!(CHAINS == chains(lanes_per_row) && chunk.range.len() <= CHUNK, "shape of the pass");
    let n_rows = (chunk.factor.len() / lanes_per_row) as u32;
    let (indices, values) = (&chunk.indices[..chunk.range.end], &chunk.values[..chunk.range.end]);
    let mut objective = [0.0_f64; LANES];
    let mut blocks = [Block::default(); 4];
    let base = chunk.factor.as_ptr().expose_provenance() as u64;
    let stride = size_of_val(chunk.row) as u32;
    // SAFETY: the instruction set is the caller's promise; blocks lie within `range`, which the slices above hold;
    // a row is read at an index below `n_rows`.
    unsafe {
        let mut row = [V::zero(); M];
        let mut sums = [[V::zero(); M]; CHAINS];
        for m in 0..M {
            row[m] = V::load(chunk.row[m].0.as_ptr());
        }
        if M == 0 {
            numerators.fill(Lanes::default());
        }
        let n_blocks = chunk.range.len().div_ceil(LANES);
        for step in 0..n_blocks + 2 {
            let count = |i: usize| (chunk.range.len() - i * LANES).min(LANES);
            if step < n_blocks {
                let (i, at) = (step, chunk.range.start + step * LANES);
                prefetch(chunk, at, count(i));
                let addresses = &mut blocks[i % 4].addresses;
                let are_rows = V::load_addresses(indices.as_ptr().add(at), count(i), n_rows, base, stride, addresses);
                assert!(are_rows, "an index is no row of the factor");
            }
            if (1..=n_blocks).contains(&step) {
                let (i, at) = (step - 1, chunk.range.start + (step - 1) * LANES);
                let entry = entries(&blocks[i % 4].addresses);
                let mut products = Lanes::default();
                let mut folded = [V::zero().fold(); LANES];
                for first in (0..LANES).step_by(V::GROUP) {
                    if M > 0 {
                        for lane in first..first + V::GROUP {
                            let mut product = V::zero();
                            for m in 0..M {
                                product = V::load(entry(lane).add(LANES * m)).multiply_add(row[m], product);
                            }
                            folded[lane] = product.fold();
                        }
                    } else {
                        let mut partial = [V::zero(); LANES];
                        for (m, row) in chunk.row.iter().enumerate() {
                            let row = V::load(row.0.as_ptr());
                            for lane in first..first + V::GROUP {
                                partial[lane] = V::load(entry(lane).add(LANES * m)).multiply_add(row, partial[lane]);
                            }
                        }
                        for lane in first..first + V::GROUP {
                            folded[lane] = partial[lane].fold();
                        }
                    }
                    V::reduce(&folded, first, &mut products);
                }
                let x = V::load_values(values.as_ptr().add(at), count(i));
                let products = V::load(products.0.as_ptr()).maximum(V::splat(MIN_PRODUCT));
                let ratios = x.divide(products);
                ratios.store(blocks[i % 4].ratios.0.as_mut_ptr());
                if OBJECTIVE {
                    let mut ratio = Lanes::default();
                    ratios.store(ratio.0.as_mut_ptr());
                    let logarithms = Lanes(ln(ratio.0));
                    V::load(logarithms.0.as_ptr()).add_products(x, &mut objective);
                }
            }
            if step >= 2 {
                let i = step - 2;
                let Block { addresses, ratios } = black_box(&blocks[i % 4]);
                let entry = entries(addresses);
                if M > 0 {
                    for lane in 0..LANES {
                        let ratio = V::splat(ratios.0[lane]);
                        for m in 0..M {
                            let sum = &mut sums[lane % CHAINS][m];
                            *sum = V::load(entry(lane).add(LANES * m)).multiply_add(ratio, *sum);
                        }
                    }
                } else {
                    for (m, numerator) in numerators.iter_mut().enumerate() {
                        let mut sum = V::load(numerator.0.as_ptr());
                        for lane in 0..LANES {
                            sum = V::load(entry(lane).add(LANES * m)).multiply_add(V::splat(ratios.0[lane]), sum);
                        }
                        sum.store(numerator.0.as_mut_ptr());
                    }
                }
            }
        }
        for m in 0..M {
            let mut sum = sums[0][m];
            for chain in &sums[1..] {
                sum = sum.add(chain[m]);
            }
            sum.store(numerators[m].0.as_mut_ptr());
        }
    }
    if OBJECTIVE { tree(objective) } else { 0.0 }
}

/// Where the factor's row of a lane's nonzero begins.
#[inline(always)]
fn entries(addresses: &[u64; LANES]) -> impl Fn(usize) -> *const f32 {
    let addresses = black_box(addresses);
    move |lane| std::ptr::with_exposed_provenance(addresses[lane] as usize)
}

/// Asks for what the loop will need: indices and values far ahead, the factor's rows of nonzeros a few blocks ahead.
#[inline(always)]
fn prefetch(chunk: &Chunk<'_>, at: usize, count: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let lanes_per_row = chunk.row.len();
    let ahead = match lanes_per_row {
        0..=2 => 2 * LANES,
        3..=4 => LANES,
        _ => 0,
    };
    // SAFETY: a prefetch reads nothing, whatever its address.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(chunk.indices.as_ptr().wrapping_add(at + STREAM_AHEAD).cast());
        _mm_prefetch::<_MM_HINT_T0>(chunk.values.as_ptr().wrapping_add(at + STREAM_AHEAD).cast());
    }
    for &index in chunk.indices.get(at + ahead..at + ahead + count).unwrap_or(&[]) {
        let first = index as usize * lanes_per_row;
        for m in 0..lanes_per_row.min(MAX_FIXED_LANES) {
            // SAFETY: as above.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(chunk.factor.as_ptr().wrapping_add(first + m).cast()) };
        }
    }
}

/// `$pass` compiled for rows of 1 … [`MAX_FIXED_LANES`] vectors and for any number of them, with and without objective.
macro_rules! by_lanes {
    ($vector:ty, $chunk:ident, $numerators:ident) => {
        match ($chunk.row.len(), $chunk.with_objective) {
            (1, false) => pass::<$vector, 1, 4, false>($chunk, $numerators),
            (1, true) => pass::<$vector, 1, 4, true>($chunk, $numerators),
            (2, false) => pass::<$vector, 2, 2, false>($chunk, $numerators),
            (2, true) => pass::<$vector, 2, 2, true>($chunk, $numerators),
            (3, false) => pass::<$vector, 3, 1, false>($chunk, $numerators),
            (3, true) => pass::<$vector, 3, 1, true>($chunk, $numerators),
            (4, false) => pass::<$vector, 4, 1, false>($chunk, $numerators),
            (4, true) => pass::<$vector, 4, 1, true>($chunk, $numerators),
            (5, false) => pass::<$vector, 5, 1, false>($chunk, $numerators),
            (5, true) => pass::<$vector, 5, 1, true>($chunk, $numerators),
            (6, false) => pass::<$vector, 6, 1, false>($chunk, $numerators),
            (6, true) => pass::<$vector, 6, 1, true>($chunk, $numerators),
            (7, false) => pass::<$vector, 7, 1, false>($chunk, $numerators),
            (7, true) => pass::<$vector, 7, 1, true>($chunk, $numerators),
            (8, false) => pass::<$vector, 8, 1, false>($chunk, $numerators),
            (8, true) => pass::<$vector, 8, 1, true>($chunk, $numerators),
            (_, false) => pass::<$vector, 0, 1, false>($chunk, $numerators),
            (_, true) => pass::<$vector, 0, 1, true>($chunk, $numerators),
        }
    };
}
pub(super) use by_lanes;
