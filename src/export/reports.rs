//! Topics and clusters as JSON and CSV: documented, versioned shapes.

use serde_json::{Value, json};

use super::{Table, VERSION, Values};
use crate::model::{Cluster, Topic, TopicModel};

/// `{"version": 1, "topics": [{"id", "label", "share", "words": [{"term", "label", "weight"}]}]}`
pub fn topics_json(model: &TopicModel, topics: &[Topic]) -> Value {
    let word = |word: &crate::model::TopWord| {
        let term = &model.terms[word.term];
        json!({ "term": term.term, "label": term.label, "weight": word.weight })
    };
    let topics: Vec<Value> = topics
        .iter()
        .map(|topic| {
            let words: Vec<Value> = topic.words.iter().map(word).collect();
            json!({ "id": topic.id, "label": topic.label, "share": topic.share, "words": words })
        })
        .collect();
    json!({ "version": VERSION, "topics": topics })
}

/// topic, share, rank, term, label, weight.
pub fn topics_table(model: &TopicModel, topics: &[Topic]) -> Table {
    let words = || topics.iter().flat_map(|topic| topic.words.iter().enumerate().map(move |word| (topic, word)));
    Table::new(
        "topics",
        vec![
            ("topic", Values::Integer(words().map(|(topic, _)| Some(topic.id as u64)).collect())),
            ("share", Values::Number(words().map(|(topic, _)| topic.share).collect())),
            ("rank", Values::Integer(words().map(|(_, (rank, _))| Some(rank as u64 + 1)).collect())),
            ("term", Values::Text(words().map(|(_, (_, word))| model.terms[word.term].term.clone()).collect())),
            ("label", Values::Text(words().map(|(_, (_, word))| model.terms[word.term].label.clone()).collect())),
            ("weight", Values::Number(words().map(|(_, (_, word))| word.weight).collect())),
        ],
    )
}

/// `{"version": 1, "clusters": [{"topic", "label", "size", "share", "labels": [{"label", "count"}], "documents": [{"id",
/// "title", "label", "share"}]}], "without_topic", "agreement": {"documents", "nmi", "ami", "ari", "homogeneity",
/// "completeness", "purity"} or null}`
pub fn clusters_json(model: &TopicModel, clusters: &[Cluster]) -> Value {
    let document = |typical: &crate::model::TypicalDocument| {
        let row = &model.documents.rows[typical.document];
        json!({ "id": row.id, "title": row.title, "label": row.label, "share": typical.share })
    };
    let clusters: Vec<Value> = clusters
        .iter()
        .map(|cluster| {
            let labels: Vec<Value> =
                cluster.labels.iter().map(|(label, count)| json!({ "label": label, "count": count })).collect();
            let documents: Vec<Value> = cluster.typical.iter().map(document).collect();
            json!({
                "topic": cluster.topic, "label": model.topic_label(cluster.topic), "size": cluster.size,
                "share": cluster.share, "labels": labels, "documents": documents
            })
        })
        .collect();
    let agreement = model.label_agreement().map(|agreement| {
        json!({
            "documents": agreement.n, "nmi": agreement.nmi, "ami": agreement.ami, "ari": agreement.ari,
            "homogeneity": agreement.homogeneity, "completeness": agreement.completeness, "purity": agreement.purity
        })
    });
    let without_topic = model.assignments().iter().filter(|topic| topic.is_none()).count();
    json!({ "version": VERSION, "clusters": clusters, "without_topic": without_topic, "agreement": agreement })
}

/// topic, size, rank, id, title, label, share: the typical documents of each cluster.
pub fn clusters_table(model: &TopicModel, clusters: &[Cluster]) -> Table {
    let documents = || {
        clusters.iter().flat_map(|cluster| cluster.typical.iter().enumerate().map(move |typical| (cluster, typical)))
    };
    let rows = || documents().map(|(_, (_, typical))| &model.documents.rows[typical.document]);
    Table::new(
        "clusters",
        vec![
            ("topic", Values::Integer(documents().map(|(cluster, _)| Some(cluster.topic as u64)).collect())),
            ("size", Values::Integer(documents().map(|(cluster, _)| Some(cluster.size as u64)).collect())),
            ("rank", Values::Integer(documents().map(|(_, (rank, _))| Some(rank as u64 + 1)).collect())),
            ("id", Values::Text(rows().map(|row| row.id.clone()).collect())),
            ("title", Values::Text(rows().map(|row| row.title.clone()).collect())),
            ("label", Values::Text(rows().map(|row| row.label.clone()).collect())),
            ("share", Values::Number(documents().map(|(_, (_, typical))| typical.share).collect())),
        ],
    )
}
