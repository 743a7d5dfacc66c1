//! The virtual vector for AVX-512: 16 lanes in one register.

#![allow(unsafe_op_in_unsafe_fn, reason = "each function is one operation, whose terms the trait states")]

use std::arch::x86_64::*;

use super::lanes::{LANES, Lanes};
use super::vector::Vector;
use super::vector_pass::entry_points;

entry_points!(__m512, "avx512f,avx512vl,avx512dq,avx2,fma");

impl Vector for __m512 {
    type Folded = __m512;
    const GROUP: usize = LANES;
    const HAS_MANY_REGISTERS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> Self {
        _mm512_setzero_ps()
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        _mm512_set1_ps(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        _mm512_load_ps(from)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm512_store_ps(to, self)
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        _mm512_add_ps(self, other)
    }

    #[inline(always)]
    unsafe fn multiply(self, factor: Self) -> Self {
        _mm512_mul_ps(self, factor)
    }

    #[inline(always)]
    unsafe fn divide(self, by: Self) -> Self {
        _mm512_div_ps(self, by)
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        _mm512_max_ps(self, other)
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        _mm512_fmadd_ps(self, factor, addend)
    }

    #[inline(always)]
    unsafe fn add_products(self, factor: Self, sums: &mut [f64; LANES]) {
        let products = _mm512_mul_ps(self, factor);
        let halves = [_mm512_castps512_ps256(products), _mm512_extractf32x8_ps::<1>(products)];
        for (half, products) in halves.into_iter().enumerate() {
            let sums = sums.as_mut_ptr().add(8 * half);
            _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), _mm512_cvtps_pd(products)));
        }
    }

    #[inline(always)]
    unsafe fn fold(self) -> Self {
        self
    }

    /// Takes all steps of the tree, l + (l+8), +4, +2 and +1, for sixteen vectors at once.
    #[inline(always)]
    unsafe fn reduce(vectors: &[Self; LANES], _first: usize, to: &mut Lanes) {
        let mut halves = [_mm512_setzero_ps(); 8];
        for i in 0..8 {
            let low = _mm512_shuffle_f32x4::<0b01_00_01_00>(vectors[i], vectors[i + 8]);
            let high = _mm512_shuffle_f32x4::<0b11_10_11_10>(vectors[i], vectors[i + 8]);
            halves[i] = _mm512_add_ps(low, high);
        }
        let mut quarters = [_mm512_setzero_ps(); 4];
        for i in 0..4 {
            let low = _mm512_shuffle_f32x4::<0b10_00_10_00>(halves[i], halves[i + 4]);
            let high = _mm512_shuffle_f32x4::<0b11_01_11_01>(halves[i], halves[i + 4]);
            quarters[i] = _mm512_add_ps(low, high);
        }
        let mut pairs = [_mm512_setzero_ps(); 2];
        for i in 0..2 {
            let low = _mm512_shuffle_ps::<0b01_00_01_00>(quarters[i], quarters[i + 2]);
            let high = _mm512_shuffle_ps::<0b11_10_11_10>(quarters[i], quarters[i + 2]);
            pairs[i] = _mm512_add_ps(low, high);
        }
        let low = _mm512_shuffle_ps::<0b10_00_10_00>(pairs[0], pairs[1]);
        let high = _mm512_shuffle_ps::<0b11_01_11_01>(pairs[0], pairs[1]);
        let order = _mm512_setr_epi32(0, 2, 1, 3, 8, 10, 9, 11, 4, 6, 5, 7, 12, 14, 13, 15);
        _mm512_store_ps(to.0.as_mut_ptr(), _mm512_permutexvar_ps(order, _mm512_add_ps(low, high)));
    }

    #[inline(always)]
    unsafe fn gather(from: *const f32, indices: *const u32, count: usize) -> Self {
        let indices = _mm512_maskz_loadu_epi32(first(count), indices.cast());
        _mm512_mask_i32gather_ps::<4>(_mm512_setzero_ps(), first(count), indices, from)
    }

    #[inline(always)]
    unsafe fn load_values(from: *const f32, count: usize) -> Self {
        _mm512_maskz_loadu_ps(first(count), from)
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
        let indices = _mm512_maskz_loadu_epi32(first(count), from.cast());
        let halves = [_mm512_castsi512_si256(indices), _mm512_extracti32x8_epi32::<1>(indices)];
        for (half, indices) in halves.into_iter().enumerate() {
            let offsets = _mm512_mul_epu32(_mm512_cvtepu32_epi64(indices), _mm512_set1_epi64(i64::from(stride)));
            let addresses = _mm512_add_epi64(offsets, _mm512_set1_epi64(base as i64));
            _mm512_storeu_si512(to.as_mut_ptr().add(8 * half).cast(), addresses);
        }
        _mm512_cmpge_epu32_mask(indices, _mm512_set1_epi32(limit as i32)) == 0
    }
}

/// The mask of the first `count` lanes.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    ((1_u32 << count) - 1) as __mmask16
}
