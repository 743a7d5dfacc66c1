//! Texts kept beside a model, compressed block by block.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

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
