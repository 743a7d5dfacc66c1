//! JSON Lines: each line holds one object, which is one document.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::charset::decode_field;
use super::{Document, IngestError, IngestParams, MOST_COLUMNS, SkipReason};

/// A nested value up to this many bytes is parsed and written again in JSON's shortest form. A larger one keeps its
/// text, since a parsed value takes many times the memory of its text.
const MOST_NESTED_BYTES: usize = 1 << 16;

/// The fields of an object in the order of the line, with their values not yet parsed.
type Object<'a> = IndexMap<String, &'a RawValue>;

/// The document in a line. A line that is not an object, or that has none of the text fields, is skipped; an object
/// with more fields than [`MOST_COLUMNS`] is [`IngestError::Broken`].
pub(super) fn document(
    line: &[u8],
    source: String,
    text_fields: &[String],
    params: &IngestParams,
) -> Result<Document, IngestError> {
    let line = decode_field(line);
    let mut object =
        object(&line).map_err(|problem| IngestError::skipped(&source, SkipReason::InvalidJson, problem))?;
    if object.len() > MOST_COLUMNS + text_fields.len() + 2 {
        return Err(IngestError::too_many_columns(source, object.len()));
    }
    let mut take = |name: &str| object.swap_remove(name).and_then(plain);
    let texts: Vec<String> = text_fields.iter().filter_map(|name| take(name)).collect();
    if texts.is_empty() {
        let detail = format!("no field {}", text_fields.join(", "));
        return Err(IngestError::skipped(&source, SkipReason::MissingText, detail));
    }
    let id = take(params.id_column.as_deref().unwrap_or("id"));
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| source.clone());
    let label = take(params.label_column.as_deref().unwrap_or("label"));
    let metadata = object.into_iter().map(|(name, value)| (name, plain(value).unwrap_or_default())).collect();
    Ok(Document { id, text: texts.join("\n\n"), label, title: String::new(), source, metadata })
}

/// All fields of an object, in its order; none if the line is no object.
pub(super) fn fields(line: &[u8]) -> Vec<(String, String)> {
    let line = decode_field(line);
    let object = object(&line).unwrap_or_default();
    object.into_iter().map(|(name, value)| (name, plain(value).unwrap_or_default())).collect()
}

/// The names of the fields that hold the text: those asked for, else the only field of a file's first object, else
/// `text`. Fails if the first line is not an object or lacks one of these fields.
pub(super) fn text_fields(
    line: &[u8],
    path: &str,
    number: u64,
    params: &IngestParams,
) -> Result<Arc<[String]>, IngestError> {
    let line = decode_field(line);
    let object = object(&line).map_err(|problem| IngestError::Broken {
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

fn object(line: &str) -> Result<Object<'_>, String> {
    serde_json::from_str(line).map_err(|error| match error.is_data() {
        true => "not an object".into(),
        false => format!("column {}: {error}", error.column()),
    })
}

/// A value as text: a string without its quotes, anything else as JSON; `None` for null.
fn plain(value: &RawValue) -> Option<String> {
    let raw = value.get();
    if raw.len() > MOST_NESTED_BYTES && !raw.starts_with('"') {
        return Some(raw.to_string());
    }
    match serde_json::from_str(raw) {
        Ok(Value::Null) => None,
        Ok(Value::String(text)) => Some(text),
        Ok(other) => Some(other.to_string()),
        // The parser refuses values that are nested too deeply; their text is kept.
        Err(_) => Some(raw.to_string()),
    }
}
