//! Writes how topics differ between groups of documents, or over time, for people to read.

use super::{Align, Style, folded, percent, render};
use crate::evaluate::{GroupShares, Test};
use crate::model::{Dates, TopicModel};
use crate::wording::{counted, thousands};

/// Groups that are named for a topic.
const NAMED_GROUPS: usize = 3;

/// Chances below are as small as the number of permutations lets them be.
const LEAST_CHANCE: f64 = 0.0015;

/// Most columns of a line of bars.
const MOST_BARS: usize = 40;

/// The shares of topics over time, with `dates`, or by group.
pub fn groups(model: &TopicModel, shares: &GroupShares, dates: Option<&Dates>, style: Style) -> String {
    let sizes: Vec<usize> = shares.groups.iter().map(|group| group.n_documents).filter(|n| *n > 0).collect();
    let (fewest, most) = (sizes.iter().min().copied().unwrap_or(0), sizes.iter().max().copied().unwrap_or(0));
    let range = if fewest == most {
        thousands(most as u64)
    } else {
        format!("{} to {}", thousands(fewest as u64), thousands(most as u64))
    };
    let column = &shares.grouping.column;
    let mut head = match (shares.grouping.by, dates.and_then(|dates| Some((dates, dates.range()?)))) {
        (Some(by), Some((dates, (first, last)))) => format!(
            "{} by {by}, {} to {}, in the column {column:?}: {range} documents each\n",
            counted(sizes.len(), "period"),
            dates.text(first),
            dates.text(last)
        ),
        _ => format!("{} by {column:?}: {range} documents each\n", counted(sizes.len(), "group")),
    };
    for (n, what) in [(shares.n_without_group, "a group"), (shares.n_without_topic, "a topic")] {
        if n > 0 {
            head.push_str(&format!("without {what}: {}\n", counted(n, "document")));
        }
    }
    let is_ordered = shares.grouping.positions.is_some();
    let table = if is_ordered { over_time(model, shares, style) } else { by_group(model, shares, style) };
    let foot = match shares.changes.is_empty() {
        true => "there is one group, with which nothing can be compared\n",
        false => "p: chance of such a difference if groups did not matter, adjusted for the number of topics\n",
    };
    format!("{}\n{table}\n{}", folded(&head, style), folded(foot, style))
}

/// The groups that have documents, with the shares of a topic.
fn present(shares: &GroupShares, topic: usize) -> Vec<(&str, f64, usize)> {
    let groups = shares.grouping.groups.iter().zip(&shares.groups);
    let groups = groups.filter(|(_, of_group)| of_group.n_documents > 0);
    groups.map(|(group, of_group)| (group.label.as_str(), of_group.shares[topic], of_group.n_documents)).collect()
}

fn over_time(model: &TopicModel, shares: &GroupShares, style: Style) -> String {
    let row = |topic: usize| {
        let groups = present(shares, topic);
        let peak = groups.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
        let change = shares.changes.get(topic);
        let trend = change.and_then(|change| change.trend).filter(|trend| trend.test.adjusted < 0.05);
        let arrow = trend.map_or("", |trend| if trend.slope > 0.0 { "rises" } else { "falls" });
        let end = |place: Option<&(&str, f64, usize)>| place.map_or_else(String::new, |(_, share, _)| percent(*share));
        vec![
            topic.to_string(),
            bars(&groups.iter().map(|(_, share, n)| (*share, *n)).collect::<Vec<_>>()),
            end(groups.first()),
            end(groups.last()),
            peak.map_or_else(String::new, |(label, share, _)| format!("{} in {label}", percent(*share))),
            change.map_or_else(String::new, |change| chance(change.difference)),
            arrow.to_string(),
            model.topic_name(topic),
        ]
    };
    let rows: Vec<Vec<String>> = (0..model.n_topics()).map(row).collect();
    use Align::{Bar, Left, Right};
    let header = ["topic", "shares", "first", "last", "peak", "p", "trend", "name"];
    render(&header, &[Right, Bar, Right, Right, Left, Right, Left, Left], &rows, style)
}

fn by_group(model: &TopicModel, shares: &GroupShares, style: Style) -> String {
    let row = |topic: usize| {
        let mut groups = present(shares, topic);
        groups.sort_by(|a, b| b.1.total_cmp(&a.1));
        let named = groups.iter().take(NAMED_GROUPS).map(|(label, share, _)| format!("{label} {}", percent(*share)));
        vec![
            topic.to_string(),
            model.topic_name(topic),
            shares.changes.get(topic).map_or_else(String::new, |change| chance(change.difference)),
            named.collect::<Vec<_>>().join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = (0..model.n_topics()).map(row).collect();
    use Align::{Left, Right};
    render(&["topic", "name", "p", "largest in"], &[Right, Left, Right, Left], &rows, style)
}

fn chance(test: Test) -> String {
    if test.adjusted < LEAST_CHANCE { "≤.001".into() } else { format!("{:.3}", test.adjusted) }
}

/// Shares as a line of bars, the largest of them full; neighbours are one bar, by their documents, where there are too
/// many.
fn bars(shares: &[(f64, usize)]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = shares.len().div_ceil(MOST_BARS).max(1);
    let mean = |chunk: &[(f64, usize)]| {
        let n: usize = chunk.iter().map(|(_, n)| n).sum();
        chunk.iter().map(|(share, n)| share * *n as f64).sum::<f64>() / n.max(1) as f64
    };
    let means: Vec<f64> = shares.chunks(width).map(mean).collect();
    let largest = means.iter().copied().fold(0.0, f64::max);
    let bar = |mean: &f64| BARS[if largest > 0.0 { (mean / largest * 7.0).round() as usize } else { 0 }.min(7)];
    means.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_show_shares_beside_the_largest() {
        assert_eq!(bars(&[(0.0, 1), (0.1, 1), (0.2, 1)]), "▁▅█");
        assert_eq!(bars(&[(0.0, 3)]), "▁");
        assert_eq!(bars(&[]), "");
        assert_eq!(bars(&[(0.5, 1); 100]).chars().count(), 34);
    }
}
