//! What new documents have changed in a model, as JSON.

use serde_json::{Value, json};

use super::{Table, VERSION, Values};
use crate::evaluate::{News, TopicUpdate};

/// `{"version": 2, "documents": {"n_documents", "n_known", "unknown_share", "strange": [id], "uncovered": [id]},
/// "topics": [{"topic", "name", "share_before", "share", "share_of_new", "drift", "gained", "lost"}]}`
pub fn update_json(news: &News, topics: &[TopicUpdate]) -> Value {
    json!({ "version": VERSION, "documents": news, "topics": topics })
}

/// A row for each topic: topic, name, share_before (nothing for a new topic), share, share_of_new, drift, gained, lost.
pub fn update_table(topics: &[TopicUpdate]) -> Table {
    let numbers = |of: &dyn Fn(&TopicUpdate) -> f64| Values::Number(topics.iter().map(of).collect());
    let texts = |of: &dyn Fn(&TopicUpdate) -> String| Values::Text(topics.iter().map(of).collect());
    Table::new(
        "update",
        vec![
            ("topic", Values::Integer(topics.iter().map(|topic| Some(topic.topic as u64)).collect())),
            ("name", texts(&|topic| topic.name.clone())),
            ("share_before", numbers(&|topic| topic.share_before.unwrap_or(f64::NAN))),
            ("share", numbers(&|topic| topic.share)),
            ("share_of_new", numbers(&|topic| topic.share_of_new)),
            ("drift", numbers(&|topic| topic.drift.unwrap_or(f64::NAN))),
            ("gained", texts(&|topic| topic.gained.join(", "))),
            ("lost", texts(&|topic| topic.lost.join(", "))),
        ],
    )
}
