//! Non-negative double singular value decomposition.
//!
//! C. Boutsidis, E. Gallopoulos, *SVD based initialization: A head start for nonnegative matrix factorization*, Pattern
//! Recognition 41 (2008), [doi:10.1016/j.patcog.2007.09.010](https://doi.org/10.1016/j.patcog.2007.09.010). Topic 0 is
//! √σ₀ |u₀|, √σ₀ |v₀|; for j > 0 the pair of positive or of negative parts of u_j and v_j with the larger product m of
//! norms is taken, scaled to unit vectors times √(σ_j m). Entries below 1e-6 become 0 (as in scikit-learn).

use super::random::random;
use super::svd::truncated_svd;
use crate::factorize::Start;
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

const SMALLEST: f64 = 1e-6;

/// Power of two, even, by which V is divided so that its mean nonzero lies near 1; 0 in the ordinary range, where the start
/// is scikit-learn's. The threshold and the fill are absolute numbers and would ruin the start of very small or large V.
fn scale_exponent(v: &TermDocumentMatrix) -> i32 {
    let mean = v.total() / (v.n_nonzeros() as f64).max(1.0);
    let exponent = libm::frexp(mean).1;
    if (-10..=10).contains(&exponent) { 0 } else { exponent & !1 }
}

/// NNDSVD with its zeros, which multiplicative updates without a floor never leave.
pub fn nndsvd(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let exponent = scale_exponent(v);
    let svd = truncated_svd(v, n_topics, seed);
    let mut w = FactorMatrix::zeros(v.n_terms(), n_topics);
    let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
    for (topic, ((value, left), right)) in svd.values.iter().zip(&svd.left).zip(&svd.right).enumerate() {
        let absolute = topic == 0;
        let part = |vector: &[f64], sign: f64| -> Vec<f64> {
            vector.iter().map(|&x| if absolute { x.abs() } else { (sign * x).max(0.0) }).collect()
        };
        let norm = |vector: &[f64]| vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        let pair = |sign: f64| {
            let (left, right) = (part(left, sign), part(right, sign));
            let product = norm(&left) * norm(&right);
            (left, right, product)
        };
        let (positive, negative) = (pair(1.0), pair(-1.0));
        let (left, right, product) = if positive.2 >= negative.2 { positive } else { negative };
        let scale = (libm::ldexp(*value, -exponent) * product).sqrt();
        write(&mut w, topic, &left, scale / norm(&left).max(f64::MIN_POSITIVE), exponent);
        write(&mut h, topic, &right, scale / norm(&right).max(f64::MIN_POSITIVE), exponent);
    }
    Start { w, h }
}

/// [`nndsvd`] with its zeros filled by the mean of V (zeros of V included). Topics beyond the rank of V, which no
/// singular vector stands for, start at [`random`].
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
    let exponent = scale_exponent(v);
    let mean = libm::ldexp(v.total() / (v.n_terms() as f64 * v.n_documents() as f64), exponent / 2 - exponent) as f32;
    for factor in [&mut start.w, &mut start.h] {
        for row in 0..factor.n_rows() {
            for topic in 0..n_topics {
                if factor.get(row, topic) == 0.0 {
                    factor.set(row, topic, mean);
                }
            }
        }
    }
    start
}

fn write(factor: &mut FactorMatrix, topic: usize, vector: &[f64], scale: f64, exponent: i32) {
    for (row, &x) in vector.iter().enumerate() {
        let value = x * scale;
        factor.set(row, topic, if value < SMALLEST { 0.0 } else { libm::ldexp(value, exponent / 2) as f32 });
    }
}
