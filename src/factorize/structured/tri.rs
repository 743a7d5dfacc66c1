//! Tri-factorisation, V ≈ A S H: each term belongs to one group of words (A, terms × groups), and S, groups × topics,
//! says how groups and topics meet.
//!
//! C. Ding, T. Li, W. Peng, H. Park, *Orthogonal nonnegative matrix tri-factorizations for clustering*, KDD 2006,
//! doi:10.1145/1150402.1150420. Departures: the loss is the divergence, under which everything is solved from the sums
//! of groups; and only terms are in one group, since documents are about several things. With n_t the sum of term t and
//! Λ_g = Σ_d (SH)_gd, two steps take turns, neither of which raises the objective:
//!
//! ```text
//! terms    group(t) = argmax_g Σ_d v_td ln((SH)_gd / Λ_g)    A_tg = n_t / Λ_g
//! others   multiplicative updates of X ≈ S H, where X has the sums of V over the terms of each group
//! ```
//!
//! The product W = A S has a column for each topic, and is used like any other W.

use std::borrow::Cow;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::{Structure, Structured};
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::single_topic::SingleTopic;
use crate::factorize::state::State;
use crate::factorize::stopping::has_converged;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Loss, Observer, Start, StopReason, initialise, loss, objective,
};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Updates of S and H between two choices of groups.
const UPDATES: usize = 5;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let n_groups = params.word_groups.min(v.n_nonempty_terms()).max(1);
    let problem = Problem::new(Cow::Borrowed(v), params.clone(), None);
    let term_sums = v.term_sums();
    // The groups start from the profiles of terms over documents, and S from the topics of a plain start.
    let mut rates = initialise::tree(&turned(v), n_groups, params.seed).w;
    let Start { w: first, mut h } = initialise::of_params(v, params, 0);
    let mut groups = assign(v, &rates);
    let mut meetings = sums_of_groups(&first, &groups, n_groups);
    let mut state = State::new(Start { w: FactorMatrix::zeros(v.n_terms(), params.n_topics), h: h.clone() }, 0.0);
    let stop_reason = loop {
        (meetings, h) = refined(v, params, &groups, meetings, h);
        rates = products(&h, &meetings);
        groups = assign(v, &rates);
        let rate_sums = rates.topic_sums();
        let entry = |term: usize, topic: usize| {
            let group = groups[term] as usize;
            (f64::from(meetings.get(group, topic)) * term_sums[term] / rate_sums[group].max(f64::MIN_POSITIVE)) as f32
        };
        state.w = FactorMatrix::from_fn(v.n_terms(), params.n_topics, entry);
        state.h.clone_from(&h);
        let value = objective(v, &state.w, &state.h, Loss::KullbackLeibler);
        if let ControlFlow::Break(reason) = record(&problem, &mut state, value, observer)? {
            break reason;
        }
        if has_converged(&state.trace, params) {
            break StopReason::Converged;
        }
        if state.n_iterations() > params.max_iterations {
            break StopReason::MaxIterations;
        }
    };
    let State { w, h, trace, .. } = state;
    let fixed = FixedTopics::default();
    let factorization = Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed };
    let groups = heaviest_first(&groups, &term_sums, n_groups);
    Ok(Structured { factorization, structure: Some(Structure::WordGroups { groups }) })
}

/// V with terms and documents exchanged.
fn turned(v: &TermDocumentMatrix) -> TermDocumentMatrix {
    let mut rows = SparseRows::default();
    for term in 0..v.n_terms() {
        let (documents, values) = v.term(term);
        rows.push(documents.iter().copied().zip(values.iter().copied()));
    }
    match TermDocumentMatrix::from_documents(v.n_documents(), rows) {
        Ok(turned) => turned,
        Err(_) => unreachable!("the documents of V are its own"),
    }
}

/// The group of each term, by the rates of groups in documents (documents × groups); the first for a term that no group
/// has.
fn assign(v: &TermDocumentMatrix, rates: &FactorMatrix) -> Vec<u32> {
    let solver = SingleTopic::new(rates, Loss::KullbackLeibler);
    let of_term = |solver: &mut SingleTopic, term: usize| {
        let (documents, values) = v.term(term);
        solver.topic(documents, values).map_or(0, |(group, _)| group as u32)
    };
    (0..v.n_terms()).into_par_iter().map_init(|| solver.clone(), of_term).collect()
}

