//! Topics and clusters as JSON and as tables. Their shapes are versioned, and docs/formats.md describes them.

use serde_json::{Value, json};

use super::{Table, VERSION, Values};
use crate::evaluate::{Coherence, Evaluation, TopicDiagnostics, Verdict};
use crate::model::{Cluster, TopWord, Topic, TopicModel, TopicValues};

/// Verdicts as JSON: `[{"kind", "text"}]`
fn verdicts_json(verdicts: &[Verdict]) -> Value {
    verdicts.iter().map(|verdict| json!({ "kind": verdict.kind(), "text": verdict.to_string() })).collect()
}

/// Verdicts in one text.
fn verdicts_text(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(Verdict::to_string).collect::<Vec<_>>().join("; ")
}

/// The best `n` values of each view by topic, as JSON: `[{"topic", "view", "values": [{"value", "probability",
/// "score"}]}]`
pub fn values_json(model: &TopicModel, n: usize) -> Value {
    let value = |value: TopWord| json!({ "value": value.form, "probability": value.probability, "score": value.score });
    let of_topic = |TopicValues { topic, view, values }: TopicValues<'_>| {
        let values: Vec<Value> = values.into_iter().map(value).collect();
        json!({ "topic": topic, "view": view.name, "values": values })
    };
    model.values(n).into_iter().map(of_topic).collect()
}

/// Topics as JSON: `{"version": 2, "topics": [{"id", "name", "share", "verdicts": [{"kind", "text"}], "words":
/// [{"term", "form", "probability", "score"}]}]}`
pub fn topics_json(topics: &[Topic], verdicts: &[Vec<Verdict>]) -> Value {
    let word = |word: &TopWord| json!({ "term": word.term, "form": word.form, "probability": word.probability, "score": word.score });
    let topic = |topic: &Topic| {
        let words: Vec<Value> = topic.words.iter().map(word).collect();
        let verdicts = verdicts_json(&verdicts[topic.id]);
        json!({ "id": topic.id, "name": topic.name, "share": topic.share, "verdicts": verdicts, "words": words })
    };
    json!({ "version": VERSION, "topics": topics.iter().map(topic).collect::<Vec<Value>>() })
}

/// Topics within topics as JSON: `[{"id", "name", "share", "words": [form], "children": […]}]`, from the nodes of the
/// coarsest level to the topics, which have no children. `levels` has the topics of each level.
pub fn tree_json(model: &TopicModel, levels: &[Vec<Topic>]) -> Value {
    nodes_json(levels, 0, &model.paths())
}

/// The nodes of a level on these paths.
fn nodes_json(levels: &[Vec<Topic>], level: usize, paths: &[Vec<usize>]) -> Value {
    let of_node = |paths: &[Vec<usize>]| {
        let Topic { id, name, share, words } = &levels[level][paths[0][level]];
        let words: Vec<&str> = words.iter().map(|word| word.form.as_str()).collect();
        let is_last = level + 1 == levels.len();
        let children = if is_last { json!([]) } else { nodes_json(levels, level + 1, paths) };
        json!({ "id": id, "name": name, "share": share, "words": words, "children": children })
    };
    paths.chunk_by(|a, b| a[level] == b[level]).map(of_node).collect()
}

/// A table with a row per word of a topic: topic, name, share, rank, term, form, probability, score, verdicts.
pub fn topics_table(topics: &[Topic], verdicts: &[Vec<Verdict>]) -> Table {
    let words = || topics.iter().flat_map(|topic| topic.words.iter().enumerate().map(move |word| (topic, word)));
    Table::new(
        "topics",
        vec![
            ("topic", Values::Integer(words().map(|(topic, _)| Some(topic.id as u64)).collect())),
            ("name", Values::Text(words().map(|(topic, _)| topic.name.clone()).collect())),
            ("share", Values::Number(words().map(|(topic, _)| topic.share).collect())),
            ("rank", Values::Integer(words().map(|(_, (rank, _))| Some(rank as u64 + 1)).collect())),
            ("term", Values::Text(words().map(|(_, (_, word))| word.term.clone()).collect())),
            ("form", Values::Text(words().map(|(_, (_, word))| word.form.clone()).collect())),
            ("probability", Values::Number(words().map(|(_, (_, word))| word.probability).collect())),
            ("score", Values::Number(words().map(|(_, (_, word))| word.score).collect())),
            ("verdicts", Values::Text(words().map(|(topic, _)| verdicts_text(&verdicts[topic.id])).collect())),
        ],
    )
}

