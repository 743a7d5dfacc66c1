//! Multiplicative updates for the Frobenius norm (`mu`).
//!
//! ```text
//! a_k ← a_k · b_k / (G a)_k          a: a row of W or of the stored H, G and b as in the family's header
//! ```
//!
//! Cost beside b: 2 n_topics² flops per row. Guaranteed: the objective never rises (with a floor: on the factors at
//! or above it); without a floor zeros stay zeros. It is slow near the end; the other methods of the family are
//! better.
//!
//! Reference: D. D. Lee, H. S. Seung, *Algorithms for non-negative matrix factorization*, NIPS 13 (2000).

use super::gram::Gram;

/// Updates a row once; `gram`, `b` and `a` are G, b and the row, `product` is a workspace.
pub fn improve(gram: &Gram, b: &[f64], floor: f64, a: &mut [f64], product: &mut Vec<f64>) {
    gram.times(a, product);
    for ((a, b), product) in a.iter_mut().zip(b).zip(product) {
        let factor = if *product > 0.0 { b / *product } else { 1.0 };
        *a = (*a * factor).max(floor);
    }
}
