//! The operations on a virtual vector in registers. `avx2` and `avx512` implement them; the loops of `vector_pass`
//! and `weighted_sum` are written over them.

use super::lanes::{LANES, Lanes};

/// A virtual vector of 16 f32 lanes in the registers of one instruction set.
///
/// # Safety
/// Every function needs a CPU with the instruction set that the implementation is named after. A pointer must be
/// valid for 16 numbers and aligned as [`Lanes`] are; the pointers of `load_values`, `load_addresses` and `gather`
/// need only be valid for the `count` numbers that are read, where `count` is at most 16.
pub(super) trait Vector: Copy {
    /// A vector after the steps of the reduction tree that [`Vector::fold`] takes.
    type Folded: Copy;
    /// Number of vectors that [`Vector::reduce`] reduces together.
    const GROUP: usize;
    /// Whether sixteen sums of this kind stay in registers, and not only eight.
    const HAS_MANY_REGISTERS: bool;

    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn multiply(self, factor: Self) -> Self;
    unsafe fn divide(self, by: Self) -> Self;
    /// In each lane self if it is larger, else other.
    unsafe fn maximum(self, other: Self) -> Self;
    /// self · factor + addend with a single rounding (fused).
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Adds self · factor, rounded to f32, to sums in f64, lane by lane.
    unsafe fn add_products(self, factor: Self, sums: &mut [f64; LANES]);
    /// Takes the first steps of the reduction tree, if the instruction set takes them vector by vector.
    unsafe fn fold(self) -> Self::Folded;
    /// Takes the remaining steps of the tree for the vectors `first..first + GROUP`, and writes their sums to the
    /// same lanes of `to`.
    unsafe fn reduce(vectors: &[Self::Folded; LANES], first: usize, to: &mut Lanes);
    /// The numbers at the first `count` indices, counted from `from`, and then zeros; indices must be below 2³¹.
    unsafe fn gather(from: *const f32, indices: *const u32, count: usize) -> Self;
    /// The first `count` values, and then zeros.
    unsafe fn load_values(from: *const f32, count: usize) -> Self;
    /// Writes base + index · stride for the first `count` indices, and then `base`; returns whether each index is
    /// below `limit`.
    unsafe fn load_addresses(
        from: *const u32,
        count: usize,
        limit: u32,
        base: u64,
        stride: u32,
        to: &mut [u64; LANES],
    ) -> bool;
}
