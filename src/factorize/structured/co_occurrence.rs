//! Topics from how words go together: C ≈ W Θ Wᵀ, where C (terms × terms) says how often two words share a document.
//! Documents are folded in afterwards.
//!
//! X. Yan, J. Guo, Y. Lan, X. Cheng, *A biterm topic model for short texts*, WWW 2013, doi:10.1145/2488388.2488514,
//! here by maximum likelihood: each pair of words has one topic, with p(i, j) = Σ_k θ_k φ_ik φ_jk. A short text says
//! too little of its topics to tell the words of one from those of another; all texts together do. The symmetric
//! divergence falls by expectation and maximisation, which is a multiplicative update of one side that the other side
//! follows:
//!
//! ```text
//! n_jk = θ_k φ_jk Σ_i φ_ik C_ij / (W Θ Wᵀ)_ij      θ_k ← Σ_j n_jk      φ_jk ← n_jk / θ_k
//! ```
//!
//! The weight of a pair in a document is v_i v_j / Σ v, so that a document of many words counts in C nearly as it does
//! in V. C has as many entries as pairs of words that meet: few for short texts, many for long ones, whose fit is
//! refused where memory does not suffice.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Structured;
use super::descent::rounds;
use crate::factorize::canonical::{divide_topics, scale_topics};
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Observer, Start, initialise, loss, solve_documents,
};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Terms whose rows of C are made by one task.
const TASK_TERMS: usize = 64;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let first = normalised(initialise::of_params(v, params, 0).w);
    let problem = Problem::new(Cow::Owned(co_occurrences(v)?), params.plain(), None);
    let mut h = first.clone();
    scale_topics(&mut h, &vec![problem.data.total / params.n_topics as f64; params.n_topics]);
    let mut state = State::new(Start { w: first.clone(), h }, params.floor);
    let method = loss::multiplicative(params.loss);
    let stop_reason = rounds(
        &problem,
        &mut state,
        params.max_iterations,
        observer,
        |state| (loss::document_step(&problem, state, method).total(), ()),
        |state, ()| state.w = normalised(state.h.clone()),
    )?;
    let objective = loss::objective(&problem.v, &state.w, &state.h, params.loss);
    // The fit has ended, so that the observer's answer is ignored.
    let _ = record(&problem, &mut state, objective, observer)?;
    let (c, State { mut w, trace, .. }) = (problem.v, state);
    // A word that never stands beside another has no pairs: it keeps the topics that it began with.
    w.each_row(|term, row| {
        if c.document(term).0.is_empty() {
            row.copy_from_slice(first.row_values(term));
        }
    });
    drop(c);
    let mut h = FactorMatrix::zeros(v.n_documents(), params.n_topics);
    solve_documents(v, w.clone(), &mut h, params.loss);
    let fixed = FixedTopics::default();
    Ok(Structured::plain(Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed }))
}

/// Each topic divided by its sum; a topic without any weight stays without.
fn normalised(mut factor: FactorMatrix) -> FactorMatrix {
    let sums = factor.topic_sums();
    divide_topics(&mut factor, &sums);
    factor
}

/// C, which is symmetric and has no diagonal. O(Σ_d n_d²) for documents of n_d terms.
fn co_occurrences(v: &TermDocumentMatrix) -> Result<TermDocumentMatrix, FactorizeError> {
    let n_terms = v.n_terms();
    let sums = v.document_sums();
    let task = |(weights, touched): &mut (Vec<f64>, Vec<u32>), first: usize| {
        let mut rows = SparseRows::default();
        for term in first..n_terms.min(first + TASK_TERMS) {
            let (documents, values) = v.term(term);
            for (&document, &value) in documents.iter().zip(values) {
                let scale = f64::from(value) / sums[document as usize];
                for (other, weight) in v.entries(document as usize) {
                    if weights[other as usize] == 0.0 {
                        touched.push(other);
                    }
                    weights[other as usize] += scale * f64::from(weight);
                }
            }
            touched.sort_unstable();
            touched.dedup();
            rows.push(touched.iter().filter(|&&other| other as usize != term).filter_map(|&other| {
                let weight = weights[other as usize] as f32;
                (weight > 0.0).then_some((other, weight))
            }));
            touched.drain(..).for_each(|other| weights[other as usize] = 0.0);
        }
        rows
    };
    let tasks: Vec<usize> = (0..n_terms).step_by(TASK_TERMS).collect();
    let workspace = || (vec![0.0_f64; n_terms], Vec::new());
    let parts: Vec<SparseRows> = tasks.into_par_iter().map_init(workspace, task).collect();
    let mut rows = SparseRows::default();
    parts.into_iter().for_each(|part| rows.append(part));
    Ok(TermDocumentMatrix::from_documents_alone(n_terms, rows).map_err(std::io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_from_both_sides_and_a_document_counts_as_in_v() {
        let triplets = [(0, 0, 1.0), (1, 0, 3.0), (1, 1, 2.0), (2, 1, 2.0), (3, 2, 5.0)];
        let v = TermDocumentMatrix::from_triplets(4, 3, &triplets).unwrap();
        let c = co_occurrences(&v).unwrap();
        let at = |term: usize, other: u32| c.entries(term).find(|(found, _)| *found == other).map(|(_, weight)| weight);
        assert_eq!((at(0, 1), at(1, 0)), (Some(0.75), Some(0.75)));
        assert_eq!((at(1, 2), at(2, 1)), (Some(1.0), Some(1.0)));
        assert_eq!((at(0, 2), at(1, 1), c.document(3).0.len()), (None, None, 0));
    }
}
