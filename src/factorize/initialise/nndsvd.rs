//! The start from a non-negative double singular value decomposition (NNDSVD).
//!
//! C. Boutsidis, E. Gallopoulos, *SVD based initialization: A head start for nonnegative matrix factorization*,
//! Pattern Recognition 41 (2008), [doi:10.1016/j.patcog.2007.09.010](https://doi.org/10.1016/j.patcog.2007.09.010).
//! Topic 0 is √σ₀ |u₀|, √σ₀ |v₀|. For j > 0, of the positive parts of u_j and v_j and of their negative parts, the
//! pair with the larger product m of norms is taken and scaled to unit vectors times √(σ_j m). Entries below 1e-6
//! become 0 (as in scikit-learn).

use rayon::prelude::*;

use super::random::random;
use super::svd::{TruncatedSvd, truncated_svd};
use crate::factorize::Start;
use crate::factorize::scale::scale_exponent;
use crate::kernels::{BLOCK_ROWS, FactorMatrix};
use crate::matrix::TermDocumentMatrix;

/// Entries below this become 0, as in scikit-learn.
const SMALLEST: f64 = 1e-6;

/// The exponent of the power of two by which V is divided so that its mean nonzero lies near 1. It is even, because
/// each factor is scaled by the square root, and 0 in the ordinary range, where the start is scikit-learn's. Without
/// it, the threshold and the fill, which are absolute numbers, would ruin the start of a very small or very large V.
fn even_exponent(v: &TermDocumentMatrix) -> i32 {
    scale_exponent(v) & !1
}

/// NNDSVD with its zeros, which multiplicative updates without a floor never leave.
pub fn nndsvd(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let exponent = even_exponent(v);
    let TruncatedSvd { values, left, right } = truncated_svd(v, n_topics, seed);
    let (left_norms, right_norms) = (part_norms(&left), part_norms(&right));
    let (mut w_scales, mut h_scales) = (vec![0.0; n_topics], vec![0.0; n_topics]);
    for (topic, value) in values.iter().enumerate() {
        let products = [0, 1].map(|part| left_norms[part][topic] * right_norms[part][topic]);
        let (sign, part) = if products[0] >= products[1] { (1.0, 0) } else { (-1.0, 1) };
        // The first pair has one sign throughout, except for rounding, so that both parts are taken.
        let norm = |norms: &[Vec<f64>; 2]| if topic == 0 { norms[0][0].hypot(norms[1][0]) } else { norms[part][topic] };
        let (left_norm, right_norm) = (norm(&left_norms), norm(&right_norms));
        let scale = (libm::ldexp(*value, -exponent) * left_norm * right_norm).sqrt();
        w_scales[topic] = sign * scale / left_norm.max(f64::MIN_POSITIVE);
        h_scales[topic] = sign * scale / right_norm.max(f64::MIN_POSITIVE);
    }
    Start { w: scaled_parts(&left, &w_scales, exponent), h: scaled_parts(&right, &h_scales, exponent) }
}

/// The norms of the positive part and of the negative part of each column.
fn part_norms(vectors: &FactorMatrix) -> [Vec<f64>; 2] {
    let n = vectors.n_topics();
    let blocks: Vec<[Vec<f64>; 2]> = (0..vectors.n_rows().div_ceil(BLOCK_ROWS))
        .into_par_iter()
        .map(|block| {
            let mut squares = [vec![0.0_f64; n], vec![0.0_f64; n]];
            for row in block * BLOCK_ROWS..vectors.n_rows().min((block + 1) * BLOCK_ROWS) {
                for (topic, &x) in vectors.row_values(row).iter().enumerate() {
                    squares[usize::from(x < 0.0)][topic] += f64::from(x).powi(2);
                }
            }
            squares
        })
        .collect();
    [0, 1]
        .map(|part| (0..n).map(|topic| blocks.iter().map(|squares| squares[part][topic]).sum::<f64>().sqrt()).collect())
}

/// Multiplies each column by its scale and keeps the positive results; of the first column it takes the absolute
/// values. Topics without a singular vector stay zero.
fn scaled_parts(vectors: &FactorMatrix, scales: &[f64], exponent: i32) -> FactorMatrix {
    let mut factor = FactorMatrix::zeros(vectors.n_rows(), scales.len());
    factor.each_row(|row, values| {
        for (topic, (&x, &scale)) in vectors.row_values(row).iter().zip(scales).enumerate() {
            let value = f64::from(x) * scale;
            let value = if topic == 0 { value.abs() } else { value };
            if value >= SMALLEST {
                values[topic] = libm::ldexp(value, exponent / 2) as f32;
            }
        }
    });
    factor
}

/// [`nndsvd`] with its zeros filled by the mean of V (zeros of V included). Topics beyond the rank of V, for which
/// there is no singular vector, start as in [`random`].
pub fn nndsvda(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let mut start = nndsvd(v, n_topics, seed);
    let sums = start.w.topic_sums();
    let spare: Vec<usize> = (0..n_topics).filter(|&topic| sums[topic] == 0.0).collect();
    if !spare.is_empty() {
        let random = random(v, n_topics, seed);
        for (factor, random) in [(&mut start.w, &random.w), (&mut start.h, &random.h)] {
            for row in 0..factor.n_rows() {
                spare.iter().for_each(|&topic| factor.set(row, topic, random.get(row, topic)));
            }
        }
    }
    let exponent = even_exponent(v);
    let mean = libm::ldexp(v.total() / (v.n_terms() as f64 * v.n_documents() as f64), exponent / 2 - exponent) as f32;
    for factor in [&mut start.w, &mut start.h] {
        factor.each_row(|_, values| values.iter_mut().filter(|value| **value == 0.0).for_each(|value| *value = mean));
    }
    start
}
