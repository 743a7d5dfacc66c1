//! Topics of few words, documents of few topics: every topic (column of W) or document (column of H) has a given
//! [sparseness](crate::factorize::sparseness).
//!
//! Documents are solved by [`sparse_weights`](crate::factorize::loss::frobenius::sparse_weights), each on its own, as
//! new ones are. W takes a step along the gradient, in the metric of diagonal Newton steps, and each topic goes to the
//! nearest point of its sparseness and of the sum 1. The step is halved until the objective does not rise, so that it
//! never does.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Structured;
use super::descent::descend;
use super::gradient::Gradient;
use crate::factorize::canonical::scale_topics;
use crate::factorize::problem::Problem;
use crate::factorize::sparseness::nearest;
use crate::factorize::state::State;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Observer, Start, descent, initialise, loss, objective,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Most halvings of a step; W stays what it is if even the smallest one would raise the objective.
const MOST_HALVINGS: usize = 20;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), params.clone(), None);
    let Start { mut w, mut h } = initialise::of_params(v, params, 0);
    let has_sparse_terms = params.term_sparseness > 0.0;
    if has_sparse_terms {
        let sums = w.topic_sums();
        project(&mut w, params.term_sparseness);
        scale_topics(&mut h, &sums);
    }
    let (mut state, mut length) = (State::new(Start { w, h }, params.floor), 1.0);
    let stop_reason = descend(&problem, &mut state, params.max_iterations, observer, &mut |problem, state, method| {
        match has_sparse_terms {
            true => step(problem, state, &mut length),
            false => loss::term_step(problem, state, method),
        }
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
