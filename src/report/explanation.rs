//! Writes for people why a document has its topics.

use super::{Align, Style, one_line, percent, printable, render};
use crate::model::{Explanation, TopicModel};

/// Topics that are shown, those with the largest shares; words of others stay plain.
const MOST_TOPICS: usize = 6;

/// Share of a document below which a topic is not shown.
const LEAST_SHARE: f64 = 0.02;

/// Words that are named of each topic.
const MOST_WORDS: usize = 8;

/// Characters of the text that are shown.
const MOST_CHARACTERS: usize = 4000;

/// The topics of a document with the words that speak for them, and its text. `paint` gets the place of a topic among
/// those shown, from 0, and a word of the text that speaks for it.
pub fn explanation(
    model: &TopicModel,
    id: &str,
    text: &str,
    explanation: &Explanation,
    style: Style,
    paint: &dyn Fn(usize, &str) -> String,
) -> String {
    let shares = explanation.topics.shares();
    let mut shown: Vec<usize> = (0..shares.len()).filter(|&topic| shares[topic] >= LEAST_SHARE).collect();
    shown.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
    shown.truncate(MOST_TOPICS);
    let mut out = format!("document {}\n\n", one_line(id));
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|&topic| {
            let words: Vec<String> = responsible(model, explanation, topic)
                .into_iter()
                .take(MOST_WORDS)
                .map(|(form, part)| format!("{form} {}", percent(part / f64::from(explanation.topics.weights[topic]))))
                .collect();
            vec![topic.to_string(), percent(shares[topic]), model.topic_name(topic), words.join(", ")]
        })
        .collect();
    let align = [Align::Right, Align::Right, Align::Left, Align::Left];
    out.push_str(&render(&["topic", "share", "name", "words that speak for it"], &align, &rows, style));
    out.push_str(&format!("\n{} of the words are unknown to the model\n", percent(explanation.topics.unknown_share)));
    if matches!(style, Style::Text { .. }) {
        out.push('\n');
        out.push_str(&painted(text, explanation, &shown, paint));
    }
    out
}

/// The words that speak for a topic with their parts, the largest first.
fn responsible(model: &TopicModel, explanation: &Explanation, topic: usize) -> Vec<(String, f64)> {
    let mut parts: Vec<(usize, f64)> = Vec::new();
    for word in &explanation.words {
        match parts.iter_mut().find(|(term, _)| *term == word.term) {
            Some((_, part)) => *part += word.parts[topic],
            None => parts.push((word.term, word.parts[topic])),
        }
    }
    parts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    parts
        .into_iter()
        .filter(|(_, part)| *part > 0.0)
        .map(|(term, part)| (model.terms[term].form.clone(), part))
        .collect()
}

/// The text with the words painted that speak most for a topic that is shown; of n-grams and words that overlap, the
/// first.
fn painted(text: &str, explanation: &Explanation, shown: &[usize], paint: &dyn Fn(usize, &str) -> String) -> String {
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let (mut out, mut at) = (String::new(), 0);
    for word in explanation.words.iter().filter(|word| word.range.end <= end) {
        let Some(place) = word.topic().and_then(|topic| shown.iter().position(|&shown| shown == topic)) else {
            continue;
        };
        if word.range.start < at {
            continue;
        }
        out.push_str(&printable(&text[at..word.range.start]));
        out.push_str(&paint(place, &printable(&text[word.range.clone()])));
        at = word.range.end;
    }
    out.push_str(&printable(&text[at..end]));
    let n_more = text[end..].chars().count();
    if n_more > 0 {
        out.push_str(&format!("\n… and {n_more} more characters"));
    }
    out.push('\n');
    out
}
