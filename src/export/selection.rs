//! What is known of numbers of topics, as JSON and as a table.

use serde_json::{Value, json};

use super::{Table, VERSION, Values};
use crate::model::Selection;

/// `{"version": 2, "n_runs", "n_documents", "baseline_likelihood", "numbers": [{"n_topics", "likelihood", "stability",
/// "word_stability", "coherence", "diversity", "names", "origins": [[[topic, share]]]}], "candidates": [{"n_topics",
/// "reasons"}]}`
pub fn selection_json(selection: &Selection) -> Value {
    let mut value = json!(selection);
    if let Some(object) = value.as_object_mut() {
        object.insert("version".into(), VERSION.into());
    }
    value
}

/// A table with a row per number of topics: n_topics, likelihood, stability, word_stability, coherence, diversity,
/// proposal (1 for the first proposal, empty for none).
pub fn selection_table(selection: &Selection) -> Table {
    let numbers = || selection.numbers.iter();
    let proposal = |n_topics: usize| {
        let place = selection.candidates.iter().position(|candidate| candidate.n_topics == n_topics);
        place.map(|place| place as u64 + 1)
    };
    Table::new(
        "selection",
        vec![
            ("n_topics", Values::Integer(numbers().map(|number| Some(number.n_topics as u64)).collect())),
            ("likelihood", Values::Number(numbers().map(|number| number.likelihood).collect())),
            ("stability", Values::Number(numbers().map(|number| number.stability).collect())),
            ("word_stability", Values::Number(numbers().map(|number| number.word_stability).collect())),
            ("coherence", Values::Number(numbers().map(|number| number.coherence.unwrap_or(f64::NAN)).collect())),
            ("diversity", Values::Number(numbers().map(|number| number.diversity).collect())),
            ("proposal", Values::Integer(numbers().map(|number| proposal(number.n_topics)).collect())),
        ],
    )
}
