//! Hierarchical alternating least squares (`hals`): the default of the Frobenius family.
//!
//! ```text
//! a_k ← max(floor, a_k + (b_k − (G a)_k) / G_kk)          for k = 1 … n_topics, one after another, twice
//! ```
//!
//! a is a row of W or of the stored H; G and b are as in the family's header. The method is usually written column by
//! column, for all rows at once. This loop gives the same result row by row, because G and b are fixed. There are two
//! rounds, because computing b costs more than a round (N. Gillis, F. Glineur, *Accelerated multiplicative updates
//! and hierarchical ALS algorithms for nonnegative matrix factorization*, 2012,
//! [doi:10.1162/NECO_a_00256](https://doi.org/10.1162/NECO_a_00256)).
//!
//! With penalties (see [`Penalty`]), l_k + q_k a_k is subtracted from the numerator and q_k is added to the divisor.
//!
//! Cost beside b: 4 n_topics² flops per row. Guaranteed: the objective never rises, because every step is the exact
//! minimum along its coordinate; limits are stationary points.
//!
//! Reference: A. Cichocki, A.-H. Phan, *Fast local algorithms for large scale nonnegative matrix and tensor
//! factorizations*, 2009, [doi:10.1587/transfun.E92.A.708](https://doi.org/10.1587/transfun.E92.A.708).

use super::gram::Gram;
use super::penalties::Penalty;

/// Number of rounds over the topics of a row.
const ROUNDS: usize = 2;

/// Improves the row `a` by some rounds over its topics. An entry becomes the floor if its topic has no weight in the
/// other factor, because any value would do there.
pub fn improve(gram: &Gram, b: &[f64], floor: f64, penalty: &Penalty, a: &mut [f64]) {
    let part = |part: &[f64], topic: usize| part.get(topic).copied().unwrap_or(0.0);
    let before: Vec<f64> = if penalty.relative.is_empty() { Vec::new() } else { a.to_vec() };
    for _ in 0..ROUNDS {
        for topic in 0..a.len() {
            let before = before.get(topic).map_or(f64::INFINITY, |a| a.max(f64::MIN_POSITIVE));
            let shifted = part(&penalty.quadratic, topic) + part(&penalty.relative, topic) / before;
            let curvature = gram.at(topic, topic) + shifted;
            let slope = b[topic] - gram.dot(topic, a) - part(&penalty.linear, topic) - shifted * a[topic];
            a[topic] = if curvature > 0.0 { (a[topic] + slope / curvature).max(floor) } else { floor };
        }
    }
}
