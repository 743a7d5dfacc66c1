//! The loop for AVX-512: a virtual vector is one register. M registers per row for up to 128 topics, loops beyond.

use std::arch::x86_64::*;

use super::portable::{ratios, tree};
use super::row_pass::Chunk;
use super::storage::{LANES, Lanes};

/// Runs a chunk.
///
/// # Safety
/// The CPU has AVX-512 F, VL and DQ, AVX2 and FMA; every index of the chunk is a row of its factor.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
pub(super) unsafe fn chunk(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    // SAFETY: the caller's promise is that of the functions called, and M is the number of vectors of the row.
    unsafe { by_lanes!(chunk, numerators) }
}

/// M vectors per row, held in registers.
///
/// # Safety
/// As [`chunk`]; row, numerators and the factor's rows have M vectors.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
unsafe fn fixed<const M: usize>(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    assert!(chunk.row.len() == M && numerators.len() == M, "vectors of the row");
    let mut objective = [0.0_f64; LANES];
    let mut row = [_mm512_setzero_ps(); M];
    let mut sums = [_mm512_setzero_ps(); M];
    // SAFETY: `Lanes` are 16 aligned f32; an index is a row of the factor, whose M vectors lie within it.
    unsafe {
        for m in 0..M {
            row[m] = _mm512_load_ps(chunk.row[m].0.as_ptr());
            sums[m] = _mm512_load_ps(numerators[m].0.as_ptr());
        }
        for (block, (indices, values)) in chunk.blocks().enumerate() {
            chunk.prefetch(block);
            let mut products = [_mm512_setzero_ps(); LANES];
            let dot = |index: u32| {
                let entry = chunk.factor_pointer(index);
                let mut product = _mm512_setzero_ps();
                for m in 0..M {
                    product = _mm512_fmadd_ps(row[m], _mm512_load_ps(entry.add(LANES * m)), product);
                }
                product
            };
            if let Ok(indices) = <&[u32; LANES]>::try_from(indices) {
                // A whole block: sixteen registers, no loop.
                for lane in 0..LANES {
                    products[lane] = dot(indices[lane]);
                }
            } else {
                for (product, &index) in products.iter_mut().zip(indices) {
                    *product = dot(index);
                }
            }
            let ratios = block_ratios(&products, values, chunk.with_objective.then_some(&mut objective));
            for (&ratio, &index) in ratios.iter().zip(indices) {
                let entry = chunk.factor_pointer(index);
                let ratio = _mm512_set1_ps(ratio);
                for m in 0..M {
                    sums[m] = _mm512_fmadd_ps(ratio, _mm512_load_ps(entry.add(LANES * m)), sums[m]);
                }
            }
        }
        for m in 0..M {
            _mm512_store_ps(numerators[m].0.as_mut_ptr(), sums[m]);
        }
    }
    tree(objective)
}

/// Any number of vectors per row.
///
/// # Safety
/// As [`chunk`]; numerators and the factor's rows have as many vectors as the row.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
unsafe fn any(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    let mut objective = [0.0_f64; LANES];
    // SAFETY: as in `fixed`.
    unsafe {
        for (block, (indices, values)) in chunk.blocks().enumerate() {
            chunk.prefetch(block);
            let mut products = [_mm512_setzero_ps(); LANES];
            for (m, row) in chunk.row.iter().enumerate() {
                let row = _mm512_load_ps(row.0.as_ptr());
                for (product, &index) in products.iter_mut().zip(indices) {
                    let entry = _mm512_load_ps(chunk.factor_pointer(index).add(LANES * m));
                    *product = _mm512_fmadd_ps(row, entry, *product);
                }
            }
            let ratios = block_ratios(&products, values, chunk.with_objective.then_some(&mut objective));
            for (m, numerator) in numerators.iter_mut().enumerate() {
                let mut sum = _mm512_load_ps(numerator.0.as_ptr());
                for (&ratio, &index) in ratios.iter().zip(indices) {
                    let entry = _mm512_load_ps(chunk.factor_pointer(index).add(LANES * m));
                    sum = _mm512_fmadd_ps(_mm512_set1_ps(ratio), entry, sum);
                }
                _mm512_store_ps(numerator.0.as_mut_ptr(), sum);
            }
        }
    }
    tree(objective)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
fn block_ratios(products: &[__m512; LANES], values: &[f32], objective: Option<&mut [f64; LANES]>) -> [f32; LANES] {
    let mut sums = Lanes::default();
    // SAFETY: `Lanes` are 16 aligned f32.
    unsafe { _mm512_store_ps(sums.0.as_mut_ptr(), reduce(products)) };
    ratios(values, sums.0, objective)
}

/// Lane j of the result is the sum of vector j by the fixed tree: l + (l+8), +4, +2, +1, sixteen vectors at once.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
fn reduce(vectors: &[__m512; LANES]) -> __m512 {
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
    _mm512_permutexvar_ps(order, _mm512_add_ps(low, high))
}
