//! A document that has been found, to be decoded by whoever has a thread to spare.

use std::io::Read;
use std::path::Path;

use super::charset::{decode_field, decode_with};
use super::compression::decompress;
use super::document::title;
use super::source::{SourceFile, open};
use super::{Document, Format, IngestError, IngestParams, SkipReason, Strip, email, json_lines};

/// First bytes of files that are no text.
const BINARY_STARTS: &[&[u8]] = &[
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x7fELF",
    b"MZ\x90",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\xca\xfe\xba\xbe",
    b"\x00asm",
];

/// A document not yet decoded.
#[derive(Clone, Debug)]
pub struct Record(pub(super) Body);

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A file that is one document.
    File(SourceFile),
    /// A document whose text is at hand.
    Row(Document),
    /// A line of JSON from a file.
    Json { line: Vec<u8>, source: String },
}

impl Record {
    /// Bytes that the record holds in memory until it is loaded.
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Body::File(_) => 0,
            Body::Row(document) => document.text.len(),
            Body::Json { line, .. } => line.len(),
        }
    }

    /// Reads, decodes and strips the document.
    pub fn load(self, params: &IngestParams) -> Result<Document, IngestError> {
        let mut document = match self.0 {
            Body::File(file) => load_file(file, params)?,
            Body::Row(document) => document,
            Body::Json { line, source } => json_lines::document(&line, source, params)?,
        };
        if document.text.trim().is_empty() {
            return Err(IngestError::skipped(&document.source, SkipReason::Empty, ""));
        }
        strip(&mut document, params);
        Ok(document)
    }
}

fn load_file(file: SourceFile, params: &IngestParams) -> Result<Document, IngestError> {
    let SourceFile { path, name, folder, .. } = file;
    let bytes = read_bounded(&path, &name, params.max_document_bytes)?;
    let format = match params.format {
        Format::Auto => Format::in_folder(&name, &bytes[..bytes.len().min(64)]),
        format => format,
    };
    if is_binary(&bytes) && params.encoding.is_none() {
        return Err(IngestError::skipped(&name, SkipReason::Binary, ""));
    }
    let mut text = decode_with(&bytes, params.forced_encoding());
    if format == Format::Html {
        text = html_to_text(text);
    }
    Ok(Document { id: name.clone(), title: String::new(), text, label: folder, source: name, metadata: Vec::new() })
}

fn read_bounded(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, IngestError> {
    let unreadable = |error: std::io::Error| IngestError::skipped(name, SkipReason::Unreadable, error.to_string());
    let stream = match open(path) {
        Err(IngestError::Io { error, .. }) => return Err(unreadable(error)),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    let mut stream = decompress(stream).map_err(unreadable)?.take(limit + 1);
    stream.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(IngestError::skipped(name, SkipReason::TooLarge, format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Known signatures, or a zero byte in a text that is not UTF-16 or UTF-32.
fn is_binary(bytes: &[u8]) -> bool {
    if BINARY_STARTS.iter().any(|start| bytes.starts_with(start)) {
        return true;
    }
    let head = &bytes[..bytes.len().min(8192)];
    head.contains(&0) && decode_with(head, None).contains('\0')
}

fn strip(document: &mut Document, params: &IngestParams) {
    if params.strip.contains(&Strip::Html) {
        document.text = html_to_text(std::mem::take(&mut document.text));
    }
    if params.strip.contains(&Strip::Email) {
        document.text = email::strip(&document.text);
    }
    document.title = title(&document.text);
}

#[cfg(feature = "html")]
fn html_to_text(html: String) -> String {
    super::html::to_text(&html)
}

#[cfg(not(feature = "html"))]
fn html_to_text(html: String) -> String {
    html
}

/// A line that is a document.
pub(super) fn line_record(line: &[u8], source: String) -> Record {
    let text = decode_field(line).into_owned();
    Record(Body::Row(Document { id: source.clone(), text, source, ..Default::default() }))
}
