//! Hierarchical alternating least squares (`hals`): the default of the Frobenius family.
//!
//! ```text
//! a_k ← max(floor, a_k + (b_k − (G a)_k) / G_kk)          for k = 1 … n_topics, one after another, twice
//! ```
//!
//! a is a row of W or of the stored H, G and b are as in the family's header. Updating one column of a factor for all rows,
//! then the next, is the same as this loop row by row, since G and b are fixed. Twice, since b costs more than a round (N.
//! Gillis, F. Glineur, *Accelerated multiplicative updates and hierarchical ALS algorithms for nonnegative matrix
//! factorization*, 2012, [doi:10.1162/NECO_a_00256](https://doi.org/10.1162/NECO_a_00256)).
//!
//! Cost beside b: 4 n_topics² flops per row. Guaranteed: the objective never rises, since every step is the exact minimum
//! along its coordinate; limits are stationary points.
//!
//! Reference: A. Cichocki, A.-H. Phan, *Fast local algorithms for large scale nonnegative matrix and tensor factorizations*,
//! 2009, [doi:10.1587/transfun.E92.A.708](https://doi.org/10.1587/transfun.E92.A.708).

use super::Gram;

/// Rounds over the topics.
const ROUNDS: usize = 2;

/// Rounds over the topics of a row. A topic without any weight in the other factor becomes the floor.
pub fn improve(gram: &Gram, b: &[f64], floor: f64, a: &mut [f64]) {
    for _ in 0..ROUNDS {
        for topic in 0..a.len() {
            let curvature = gram.at(topic, topic);
            let updated = a[topic] + (b[topic] - gram.dot(topic, a)) / curvature;
            a[topic] = if curvature > 0.0 { updated.max(floor) } else { floor };
        }
    }
}
