//! Orthogonal factors: every document has one topic, so that the rows of H are orthogonal, and the factorisation is a
//! clustering.
//!
//! For squared errors it is weighted spherical k-means (F. Pompili, N. Gillis, P.-A. Absil, F. Glineur, *Two algorithms
//! for orthogonal nonnegative matrix factorization with application to clustering*, Neurocomputing 141, 2014,
//! doi:10.1016/j.neucom.2014.02.018); for the divergence it is hard clustering by a mixture of multinomials (A.
//! Banerjee, S. Merugu, I. Dhillon, J. Ghosh, *Clustering with Bregman divergences*, JMLR 6, 2005). Documents and
//! topics are solved exactly in turn, so that the objective never rises.
//!
//! Under the divergence a topic that lacked one term of a document could never have it, however well all others fit.
//! So each topic also has a little of the corpus as a whole, a Dirichlet prior on its terms, which the objective
//! counts.

use std::borrow::Cow;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::Structured;
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::single_topic::SingleTopic;
use crate::factorize::state::State;
use crate::factorize::stopping::has_converged;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Loss, Observer, Start, StopReason, initialise, objective,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Weight of the prior on the terms of a topic, as a share of a topic's mean weight. With much less, the first topic
/// that a document gets is the only one that has its rare terms, and no document ever moves.
const PRIOR_SHARE: f64 = 0.1;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), params.clone(), None);
    let prior = Prior::new(v, params);
    let start = initialise::of_params(v, params, 0);
    let mut state = State::new(Start { w: prior.smoothed(&start.w), h: start.h }, 0.0);
    let mut before = Vec::new();
    let stop_reason = loop {
        let assigned = assign(v, &state.w, params.loss);
        state.h = FactorMatrix::zeros(v.n_documents(), params.n_topics);
        state.h.each_row(|document, row| {
            if let Some((topic, weight)) = assigned[document] {
                row[topic] = weight;
            }
        });
        let value = objective(v, &state.w, &state.h, params.loss) + prior.value(&state.w);
        let answer = record(&problem, &mut state, value, observer)?;
        if assigned == before {
            break StopReason::Stationary;
        }
        if let ControlFlow::Break(reason) = answer {
            break reason;
        }
        // Under squared errors weights go on to change when documents no longer move.
        if has_converged(&state.trace, params) {
            break StopReason::Converged;
        }
        // The trace begins with the start.
        if state.n_iterations() > params.max_iterations {
            break StopReason::MaxIterations;
        }
        solve_terms(v, &mut state.w, &assigned, &prior, params.loss);
        before = assigned;
    };
    let State { w, h, trace, .. } = state;
    let fixed = FixedTopics::default();
    let factorization = Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed };
    Ok(Structured { factorization, structure: None })
}

/// The topic of each document, with its weight.
fn assign(v: &TermDocumentMatrix, w: &FactorMatrix, loss: Loss) -> Vec<Option<(usize, f32)>> {
    let solver = SingleTopic::new(w, loss);
    let of_document = |solver: &mut SingleTopic, document: usize| {
        let (terms, values) = v.document(document);
        solver.topic(terms, values)
    };
    (0..v.n_documents()).into_par_iter().map_init(|| solver.clone(), of_document).collect()
}

/// Solves each topic for the documents that it has: the mean of their terms, with the prior, or the best fit in the
/// sense of squares. A topic without documents stays as it is where there is no prior.
fn solve_terms(
    v: &TermDocumentMatrix,
    w: &mut FactorMatrix,
    assigned: &[Option<(usize, f32)>],
    prior: &Prior,
    loss: Loss,
) {
    let mut sizes = vec![0.0_f64; w.n_topics()];
    for (document, topic) in assigned.iter().enumerate() {
        if let Some((topic, weight)) = *topic {
            sizes[topic] += match loss {
                Loss::KullbackLeibler => v.document_sum(document),
                Loss::Frobenius => f64::from(weight) * f64::from(weight),
            };
        }
    }
    w.each_row(|term, row| {
        let mut sums = vec![0.0_f64; row.len()];
        let (documents, values) = v.term(term);
        for (&document, &value) in documents.iter().zip(values) {
            if let Some((topic, weight)) = assigned[document as usize] {
                let weight = if loss == Loss::Frobenius { f64::from(weight) } else { 1.0 };
                sums[topic] += weight * f64::from(value);
            }
        }
        for ((entry, sum), size) in row.iter_mut().zip(sums).zip(&sizes) {
            if prior.weight + size > 0.0 {
                *entry = ((sum + prior.of_term(term)) / (prior.weight + size)) as f32;
            }
        }
    });
}

/// The prior on the terms of each topic: their shares in V.
struct Prior {
    shares: Vec<f64>,
    /// Weight of all terms together; 0 is no prior.
    weight: f64,
}

impl Prior {
    fn new(v: &TermDocumentMatrix, params: &FactorizeParams) -> Self {
        let total = v.total();
        let shares = v.term_sums().into_iter().map(|sum| sum / total).collect();
        let weight = PRIOR_SHARE * total / params.n_topics as f64;
        Self { shares, weight: if params.loss == Loss::KullbackLeibler { weight } else { 0.0 } }
    }

    fn of_term(&self, term: usize) -> f64 {
        self.weight * self.shares[term]
    }

    /// Topics that sum to 1 and lack no term, if there is a prior.
    fn smoothed(&self, w: &FactorMatrix) -> FactorMatrix {
        let (mut smoothed, sums) = (w.clone(), w.topic_sums());
        if self.weight > 0.0 {
            smoothed.each_row(|term, row| {
                for (entry, sum) in row.iter_mut().zip(&sums) {
                    let share = if *sum > 0.0 { f64::from(*entry) / sum } else { self.shares[term] };
                    *entry = (0.5 * (share + self.shares[term])) as f32;
                }
            });
        }
        smoothed
    }

    /// The part of the prior in the objective: its weight times the divergence of the corpus from each topic.
    fn value(&self, w: &FactorMatrix) -> f64 {
        if self.weight == 0.0 {
            return 0.0;
        }
        let of_term = |(term, &share): (usize, &f64)| -> f64 {
            let of_topic = |&entry: &f32| share * libm::log(share / f64::from(entry));
            if share > 0.0 { w.row_values(term).iter().map(of_topic).sum() } else { 0.0 }
        };
        self.weight * self.shares.iter().enumerate().map(of_term).sum::<f64>()
    }
}
