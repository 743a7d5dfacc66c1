//! Writes topics for people to read: number, share and top words of each, and what is to be known before it is trusted.

use super::{Align, Style, percent, render};
use crate::evaluate::Verdict;
use crate::model::Topic;

/// The verdicts on a topic in one line.
pub fn verdict(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(Verdict::to_string).collect::<Vec<_>>().join(", ")
}

/// A table of topics with number, share and top words, one row per topic; and with verdicts, if there are any.
pub fn topics(topics: &[Topic], verdicts: &[Vec<Verdict>], style: Style) -> String {
    let has_verdicts = verdicts.iter().any(|verdicts| !verdicts.is_empty());
    let rows: Vec<Vec<String>> = topics
        .iter()
        .zip(verdicts)
        .map(|(topic, verdicts)| {
            let words: Vec<&str> = topic.words.iter().map(|word| word.form.as_str()).collect();
            let mut row = vec![topic.id.to_string(), percent(topic.share), words.join(", ")];
            if has_verdicts {
                row.insert(2, verdict(verdicts));
            }
            row
        })
        .collect();
    let (header, align): (&[&str], &[Align]) = match has_verdicts {
        true => (&["topic", "share", "verdict", "words"], &[Align::Right, Align::Right, Align::Left, Align::Left]),
        false => (&["topic", "share", "words"], &[Align::Right, Align::Right, Align::Left]),
    };
    render(header, align, &rows, style)
}
