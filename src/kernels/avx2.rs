//! The loop for AVX2 and FMA: a virtual vector is two registers, nonzeros are taken eight at a time.

use std::arch::x86_64::*;

use super::portable::{ratios, tree};
use super::row_pass::Chunk;
use super::storage::{LANES, Lanes};

/// Lanes of a register.
const HALF: usize = LANES / 2;

/// Runs a chunk.
///
/// # Safety
/// The CPU has AVX2 and FMA; every index of the chunk is a row of its factor.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn chunk(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    // SAFETY: the caller's promise is that of the functions called, and M is the number of vectors of the row.
    unsafe { by_lanes!(chunk, numerators) }
}

/// M vectors per row, unrolled.
///
/// # Safety
/// As [`chunk`]; row, numerators and the factor's rows have M vectors.
#[target_feature(enable = "avx2,fma")]
unsafe fn fixed<const M: usize>(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    assert!(chunk.row.len() == M && numerators.len() == M, "vectors of the row");
    let mut objective = [0.0_f64; LANES];
    let mut sums = [[_mm256_setzero_ps(); 2]; M];
    // SAFETY: `Lanes` are 16 aligned f32; an index is a row of the factor, whose M vectors lie within it.
    unsafe {
        for m in 0..M {
            for half in 0..2 {
                sums[m][half] = _mm256_load_ps(numerators[m].0.as_ptr().add(HALF * half));
            }
        }
        for (block, (indices, values)) in chunk.blocks().enumerate() {
            chunk.prefetch(block);
            let mut products = Lanes::default();
            for (eight, indices) in indices.chunks(HALF).enumerate() {
                let mut vectors = [_mm256_setzero_ps(); HALF];
                let dot = |index: u32| {
                    let entry = chunk.factor_pointer(index);
                    let mut product = [_mm256_setzero_ps(); 2];
                    for m in 0..M {
                        for half in 0..2 {
                            let row = _mm256_load_ps(chunk.row[m].0.as_ptr().add(HALF * half));
                            let entry = _mm256_load_ps(entry.add(LANES * m + HALF * half));
                            product[half] = _mm256_fmadd_ps(row, entry, product[half]);
                        }
                    }
                    _mm256_add_ps(product[0], product[1])
                };
                if let Ok(indices) = <&[u32; HALF]>::try_from(indices) {
                    // A whole half block: eight registers, no loop.
                    for lane in 0..HALF {
                        vectors[lane] = dot(indices[lane]);
                    }
                } else {
                    for (vector, &index) in vectors.iter_mut().zip(indices) {
                        *vector = dot(index);
                    }
                }
                _mm256_store_ps(products.0.as_mut_ptr().add(HALF * eight), reduce(&vectors));
            }
            let ratios = ratios(values, products.0, chunk.with_objective.then_some(&mut objective));
            for (&ratio, &index) in ratios.iter().zip(indices) {
                let entry = chunk.factor_pointer(index);
                let ratio = _mm256_set1_ps(ratio);
                for m in 0..M {
                    for half in 0..2 {
                        let entry = _mm256_load_ps(entry.add(LANES * m + HALF * half));
                        sums[m][half] = _mm256_fmadd_ps(ratio, entry, sums[m][half]);
                    }
                }
            }
        }
        for m in 0..M {
            for half in 0..2 {
                _mm256_store_ps(numerators[m].0.as_mut_ptr().add(HALF * half), sums[m][half]);
            }
        }
    }
    tree(objective)
}

/// Any number of vectors per row.
///
/// # Safety
/// As [`chunk`]; numerators and the factor's rows have as many vectors as the row.
#[target_feature(enable = "avx2,fma")]
unsafe fn any(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    let mut objective = [0.0_f64; LANES];
    // SAFETY: as in `fixed`.
    unsafe {
        for (block, (indices, values)) in chunk.blocks().enumerate() {
            chunk.prefetch(block);
            let mut products = Lanes::default();
            for (eight, indices) in indices.chunks(HALF).enumerate() {
                let mut halves = [[_mm256_setzero_ps(); HALF]; 2];
                for (half, vectors) in halves.iter_mut().enumerate() {
                    for (m, row) in chunk.row.iter().enumerate() {
                        let row = _mm256_load_ps(row.0.as_ptr().add(HALF * half));
                        for (vector, &index) in vectors.iter_mut().zip(indices) {
                            let entry = _mm256_load_ps(chunk.factor_pointer(index).add(LANES * m + HALF * half));
                            *vector = _mm256_fmadd_ps(row, entry, *vector);
                        }
                    }
                }
                let mut vectors = [_mm256_setzero_ps(); HALF];
                for i in 0..HALF {
                    vectors[i] = _mm256_add_ps(halves[0][i], halves[1][i]);
                }
                _mm256_store_ps(products.0.as_mut_ptr().add(HALF * eight), reduce(&vectors));
            }
            let ratios = ratios(values, products.0, chunk.with_objective.then_some(&mut objective));
            for (m, numerator) in numerators.iter_mut().enumerate() {
                for half in 0..2 {
                    let place = numerator.0.as_mut_ptr().add(HALF * half);
                    let mut sum = _mm256_load_ps(place);
                    for (&ratio, &index) in ratios.iter().zip(indices) {
                        let entry = _mm256_load_ps(chunk.factor_pointer(index).add(LANES * m + HALF * half));
                        sum = _mm256_fmadd_ps(_mm256_set1_ps(ratio), entry, sum);
                    }
                    _mm256_store_ps(place, sum);
                }
            }
        }
    }
    tree(objective)
}

/// Lane j of the result is the sum of vector j by the last three steps of the fixed tree: +4, +2, +1.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn reduce(vectors: &[__m256; HALF]) -> __m256 {
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
    _mm256_permutevar8x32_ps(_mm256_add_ps(low, high), _mm256_setr_epi32(0, 2, 1, 3, 4, 6, 5, 7))
}
