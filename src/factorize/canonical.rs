//! The canonical form of a fit: topics that sum to 1, in order of mass, and H solved afresh.

use super::fold_in::{FoldIn, solve_with};
use super::{FactorizeParams, Given};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Entries of W below this share of the largest entry of their term are zeros of the result.
const ZERO: f32 = 1e-6;

/// Rounds of reordering: the order of topics and the last bits of H depend on each other.
const MAX_ROUNDS: usize = 4;

/// The canonical W and H of a fit (`w` terms × topics, `h` documents × topics).
///
/// Each topic (column of W) sums to 1, so that it is p(term | topic), and the scale lives in H; topics stand in order
/// of descending mass Σ_d H_kd, ties by their first term; given ones first, and frozen ones as they are. H is solved with W fixed by [`FoldIn`](super::FoldIn) from its constant
/// start, so that a document's row is what the fitted model says of that document ever after.
pub fn canonicalise(
    v: &TermDocumentMatrix,
    w: FactorMatrix,
    h: FactorMatrix,
    params: &FactorizeParams,
    given: Given,
) -> (FactorMatrix, FactorMatrix) {
    let scale = scales(&w, given);
    let mut w = unit_topics(&w, &scale);
    for term in 0..w.n_rows() {
        let smallest = w.row_values(term).iter().copied().fold(0.0_f32, f32::max) * ZERO;
        for topic in given.frozen..w.n_topics() {
            if w.get(term, topic) < smallest {
                w.set(term, topic, 0.0);
            }
        }
    }
    let mut w = unit_topics(&w, &scales(&w, given));
    let mut h = FactorMatrix::from_fn(h.n_rows(), h.n_topics(), |document, topic| {
        (f64::from(h.get(document, topic)) * scale[topic]) as f32
    });
    for _ in 0..MAX_ROUNDS {
        let order = topic_order(&w, &h, given);
        w = permute(&w, &order);
        solve_with(v, &FoldIn::for_params(&w, params), &mut h);
        if topic_order(&w, &h, given).iter().enumerate().all(|(new, &old)| new == old) {
            break;
        }
    }
    (w, h)
}

/// What topics are divided by: their sums; 1 for frozen ones, which stay as they are.
fn scales(w: &FactorMatrix, given: Given) -> Vec<f64> {
    let sums = w.topic_sums().into_iter().enumerate();
    sums.map(|(topic, sum)| if topic < given.frozen { 1.0 } else { sum }).collect()
}

/// Columns divided by `sums`; a column that sums to 0 stays 0.
fn unit_topics(w: &FactorMatrix, sums: &[f64]) -> FactorMatrix {
    FactorMatrix::from_fn(w.n_rows(), w.n_topics(), |term, topic| {
        if sums[topic] > 0.0 { (f64::from(w.get(term, topic)) / sums[topic]) as f32 } else { 0.0 }
    })
}

fn topic_order(w: &FactorMatrix, h: &FactorMatrix, given: Given) -> Vec<usize> {
    let mass = h.topic_sums();
    let first_term = |topic: usize| {
        (0..w.n_rows()).fold(0, |best, term| if w.get(term, topic) > w.get(best, topic) { term } else { best })
    };
    let mut order: Vec<usize> = (0..w.n_topics()).collect();
    order[given.kept..].sort_by(|&a, &b| mass[b].total_cmp(&mass[a]).then_with(|| first_term(a).cmp(&first_term(b))));
    order
}

fn permute(factor: &FactorMatrix, order: &[usize]) -> FactorMatrix {
    FactorMatrix::from_fn(factor.n_rows(), factor.n_topics(), |row, topic| factor.get(row, order[topic]))
}
