//! Online: topics from one pass over the documents, batch by batch. Each batch is solved for the topics so far, and
//! then the topics for what all batches so far have said of them, the later ones with more weight.
//!
//! O. Cappé, E. Moulines, *On-line expectation-maximization algorithm for latent data models*, JRSS B 71, 2009,
//! doi:10.1111/j.1467-9868.2009.00698.x, for the divergence, under which a part of a term's weight belongs to each
//! topic; J. Mairal, F. Bach, J. Ponce, G. Sapiro, *Online learning for matrix factorization and sparse coding*, JMLR
//! 11, 2010, for squared errors. With E_b what batch b says, scaled to all documents, and ρ_b = (b + 1)^−κ:
//!
//! ```text
//! divergence       E_b = W ∘ ((V / WH) Hᵀ)     Ē ← (1 − ρ_b) Ē + ρ_b E_b     W ← Ē, each topic with the sum 1
//! Frobenius norm   E_b = (V Hᵀ, H Hᵀ)          the same                      W ← a round of HALS for Ē
//! ```
//!
//! The pass ends with one iteration over all documents, because a word that only early batches have would have been
//! forgotten. A batch has every n-th document of those that are at hand, since neighbours in a folder are often alike.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Structured;
use crate::factorize::canonical::{divide_topics, scale_topics};
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::loss::{self, Methods};
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::statistics::{Shard, Sums, Totals};
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Loss, Observer, Start, StopReason, initialise, objective,
};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Steps that the documents of a batch take from an even start.
const DOCUMENT_STEPS: usize = 3;

/// κ: how fast the weight of a batch falls with its number.
const FORGETTING: f64 = 0.5;

/// Batches of a pass, where the parameters say nothing of them, within these numbers of documents.
const BATCHES: usize = 30;
const BATCH_DOCUMENTS: (usize, usize) = (256, 4096);

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), params.plain(), None);
    let mut state = State::new(initialise::of_params(v, params, 0), params.floor);
    let nothing = || FactorMatrix::zeros(0, params.n_topics);
    let (mut w, mut h) = (std::mem::replace(&mut state.w, nothing()), std::mem::replace(&mut state.h, nothing()));
    spread_evenly(v, &mut h);
    let mut online = Online::new(&mut w, params, v.n_documents(), problem.data.total);
    let early = online.learn(&mut w, v, &mut h, &mut |value| record(&problem, &mut state, value, observer))?;
    (state.w, state.h) = (w, h);
    let stop_reason = match early {
        Some(reason) => reason,
        None => {
            let methods = methods(&problem, &state);
            let value = loss::document_step(&problem, &mut state, methods.documents).total();
            let answer = record(&problem, &mut state, value, observer)?;
            loss::term_step(&problem, &mut state, methods.terms);
            answer.break_value().unwrap_or(StopReason::OnePass)
        }
    };
    let value = objective(v, &state.w, &state.h, params.loss);
    // The fit has ended, so that the observer's answer is ignored.
    let _ = record(&problem, &mut state, value, observer)?;
    let State { w, h, trace, .. } = state;
    let fixed = FixedTopics::default();
    Ok(Structured::plain(Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed }))
}

/// The steps of a pass, and of the iteration that ends it. Under the divergence they are multiplicative updates, which
/// do not depend on how much of a term has been forgotten; longer steps of documents gain nothing in so few.
pub(in crate::factorize) fn methods(problem: &Problem<'_>, state: &State) -> Methods {
    match problem.params.loss {
        Loss::KullbackLeibler => {
            let method = loss::multiplicative(problem.params.loss);
            Methods { documents: method, terms: method }
        }
        Loss::Frobenius => loss::methods(problem, state),
    }
}

/// Gives each topic the same part of a document.
fn spread_evenly(v: &TermDocumentMatrix, h: &mut FactorMatrix) {
    let n_topics = h.n_topics() as f64;
    h.each_row(|document, row| row.fill((v.document_sum(document) / n_topics) as f32));
}

/// What the batches so far have said of topics.
pub(in crate::factorize) struct Online {
    params: FactorizeParams,
    batch_documents: usize,
    n_batches: usize,
    /// Σ V over all documents.
    total: f64,
    /// Ē; `None` before the first batch under the Frobenius norm.
    mean: Option<Sums>,
}

