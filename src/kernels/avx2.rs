//! The virtual vector for AVX2 and FMA: 16 lanes in two registers.

#![allow(unsafe_op_in_unsafe_fn, reason = "each function is one operation, whose terms the trait states")]

use std::arch::x86_64::*;

use super::lanes::{LANES, Lanes};
use super::vector::Vector;
use super::vector_pass::entry_points;

/// Number of lanes of one register.
const HALF: usize = LANES / 2;

entry_points!(Halves, "avx2,fma");

/// A register with lanes 0 to 7, and one with lanes 8 to 15.
#[derive(Clone, Copy)]
struct Halves(__m256, __m256);

impl Vector for Halves {
    type Folded = __m256;
    const GROUP: usize = HALF;
    const HAS_MANY_REGISTERS: bool = false;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self(_mm256_setzero_ps(), _mm256_setzero_ps())
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(_mm256_set1_ps(value), _mm256_set1_ps(value))
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(_mm256_load_ps(from), _mm256_load_ps(from.add(HALF)))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm256_store_ps(to, self.0);
        _mm256_store_ps(to.add(HALF), self.1);
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1))
    }

    #[inline(always)]
    unsafe fn multiply(self, factor: Self) -> Self {
        Self(_mm256_mul_ps(self.0, factor.0), _mm256_mul_ps(self.1, factor.1))
    }

    #[inline(always)]
    unsafe fn divide(self, by: Self) -> Self {
        Self(_mm256_div_ps(self.0, by.0), _mm256_div_ps(self.1, by.1))
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        Self(_mm256_max_ps(self.0, other.0), _mm256_max_ps(self.1, other.1))
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        Self(_mm256_fmadd_ps(self.0, factor.0, addend.0), _mm256_fmadd_ps(self.1, factor.1, addend.1))
    }

    #[inline(always)]
    unsafe fn add_products(self, factor: Self, sums: &mut [f64; LANES]) {
        let (low, high) = (_mm256_mul_ps(self.0, factor.0), _mm256_mul_ps(self.1, factor.1));
        let quarters = [
            _mm256_castps256_ps128(low),
            _mm256_extractf128_ps::<1>(low),
            _mm256_castps256_ps128(high),
            _mm256_extractf128_ps::<1>(high),
        ];
        for (quarter, products) in quarters.into_iter().enumerate() {
            let sums = sums.as_mut_ptr().add(4 * quarter);
            _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), _mm256_cvtps_pd(products)));
        }
    }

    #[inline(always)]
    unsafe fn fold(self) -> __m256 {
        _mm256_add_ps(self.0, self.1)
    }

    /// Takes the steps +4, +2 and +1 of the tree for eight vectors at once.
    #[inline(always)]
    unsafe fn reduce(vectors: &[__m256; LANES], first: usize, to: &mut Lanes) {
        let vectors = &vectors[first..first + HALF];
        let mut quarters = [_mm256_setzero_ps(); 4];
        for i in 0..4 {
            let low = _mm256_permute2f128_ps::<0x20>(vectors[i], vectors[i + 4]);
            let high = _mm256_permute2f128_ps::<0x31>(vectors[i], vectors[i + 4]);
            quarters[i] = _mm256_add_ps(low, high);
        }
        let mut pairs = [_mm256_setzero_ps(); 2];
        for i in 0..2 {
            let low = _mm256_shuffle_ps::<0b01_00_01_00>(quarters[i], quarters[i + 2]);
            let high = _mm256_shuffle_ps::<0b11_10_11_10>(quarters[i], quarters[i + 2]);
            pairs[i] = _mm256_add_ps(low, high);
        }
        let low = _mm256_shuffle_ps::<0b10_00_10_00>(pairs[0], pairs[1]);
        let high = _mm256_shuffle_ps::<0b11_01_11_01>(pairs[0], pairs[1]);
        let order = _mm256_setr_epi32(0, 2, 1, 3, 4, 6, 5, 7);
        let sums = _mm256_permutevar8x32_ps(_mm256_add_ps(low, high), order);
        _mm256_store_ps(to.0.as_mut_ptr().add(first), sums);
    }

    #[inline(always)]
    unsafe fn gather(from: *const f32, indices: *const u32, count: usize) -> Self {
        let mut numbers = Lanes::default();
        for lane in 0..count {
            numbers.0[lane] = *from.add(*indices.add(lane) as usize);
        }
        Self::load(numbers.0.as_ptr())
    }

    #[inline(always)]
    unsafe fn load_values(from: *const f32, count: usize) -> Self {
        let high = _mm256_maskload_ps(from.wrapping_add(HALF), first(count, HALF));
        Self(_mm256_maskload_ps(from, first(count, 0)), high)
    }

    #[inline(always)]
    unsafe fn load_addresses(
        from: *const u32,
        count: usize,
        limit: u32,
        base: u64,
        stride: u32,
        to: &mut [u64; LANES],
    ) -> bool {
        let mut largest = _mm256_setzero_si256();
        for half in [0, HALF] {
            let indices = _mm256_maskload_epi32(from.wrapping_add(half).cast(), first(count, half));
            largest = _mm256_max_epu32(largest, indices);
            let quarters = [_mm256_castsi256_si128(indices), _mm256_extracti128_si256::<1>(indices)];
            for (quarter, indices) in quarters.into_iter().enumerate() {
                let wide = _mm256_cvtepu32_epi64(indices);
                let offsets = _mm256_mul_epu32(wide, _mm256_set1_epi64x(i64::from(stride)));
                let addresses = _mm256_add_epi64(offsets, _mm256_set1_epi64x(base as i64));
                _mm256_storeu_si256(to.as_mut_ptr().add(half + 4 * quarter).cast(), addresses);
            }
        }
        let limit = _mm256_set1_epi32(limit as i32);
        let too_large = _mm256_cmpeq_epi32(_mm256_max_epu32(largest, limit), largest);
        _mm256_testz_si256(too_large, too_large) == 1
    }
}

/// The mask of those lanes among `half..half + 8` that lie below `count`.
#[inline(always)]
unsafe fn first(count: usize, half: usize) -> __m256i {
    let lanes = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(half as i32));
    _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), lanes)
}
