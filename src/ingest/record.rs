//! A document that has been found, to be decoded by whoever has a thread to spare.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::charset::{decode_field, decode_owned, decode_with};
use super::compression::{Stream, decompress, is_compressed};
use super::document::title;
use super::source::SourceFile;
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
    /// A file that is one document, with its content where it cannot be read again.
    File(SourceFile, Option<Vec<u8>>),
    /// A document whose text is at hand.
    Row(Document),
    /// A line of JSON from a file.
    Json { line: Vec<u8>, source: String, text_fields: Arc<[String]> },
}

impl Record {
    /// Bytes that the record holds in memory until it is loaded.
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Body::File(_, content) => content.as_ref().map_or(0, Vec::len),
            Body::Row(document) => {
                let metadata = document.metadata.iter().map(|(name, value)| name.len() + value.len());
                document.text.len() + metadata.sum::<usize>()
            }
            Body::Json { line, .. } => line.len(),
        }
    }

    /// Reads, decodes and strips the document.
    pub fn load(self, params: &IngestParams) -> Result<Document, IngestError> {
        let is_file = matches!(self.0, Body::File(..));
        let mut document = match self.0 {
            Body::File(file, content) => load_file(file, content, params)?,
            Body::Row(document) => document,
            Body::Json { line, source, text_fields } => json_lines::document(&line, source, &text_fields, params)?,
        };
        if document.text.trim().is_empty() {
            return Err(IngestError::skipped(&document.source, SkipReason::Empty, ""));
        }
        strip(&mut document, params, is_file);
        Ok(document)
    }
}

fn load_file(file: SourceFile, content: Option<Vec<u8>>, params: &IngestParams) -> Result<Document, IngestError> {
    let SourceFile { path, name, folder, .. } = file;
    let bytes = match content {
        Some(bytes) => bytes,
        None => read_file(&path, &name, params)?,
    };
    let format = match params.format {
        Format::Auto => Format::in_folder(&name, &bytes[..bytes.len().min(64)]),
        format => format,
    };
    if is_binary(&bytes, params) {
        return Err(IngestError::skipped(&name, SkipReason::Binary, ""));
    }
    let mut text = decode_owned(bytes, params.forced_encoding());
    if format == Format::Html || params.strip.contains(&Strip::Html) {
        text = html_to_text(text);
    }
    Ok(Document { id: name.clone(), title: String::new(), text, label: folder, source: name, metadata: Vec::new() })
}

fn read_file(path: &Path, name: &str, params: &IngestParams) -> Result<Vec<u8>, IngestError> {
    // It was there when it was listed; who has taken it away since has taken away one document.
    let file = std::fs::File::open(path).map_err(|error| unreadable(name, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let bytes = read_within(&file, size, params).map_err(|error| unreadable(name, &error))?;
    if is_compressed(&bytes) {
        let stream = decompress(Box::new(Cursor::new(bytes).chain(file)));
        return read_bounded(stream.map_err(|error| unreadable(name, &error))?, name, params);
    }
    within_bounds(bytes, name, params)
}

/// At most one byte more than a document may have, of a stream that is said to hold `size`.
fn read_within(stream: impl Read, size: u64, params: &IngestParams) -> std::io::Result<Vec<u8>> {
    let limit = params.max_document_bytes.saturating_add(1);
    // One byte of room more, so that the end is found without growing.
    let mut bytes = Vec::with_capacity(size.saturating_add(1).min(limit).min(1 << 30) as usize);
    stream.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn within_bounds(bytes: Vec<u8>, name: &str, params: &IngestParams) -> Result<Vec<u8>, IngestError> {
    let limit = params.max_document_bytes;
    if bytes.len() as u64 > limit {
        return Err(IngestError::skipped(name, SkipReason::TooLarge, format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

/// All bytes of a stream, unless they are more than a document may have.
pub(super) fn read_bounded(stream: Stream, name: &str, params: &IngestParams) -> Result<Vec<u8>, IngestError> {
    within_bounds(read_within(stream, 0, params).map_err(|error| unreadable(name, &error))?, name, params)
}

fn unreadable(name: &str, error: &std::io::Error) -> IngestError {
    IngestError::skipped(name, SkipReason::Unreadable, error.to_string())
}

/// Known signatures, or a zero byte in a text that is not UTF-16 or UTF-32.
fn is_binary(bytes: &[u8], params: &IngestParams) -> bool {
    if BINARY_STARTS.iter().any(|start| bytes.starts_with(start)) {
        return true;
    }
    let head = &bytes[..bytes.len().min(8192)];
    head.contains(&0) && decode_with(head, params.forced_encoding()).contains('\0')
}

fn strip(document: &mut Document, params: &IngestParams, is_file: bool) {
    if params.strip.contains(&Strip::Html) && !is_file {
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