/// A table with a row per topic: topic, name, share, documents (how many belong to it), words, verdicts.
pub fn topic_summaries_table(model: &TopicModel, topics: &[Topic], verdicts: &[Vec<Verdict>]) -> Table {
    let sizes = model.clusters(0).into_iter().map(|cluster| Some(cluster.size as u64)).collect();
    let texts = |text: &dyn Fn(&Topic) -> String| Values::Text(topics.iter().map(text).collect());
    let words = |topic: &Topic| topic.words.iter().map(|word| word.form.as_str()).collect::<Vec<_>>().join(", ");
    Table::new(
        "topics",
        vec![
            ("topic", Values::Integer(topics.iter().map(|topic| Some(topic.id as u64)).collect())),
            ("name", texts(&|topic| topic.name.clone())),
            ("share", Values::Number(topics.iter().map(|topic| topic.share).collect())),
            ("documents", Values::Integer(sizes)),
            ("words", texts(&words)),
            ("verdicts", texts(&|topic| verdicts_text(&verdicts[topic.id]))),
        ],
    )
}

/// Clusters as JSON: `{"version": 2, "clusters": [{"topic", "name", "size", "share", "verdicts", "labels": [{"label",
/// "count"}], "documents": [{"id", "title", "label", "share"}]}], "without_topic", "agreement": {"documents", "nmi",
/// "ami", "ari", "homogeneity", "completeness", "v_measure", "purity", "classes"} or null}`
pub fn clusters_json(model: &TopicModel, clusters: &[Cluster], evaluation: &Evaluation) -> Value {
    let document = |typical: &crate::model::TypicalDocument| {
        let row = model.documents.row(typical.document);
        json!({ "id": row.id, "title": row.title, "label": row.label, "share": typical.share })
    };
    let clusters: Vec<Value> = clusters
        .iter()
        .map(|cluster| {
            let labels: Vec<Value> =
                cluster.labels.iter().map(|(label, count)| json!({ "label": label, "count": count })).collect();
            let documents: Vec<Value> = cluster.typical.iter().map(document).collect();
            json!({
                "topic": cluster.topic, "name": model.topic_name(cluster.topic), "size": cluster.size,
                "share": cluster.share, "verdicts": verdicts_json(&evaluation.verdicts[cluster.topic]),
                "labels": labels, "documents": documents
            })
        })
        .collect();
    let agreement = agreement_json(evaluation);
    json!({ "version": VERSION, "clusters": clusters, "without_topic": evaluation.n_without_topic, "agreement": agreement })
}

/// A table with a row per typical document of a cluster: topic, name, size, rank, id, title, label, share.
pub fn clusters_table(model: &TopicModel, clusters: &[Cluster]) -> Table {
    let documents = || {
        clusters.iter().flat_map(|cluster| cluster.typical.iter().enumerate().map(move |typical| (cluster, typical)))
    };
    let names = model.topic_names();
    let rows = || documents().map(|(_, (_, typical))| model.documents.row(typical.document));
    Table::new(
        "clusters",
        vec![
            ("topic", Values::Integer(documents().map(|(cluster, _)| Some(cluster.topic as u64)).collect())),
            ("name", Values::Text(documents().map(|(cluster, _)| names[cluster.topic].clone()).collect())),
            ("size", Values::Integer(documents().map(|(cluster, _)| Some(cluster.size as u64)).collect())),
            ("rank", Values::Integer(documents().map(|(_, (rank, _))| Some(rank as u64 + 1)).collect())),
            ("id", Values::Text(rows().map(|row| row.id.to_string()).collect())),
            ("title", Values::Text(rows().map(|row| row.title.to_string()).collect())),
            ("label", Values::Text(rows().map(|row| row.label.to_string()).collect())),
            ("share", Values::Number(documents().map(|(_, (_, typical))| typical.share).collect())),
        ],
    )
}

/// The agreement with labels, or null.
fn agreement_json(evaluation: &Evaluation) -> Option<Value> {
    evaluation.agreement.map(|agreement| {
        json!({
            "documents": agreement.n, "nmi": agreement.nmi, "ami": agreement.ami, "ari": agreement.ari,
            "homogeneity": agreement.homogeneity, "completeness": agreement.completeness, "v_measure": agreement.nmi,
            "purity": agreement.purity, "classes": agreement.n_classes
        })
    })
}

