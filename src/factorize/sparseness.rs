//! Sparseness after P. Hoyer, *Non-negative matrix factorization with sparseness constraints*, JMLR 5, 2004:
//!
//! ```text
//! sparseness(x) = (√n − ‖x‖₁ / ‖x‖₂) / (√n − 1)      0 where all n entries are alike, 1 for a single one
//! ```

/// Squared distance from the middle of the simplex below which all entries are alike.
const ALIKE: f64 = 1e-24;

/// The nearest point to `x` that is not negative, sums to 1 and has the Euclidean norm that belongs to the sparseness
/// (Hoyer 2004, section 3.2): the point on the intersection of the plane of the sum and the sphere of the norm; where
/// it has negative entries these become zeros, and the search goes on among the others.
pub(super) fn nearest(mut x: Vec<f64>, sparseness: f64) -> Vec<f64> {
    let n = x.len() as f64;
    let norm = 1.0 / (n.sqrt() - sparseness * (n.sqrt() - 1.0));
    let mut is_free = vec![true; x.len()];
    let (mut n_free, mut is_settled) = (n, false);
    loop {
        // To the plane, among the free entries.
        let shift = (x.iter().sum::<f64>() - 1.0) / n_free;
        x.iter_mut().zip(&is_free).filter(|(_, free)| **free).for_each(|(value, _)| *value -= shift);
        // From the middle of the simplex through the point to the sphere: ‖m + α (x − m)‖ = norm.
        let middle = 1.0 / n_free;
        let square: f64 = x.iter().zip(&is_free).filter(|(_, free)| **free).map(|(v, _)| (v - middle).powi(2)).sum();
        let wanted = norm * norm - middle;
        if square <= ALIKE {
            // All free entries are alike but for rounding: the first of them makes the difference, if it need be made.
            let free = x.iter_mut().zip(&is_free).filter(|(_, free)| **free).map(|(value, _)| value);
            if n_free <= 1.0 || wanted <= ALIKE {
                free.for_each(|value| *value = middle);
                return x;
            }
            free.enumerate().for_each(|(i, value)| *value = if i == 0 { middle + 1.0 } else { middle });
            continue;
        }
        let stretch = (wanted.max(0.0) / square).sqrt();
        let mut has_negative = false;
        for (value, free) in x.iter_mut().zip(&mut is_free).filter(|(_, free)| **free) {
            *value = middle + stretch * (*value - middle);
            if *value < 0.0 {
                (*value, *free, has_negative) = (0.0, false, true);
                n_free -= 1.0;
            }
        }
        // A second time, since a point that was near the middle has lost digits on its way.
        if !has_negative && is_settled {
            return x;
        }
        is_settled = !has_negative;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn the_nearest_point_has_sum_and_sparseness(
            x in prop::collection::vec(0.0_f64..1.0, 2..200), sparseness in 0.0_f64..0.99, levels in 0_u32..5,
        ) {
            // Words that are equally likely are the rule in topics of few documents.
            let level = |value: f64| if levels == 0 { value } else { (value * f64::from(levels)).floor() };
            let x: Vec<f64> = x.into_iter().map(level).collect();
            let sum: f64 = x.iter().sum();
            let x = x.into_iter().map(|value| f64::from((value / sum.max(1.0)) as f32)).collect();
            let found = nearest(x, sparseness);
            let (sum, square): (f64, f64) = (found.iter().sum(), found.iter().map(|value| value * value).sum());
            let root = (found.len() as f64).sqrt();
            prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            prop_assert!(((root - sum / square.sqrt()) / (root - 1.0) - sparseness).abs() < 1e-6);
            prop_assert!(found.iter().all(|value| *value >= 0.0));
            let again = nearest(found.clone(), sparseness);
            prop_assert!(found.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-9), "a point that fits stays");
        }
    }
}
