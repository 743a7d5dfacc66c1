//! Writes for people what a model knows of a word.

use super::{Align, Style, folded, percent, render};
use crate::model::{FoundWord, TopicModel};
use crate::wording::counted;

/// Topics of a word that are shown.
const MOST_TOPICS: usize = 5;

/// Part of a word's occurrences below which a topic is not shown.
const LEAST_SHARE: f64 = 0.001;

/// The topics of a word, and the words near it.
pub fn word(model: &TopicModel, found: &FoundWord, style: Style) -> String {
    let term = &model.terms[found.term];
    let mut out = format!("{}, in {}\n\n", super::one_line(&term.form), counted(term.df as usize, "document"));
    let rows: Vec<Vec<String>> = found
        .topics
        .iter()
        .filter(|topic| topic.share >= LEAST_SHARE)
        .take(MOST_TOPICS)
        .map(|topic| {
            let rank = topic.rank.map_or_else(String::new, |rank| rank.to_string());
            let name = model.topic_name(topic.topic);
            vec![topic.topic.to_string(), percent(topic.share), format!("{:.5}", topic.probability), rank, name]
        })
        .collect();
    let header = ["topic", "of the word", "p(word | topic)", "rank", "name"];
    let align = [Align::Right, Align::Right, Align::Right, Align::Right, Align::Left];
    out.push_str(&render(&header, &align, &rows, style));
    let near: Vec<&str> = found.near.iter().map(|&(term, _)| model.terms[term].form.as_str()).collect();
    if !near.is_empty() {
        out.push_str(&folded(&format!("\nnear it: {}\n", super::one_line(&near.join(", "))), style));
    }
    out
}

/// Documents with passages: (id, passage) each.
pub fn passages(documents: &[(&str, &str)], style: Style) -> String {
    let rows: Vec<Vec<String>> =
        documents.iter().map(|(id, passage)| vec![(*id).to_string(), (*passage).to_string()]).collect();
    render(&["document", "passage"], &[Align::Left, Align::Left], &rows, style)
}
