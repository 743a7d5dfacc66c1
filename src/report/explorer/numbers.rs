//! The numbers of a model that a page calculates with.

use super::Arrays;
use crate::model::{Dates, TopicModel};

/// Entries below this share of the largest of their row are left out: they change no part that a word or document has
/// by more.
const LEAST_SHARE: f32 = 1e-6;

/// A document without a date, and one without a topic.
const NO_DATE: i32 = i32::MIN;
const NO_TOPIC: i32 = -1;

/// The factors, the terms and the documents of a model, of which `shown` are on the page; `occurrences` has what an
/// occurrence of each term weighs.
pub fn numbers(model: &TopicModel, shown: &[usize], dates: Option<&Dates>, occurrences: &[f64]) -> Arrays {
    let mut arrays = Arrays::default();
    arrays.sparse_rows("terms", (0..model.w.n_rows()).map(|term| entries(model.w.row_values(term))));
    arrays.sparse_rows("shares", shown.iter().map(|&document| entries(model.h.row_values(document))));
    arrays.numbers("masses", model.topic_masses());
    arrays.numbers("occurrence_weights", occurrences.iter().copied());
    arrays.numbers("term_counts", model.terms.iter().map(|term| term.cf));
    let assignments = model.assignments();
    let topic = |topic: Option<usize>| topic.map_or(NO_TOPIC, |topic| topic as i32);
    arrays.integers("clusters", shown.iter().map(|&document| topic(assignments[document])));
    let n_tokens = |document: &usize| i32::try_from(model.documents.row(*document).n_tokens).unwrap_or(i32::MAX);
    arrays.integers("tokens", shown.iter().map(n_tokens));
    if let Some(dates) = dates {
        arrays.integers("dates", shown.iter().map(|&document| dates.days[document].unwrap_or(NO_DATE)));
    }
    arrays
}

/// The entries of a row that are not too small, by column.
fn entries(row: &[f32]) -> Vec<(u16, f32)> {
    let least = LEAST_SHARE * row.iter().copied().fold(0.0, f32::max);
    (0..).zip(row.iter().copied()).filter(|(_, value)| *value > 0.0 && *value >= least).collect()
}