impl Online {
    /// A pass over `n_documents` documents of the weight `total` that begins with the topics `w`, which are made to sum
    /// to 1 under the divergence.
    pub(in crate::factorize) fn new(
        w: &mut FactorMatrix,
        params: &FactorizeParams,
        n_documents: usize,
        total: f64,
    ) -> Self {
        let (least, most) = BATCH_DOCUMENTS;
        let batch_documents = match params.batch_documents {
            0 => (n_documents / BATCHES).clamp(least, most),
            given => given,
        };
        let batch_documents = batch_documents.min(n_documents.max(1));
        let mut online = Self { params: params.plain(), batch_documents, n_batches: 0, total, mean: None };
        if params.loss == Loss::KullbackLeibler {
            let method = loss::multiplicative(params.loss);
            let layout = loss::layout(w, method).unwrap_or_else(|| unreachable!("these updates have statistics"));
            let mut mean = layout.zeros();
            online.take_shares(w);
            mean.numerators.clone_from(w);
            scale_topics(&mut mean.numerators, &vec![total / params.n_topics as f64; params.n_topics]);
            online.mean = Some(mean);
        }
        online
    }

    /// Learns from these documents, and solves them into the rows of `h`. `tell` gets the objective of each batch,
    /// scaled to all documents; with its reason the pass ends early.
    pub(in crate::factorize) fn learn(
        &mut self,
        w: &mut FactorMatrix,
        v: &TermDocumentMatrix,
        h: &mut FactorMatrix,
        tell: &mut dyn FnMut(f64) -> Result<ControlFlow<StopReason>, FactorizeError>,
    ) -> Result<Option<StopReason>, FactorizeError> {
        let n = v.n_documents();
        let n_batches = n.div_ceil(self.batch_documents);
        for batch in 0..n_batches {
            let documents = || (batch..n).step_by(n_batches);
            let mut rows = SparseRows::default();
            documents().for_each(|document| rows.push(v.entries(document)));
            let part = TermDocumentMatrix::from_documents_alone(v.n_terms(), rows).map_err(std::io::Error::other)?;
            let share = part.total() / self.total;
            if share <= 0.0 {
                continue;
            }
            let (solved, value) = self.step(w, part, share)?;
            documents().enumerate().for_each(|(i, document)| h.row_mut(document).copy_from_slice(solved.row(i)));
            if let ControlFlow::Break(reason) = tell(value / share)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Learns from a batch that has this share of the weight of all documents. Returns its rows of H, and its objective
    /// before their last step.
    fn step(
        &mut self,
        w: &mut FactorMatrix,
        v: TermDocumentMatrix,
        share: f64,
    ) -> Result<(FactorMatrix, f64), FactorizeError> {
        let mut h = FactorMatrix::zeros(v.n_documents(), w.n_topics());
        spread_evenly(&v, &mut h);
        let problem = Problem::new(Cow::Owned(v), self.params.clone(), None);
        let start = Start { w: std::mem::replace(w, FactorMatrix::zeros(0, 0)), h };
        let mut state = State::new(start, self.params.floor);
        let methods = methods(&problem, &state);
        let mut before = loss::document_step(&problem, &mut state, methods.documents);
        for _ in 1..DOCUMENT_STEPS {
            before = loss::document_step(&problem, &mut state, methods.documents);
        }
        let (block_documents, first_block) = (problem.v.n_documents(), 0);
        let documents =
            Shard { v: &problem.v, h: &state.h, objectives: &before.documents, block_documents, first_block };
        let statistics = loss::term_statistics(&problem, &state.w, &documents, methods.terms);
        let statistics = statistics.unwrap_or_else(|| unreachable!("these updates have statistics"));
        let layout = statistics.layout();
        let mut said = statistics.totals(1)?.into_sums();
        if self.params.loss == Loss::KullbackLeibler {
            said.numerators.each_row(|term, row| {
                row.iter_mut().zip(state.w.row_values(term)).for_each(|(part, &entry)| *part *= entry);
            });
        }
        self.n_batches += 1;
        // A batch that is smaller than others says less: the last one of a shard can be a single document.
        let size = problem.v.n_documents() as f64 / self.batch_documents as f64;
        let weight = size.min(1.0) * libm::pow((self.n_batches + 1) as f64, -FORGETTING);
        let (mut mean, weight) = match self.mean.take() {
            Some(mean) => (mean, weight),
            None => (layout.zeros(), 1.0),
        };
        mean.mix(&said, 1.0 - weight, weight / share);
        self.mean = Some(match self.params.loss {
            Loss::KullbackLeibler => {
                state.w.clone_from(&mean.numerators);
                self.take_shares(&mut state.w);
                mean
            }
            Loss::Frobenius => {
                let totals = Totals::new(layout, mean);
                loss::apply_statistics(&problem, &mut state, &totals, methods.terms);
                totals.into_sums()
            }
        });
        *w = state.w;
        Ok((state.h, before.total()))
    }

    /// Makes W of the parts of terms that belong to each topic.
    fn take_shares(&self, w: &mut FactorMatrix) {
        let (sums, floor) = (w.topic_sums(), (self.params.floor / w.n_rows() as f64) as f32);
        divide_topics(w, &sums);
        w.each_row(|_, row| row.iter_mut().for_each(|entry| *entry = entry.max(floor)));
    }
}
