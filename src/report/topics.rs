//! Writes topics for people to read: number, share and top words of each.

use super::{Align, Style, percent, render};
use crate::model::Topic;

/// A table of topics with number, share and top words, one row per topic.
pub fn topics(topics: &[Topic], style: Style) -> String {
    let rows: Vec<Vec<String>> = topics
        .iter()
        .map(|topic| {
            let words: Vec<&str> = topic.words.iter().map(|word| word.form.as_str()).collect();
            vec![topic.id.to_string(), percent(topic.share), words.join(", ")]
        })
        .collect();
    render(&["topic", "share", "words"], &[Align::Right, Align::Right, Align::Left], &rows, style)
}
