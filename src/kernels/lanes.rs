//! The virtual vector: 16 numbers that every instruction set treats alike, and the fixed order of sums over them. It
//! is its own file, because both the storage of factors and the loops are built on it.

/// Number of lanes of the virtual vector. The rows of a factor are padded to a multiple of it.
pub const LANES: usize = 16;

/// One virtual vector: 16 f32 lanes, aligned to a cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

/// The numbers of some vectors, one after another.
pub(crate) fn flatten(lanes: &[Lanes]) -> &[f32] {
    // SAFETY: `Lanes` is `repr(C)` around `[f32; 16]`, 64 bytes large and aligned to 64 bytes. So a slice of n of
    // them is exactly 16·n initialised f32 without gaps, and an f32 needs no stricter alignment.
    unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast::<f32>(), lanes.len() * LANES) }
}

/// The numbers of some vectors, one after another, to be written.
pub(crate) fn flatten_mut(lanes: &mut [Lanes]) -> &mut [f32] {
    // SAFETY: as in `flatten`; the exclusive borrow of the vectors becomes the exclusive borrow of their numbers.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast::<f32>(), lanes.len() * LANES) }
}

/// Asks for the cache line at an address, which need not be valid, since nothing is read. It does nothing where the
/// instruction set has no such request.
#[inline(always)]
pub(super) fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing, so that any address is allowed, and every x86-64 has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Whether all bits of a vector are zero.
#[inline(always)]
pub(super) fn is_zero(lanes: &Lanes) -> bool {
    let mut any = 0;
    for lane in 0..LANES {
        any |= lanes.0[lane].to_bits();
    }
    any == 0
}

/// Calls `visit` for the positive entries of a row, topics ascending. Vectors of zeros, which are most of a sparse row,
/// are skipped as a whole.
#[inline(always)]
pub(super) fn each_positive(row: &[Lanes], mut visit: impl FnMut(usize, f32)) {
    for (m, lanes) in row.iter().enumerate() {
        if !is_zero(lanes) {
            let positive = lanes.0.iter().enumerate().filter(|(_, value)| **value > 0.0);
            positive.for_each(|(lane, &value)| visit(m * LANES + lane, value));
        }
    }
}

/// Writes the sum of several chains to `out`, added in order. `chains` has `out.len()` vectors for each chain, one
/// chain after another.
pub(super) fn add_chains(chains: &[Lanes], out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    for (m, out) in out.iter_mut().enumerate() {
        *out = chains[m];
        for chain in chains.chunks_exact(lanes_per_row).skip(1) {
            for lane in 0..LANES {
                out.0[lane] += chain[m].0[lane];
            }
        }
    }
}

/// The sum of the lanes by a fixed tree: l + (l+8), then +4, +2, +1. Other orders would differ in the last bits.
#[inline(always)]
pub(super) fn tree<T: Copy + std::ops::AddAssign>(mut sum: [T; LANES]) -> T {
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

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// Both casts are compared with a safe copy, lane by lane.
        #[test]
        fn flat_view_is_the_lanes_one_after_another(values in prop::collection::vec(-1e3_f32..1e3, 0..200)) {
            let mut lanes: Vec<Lanes> = values.chunks_exact(LANES).map(|c| {
                let mut lane = Lanes::default();
                lane.0.copy_from_slice(c);
                lane
            }).collect();
            let twin: Vec<f32> = lanes.iter().flat_map(|l| l.0).collect();
            prop_assert_eq!(flatten(&lanes), &twin[..]);
            for value in flatten_mut(&mut lanes) { *value += 1.0; }
            prop_assert!(lanes.iter().flat_map(|l| l.0).zip(&twin).all(|(a, b)| a == b + 1.0));
        }
    }
}
