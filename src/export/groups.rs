//! Shares of topics by group or period, as JSON and as tables.

use serde_json::{Value, json};

use super::{Column, Table, VERSION, Values};
use crate::evaluate::{GroupShares, Test};
use crate::model::{Dates, Group, TopicModel};

/// `{"version": 2, "column", "by", "groups": [{"group", "first", "last", "documents", "topics": [{"topic", "share",
/// "low", "high"}]}], "topics": [{"topic", "name", "difference": {"p", "adjusted"}, "trend": {"slope", "p",
/// "adjusted"}}], "without_group", "without_topic"}`. `by`, `first` and `last` are null for groups that are no periods;
/// what was not measured is null.
pub fn groups_json(model: &TopicModel, shares: &GroupShares) -> Value {
    let groups: Vec<Value> = shares
        .grouping
        .groups
        .iter()
        .zip(&shares.groups)
        .map(|(group, of_group)| {
            let (first, last) = days(group);
            let topics: Vec<Value> = of_group
                .shares
                .iter()
                .zip(&of_group.intervals)
                .enumerate()
                .map(
                    |(topic, (share, (low, high)))| json!({ "topic": topic, "share": share, "low": low, "high": high }),
                )
                .collect();
            json!({
                "group": group.label, "first": first, "last": last, "documents": of_group.n_documents, "topics": topics
            })
        })
        .collect();
    let test = |test: Test| json!({ "p": test.p, "adjusted": test.adjusted });
    let topics: Vec<Value> = (0..model.n_topics())
        .map(|topic| {
            let change = shares.changes.get(topic);
            let trend = change
                .and_then(|change| change.trend)
                .map(|trend| json!({ "slope": trend.slope, "p": trend.test.p, "adjusted": trend.test.adjusted }));
            json!({
                "topic": topic, "name": model.topic_name(topic),
                "difference": change.map(|change| test(change.difference)), "trend": trend
            })
        })
        .collect();
    json!({
        "version": VERSION, "column": shares.grouping.column, "by": shares.grouping.by, "groups": groups,
        "topics": topics, "without_group": shares.n_without_group, "without_topic": shares.n_without_topic
    })
}

/// The first and the last day of a period, as ISO 8601.
fn days(group: &Group) -> (Option<String>, Option<String>) {
    let iso = |days: Option<i32>| days.map(Dates::iso);
    (iso(group.days.map(|days| days.0)), iso(group.days.map(|days| days.1)))
}

/// The name of the column that names groups.
fn what(shares: &GroupShares) -> &'static str {
    if shares.grouping.by.is_some() { "period" } else { "group" }
}

/// A row for each group and topic: period (or group), first, last (of periods alone), documents, topic, name, share,
/// low, high. A group without a document that has a topic has no row.
pub fn groups_table(model: &TopicModel, shares: &GroupShares) -> Table {
    let names = model.topic_names();
    let groups = || shares.grouping.groups.iter().zip(&shares.groups).filter(|(_, group)| group.n_documents > 0);
    let rows = || groups().flat_map(|group| (0..names.len()).map(move |topic| (group, topic)));
    let text = |text: &dyn Fn(&Group) -> String| Values::Text(rows().map(|((group, _), _)| text(group)).collect());
    let mut columns = vec![(what(shares), text(&|group| group.label.clone()))];
    if shares.grouping.by.is_some() {
        columns.push(("first", text(&|group| days(group).0.unwrap_or_default())));
        columns.push(("last", text(&|group| days(group).1.unwrap_or_default())));
    }
    columns.extend([
        ("documents", Values::Integer(rows().map(|((_, group), _)| Some(group.n_documents as u64)).collect())),
        ("topic", Values::Integer(rows().map(|(_, topic)| Some(topic as u64)).collect())),
        ("name", Values::Text(rows().map(|(_, topic)| names[topic].clone()).collect())),
        ("share", Values::Number(rows().map(|((_, group), topic)| group.shares[topic]).collect())),
        ("low", Values::Number(rows().map(|((_, group), topic)| group.intervals[topic].0).collect())),
        ("high", Values::Number(rows().map(|((_, group), topic)| group.intervals[topic].1).collect())),
    ]);
    Table::new("groups", columns)
}

/// A row for each group: period (or group), documents, then a column `topic_k` with the share of each topic.
pub fn wide_groups_table(shares: &GroupShares) -> Table {
    let groups = || shares.grouping.groups.iter().zip(&shares.groups).filter(|(_, group)| group.n_documents > 0);
    let sizes = groups().map(|(_, group)| Some(group.n_documents as u64)).collect();
    let mut columns = vec![
        Column::of_texts(what(shares), groups().map(|(group, _)| group.label.clone())),
        Column { name: "documents".into(), values: Values::Integer(sizes) },
    ];
    let n_topics = shares.groups.first().map_or(0, |group| group.shares.len());
    columns.extend((0..n_topics).map(|topic| Column {
        name: format!("topic_{topic}"),
        values: Values::Number(groups().map(|(_, group)| group.shares[topic]).collect()),
    }));
    Table { name: "groups".into(), columns, matrix_from: Some(2) }
}

/// A row for each topic: topic, name, difference_p, difference_adjusted and, for periods and numbers, slope, trend_p,
/// trend_adjusted. Without rows where there are fewer than two groups.
pub fn changes_table(model: &TopicModel, shares: &GroupShares) -> Table {
    let changes = || shares.changes.iter();
    let mut columns = vec![
        ("topic", Values::Integer((0..shares.changes.len() as u64).map(Some).collect())),
        ("name", Values::Text((0..shares.changes.len()).map(|topic| model.topic_name(topic)).collect())),
        ("difference_p", Values::Number(changes().map(|change| change.difference.p).collect())),
        ("difference_adjusted", Values::Number(changes().map(|change| change.difference.adjusted).collect())),
    ];
    let trends: Option<Vec<_>> = changes().map(|change| change.trend).collect();
    if let Some(trends) = trends {
        columns.push(("slope", Values::Number(trends.iter().map(|trend| trend.slope).collect())));
        columns.push(("trend_p", Values::Number(trends.iter().map(|trend| trend.test.p).collect())));
        columns.push(("trend_adjusted", Values::Number(trends.iter().map(|trend| trend.test.adjusted).collect())));
    }
    Table::new("changes", columns)
}