/// Sums of rows of W by group, groups × topics; no group has nothing, since it could never have anything again.
fn sums_of_groups(w: &FactorMatrix, groups: &[u32], n_groups: usize) -> FactorMatrix {
    let mut sums = vec![vec![0.0_f64; w.n_topics()]; n_groups];
    for (term, &group) in groups.iter().enumerate() {
        let row = &mut sums[group as usize];
        row.iter_mut().zip(w.row_values(term)).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let least = w.topic_sums().iter().sum::<f64>() / (1e6 * n_groups as f64 * w.n_topics() as f64);
    FactorMatrix::from_fn(n_groups, w.n_topics(), |group, topic| (sums[group][topic] + least) as f32)
}

/// S and H after some updates for these groups.
fn refined(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    groups: &[u32],
    mut meetings: FactorMatrix,
    h: FactorMatrix,
) -> (FactorMatrix, FactorMatrix) {
    let x = sums_by_group(v, groups, meetings.n_rows());
    // Each group begins with the sum that it is to have, where the objectives of V and of X have the same fall.
    let (of_groups, of_topics) = (x.term_sums(), h.topic_sums());
    meetings.each_row(|group, row| {
        let rate: f64 = row.iter().zip(&of_topics).map(|(&s, sum)| f64::from(s) * sum).sum();
        let scale = of_groups[group] / rate;
        if scale.is_finite() && scale > 0.0 {
            row.iter_mut().for_each(|s| *s = (f64::from(*s) * scale) as f32);
        }
    });
    let problem = Problem::new(Cow::Owned(x), params.plain(), None);
    let mut state = State::new(Start { w: meetings, h }, params.floor);
    let method = loss::multiplicative(Loss::KullbackLeibler);
    for _ in 0..UPDATES {
        let _ = loss::document_step(&problem, &mut state, method);
        loss::term_step(&problem, &mut state, method);
    }
    (state.w, state.h)
}

/// X: the sums of V over the terms of each group, groups × documents.
pub(super) fn sums_by_group(v: &TermDocumentMatrix, groups: &[u32], n_groups: usize) -> TermDocumentMatrix {
    let mut rows = SparseRows::default();
    let mut sums = vec![0.0_f64; n_groups];
    for document in 0..v.n_documents() {
        v.entries(document).for_each(|(term, value)| sums[groups[term as usize] as usize] += f64::from(value));
        let nonzero = sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0);
        rows.push(nonzero.map(|(group, sum)| (group as u32, *sum as f32)).collect::<Vec<_>>());
        sums.fill(0.0);
    }
    match TermDocumentMatrix::from_documents(n_groups, rows) {
        Ok(x) => x,
        Err(_) => unreachable!("each term is in one of so many groups"),
    }
}

/// (SH) of each document, documents × groups.
fn products(h: &FactorMatrix, meetings: &FactorMatrix) -> FactorMatrix {
    let mut rates = FactorMatrix::zeros(h.n_rows(), meetings.n_rows());
    rates.each_row(|document, row| {
        let weights = h.row_values(document);
        for (group, rate) in row.iter_mut().enumerate() {
            let pairs = weights.iter().zip(meetings.row_values(group));
            *rate = pairs.map(|(&h, &s)| f64::from(h) * f64::from(s)).sum::<f64>() as f32;
        }
    });
    rates
}

/// Groups numbered by descending weight.
pub(super) fn heaviest_first(groups: &[u32], term_sums: &[f64], n_groups: usize) -> Vec<u32> {
    let mut weights = vec![0.0; n_groups];
    groups.iter().zip(term_sums).for_each(|(&group, sum)| weights[group as usize] += sum);
    let mut order: Vec<usize> = (0..n_groups).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    let mut places = vec![0; n_groups];
    order.iter().enumerate().for_each(|(place, &group)| places[group] = place as u32);
    groups.iter().map(|&group| places[group as usize]).collect()
}
