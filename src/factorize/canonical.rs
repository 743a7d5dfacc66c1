//! The canonical form of a fit: topics that sum to 1, in order of mass, and H solved afresh.

use super::fold_in::{FoldIn, order_of_work, solve_with};
use super::{FactorizeParams, Given};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Entries of W below this share of the largest entry of their term are zeros of the result.
const ZERO: f32 = 1e-6;

/// The canonical W and H of a fit (`w` terms × topics, `h` documents × topics).
///
/// Each topic (column of W) sums to 1, so that it is p(term | topic), and the scale lives in H. H is solved with W fixed by
/// [`FoldIn`](super::FoldIn) from its constant start, so that a document's row is what the fitted model says of that
/// document ever after; what `h` holds does not matter. Topics stand in order of descending mass Σ_d H_kd, ties by their
/// first term; given ones first, and frozen ones as they are.
pub fn canonicalise(
    v: &TermDocumentMatrix,
    mut w: FactorMatrix,
    mut h: FactorMatrix,
    params: &FactorizeParams,
    given: Given,
) -> (FactorMatrix, FactorMatrix) {
    let scale = scales(&w, given);
    scale_topics(&mut w, &scale);
    w.each_row(|_, row| {
        let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
        row[given.frozen..].iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
    });
    let rest = scales(&w, given);
    scale_topics(&mut w, &rest);
    // The order of work first, so that nothing is copied; the order by mass does not change what was solved.
    let work = order_of_work(&w);
    w.permute(&work);
    solve_with(v, &FoldIn::for_params(&w, params), &mut h);
    let order = topic_order(&w, &h, &work, given);
    w.permute(&order);
    h.permute(&order);
    (w, h)
}

/// What topics are divided by: their sums; 1 for frozen ones, which stay as they are.
fn scales(w: &FactorMatrix, given: Given) -> Vec<f64> {
    let sums = w.topic_sums().into_iter().enumerate();
    sums.map(|(topic, sum)| if topic < given.frozen { 1.0 } else { sum }).collect()
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

/// The places of the topics, which stand in the order of work, in the order that people see; `work` has their numbers.
///
/// Equal columns of W stand next to each other and stay in their order, whatever their masses: their places in the order of
/// work could not be told from W alone otherwise. They stand together, where the heaviest of them belongs.
fn topic_order(w: &FactorMatrix, h: &FactorMatrix, work: &[usize], given: Given) -> Vec<usize> {
    let n_topics = w.n_topics();
    let is_equal = |a: usize, b: usize| (0..w.n_rows()).all(|term| w.get(term, a) == w.get(term, b));
    let mut mass = h.topic_sums();
    for place in 1..n_topics {
        if is_equal(place - 1, place) {
            mass[place] = mass[place].max(mass[place - 1]);
        }
    }
    for place in (1..n_topics).rev() {
        if is_equal(place - 1, place) {
            mass[place - 1] = mass[place];
        }
    }
    let first_term =
        |place: usize| (0..w.n_rows()).fold(0, |best, term| if w.get(term, place) > w.get(best, place) { term } else { best });
    let (mut kept, mut free): (Vec<usize>, Vec<usize>) = (0..n_topics).partition(|&place| work[place] < given.kept);
    kept.sort_by_key(|&place| work[place]);
    free.sort_by(|&a, &b| mass[b].total_cmp(&mass[a]).then_with(|| first_term(a).cmp(&first_term(b))));
    kept.extend(free);
    kept
}
