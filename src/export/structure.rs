//! Makes the tables of models whose factors have a structure of their own, or whose documents have views.

use super::{Column, ExportError, Table, Values};
use crate::factorize::Structure;
use crate::model::{TopWord, TopicModel, TopicValues};
use crate::text::View;

/// Words of a group that are named.
const SHOWN_WORDS: usize = 5;

/// For each number of topics what they explain, and what the last of them adds. Fails if the model was not built one
/// topic after another.
pub(super) fn curve(model: &TopicModel) -> Result<Table, ExportError> {
    let Some(Structure::Sequential { explained }) = &model.structure else {
        return Err(ExportError::NoStructure { table: "curve", variant: "sequential" });
    };
    let before = std::iter::once(&0.0).chain(explained);
    let gains = explained.iter().zip(before).map(|(explained, before)| explained - before).collect();
    let columns = vec![
        ("n_topics", Values::Integer((1..=explained.len() as u64).map(Some).collect())),
        ("explained", Values::Number(explained.clone())),
        ("gain", Values::Number(gains)),
    ];
    Ok(Table::new("curve", columns))
}

/// The documents that each topic is made of. Fails if topics are no means of documents.
pub(super) fn topic_documents(model: &TopicModel) -> Result<Table, ExportError> {
    let Some(Structure::Convex { documents }) = &model.structure else {
        return Err(ExportError::NoStructure { table: "topic-documents", variant: "convex" });
    };
    let names = model.topic_names();
    // A row: topic, rank, document and weight.
    let mut rows = Vec::new();
    for (topic, documents) in documents.iter().enumerate() {
        let ranked = documents.iter().enumerate();
        rows.extend(ranked.map(|(rank, &(document, weight))| (topic, rank + 1, document as usize, weight)));
    }
    let rows = || rows.iter().copied();
    let text = |of: &dyn Fn(usize) -> String| rows().map(|row| of(row.2)).collect::<Vec<_>>().into_iter();
    let number =
        |of: &dyn Fn((usize, usize, usize, f32)) -> u64| Values::Integer(rows().map(|row| Some(of(row))).collect());
    let columns = vec![
        Column { name: "topic".into(), values: number(&|row| row.0 as u64) },
        Column::of_texts("name", rows().map(|row| names[row.0].clone())),
        Column { name: "rank".into(), values: number(&|row| row.1 as u64) },
        Column::of_texts("id", text(&|document| model.documents.row(document).id.to_string())),
        Column::of_texts("title", text(&|document| model.documents.row(document).title.to_string())),
        Column::of_texts("label", text(&|document| model.documents.row(document).label.to_string())),
        Column { name: "weight".into(), values: Values::Single(rows().map(|row| row.3).collect()) },
    ];
    Ok(Table { name: "topic-documents".into(), columns, matrix_from: None })
}

/// Values of a view that the table has of a topic at most.
const MOST_VALUES: usize = 1000;

/// The values of views in each topic, the most relevant first. Fails if the model has no views.
pub(super) fn values(model: &TopicModel) -> Result<Table, ExportError> {
    if model.views().is_empty() {
        return Err(ExportError::NoViews);
    }
    let names = model.topic_names();
    // A row: topic, view, rank and value.
    type Row<'m> = (usize, &'m View, u64, TopWord);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for TopicValues { topic, view, values } in model.values(MOST_VALUES) {
        rows.extend((1_u64..).zip(values).map(|(rank, value)| (topic, view, rank, value)));
    }
    let texts = |text: &dyn Fn(&Row<'_>) -> String| Values::Text(rows.iter().map(text).collect());
    let columns = vec![
        ("topic", Values::Integer(rows.iter().map(|row| Some(row.0 as u64)).collect())),
        ("name", texts(&|row| names[row.0].clone())),
        ("view", texts(&|row| row.1.name.clone())),
        ("rank", Values::Integer(rows.iter().map(|row| Some(row.2)).collect())),
        ("value", texts(&|row| row.3.form.clone())),
        ("probability", Values::Number(rows.iter().map(|row| row.3.probability).collect())),
        ("score", Values::Number(rows.iter().map(|row| row.3.score).collect())),
    ];
    Ok(Table::new("values", columns))
}

/// The terms of each group of words, the most frequent first, with their shares of the group. Fails if the model has no
/// groups.
pub(super) fn word_groups(model: &TopicModel) -> Result<Table, ExportError> {
    let mut ranked: Vec<(u32, f64, usize)> = groups(model, "word-groups")?
        .iter()
        .zip(model.term_shares())
        .enumerate()
        .map(|(t, (&g, p))| (g, p, t))
        .collect();
    ranked.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let mut rows: Vec<(u32, u64, usize, f64)> = Vec::new();
    for of_group in ranked.chunk_by(|a, b| a.0 == b.0) {
        let total: f64 = of_group.iter().map(|(_, p, _)| p).sum();
        let share = |p: f64| if total > 0.0 { p / total } else { 0.0 };
        rows.extend((1..).zip(of_group).map(|(rank, &(group, p, term))| (group, rank, term, share(p))));
    }
    let columns = vec![
        ("group", Values::Integer(rows.iter().map(|row| Some(u64::from(row.0))).collect())),
        ("rank", Values::Integer(rows.iter().map(|row| Some(row.1)).collect())),
        ("term", Values::Text(rows.iter().map(|row| model.terms[row.2].term.clone()).collect())),
        ("form", Values::Text(rows.iter().map(|row| model.terms[row.2].form.clone()).collect())),
        ("share", Values::Number(rows.iter().map(|row| row.3).collect())),
    ];
    Ok(Table::new("word-groups", columns))
}

/// How groups of words and topics meet: p(group | topic), a row for each group with its first words. Fails if the model
/// has no groups.
pub(super) fn meetings(model: &TopicModel) -> Result<Table, ExportError> {
    let groups = groups(model, "meetings")?;
    let n_groups = groups.iter().max().map_or(0, |last| *last as usize + 1);
    let mut shares = vec![vec![0.0_f64; model.n_topics()]; n_groups];
    let mut words: Vec<Vec<(f64, usize)>> = vec![Vec::new(); n_groups];
    for ((term, &group), p) in groups.iter().enumerate().zip(model.term_shares()) {
        let row = &mut shares[group as usize];
        row.iter_mut().zip(model.w.row_values(term)).for_each(|(sum, &phi)| *sum += f64::from(phi));
        words[group as usize].push((p, term));
    }
    let first = |words: &mut Vec<(f64, usize)>| -> String {
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let forms = words.iter().take(SHOWN_WORDS).map(|(_, term)| model.terms[*term].form.as_str());
        forms.collect::<Vec<_>>().join(", ")
    };
    let mut columns = vec![
        Column { name: "group".into(), values: Values::Integer((0..n_groups as u64).map(Some).collect()) },
        Column::of_texts("words", words.iter_mut().map(first).collect::<Vec<_>>().into_iter()),
    ];
    let rows: Vec<Vec<f32>> = shares.iter().map(|row| row.iter().map(|&share| share as f32).collect()).collect();
    let matrix_from = Some(columns.len());
    columns.extend(super::topic_columns(&rows, model.n_topics()));
    Ok(Table { name: "meetings".into(), columns, matrix_from })
}

fn groups<'m>(model: &'m TopicModel, table: &'static str) -> Result<&'m [u32], ExportError> {
    match &model.structure {
        Some(Structure::WordGroups { groups }) => Ok(groups),
        _ => Err(ExportError::NoStructure { table, variant: "tri" }),
    }
}
