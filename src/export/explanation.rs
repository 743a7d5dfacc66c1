//! Why a document has its topics, as JSON.

use serde_json::{Value, json};

use super::VERSION;
use crate::model::{Explanation, TopicModel};

/// `{"version": 2, "id", "text", "topic", "unknown_share", "topics": [{"topic", "name", "weight", "share"}], "words":
/// [{"term", "form", "start", "end", "parts": {topic: part}}]}`. Topics come by share; `start` and `end` are bytes of
/// the text in UTF-8; the parts for a topic sum to its weight, but for those below a millionth of the document's
/// weight, which are left out.
pub fn explanation_json(model: &TopicModel, id: &str, text: &str, explanation: &Explanation) -> Value {
    let (shares, weights) = (explanation.topics.shares(), &explanation.topics.weights);
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mut order: Vec<usize> = (0..shares.len()).filter(|&topic| weights[topic] > 0.0).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
    let topics: Vec<Value> = order
        .iter()
        .map(|&topic| {
            json!({
                "topic": topic, "name": model.topic_name(topic), "weight": weights[topic], "share": shares[topic]
            })
        })
        .collect();
    let words = explanation.words.iter().map(|word| {
        let parts = word.parts.iter().enumerate().filter(|(_, part)| **part > 1e-6 * total);
        let parts: serde_json::Map<String, Value> =
            parts.map(|(topic, part)| (topic.to_string(), json!(part))).collect();
        let term = &model.terms[word.term];
        json!({
            "term": term.term, "form": term.form, "start": word.range.start, "end": word.range.end, "parts": parts
        })
    });
    json!({
        "version": VERSION, "id": id, "text": text,
        "topic": explanation.topics.topic, "unknown_share": explanation.topics.unknown_share, "topics": topics,
        "words": words.collect::<Vec<Value>>()
    })
}
