//! Topics of few words: every topic (column of W) has a given sparseness after P. Hoyer, *Non-negative matrix
//! factorization with sparseness constraints*, JMLR 5, 2004:
//!
//! ```text
//! sparseness(w) = (√n − ‖w‖₁ / ‖w‖₂) / (√n − 1)      0 where all n words are equally likely, 1 for a single word
//! ```
//!
//! W takes a step along the gradient, in the metric of diagonal Newton steps, and each topic goes to the nearest point
//! of its sparseness and of the sum 1. The step is halved until the objective does not rise, so that it never does.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Structured;
use super::descent::descend;
use super::gradient::Gradient;
use crate::factorize::canonical::scale_topics;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Observer, Start, descent, initialise, objective,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Squared distance from the middle of the simplex below which all words are equally likely.
const ALIKE: f64 = 1e-24;

/// Most halvings of a step; W stays what it is if even the smallest one would raise the objective.
const MOST_HALVINGS: usize = 20;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), params.clone(), None);
    let Start { mut w, mut h } = initialise::of_params(v, params, 0);
    let sums = w.topic_sums();
    project(&mut w, params.term_sparseness);
    scale_topics(&mut h, &sums);
    let (mut state, mut length) = (State::new(Start { w, h }, params.floor), 1.0);
    let stop_reason = descend(&problem, &mut state, params.max_iterations, observer, &mut |problem, state, _| {
        step(problem, state, &mut length);
    })?;
    let fitted = descent::finish(&problem, state, stop_reason, observer)?;
    // The residual of free factors says nothing of those of this form.
    Ok(Structured::plain(Factorization { kkt_residual: None, ..fitted }))
}

/// Takes the longest step that does not raise the objective. `length` is that of the last step; the next one may be
/// longer.
fn step(problem: &Problem<'_>, state: &mut State, length: &mut f64) {
    let Gradient { numerators, denominators } = Gradient::new(problem, state);
    let (v, params) = (&*problem.v, &problem.params);
    let at = |w: &FactorMatrix, state: &State| objective(v, w, &state.h, params.loss);
    let before = at(&state.w, state);
    // Zeros move as if they had the mean of all words, so that none is lost for ever.
    let mean = 1.0 / v.n_terms() as f64;
    *length = (*length * 2.0).min(1.0);
    for _ in 0..MOST_HALVINGS {
        let mut w = state.w.clone();
        w.each_row(|term, row| {
            let parts = numerators.row_values(term).iter().zip(denominators.row_values(term));
            for (entry, (&numerator, &denominator)) in row.iter_mut().zip(parts) {
                let ratio = f64::from(numerator) / f64::from(denominator).max(f64::MIN_POSITIVE);
                let moved = f64::from(*entry) + *length * (f64::from(*entry) + mean) * (ratio.min(1e6) - 1.0);
                *entry = moved.max(0.0) as f32;
            }
        });
        project(&mut w, params.term_sparseness);
        if at(&w, state) <= before {
            state.w = w;
            return;
        }
        *length *= 0.5;
    }
}

/// Brings each topic to the nearest point with this sparseness and the sum 1.
fn project(w: &mut FactorMatrix, sparseness: f64) {
    let columns = (0..w.n_topics()).into_par_iter().map(|topic| {
        let column = (0..w.n_rows()).map(|term| f64::from(w.get(term, topic))).collect();
        nearest(column, sparseness)
    });
    let columns: Vec<Vec<f64>> = columns.collect();
    w.each_row(|term, row| row.iter_mut().zip(&columns).for_each(|(entry, column)| *entry = column[term] as f32));
}

/// The nearest point to `x` that is not negative, sums to 1 and has the Euclidean norm that belongs to the sparseness
/// (Hoyer 2004, section 3.2): the point on the intersection of the plane of the sum and the sphere of the norm; where
/// it has negative entries these become zeros, and the search goes on among the others.
fn nearest(mut x: Vec<f64>, sparseness: f64) -> Vec<f64> {
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
            // All free words are alike but for rounding: the first of them makes the difference, if it need be made.
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
