//! Writes what is known of numbers of topics: a table for people, and a picture.

use super::{Align, Chart, Line, Style, escape_markdown, one_line, render, svg};
use crate::model::{Change, Selection, TriedNumber};

/// A table with a row per number of topics, where `seconds` may have the time that each took, and the proposals with
/// their reasons and with what is new in them.
pub fn selection(selection: &Selection, seconds: &[f64], style: Style) -> String {
    let is_proposed =
        |number: &TriedNumber| selection.candidates.iter().any(|candidate| candidate.n_topics == number.n_topics);
    let rows: Vec<Vec<String>> = selection
        .numbers
        .iter()
        .enumerate()
        .map(|(i, number)| {
            vec![
                format!("{}{}", if is_proposed(number) { "* " } else { "" }, number.n_topics),
                format!("{:.4}", number.likelihood),
                format!("{:.3}", number.stability),
                format!("{:.3}", number.word_stability),
                number.coherence.map_or_else(|| "–".into(), |value| format!("{value:.3}")),
                format!("{:.3}", number.diversity),
                seconds.get(i).map_or_else(|| "–".into(), |seconds| format!("{seconds:.2}")),
            ]
        })
        .collect();
    let header = ["topics", "likelihood", "stability", "of words", "coherence", "diversity", "seconds"];
    let mut out = render(&header, &[Align::Right; 7], &rows, style);
    out.push_str(&format!(
        "\n{} fits of up to {} documents each; likelihood of a withheld word in nats, with one topic {:.4}\n",
        selection.n_runs, selection.n_documents, selection.baseline_likelihood
    ));
    for (i, candidate) in selection.candidates.iter().enumerate() {
        let mark = if style == Style::Markdown { "**" } else { "" };
        let order = if i == 0 { "first proposal" } else { "also" };
        out.push('\n');
        out.push_str(&style.heading(&format!("{mark}{order}: {} topics{mark}\n", candidate.n_topics)));
        for reason in &candidate.reasons {
            out.push_str(&format!("- {reason}\n"));
        }
        for change in changes(selection, candidate.n_topics) {
            let shown = if style == Style::Markdown { escape_markdown(&one_line(&change)) } else { one_line(&change) };
            out.push_str(&format!("- {shown}\n"));
        }
    }
    out
}

/// What becomes of topics on the way to a number of topics from the next smaller one, a sentence for each change.
pub fn changes(selection: &Selection, n_topics: usize) -> Vec<String> {
    let Some(place) = selection.numbers.iter().position(|number| number.n_topics == n_topics) else {
        return Vec::new();
    };
    let Some(smaller) = place.checked_sub(1).map(|before| &selection.numbers[before]) else { return Vec::new() };
    let number = &selection.numbers[place];
    let of = |names: &[String], topics: &[usize]| {
        let names: Vec<String> = topics.iter().map(|&topic| format!("({})", names[topic])).collect();
        names.join(" and ")
    };
    let sentence = |change: Change| match change {
        Change::Split(topic, into) => {
            format!("from {}: ({}) splits into {}", smaller.n_topics, smaller.names[topic], of(&number.names, &into))
        }
        Change::Merge(topics, into) => {
            format!("from {}: {} merge into ({})", smaller.n_topics, of(&smaller.names, &topics), number.names[into])
        }
    };
    number.changes().into_iter().map(sentence).collect()
}

/// The curves of likelihood, stability, coherence and diversity, with the proposals marked.
pub fn selection_svg(selection: &Selection) -> String {
    let line = |name: &str, value: &dyn Fn(&TriedNumber) -> Option<f64>| Line {
        name: name.into(),
        values: selection.numbers.iter().map(value).collect(),
    };
    let charts = [
        Chart {
            title: "Log-likelihood of a withheld word".into(),
            lines: vec![line("likelihood", &|number| Some(number.likelihood))],
        },
        Chart {
            title: "Stability".into(),
            lines: vec![
                line("of documents", &|number| Some(number.stability)),
                line("of words", &|number| Some(number.word_stability)),
            ],
        },
        Chart {
            title: "Coherence (NPMI), diversity".into(),
            lines: vec![
                line("coherence", &|number| number.coherence),
                line("diversity", &|number| Some(number.diversity)),
            ],
        },
    ];
    let places: Vec<usize> = selection.numbers.iter().map(|number| number.n_topics).collect();
    let marks: Vec<usize> = selection.candidates.iter().map(|candidate| candidate.n_topics).collect();
    svg("number of topics", &places, &charts, &marks)
}
