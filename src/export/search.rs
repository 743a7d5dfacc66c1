//! What a model knows of words, as JSON.

use serde_json::{Value, json};

use crate::model::{FoundWord, TopicModel};

/// `{"term", "form", "documents", "topics": [{"topic", "name", "share", "probability", "rank"}], "near": [{"term",
/// "form", "cosine"}]}`
pub fn word_json(model: &TopicModel, found: &FoundWord) -> Value {
    let term = &model.terms[found.term];
    let topics = found.topics.iter().map(|topic| {
        json!({
            "topic": topic.topic, "name": model.topic_name(topic.topic), "share": topic.share,
            "probability": topic.probability, "rank": topic.rank
        })
    });
    let near = found.near.iter().map(
        |&(near, cosine)| json!({ "term": model.terms[near].term, "form": model.terms[near].form, "cosine": cosine }),
    );
    json!({
        "term": term.term, "form": term.form, "documents": term.df, "topics": topics.collect::<Vec<Value>>(),
        "near": near.collect::<Vec<Value>>()
    })
}
