//! What new documents have changed in a model, and what it said of them before.

use serde::Serialize;

use super::topic_distances;
use crate::model::{ModelError, Topic, TopicModel};

/// Words that are compared before and after.
const COMPARED_WORDS: usize = 10;

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicUpdate {
    /// Number of the topic.
    pub topic: usize,
    /// Its name.
    pub name: String,
    /// Its share of all documents before; `None` for a new topic.
    pub share_before: Option<f64>,
    /// Its share of all documents.
    pub share: f64,
    /// Its share of the new documents.
    pub share_of_new: f64,
    /// Jensen–Shannon distance of its words from those before, from 0 to 1; `None` for a new topic.
    pub drift: Option<f64>,
    /// Words that came to its first ten, best first.
    pub gained: Vec<String>,
    /// Words that went from there.
    pub lost: Vec<String>,
}

/// What a model says of documents that came after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct News {
    /// Number of new documents.
    pub n_documents: usize,
    /// Number of documents of the inputs that the model had already, by their ids; they are left as they were.
    pub n_known: usize,
    /// Mean share of words that are no terms of the model.
    pub unknown_share: f64,
    /// New documents half of whose words, or more, are unknown.
    pub strange: Vec<String>,
    /// New documents that no topic covers: all topics after the update together explain them as badly as the worst
    /// twentieth of the earlier ones, the worst first. Of documents like the earlier ones it is a twentieth too.
    pub uncovered: Vec<String>,
}

impl TopicUpdate {
    /// The changes from one model to the one that it became, of which the first `n_old` documents are the earlier ones.
    /// Fails if words of a model cannot be ranked.
    pub fn of_models(before: &TopicModel, after: &TopicModel, n_old: usize) -> Result<Vec<Self>, ModelError> {
        let old = before.topics(COMPARED_WORDS, before.ranking(None)?);
        let new = after.topics(COMPARED_WORDS, after.ranking(None)?);
        let mut of_new = vec![0.0; after.n_topics()];
        for document in n_old..after.documents.len() {
            of_new.iter_mut().zip(after.document_shares(document)).for_each(|(sum, share)| *sum += share);
        }
        let total: f64 = of_new.iter().sum();
        let drifts = topic_distances(before, after);
        let words = |topic: &Topic| -> Vec<(String, String)> {
            topic.words.iter().map(|word| (word.term.clone(), word.form.clone())).collect()
        };
        // The form that is shown can change while the term stays.
        let without = |words: &[(String, String)], others: &[(String, String)]| -> Vec<String> {
            let is_other = |term: &String| !others.iter().any(|(other, _)| other == term);
            words.iter().filter(|(term, _)| is_other(term)).map(|(_, form)| form.clone()).collect()
        };
        let change = |(topic, now): (usize, &Topic)| {
            let then = old.get(topic);
            let (words_then, words_now) = (then.map_or_else(Vec::new, words), words(now));
            Self {
                topic,
                name: now.name.clone(),
                share_before: then.map(|topic| topic.share),
                share: now.share,
                share_of_new: if total > 0.0 { of_new[topic] / total } else { 0.0 },
                drift: drifts.get(topic).copied(),
                gained: without(&words_now, &words_then),
                lost: without(&words_then, &words_now),
            }
        };
        Ok(new.iter().enumerate().map(change).collect())
    }
}
