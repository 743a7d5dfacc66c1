//! What two models have in common as JSON and as a table.

use serde_json::{Value, json};

use super::{Table, VERSION, Values};
use crate::evaluate::Comparison;
use crate::model::TopicModel;

/// `{"version": 2, "pairs": [{"first", "second", "similarity", "lost", "gained"}], "only_first", "only_second",
/// "similarity", "documents": {"documents", "same_topic", "nmi", "ami", "ari"} or null}`
pub fn comparison_json(comparison: &Comparison) -> Value {
    let pairs: Vec<Value> = comparison
        .pairs
        .iter()
        .map(|pair| {
            json!({
                "first": pair.first, "second": pair.second, "similarity": pair.similarity, "lost": pair.lost,
                "gained": pair.gained
            })
        })
        .collect();
    let documents = comparison.documents.map(|documents| {
        let agreement = documents.agreement;
        json!({
            "documents": agreement.n, "same_topic": documents.same_topic, "nmi": agreement.nmi, "ami": agreement.ami,
            "ari": agreement.ari
        })
    });
    json!({
        "version": VERSION, "pairs": pairs, "only_first": comparison.only_first, "only_second": comparison.only_second,
        "similarity": comparison.similarity, "documents": documents
    })
}

/// first, second, similarity, first_name, second_name: a row per pair, and one per topic without a counterpart.
pub fn comparison_table(first: &TopicModel, second: &TopicModel, comparison: &Comparison) -> Table {
    let pairs = comparison.pairs.iter().map(|pair| (Some(pair.first), Some(pair.second), pair.similarity));
    let alone = comparison.only_first.iter().map(|&topic| (Some(topic), None, 0.0));
    let others = comparison.only_second.iter().map(|&topic| (None, Some(topic), 0.0));
    let rows: Vec<(Option<usize>, Option<usize>, f64)> = pairs.chain(alone).chain(others).collect();
    let number = |topic: Option<usize>| topic.map(|topic| topic as u64);
    let name = |model: &TopicModel, topic: Option<usize>| topic.map_or_else(String::new, |k| model.topic_name(k));
    Table::new(
        "comparison",
        vec![
            ("first", Values::Integer(rows.iter().map(|row| number(row.0)).collect())),
            ("second", Values::Integer(rows.iter().map(|row| number(row.1)).collect())),
            ("similarity", Values::Number(rows.iter().map(|row| row.2).collect())),
            ("first_name", Values::Text(rows.iter().map(|row| name(first, row.0)).collect())),
            ("second_name", Values::Text(rows.iter().map(|row| name(second, row.1)).collect())),
        ],
    )
}
