//! Alternating non-negative least squares by block principal pivoting (`anls`).
//!
//! A row is solved exactly: min ½ aᵀG a − bᵀa over a ≥ 0, with G and b as in the family's header. Topics are split
//! into free ones and ones at zero, and the free part is solved by a Cholesky factorisation. Then all topics that
//! violate a ≥ 0 or the sign of the gradient y = G a − b change sides at once, or only the last of them when that has
//! not helped three times.
//!
//! Cost beside b: n³/3 + n_topics² flops per exchange, with n free topics. A handful of exchanges suffices, because
//! they begin with the topics that were free before. Guaranteed: each half-step is the exact minimum, so that the
//! objective never rises and limits are stationary points; zeros are exact, and there is no floor.
//!
//! Reference: J. Kim, H. Park, *Fast nonnegative matrix factorization: an active-set-like method and comparisons*,
//! 2011, [doi:10.1137/110821172](https://doi.org/10.1137/110821172).

use super::gram::Gram;

/// How often exchanges of all violations may fail to lower their number, before one topic at a time is exchanged.
const PATIENCE: usize = 3;

/// The share of the diagonal's mean that is added to the diagonal. It makes the solution unique where topics are
/// multiples of each other.
const RIDGE: f64 = 1e-12;

/// A violation of the gradient's sign below this share of the largest |b| is rounding.
const ROUNDING: f64 = 1e-12;

/// Solves a row; `a` holds the start, and then the solution. `product` is a workspace.
pub fn solve(gram: &Gram, b: &[f64], a: &mut [f64], product: &mut Vec<f64>) {
    let n = a.len();
    let ridge = RIDGE * (0..n).map(|topic| gram.at(topic, topic)).sum::<f64>() / n as f64;
    let ridge = ridge.max(f64::MIN_POSITIVE);
    let scale = b.iter().fold(0.0_f64, |largest, b| largest.max(b.abs()));
    let mut free: Vec<bool> = a.iter().map(|&a| a > 0.0).collect();
    let (mut fewest, mut patience) = (n + 1, PATIENCE);
    for _ in 0..100 + 5 * n {
        solve_free(gram, b, ridge, &free, a);
        gram.times(a, product);
        let violates = |topic: usize| match free[topic] {
            true => a[topic] < 0.0,
            false => product[topic] - b[topic] < -ROUNDING * scale,
        };
        let violations: Vec<usize> = (0..n).filter(|&topic| violates(topic)).collect();
        let Some(&last) = violations.last() else { return };
        if violations.len() < fewest {
            (fewest, patience) = (violations.len(), PATIENCE);
        } else if patience > 0 {
            patience -= 1;
        } else {
            free[last] = !free[last];
            continue;
        }
        violations.iter().for_each(|&topic| free[topic] = !free[topic]);
    }
    // The exchanges did not end within the limit; entries that are negative still must not get into a factor.
    a.iter_mut().for_each(|a| *a = a.max(0.0));
}

/// Solves the free topics by a Cholesky factorisation, and sets the others to 0.
fn solve_free(gram: &Gram, b: &[f64], ridge: f64, free: &[bool], a: &mut [f64]) {
    let topics: Vec<usize> = (0..free.len()).filter(|&topic| free[topic]).collect();
    let n = topics.len();
    a.fill(0.0);
    let mut lower = vec![0.0; n * n];
    let mut x: Vec<f64> = topics.iter().map(|&topic| b[topic]).collect();
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|l| lower[i * n + l] * lower[j * n + l]).sum();
            let rest = gram.at(topics[i], topics[j]) - known;
            lower[i * n + j] = if i == j { (rest + ridge).max(ridge).sqrt() } else { rest / lower[j * n + j] };
        }
        let known: f64 = (0..i).map(|l| lower[i * n + l] * x[l]).sum();
        x[i] = (x[i] - known) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|l| lower[l * n + i] * x[l]).sum();
        x[i] = (x[i] - known) / lower[i * n + i];
        a[topics[i]] = x[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::FactorMatrix;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// The solution meets the conditions for a minimum, whatever the start.
        #[test]
        fn solutions_are_minima(n in 1_usize..12, rows in 1_usize..20, numbers in prop::collection::vec(0.0_f32..1.0, 260), from_all: bool) {
            let factor = FactorMatrix::from_fn(rows, n, |row, topic| {
                let x = numbers[(row * n + topic) % 240];
                if x < 0.5 { 0.0 } else { x }
            });
            let gram = Gram::new(&factor);
            let x: Vec<f64> = (0..rows).map(|row| f64::from(numbers[240 + row])).collect();
            let b: Vec<f64> = (0..n).map(|k| (0..rows).map(|row| f64::from(factor.get(row, k)) * x[row]).sum()).collect();
            let mut a = vec![if from_all { 1.0 } else { 0.0 }; n];
            solve(&gram, &b, &mut a, &mut Vec::new());
            for topic in 0..n {
                let gradient = gram.dot(topic, &a) - b[topic];
                prop_assert!(a[topic] >= 0.0 && a[topic].is_finite());
                prop_assert!(gradient > -1e-6, "topic {topic}: gradient {gradient}");
                prop_assert!(a[topic] < 1e-9 || gradient.abs() < 1e-6 * (1.0 + a[topic]), "topic {topic}: a {}, gradient {gradient}", a[topic]);
            }
        }
    }
}
