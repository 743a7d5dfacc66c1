//! A document that has been found but not decoded. Documents are found one after another, while decoding can run in
//! parallel: so the two are separate steps.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::charset::{decode_field, decode_owned, decode_with};
use super::compression::{Stream, decompress, is_compressed};
use super::document::title;
use super::source::SourceFile;
use super::{Document, Format, IngestError, IngestParams, SkipReason, Strip, email, json_lines};

/// First bytes of files that are not text: PDF, images, archives, programs.
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

/// A document that has been found but not yet decoded.
#[derive(Clone, Debug)]
pub struct Record(pub(super) Body);

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A file that is one document; its content comes along only if it cannot be read again, as from a pipe.
    File(SourceFile, Option<Vec<u8>>),
    /// A document whose text is decoded already: a line or a table row.
    Row(Document),
    /// An unparsed line of a JSON Lines file, and the names of the fields that hold its text.
    Json { line: Vec<u8>, source: String, text_fields: Arc<[String]> },
}

impl Record {
    /// Bytes that the record holds in memory until it is loaded, so that a caller can bound how many it collects.
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

    /// Reads, decodes and strips the document. The error leaves out this document alone, unless a JSON object has more
    /// than [`MOST_COLUMNS`](super::MOST_COLUMNS) fields, which is [`IngestError::Broken`].
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
    // A file that was removed after it was listed leaves out one document; it does not end the run as `NotFound` would.
    let file = std::fs::File::open(path).map_err(|error| unreadable(name, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let bytes = read_within(&file, size, params).map_err(|error| unreadable(name, &error))?;
    if is_compressed(&bytes) {
        let stream = decompress(Box::new(Cursor::new(bytes).chain(file)));
        return read_bounded(stream.map_err(|error| unreadable(name, &error))?, name, params);
    }
    within_bounds(bytes, name, params)
}

/// Reads a stream up to one byte beyond the limit of a document, which is enough to see that it is too large. `size` is
/// the expected number of bytes; a wrong one costs memory or time, but changes no result.
fn read_within(stream: impl Read, size: u64, params: &IngestParams) -> std::io::Result<Vec<u8>> {
    let limit = params.max_document_bytes.saturating_add(1);
    // One byte of extra room lets `read_to_end` find the end without growing the buffer.
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

/// All bytes of a stream; one that is longer than `max_document_bytes` is skipped as too large.
pub(super) fn read_bounded(stream: Stream, name: &str, params: &IngestParams) -> Result<Vec<u8>, IngestError> {
    within_bounds(read_within(stream, 0, params).map_err(|error| unreadable(name, &error))?, name, params)
}

fn unreadable(name: &str, error: &std::io::Error) -> IngestError {
    IngestError::skipped(name, SkipReason::Unreadable, error.to_string())
}

/// Whether a file is not text: it begins with a known signature, or its first 8 KiB hold a zero character. Zeros are
/// looked for after decoding, since UTF-16 and UTF-32 have zero bytes in ordinary text.
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

/// The record of a line that is a document of its own.
pub(super) fn line_record(line: &[u8], source: String) -> Record {
    let text = decode_field(line).into_owned();
    Record(Body::Row(Document { id: source.clone(), text, source, ..Default::default() }))
}
