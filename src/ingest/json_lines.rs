//! One JSON object per line.

use serde_json::{Map, Value};

use super::charset::decode_field;
use super::{Document, IngestError, IngestParams, SkipReason};

/// The document that a line holds.
pub(super) fn document(line: &[u8], source: String, params: &IngestParams) -> Result<Document, IngestError> {
    let mut object = object(line).map_err(|problem| IngestError::skipped(&source, SkipReason::InvalidJson, problem))?;
    let text_fields = text_fields(params, &object);
    let texts: Vec<String> = text_fields.iter().filter_map(|name| object.remove(name)).filter_map(plain).collect();
    if texts.is_empty() {
        let detail = format!("no field {}", text_fields.join(", "));
        return Err(IngestError::skipped(&source, SkipReason::MissingText, detail));
    }
    let mut take =
        |asked: &Option<String>, usual: &str| object.remove(asked.as_deref().unwrap_or(usual)).and_then(plain);
    let id = take(&params.id_column, "id").unwrap_or_else(|| source.clone());
    let label = take(&params.label_column, "label");
    let metadata = object.into_iter().map(|(name, value)| (name, plain(value).unwrap_or_default())).collect();
    Ok(Document { id, text: texts.join("\n\n"), label, title: String::new(), source, metadata })
}

/// Refuses a first line that lacks a field which the parameters name, before anything is skipped for it.
pub(super) fn check_fields(line: &[u8], path: &str, params: &IngestParams) -> Result<(), IngestError> {
    let Ok(object) = object(line) else {
        return Err(IngestError::Broken {
            place: format!("{path}:1"),
            problem: "the first line is not a JSON object".into(),
            hint: Some("expected one object per line, such as {\"id\": \"1\", \"text\": \"…\"}".into()),
        });
    };
    let texts = text_fields(params, &object);
    let asked = [
        ("--id-column", &params.id_column),
        ("--label-column", &params.label_column),
        ("--date-column", &params.date_column),
    ];
    let named = asked.iter().filter_map(|(flag, name)| name.as_deref().map(|name| (*flag, name)));
    for (flag, name) in texts.iter().map(|name| ("--text-column", name.as_str())).chain(named) {
        if !object.contains_key(name) {
            let columns = object.keys().cloned().collect();
            return Err(IngestError::MissingColumn { path: path.to_string(), column: name.to_string(), columns, flag });
        }
    }
    Ok(())
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(&decode_field(line)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("not an object".into()),
        Err(error) => Err(format!("column {}: {error}", error.column())),
    }
}

fn text_fields(params: &IngestParams, object: &Map<String, Value>) -> Vec<String> {
    if !params.text_column.is_empty() {
        return params.text_column.clone();
    }
    match object.keys().next() {
        Some(only) if object.len() == 1 => vec![only.clone()],
        _ => vec!["text".to_string()],
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
