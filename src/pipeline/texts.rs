//! Texts kept beside a model: compressed block by block, and read again where no input is named.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::ingest::{Format, IngestParams};
use crate::model::{ModelError, TopicModel};

/// What is read with a model: the inputs, or where none is named the texts that the model keeps, which are read as they
/// are; `None` if it keeps none.
pub(super) fn inputs_or_texts(
    model: &TopicModel,
    inputs: &[PathBuf],
    params: &IngestParams,
) -> Result<Option<(Vec<PathBuf>, IngestParams)>, ModelError> {
    if !inputs.is_empty() {
        return Ok(Some((inputs.to_vec(), params.clone())));
    }
    let Some(texts) = &model.texts else { return Ok(None) };
    let max_document_bytes = params.max_document_bytes;
    let params = IngestParams { format: Format::Jsonl, max_document_bytes, ..IngestParams::default() };
    Ok(Some((vec![texts.checked_file()?.clone()], params)))
}

/// Writes texts as JSON Lines, `{"id", "text"}`, into a gzip member of its own: members of several blocks, one after
/// another, are a gzip file again.
pub(super) struct TextWriter(Option<GzEncoder<Vec<u8>>>);

impl TextWriter {
    /// One that keeps texts, or drops them.
    pub(super) fn new(keeps: bool) -> Self {
        Self(keeps.then(|| GzEncoder::new(Vec::new(), Compression::default())))
    }

    pub(super) fn add(&mut self, id: &str, text: &str) {
        if let Some(out) = &mut self.0 {
            // Writing into memory cannot fail.
            let _ = writeln!(out, "{}", serde_json::json!({ "id": id, "text": text }));
        }
    }

    /// The compressed bytes; none if texts are dropped.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.and_then(|out| out.finish().ok()).unwrap_or_default()
    }
}
