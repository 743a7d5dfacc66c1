//! Convex factors: each topic is a mean of documents with weights, W = V̂ A, where V̂ has the documents with the sum 1,
//! and each column of A (documents × topics) is not negative and sums to 1.
//!
//! So a topic is made of documents that can be read (C. Ding, T. Li, M. Jordan, *Convex and semi-nonnegative matrix
//! factorizations*, TPAMI 32, 2010, doi:10.1109/TPAMI.2008.277). A is updated by multiplication, for either loss:
//!
//! ```text
//! A ← A ∘ (V̂ᵀ N) / (V̂ᵀ P)
//! ```
//!
//! with the parts N and P of the gradient by W (`gradient.rs`), which raises the objective by no more than the floor
//! that keeps weights from being lost. The columns of A are then divided by their sums, and H is multiplied by them,
//! which changes no product.

use std::borrow::Cow;

use super::descent::descend;
use super::gradient::Gradient;
use super::{Structure, Structured};
use crate::factorize::canonical::{scale_topics, topic_order};
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::sums_by_term::add_by_term;
use crate::factorize::{
    Factorization, FactorizeError, FactorizeParams, Observer, Solver, Start, descent, initialise, solve_documents,
};
use crate::kernels::{FactorMatrix, Kernel, flatten_mut, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// Documents with less than this share of a topic's largest weight are no part of it.
const ZERO: f32 = 1e-6;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), FactorizeParams { solver: Solver::Mu, ..params.clone() }, None);
    // A start need not know which documents are about a topic: some give all documents the same row.
    let Start { w, mut h } = initialise::of_params(v, params, 0);
    solve_documents(v, w, &mut h, params.loss);
    let mut convex = Convex::new(v, h.clone(), params.floor);
    let mut state = State::new(Start { w: convex.topics(), h }, params.floor);
    let stop_reason = descend(&problem, &mut state, params.max_iterations, observer, &mut |problem, state, _| {
        convex.update(problem, state);
    })?;
    convex.clear_small();
    state.w = convex.topics();
    let Factorization { mut w, mut h, trace, .. } = descent::finish(&problem, state, stop_reason, observer)?;
    let order = topic_order(&w, &h.topic_sums(), FixedTopics::default());
    w.permute(&order);
    h.permute(&order);
    convex.weights.permute(&order);
    let fixed = FixedTopics { frozen: 0, kept: params.n_topics };
    // The residual of free factors says nothing of those of this form.
    let factorization = Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed };
    Ok(Structured { factorization, structure: Some(Structure::Convex { documents: convex.documents() }) })
}

/// The documents that topics are made of.
struct Convex<'v> {
    v: &'v TermDocumentMatrix,
    /// V̂: each entry of V as a share of its document.
    shares: Vec<f32>,
    /// A, documents × topics.
    weights: FactorMatrix,
    /// Smallest weight, so that none is lost for ever.
    floor: f32,
}

impl<'v> Convex<'v> {
    /// Starts from weights that need not sum to 1.
    fn new(v: &'v TermDocumentMatrix, weights: FactorMatrix, floor: f64) -> Self {
        let mut shares = Vec::with_capacity(v.n_nonzeros());
        for document in 0..v.n_documents() {
            let sum = v.document_sum(document);
            shares.extend(v.entries(document).map(|(_, value)| (f64::from(value) / sum) as f32));
        }
        let floor = (floor / v.n_documents().max(1) as f64) as f32;
        let mut convex = Self { v, shares, weights, floor };
        convex.normalise();
        convex
    }

    /// W = V̂ A, terms × topics.
    fn topics(&self) -> FactorMatrix {
        let mut w = FactorMatrix::zeros(self.v.n_terms(), self.weights.n_topics());
        add_by_term(self.v, &self.weights, 0..self.v.n_documents(), &self.shares, &mut w);
        w
    }

    /// Updates A, and W and H with it.
    fn update(&mut self, problem: &Problem<'_>, state: &mut State) {
        let Gradient { numerators, denominators } = Gradient::new(problem, state);
        let n_topics = self.weights.n_topics();
        let Self { v, shares, weights, floor } = self;
        weights.each_padded_row(|document, row| {
            let (terms, _) = v.document(document);
            let shares = &shares[v.document_range(document)];
            let mut gain = row.to_vec();
            weighted_sum(Kernel::current(), &mut gain, &numerators, terms, shares);
            let mut cost = row.to_vec();
            weighted_sum(Kernel::current(), &mut cost, &denominators, terms, shares);
            let row = &mut flatten_mut(row)[..n_topics];
            if terms.is_empty() {
                return row.fill(0.0);
            }
            for ((weight, gain), cost) in row.iter_mut().zip(flatten_mut(&mut gain)).zip(flatten_mut(&mut cost)) {
                let updated = *weight * (*gain / cost.max(f32::MIN_POSITIVE));
                *weight = if updated.is_finite() { updated.max(*floor) } else { *weight };
            }
        });
        let sums = self.normalise();
        scale_topics(&mut state.h, &sums);
        state.w = self.topics();
    }

    /// Divides the weights of each topic by their sum, and returns the sums.
    fn normalise(&mut self) -> Vec<f64> {
        let sums = self.weights.topic_sums();
        self.weights.each_row(|_, row| {
            for (weight, sum) in row.iter_mut().zip(&sums) {
                *weight = if *sum > 0.0 { (f64::from(*weight) / sum) as f32 } else { 0.0 };
            }
        });
        sums
    }

    /// Leaves out documents that a topic has next to nothing of.
    fn clear_small(&mut self) {
        let largest =
            self.weights.view().rows().into_iter().fold(vec![0.0_f32; self.weights.n_topics()], |most, row| {
                most.iter().zip(row).map(|(most, &weight)| most.max(weight)).collect()
            });
        self.weights.each_row(|_, row| {
            // A document keeps the topic that has most of it: it may be the only one that has a term.
            let kept = row.iter().copied().fold(0.0_f32, f32::max);
            for (weight, largest) in row.iter_mut().zip(&largest).filter(|(weight, _)| **weight < kept) {
                *weight = if *weight < largest * ZERO { 0.0 } else { *weight };
            }
        });
        self.normalise();
    }

    /// The documents of each topic, the largest weight first.
    fn documents(&self) -> Vec<Vec<(u32, f32)>> {
        let of_topic = |topic: usize| {
            let weights =
                (0..self.weights.n_rows()).map(|document| (document as u32, self.weights.get(document, topic)));
            let mut documents: Vec<(u32, f32)> = weights.filter(|(_, weight)| *weight > 0.0).collect();
            documents.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            documents
        };
        (0..self.weights.n_topics()).map(of_topic).collect()
    }
}
