//! A virtual vector in the registers of one instruction set; `avx2` and `avx512` are such vectors.

use super::lanes::{LANES, Lanes};

/// A virtual vector of 16 f32 lanes in the registers of one instruction set.
///
/// # Safety
/// Every function needs the instruction set that the implementation is named after. Pointers are good for 16 numbers
/// aligned as [`Lanes`] are; those of `load_values`, `load_addresses` and `gather` for `count` numbers, `count` at most 16.
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
    unsafe fn multiply(self, factor: Self) -> Self;
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
    /// The numbers at the first `count` indices from `from`, zeros behind them; indices are below 2³¹.
    unsafe fn gather(from: *const f32, indices: *const u32, count: usize) -> Self;
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