/// The diagnostics of a topic by name.
fn diagnostics(topic: &TopicDiagnostics) -> [(&'static str, f64); 10] {
    [
        ("tokens", topic.tokens),
        ("document_entropy", topic.document_entropy),
        ("word_length", topic.word_length),
        ("uniform_distance", topic.uniform_distance),
        ("corpus_distance", topic.corpus_distance),
        ("effective_words", topic.effective_words),
        ("largest_share", topic.largest_share),
        ("allocation_ratio", topic.allocation_ratio),
        ("allocation_count", topic.allocation_count),
        ("exclusivity", topic.exclusivity),
    ]
}

/// `{"version": 2, "topics": [{"topic", "name", "words", "coherence": {measure: value}, "diagnostics": {name: value},
/// "verdicts"}], "coherence": {measure: mean}, "reference_documents", "absent_words", "diversity": {"distinct_share",
/// "inverted_rbo", "mean_jaccard"}, "exclusivity", "explained", "deviance", "completion": {"words", "per_word",
/// "perplexity"}, "agreement", "without_topic"}`. What was not measured is null.
pub fn evaluation_json(topics: &[Topic], evaluation: &Evaluation) -> Value {
    let coherence = evaluation.reference.as_ref().map_or(&[][..], |reference| &reference.coherence);
    let by_measure = |value: &dyn Fn(&Coherence) -> Option<f64>| -> Value {
        coherence.iter().map(|(measure, of_topics)| (measure.to_string(), json!(value(of_topics)))).collect()
    };
    let topic = |topic: &Topic| {
        let values = by_measure(&|coherence: &Coherence| coherence.topics[topic.id]);
        let words: Vec<&str> = topic.words.iter().map(|word| word.form.as_str()).collect();
        let diagnostics: serde_json::Map<String, Value> = diagnostics(&evaluation.diagnostics[topic.id])
            .into_iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        json!({
            "topic": topic.id, "name": topic.name, "words": words, "coherence": values, "diagnostics": diagnostics,
            "verdicts": verdicts_json(&evaluation.verdicts[topic.id])
        })
    };
    let diversity = &evaluation.diversity;
    json!({
        "version": VERSION,
        "topics": topics.iter().map(topic).collect::<Vec<Value>>(),
        "coherence": by_measure(&|coherence: &Coherence| coherence.mean),
        "reference_documents": evaluation.reference.as_ref().map(|reference| reference.n_documents),
        "absent_words": coherence.first().map(|(_, coherence)| coherence.n_absent),
        "diversity": {
            "distinct_share": diversity.distinct_share,
            "inverted_rbo": diversity.inverted_rbo,
            "mean_jaccard": diversity.mean_jaccard
        },
        "exclusivity": evaluation.exclusivity(),
        "explained": evaluation.explained,
        "deviance": evaluation.deviance,
        "completion": evaluation.completion.map(|completion| json!({
            "words": completion.n_words, "per_word": completion.per_word(), "perplexity": completion.perplexity()
        })),
        "agreement": agreement_json(evaluation),
        "without_topic": evaluation.n_without_topic
    })
}

/// topic, name, share, a column per measure of coherence and per diagnostic, verdicts: a row per topic. Coherence is
/// empty for a topic of fewer than two words.
pub fn evaluation_table(topics: &[Topic], evaluation: &Evaluation) -> Table {
    let mut columns = vec![
        ("topic", Values::Integer(topics.iter().map(|topic| Some(topic.id as u64)).collect())),
        ("name", Values::Text(topics.iter().map(|topic| topic.name.clone()).collect())),
        ("share", Values::Number(topics.iter().map(|topic| topic.share).collect())),
    ];
    for (measure, coherence) in evaluation.reference.iter().flat_map(|reference| &reference.coherence) {
        let value = |topic: &Topic| coherence.topics[topic.id].unwrap_or(f64::NAN);
        columns.push((measure.name(), Values::Number(topics.iter().map(value).collect())));
    }
    for (i, (name, _)) in diagnostics(&TopicDiagnostics::default()).into_iter().enumerate() {
        let value = |topic: &Topic| diagnostics(&evaluation.diagnostics[topic.id])[i].1;
        columns.push((name, Values::Number(topics.iter().map(value).collect())));
    }
    let text = |topic: &Topic| verdicts_text(&evaluation.verdicts[topic.id]);
    columns.push(("verdicts", Values::Text(topics.iter().map(text).collect())));
    Table::new("evaluation", columns)
}
