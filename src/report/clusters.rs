//! Writes clusters for people to read: size, share, labels and most typical documents of each.

use super::{Align, Style, escape_markdown, folded, one_line, percent, render, verdict};
use crate::evaluate::Evaluation;
use crate::model::{Cluster, TopicModel};
use crate::wording::{counted, thousands};

/// At most this many labels are shown per cluster; of the others only the number is.
const MOST_LABELS: usize = 4;

/// The clusters, each with its labels and most typical documents; then the number of documents without a topic, and how
/// well clusters agree with labels, if there are any.
pub fn clusters(model: &TopicModel, clusters: &[Cluster], evaluation: &Evaluation, style: Style) -> String {
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
        let heading = format!(
            "{mark}topic {}: {} · {}, {}\n",
            cluster.topic,
            shown(&model.topic_name(cluster.topic)),
            counted(cluster.size, "document"),
            percent(cluster.share)
        );
        out.push_str(&style.heading(&folded(&heading, style)));
        if style == Style::Markdown {
            out.push('\n');
        }
        let verdicts = verdict(&evaluation.verdicts[cluster.topic]);
        if !verdicts.is_empty() {
            let end = if style == Style::Markdown { "\n\n" } else { "\n" };
            out.push_str(&folded(&format!("verdict: {verdicts}{end}"), style));
        }
        if !cluster.labels.is_empty() {
            let mut labels: Vec<String> = cluster
                .labels
                .iter()
                .take(MOST_LABELS)
                .map(|(label, n)| {
                    let label = if label.is_empty() { "(none)".into() } else { shown(label) };
                    format!("{label} {}", thousands(*n as u64))
                })
                .collect();
            if cluster.labels.len() > MOST_LABELS {
                labels.push(format!("and {} more", cluster.labels.len() - MOST_LABELS));
            }
            let end = if style == Style::Markdown { "\n\n" } else { "\n" };
            out.push_str(&folded(&format!("labels: {}{end}", labels.join(", ")), style));
        }
        if !cluster.typical.is_empty() {
            out.push_str(&typical(model, cluster, style));
        }
    }
    let n_empty = evaluation.n_without_topic;
    if n_empty > 0 {
        let have = if n_empty == 1 { "has" } else { "have" };
        let documents = counted(n_empty, "document");
        let without = format!("\nwithout a topic: {documents} that {have} no term of the vocabulary\n");
        out.push_str(&folded(&without, style));
    }
    if let Some(agreement) = &evaluation.agreement {
        let n = thousands(agreement.n as u64);
        let agreement = format!(
            "\nagreement of {n} documents' topics with their labels: NMI {:.3}, adjusted Rand {:.3}, purity {:.3}\n",
            agreement.nmi, agreement.ari, agreement.purity
        );
        out.push_str(&folded(&agreement, style));
    }
    out
}

fn typical(model: &TopicModel, cluster: &Cluster, style: Style) -> String {
    let rows: Vec<Vec<String>> = cluster
        .typical
        .iter()
        .map(|typical| {
            let row = model.documents.row(typical.document);
            vec![format!("{:.2}", typical.share), row.id.to_string(), row.title.to_string()]
        })
        .collect();
    render(&["share", "document", "title"], &[Align::Right, Align::Left, Align::Left], &rows, style)
}
