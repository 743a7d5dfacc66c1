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
    mut w: FactorMatrix,
    mut h: FactorMatrix,
    params: &FactorizeParams,
    given: Given,
) -> (FactorMatrix, FactorMatrix) {
    let scale = scales(&w, given);
    scale_topics(&mut w, |topic, value| value / scale[topic]);
    w.each_row(|_, row| {
        let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
        row[given.frozen..].iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
    });
    let rest = scales(&w, given);
    scale_topics(&mut w, |topic, value| value / rest[topic]);
    scale_topics(&mut h, |topic, value| value * scale[topic]);
    for _ in 0..MAX_ROUNDS {
        let order = topic_order(&w, &h, given);
        permute(&mut w, &order);
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

/// Every entry by its topic, in f64; what is no number, from a topic without any weight, becomes 0.
fn scale_topics(factor: &mut FactorMatrix, scaled: impl Fn(usize, f64) -> f64 + Sync) {
    factor.each_row(|_, row| {
        for (topic, value) in row.iter_mut().enumerate() {
            let scaled = scaled(topic, f64::from(*value));
            *value = if scaled.is_nan() { 0.0 } else { scaled as f32 };
        }
    });
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

fn permute(factor: &mut FactorMatrix, order: &[usize]) {
    factor.each_row(|_, row| {
        let before = row.to_vec();
        row.iter_mut().zip(order).for_each(|(value, &old)| *value = before[old]);
    });
}
