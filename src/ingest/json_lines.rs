//! One JSON object per line.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::charset::decode_field;
use super::{Document, IngestError, IngestParams, SkipReason};

/// The document that a line holds.
pub(super) fn document(
    line: &[u8],
    source: String,
    text_fields: &[String],
    params: &IngestParams,
) -> Result<Document, IngestError> {
    let mut object = object(line).map_err(|problem| IngestError::skipped(&source, SkipReason::InvalidJson, problem))?;
    let texts: Vec<String> = text_fields.iter().filter_map(|name| object.remove(name)).filter_map(plain).collect();
    if texts.is_empty() {
        let detail = format!("no field {}", text_fields.join(", "));
        return Err(IngestError::skipped(&source, SkipReason::MissingText, detail));
    }
    let mut take =
        |asked: &Option<String>, usual: &str| object.remove(asked.as_deref().unwrap_or(usual)).and_then(plain);
    let id = take(&params.id_column, "id").filter(|id| !id.is_empty()).unwrap_or_else(|| source.clone());
    let label = take(&params.label_column, "label");
    let metadata = object.into_iter().map(|(name, value)| (name, plain(value).unwrap_or_default())).collect();
    Ok(Document { id, text: texts.join("\n\n"), label, title: String::new(), source, metadata })
}

/// The fields that hold the text, decided by the first object of a file: those asked for, `text`, or its only field.
pub(super) fn text_fields(
    line: &[u8],
    path: &str,
    number: u64,
    params: &IngestParams,
) -> Result<Arc<[String]>, IngestError> {
    let object = object(line).map_err(|problem| IngestError::Broken {
        place: format!("{path}:{number}"),
        problem: format!("the first line is not a JSON object: {problem}"),
        hint: Some("expected one object per line, such as {\"id\": \"1\", \"text\": \"…\"}".into()),
    })?;
    let fields: Vec<String> = match (&params.text_column[..], object.keys().next()) {
        ([], Some(only)) if object.len() == 1 => vec![only.clone()],
        ([], _) => vec!["text".to_string()],
        (asked, _) => asked.to_vec(),
    };
    match fields.iter().find(|name| !object.contains_key(*name)) {
        Some(column) => Err(IngestError::MissingColumn {
            path: path.to_string(),
            column: column.clone(),
            columns: object.keys().cloned().collect(),
            flag: "--text-column",
        }),
        None => Ok(fields.into()),
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(&decode_field(line)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("not an object".into()),
        Err(error) => Err(format!("column {}: {error}", error.column())),
    }
}

/// A value as text; null is none.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
