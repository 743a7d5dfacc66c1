//! What new documents have changed in a model, as JSON.

use serde_json::{Value, json};

use super::VERSION;
use crate::evaluate::{News, TopicUpdate};

/// `{"version": 2, "documents": {"n_documents", "n_known", "unknown_share", "strange": [id], "uncovered": [id]},
/// "topics": [{"topic", "name", "share_before", "share", "share_of_new", "drift", "gained", "lost"}]}`
pub fn update_json(news: &News, topics: &[TopicUpdate]) -> Value {
    json!({ "version": VERSION, "documents": news, "topics": topics })
}
