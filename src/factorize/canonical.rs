//! The canonical form of a fit: topics that sum to 1 and stand in order of mass, and an H that is solved anew for
//! them.

use std::sync::Arc;

use rayon::prelude::*;

use super::classify::Classifier;
use super::counts::Counts;
use super::documents::Documents;
use super::fold_in::{FoldIn, solve_with};
use super::guidance::FixedTopics;
use super::sharpen::{Sharpened, smoothed};
use super::{Factorization, FactorizeParams, Loss};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Entries below this share of the largest entry of their term or document become zeros of the result.
const ZERO: f32 = 1e-6;

/// A fit in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical {
    /// W, terms × topics; a column is p(term | topic), except for a frozen topic.
    pub w: Arc<FactorMatrix>,
    /// H, stored as documents × topics, in the scale of V.
    pub h: FactorMatrix,
    /// The topics in the order in which documents were solved; `None` if that is the order of the topics.
    pub fold_in_order: Option<Vec<usize>>,
}

impl Factorization {
    /// The canonical form, with which every fit ends; `v` and `params` must be those of the fit.
    ///
    /// Each topic (column of W) sums to 1, so that it is p(term | topic), and the scale lives in H. [`FoldIn`] solves
    /// H with W fixed from its constant start, so that a document's row is what the fitted model will always say of
    /// that document. Topics stand in order of descending mass Σ_d H_kd, those of equal mass in the order of their
    /// heaviest terms; topics with fixed places come first, and frozen ones stay unchanged. Within its tolerance H
    /// depends on the order in which topics are solved, and the masses depend on H. So H is solved once, in the order
    /// of the masses before, which is nearly that of the masses after.
    pub fn canonical(self, v: &TermDocumentMatrix, params: &FactorizeParams) -> Canonical {
        let Self { mut w, mut h, fixed, .. } = self;
        let scales = normalise(&mut w, fixed);
        w.permute(&topic_order(&w, &masses(&h.topic_sums(), &scales), fixed));
        let mut w = Arc::new(w);
        solve_with(&FoldIn::for_params(Arc::clone(&w), params), &mut h, v);
        let order = topic_order(&w, &h.topic_sums(), fixed);
        // W has no other owner any more, so that `make_mut` copies nothing.
        Arc::make_mut(&mut w).permute(&order);
        h.permute(&order);
        Canonical { w, h, fold_in_order: inverse(&order) }
    }

    /// The factors as the descent left them, with topics that sum to 1, in the order of their masses. For factors that
    /// are not shown, because topics are sharpened: no new document is ever folded in to them, so that a second
    /// solution of H would tell nobody anything.
    pub fn normalised(self) -> Canonical {
        let Self { mut w, mut h, fixed, .. } = self;
        let scales = normalise(&mut w, fixed);
        multiply_topics(&mut h, &scales);
        let order = topic_order(&w, &h.topic_sums(), fixed);
        w.permute(&order);
        h.permute(&order);
        Canonical { w: Arc::new(w), h, fold_in_order: None }
    }
}

/// Sharpened topics in canonical form, with the factors of V that they come from.
#[derive(Clone, Debug)]
pub struct CanonicalTopics {
    /// The topics, and the parts of the documents' tokens that each has.
    pub topics: Canonical,
    /// The share of each topic that is spread evenly over all terms.
    pub smoothing: Vec<f64>,
    /// The topic of each document; see [`Classifier`].
    pub assigned: Vec<Option<usize>>,
    /// W and H of V, with the same order of topics.
    pub factors: (FactorMatrix, FactorMatrix),
    /// The order of topics, by their numbers in `factors` before.
    pub order: Vec<usize>,
}

impl Sharpened {
    /// The canonical form: topics in order of the tokens that documents have of them, as [`Factorization::canonical`]
    /// has it for weights of V. Documents are solved on their counts, for topics with their smoothing.
    pub fn canonical(self, counts: &Counts<'_>, factors: Canonical, fixed: FixedTopics) -> CanonicalTopics {
        let Self { mut w, mut smoothing, posterior: mut h, .. } = self;
        let mut order = topic_order(&w, &counts.masses(&h), fixed);
        w.permute(&order);
        smoothing = order.iter().map(|&topic| smoothing[topic]).collect();
        let phi = Arc::new(smoothed(&w, &smoothing));
        let fold_in = FoldIn::new(Arc::clone(&phi), Loss::KullbackLeibler);
        solve_with(&fold_in, &mut h, counts);
        drop(fold_in);
        let last = topic_order(&w, &h.topic_sums(), fixed);
        let mut phi = Arc::unwrap_or_clone(phi);
        phi.permute(&last);
        let assigned = assign(&Classifier::new(phi), counts);
        w.permute(&last);
        h.permute(&last);
        smoothing = last.iter().map(|&topic| smoothing[topic]).collect();
        order = last.iter().map(|&topic| order[topic]).collect();
        let (mut of_terms, mut of_documents) = (Arc::unwrap_or_clone(factors.w), factors.h);
        of_terms.permute(&order);
        of_documents.permute(&order);
        let topics = Canonical { w: Arc::new(w), h, fold_in_order: inverse(&last) };
        CanonicalTopics { topics, smoothing, assigned, factors: (of_terms, of_documents), order }
    }
}

