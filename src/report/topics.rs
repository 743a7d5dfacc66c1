//! Topics: number, share, words.

use super::{Align, Style, percent, render};
use crate::model::{Topic, TopicModel};

/// A table of topics.
pub fn topics(model: &TopicModel, topics: &[Topic], style: Style) -> String {
    let rows: Vec<Vec<String>> = topics
        .iter()
        .map(|topic| {
            let words: Vec<&str> = topic.words.iter().map(|word| model.terms[word.term].label.as_str()).collect();
            vec![topic.id.to_string(), percent(topic.share), words.join(", ")]
        })
        .collect();
    render(&["topic", "share", "words"], &[Align::Right, Align::Right, Align::Left], &rows, style)
}
