//! Makes the tables of models whose factors have a structure of their own.

use super::{Column, ExportError, Table, Values};
use crate::factorize::Structure;
use crate::model::TopicModel;

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