/// Makes each topic that is not frozen sum to 1, without entries that are negligible; returns what each topic was
/// divided by.
pub(super) fn normalise(w: &mut FactorMatrix, fixed: FixedTopics) -> Vec<f64> {
    let scales = sums(w, fixed);
    divide_topics(w, &scales);
    w.each_row(|_, row| {
        let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
        row[fixed.frozen..].iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
    });
    let rest = sums(w, fixed);
    divide_topics(w, &rest);
    scales
}

/// Multiplies the topics of documents by what those of W were divided by. Entries below a millionth of a document's
/// largest one become zeros, as those of a solved document do: a descent keeps entries above a floor.
pub(super) fn multiply_topics(h: &mut FactorMatrix, scales: &[f64]) {
    scale_topics(h, scales);
    h.each_row(|_, row| {
        let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
        row.iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
    });
}

/// Multiplies every entry by its topic's scale, in f64.
pub(super) fn scale_topics(factor: &mut FactorMatrix, scales: &[f64]) {
    factor.each_row(|_, row| {
        row.iter_mut().zip(scales).for_each(|(value, scale)| *value = (f64::from(*value) * scale) as f32);
    });
}

/// The masses of topics, by the sums of H and what topics of W were divided by.
pub(super) fn masses(h_sums: &[f64], scales: &[f64]) -> Vec<f64> {
    h_sums.iter().zip(scales).map(|(sum, scale)| sum * scale).collect()
}

/// The topic of each document.
pub(super) fn assign(classifier: &Classifier, counts: &Counts<'_>) -> Vec<Option<usize>> {
    let workspace = || (classifier.clone(), Vec::new());
    let of_document = |(classifier, buffer): &mut (Classifier, Vec<f32>), document: usize| {
        let (terms, counts) = counts.document(document, buffer);
        classifier.topic(terms, counts)
    };
    (0..counts.n_tokens().len()).into_par_iter().map_init(workspace, of_document).collect()
}

/// The place of each topic in an order; `None` if that is its number.
pub(super) fn inverse(order: &[usize]) -> Option<Vec<usize>> {
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(topic, &place)| places[place] = topic);
    (!order.is_sorted()).then_some(places)
}

/// The divisor of each topic: its sum, but 1 for frozen topics, which stay unchanged.
fn sums(w: &FactorMatrix, fixed: FixedTopics) -> Vec<f64> {
    let sums = w.topic_sums().into_iter().enumerate();
    sums.map(|(topic, sum)| if topic < fixed.frozen { 1.0 } else { sum }).collect()
}

/// Divides every entry by its topic's scale, in f64. A topic without any weight would give NaN, and becomes 0.
pub(super) fn divide_topics(factor: &mut FactorMatrix, scales: &[f64]) {
    factor.each_row(|_, row| {
        for (value, scale) in row.iter_mut().zip(scales) {
            let scaled = f64::from(*value) / scale;
            *value = if scaled.is_nan() { 0.0 } else { scaled as f32 };
        }
    });
}

/// The topics in order of descending mass, behind those that keep their places. Equal masses are ordered by the term
/// of largest weight, so that the order is the same everywhere.
pub(super) fn topic_order(w: &FactorMatrix, mass: &[f64], fixed: FixedTopics) -> Vec<usize> {
    let first_term = |topic: usize| {
        (0..w.n_rows()).fold(0, |best, term| if w.get(term, topic) > w.get(best, topic) { term } else { best })
    };
    let mut order: Vec<usize> = (0..w.n_topics()).collect();
    order[fixed.kept..].sort_by(|&a, &b| mass[b].total_cmp(&mass[a]).then_with(|| first_term(a).cmp(&first_term(b))));
    order
}
