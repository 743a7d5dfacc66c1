//! Writes what new documents have changed in a model for people to read.

use super::{Align, Style, folded, percent, render};
use crate::evaluate::{News, TopicUpdate};
use crate::wording::counted;

/// Words that a topic has lost or gained, and names of documents, of which more are not shown.
const MOST_SHOWN: usize = 6;

/// What the model said of the new documents, and a row for each topic.
pub fn update(news: &News, topics: &[TopicUpdate], style: Style) -> String {
    let few = |names: &[String]| -> String {
        let shown = names.iter().take(MOST_SHOWN).map(|name| super::one_line(name)).collect::<Vec<_>>().join(", ");
        if names.len() > MOST_SHOWN { shown + ", …" } else { shown }
    };
    let row = |topic: &TopicUpdate| {
        vec![
            topic.topic.to_string(),
            topic.share_before.map_or_else(|| "new".to_string(), percent),
            percent(topic.share),
            percent(topic.share_of_new),
            topic.drift.map_or_else(String::new, |drift| format!("{drift:.2}")),
            topic.name.clone(),
            few(&topic.lost),
            few(&topic.gained),
        ]
    };
    let rows: Vec<Vec<String>> = topics.iter().map(row).collect();
    let header = ["topic", "before", "now", "of the new", "drift", "name", "lost", "gained"];
    let align = [Align::Right; 5].into_iter().chain([Align::Left; 3]).collect::<Vec<_>>();
    let mut out = render(&header, &align, &rows, style);
    out.push('\n');
    let n_new = counted(news.n_documents, "new document");
    let mut line = format!("{n_new}: {} of their words unknown before", percent(news.unknown_share));
    if news.n_known > 0 {
        line.push_str(&format!("; {} known already and left as they were", counted(news.n_known, "document")));
    }
    out.push_str(&folded(&(line + "\n"), style));
    let share = percent(news.uncovered.len() as f64 / news.n_documents.max(1) as f64);
    let uncovered = format!("{share} are explained as badly as the worst twentieth of the earlier ones");
    for (what, documents) in [(uncovered, &news.uncovered), ("words mostly unknown".to_string(), &news.strange)] {
        if !documents.is_empty() {
            let named = few(documents);
            let named = if style == Style::Markdown { super::escape_markdown(&named) } else { named };
            out.push_str(&folded(&format!("{what}: {named}\n"), style));
        }
    }
    out
}
