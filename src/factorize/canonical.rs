//! The canonical form of a fit: topics that sum to 1, in order of mass, and H solved afresh.

use std::sync::Arc;

use super::fold_in::{FoldIn, solve_with};
use super::guidance::FixedTopics;
use super::{Factorization, FactorizeParams};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Entries of W below this share of the largest entry of their term are zeros of the result.
const ZERO: f32 = 1e-6;

/// A fit in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical {
    /// W, terms × topics: p(term | topic).
    pub w: Arc<FactorMatrix>,
    /// H, stored documents × topics, in the scale of V.
    pub h: FactorMatrix,
    /// The topics in the order in which documents were solved, where it is another than theirs.
    pub fold_in_order: Option<Vec<usize>>,
}

impl Factorization {
    /// The canonical form, with which a fit ends; `v` and `params` are those of the fit.
    ///
    /// Each topic (column of W) sums to 1, so that it is p(term | topic), and the scale lives in H. H is solved with W
    /// fixed by [`FoldIn`] from its constant start, so that a document's row is what the fitted model says of that document
    /// ever after. Topics stand in order of descending mass Σ_d H_kd, ties by their first term; fixed ones first, and frozen
    /// ones as they are. H is solved once, in the order of the masses before, which is nearly that of the masses after.
    pub fn canonical(self, v: &TermDocumentMatrix, params: &FactorizeParams) -> Canonical {
        let Self { mut w, mut h, fixed, .. } = self;
        let scale = scales(&w, fixed);
        scale_topics(&mut w, &scale);
        w.each_row(|_, row| {
            let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
            row[fixed.frozen..].iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
        });
        let rest = scales(&w, fixed);
        scale_topics(&mut w, &rest);
        let masses: Vec<f64> = h.topic_sums().iter().zip(&scale).map(|(sum, scale)| sum * scale).collect();
        w.permute(&topic_order(&w, &masses, fixed));
        let mut w = Arc::new(w);
        solve_with(v, &FoldIn::for_params(Arc::clone(&w), params), &mut h);
        let order = topic_order(&w, &h.topic_sums(), fixed);
        if order.is_sorted() {
            return Canonical { w, h, fold_in_order: None };
        }
        // Nobody else holds W any more: nothing is copied.
        Arc::make_mut(&mut w).permute(&order);
        h.permute(&order);
        let mut fold_in_order = vec![0; order.len()];
        order.iter().enumerate().for_each(|(topic, &place)| fold_in_order[place] = topic);
        Canonical { w, h, fold_in_order: Some(fold_in_order) }
    }
}

/// What topics are divided by: their sums; 1 for frozen ones, which stay as they are.
fn scales(w: &FactorMatrix, fixed: FixedTopics) -> Vec<f64> {
    let sums = w.topic_sums().into_iter().enumerate();
    sums.map(|(topic, sum)| if topic < fixed.frozen { 1.0 } else { sum }).collect()
}

/// Every entry divided by its topic's scale, in f64; what is no number, from a topic without any weight, becomes 0.
fn scale_topics(factor: &mut FactorMatrix, scales: &[f64]) {
    factor.each_row(|_, row| {
        for (value, scale) in row.iter_mut().zip(scales) {
            let scaled = f64::from(*value) / scale;
            *value = if scaled.is_nan() { 0.0 } else { scaled as f32 };
        }
    });
}

/// Topics by descending mass, behind those that keep their places.
fn topic_order(w: &FactorMatrix, mass: &[f64], fixed: FixedTopics) -> Vec<usize> {
    let first_term = |topic: usize| {
        (0..w.n_rows()).fold(0, |best, term| if w.get(term, topic) > w.get(best, topic) { term } else { best })
    };
    let mut order: Vec<usize> = (0..w.n_topics()).collect();
    order[fixed.kept..].sort_by(|&a, &b| mass[b].total_cmp(&mass[a]).then_with(|| first_term(a).cmp(&first_term(b))));
    order
}
