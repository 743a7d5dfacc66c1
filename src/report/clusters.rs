//! Clusters: size, share, labels, most typical documents.

use super::{Align, Style, escape_markdown, one_line, percent, render};
use crate::model::{Cluster, TopicModel};

/// Labels of a cluster that are shown.
const MOST_LABELS: usize = 4;

/// The clusters, each with its most typical documents; then what the labels, if there are any, say of the whole.
pub fn clusters(model: &TopicModel, clusters: &[Cluster], style: Style) -> String {
    let shown = |text: &str| match style {
        Style::Markdown => escape_markdown(&one_line(text)),
        Style::Text { .. } => one_line(text),
    };
    let mut out = String::new();
    for cluster in clusters {
        if !out.is_empty() {
            out.push('\n');
        }
        let mark = if style == Style::Markdown { "### " } else { "" };
        let documents = if cluster.size == 1 { "document" } else { "documents" };
        out.push_str(&format!(
            "{mark}topic {}: {} · {} {documents}, {}\n",
            cluster.topic,
            shown(&model.topic_label(cluster.topic)),
            cluster.size,
            percent(cluster.share)
        ));
        if style == Style::Markdown {
            out.push('\n');
        }
        if !cluster.labels.is_empty() {
            let mut labels: Vec<String> = cluster
                .labels
                .iter()
                .take(MOST_LABELS)
                .map(|(label, n)| format!("{} {n}", if label.is_empty() { "(none)".into() } else { shown(label) }))
                .collect();
            if cluster.labels.len() > MOST_LABELS {
                labels.push(format!("and {} more", cluster.labels.len() - MOST_LABELS));
            }
            let end = if style == Style::Markdown { "\n\n" } else { "\n" };
            out.push_str(&format!("labels: {}{end}", labels.join(", ")));
        }
        if !cluster.typical.is_empty() {
            out.push_str(&typical(model, cluster, style));
        }
    }
    let n_empty = model.assignments().iter().filter(|topic| topic.is_none()).count();
    if n_empty > 0 {
        out.push_str(&format!("\nwithout a topic: {n_empty} documents that have no term of the vocabulary\n"));
    }
    if let Some(agreement) = model.label_agreement() {
        out.push_str(&format!(
            "\nagreement of {} documents' topics with their labels: NMI {:.3}, adjusted Rand {:.3}, purity {:.3}\n",
            agreement.n, agreement.nmi, agreement.ari, agreement.purity
        ));
    }
    out
}

fn typical(model: &TopicModel, cluster: &Cluster, style: Style) -> String {
    let rows: Vec<Vec<String>> = cluster
        .typical
        .iter()
        .map(|typical| {
            let row = &model.documents.rows[typical.document];
            vec![format!("{:.2}", typical.share), row.id.clone(), row.title.clone()]
        })
        .collect();
    render(&["share", "document", "title"], &[Align::Right, Align::Left, Align::Left], &rows, style)
}
