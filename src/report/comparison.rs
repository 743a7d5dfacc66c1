//! Writes what two models have in common for people to read.

use super::{Align, Style, folded, percent, render};
use crate::evaluate::{Comparison, TopicPair};
use crate::model::TopicModel;
use crate::wording::counted;

/// Words that a topic has lost or gained, of which more are not shown.
const MOST_WORDS: usize = 6;

/// A row for each pair of topics, then the topics without a counterpart, and what became of documents.
pub fn comparison(first: &TopicModel, second: &TopicModel, comparison: &Comparison, style: Style) -> String {
    let words = |words: &[String]| words.iter().take(MOST_WORDS).cloned().collect::<Vec<_>>().join(", ");
    let row = |pair: &TopicPair| {
        vec![
            pair.first.to_string(),
            pair.second.to_string(),
            format!("{:.2}", pair.similarity),
            first.topic_name(pair.first),
            words(&pair.lost),
            words(&pair.gained),
        ]
    };
    let rows: Vec<Vec<String>> = comparison.pairs.iter().map(row).collect();
    let align = [Align::Right, Align::Right, Align::Right, Align::Left, Align::Left, Align::Left];
    let mut out = render(&["first", "second", "alike", "topic", "lost", "gained"], &align, &rows, style);
    out.push('\n');
    let mut alone = |topics: &[usize], model: &TopicModel, which: &str| {
        for &topic in topics {
            let name = super::one_line(&model.topic_name(topic));
            let name = if style == Style::Markdown { super::escape_markdown(&name) } else { name };
            out.push_str(&folded(&format!("only in the {which} model: topic {topic}, {name}\n"), style));
        }
    };
    alone(&comparison.only_first, first, "first");
    alone(&comparison.only_second, second, "second");
    let pairs = counted(comparison.pairs.len(), "pair");
    let alike = comparison.similarity;
    out.push_str(&folded(&format!("{pairs} of topics, with {alike:.2} of their twenty first words alike\n"), style));
    if let Some(documents) = &comparison.documents {
        let agreement = &documents.agreement;
        let both = format!(
            "{} in both: {} have the same topic, NMI {:.3}, adjusted Rand {:.3}\n",
            counted(agreement.n, "document"),
            percent(documents.same_topic),
            agreement.nmi,
            agreement.ari
        );
        out.push_str(&folded(&both, style));
    }
    out
}
