//! A document that has been found but not decoded. Documents are found one after another, while decoding can run in
//! parallel: so the two are separate steps.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::charset::{decode_field, decode_owned, decode_with};
use super::columns::Row;
use super::compression::{Stream, decompress, is_compressed};
use super::document::title;
use super::format::HEAD;
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
    b"\xd0\xcf\x11\xe0",
];

/// A document that has been found but not yet decoded.
#[derive(Clone, Debug)]
pub struct Record(pub(super) Body);

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A file that is one document; its content comes along only if it cannot be read again, as from a pipe.
    File(SourceFile, Option<Vec<u8>>),
    /// A line, which is a document.
    Line(Document),
    /// A row of a table.
    Row(Row),
    /// An unparsed line of a JSON Lines file, and the names of the fields that hold its text.
    Json { line: Vec<u8>, source: String, text_fields: Arc<[String]> },
}

impl Record {
    /// Bytes that the record holds in memory until it is loaded, so that a caller can bound how many it collects.
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Body::File(_, content) => content.as_ref().map_or(0, Vec::len),
            Body::Line(document) => document.text.len(),
            Body::Row(row) => row.fields.iter().map(String::len).sum(),
            Body::Json { line, .. } => line.len(),
        }
    }

    /// The fields of a row of a table, or of a JSON object, as they stand in the input: names with values, of rows that
    /// are no documents too. None for what has no fields, as a line or a file.
    pub fn fields(&self) -> Vec<(String, String)> {
        match &self.0 {
            Body::File(..) | Body::Line(_) => Vec::new(),
            Body::Row(row) => row.fields(),
            Body::Json { line, .. } => json_lines::fields(line),
        }
    }

    /// Reads, decodes and strips the document. The error leaves out this document alone, unless a JSON object has more
    /// than [`MOST_COLUMNS`](super::MOST_COLUMNS) fields, which is [`IngestError::Broken`].
    pub fn load(self, params: &IngestParams) -> Result<Document, IngestError> {
        let is_file = matches!(self.0, Body::File(..));
        let is_mail = matches!(&self.0, Body::File(file, _) if file.is_mail(params));
        let mut document = match self.0 {
            Body::File(file, content) => load_file(file, content, params)?,
            Body::Line(document) => document,
            Body::Row(row) => row.document()?,
            Body::Json { line, source, text_fields } => json_lines::document(&line, source, &text_fields, params)?,
        };
        if document.text.trim().is_empty() {
            return Err(IngestError::skipped(&document.source, SkipReason::Empty, ""));
        }
        strip(&mut document, params, is_file, is_mail);
        Ok(document)
    }
}

fn load_file(file: SourceFile, content: Option<Vec<u8>>, params: &IngestParams) -> Result<Document, IngestError> {
    let SourceFile { path, name, folder, format, .. } = file;
    let bytes = match content {
        Some(bytes) if is_compressed(&bytes) => unpacked(bytes, std::io::empty(), &name, params)?,
        Some(bytes) => bytes,
        None => read_file(&path, &name, params)?,
    };
    let format = match format.unwrap_or(params.format) {
        Format::Auto => Format::in_folder(&name, &bytes[..bytes.len().min(HEAD)]),
        format => format,
    };
    match format {
        Format::Mail => return load_mail(&bytes, name, folder, params),
        Format::Office => {
            let text = office_text(bytes, &name)?;
            return Ok(whole(name, folder, text));
        }
        Format::Pdf => {
            let text = pdf_text(&bytes, &name, params)?;
            return Ok(whole(name, folder, text));
        }
        _ => {}
    }
    if is_binary(&bytes, params) {
        return Err(IngestError::skipped(&name, SkipReason::Binary, kind_of(&bytes, &name)));
    }
    let mut text = decode_owned(bytes, params.forced_encoding());
    if format == Format::Html || params.strip.contains(&Strip::Html) {
        text = html_to_text(text);
    }
    Ok(whole(name, folder, text))
}

/// The document that a file is; its title is found once the text is stripped.
fn whole(name: String, folder: Option<String>, text: String) -> Document {
    Document { id: name.clone(), text, label: folder, source: name, ..Document::default() }
}

fn read_file(path: &Path, name: &str, params: &IngestParams) -> Result<Vec<u8>, IngestError> {
    // A file that was removed after it was listed leaves out one document; it does not end the run as `NotFound` would.
    let file = std::fs::File::open(path).map_err(|error| unreadable(name, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let bytes = read_within(&file, size, params).map_err(|error| unreadable(name, &error))?;
    if is_compressed(&bytes) {
        return unpacked(bytes, file, name, params);
    }
    within_bounds(bytes, name, params)
}

/// The content of a compressed file that begins with these bytes.
fn unpacked(
    bytes: Vec<u8>,
    rest: impl Read + Send + 'static,
    name: &str,
    params: &IngestParams,
) -> Result<Vec<u8>, IngestError> {
    let stream = decompress(Box::new(Cursor::new(bytes).chain(rest)));
    read_bounded(stream.map_err(|error| unreadable(name, &error))?, name, params)
}

/// A mail message: its subject is the first line of the text and the title, sender and date are metadata. What
/// [`Strip::Email`] takes off is taken off the body.
#[cfg(feature = "mail")]
fn load_mail(
    bytes: &[u8],
    name: String,
    folder: Option<String>,
    params: &IngestParams,
) -> Result<Document, IngestError> {
    let guess = |bytes: &[u8]| decode_owned(bytes.to_vec(), params.forced_encoding());
    let to_text = |html: &str| html_to_text(html.to_string());
    let mail = super::mail::decode(bytes, to_text, guess)
        .map_err(|problem| IngestError::skipped(&name, SkipReason::Unreadable, problem))?;
    let (subject, body) = match params.strip.contains(&Strip::Email) {
        true => (email::without_reply_marks(&mail.subject).to_string(), email::strip_body(&mail.text)),
        false => (mail.subject, mail.text),
    };
    let text = if subject.is_empty() { body } else { format!("{subject}\n\n{body}") };
    let metadata = vec![("from".to_string(), mail.from), ("date".to_string(), mail.date)];
    Ok(Document { metadata, ..whole(name, folder, text) })
}

#[cfg(not(feature = "mail"))]
fn load_mail(
    bytes: &[u8],
    name: String,
    folder: Option<String>,
    params: &IngestParams,
) -> Result<Document, IngestError> {
    let mut text = decode_owned(bytes.to_vec(), params.forced_encoding());
    if params.strip.contains(&Strip::Email) {
        text = email::strip(&text);
    }
    Ok(whole(name, folder, text))
}

#[cfg(feature = "office")]
fn office_text(bytes: Vec<u8>, name: &str) -> Result<String, IngestError> {
    super::office::text(bytes).map_err(|problem| IngestError::skipped(name, SkipReason::Unreadable, problem))
}

#[cfg(not(feature = "office"))]
fn office_text(bytes: Vec<u8>, name: &str) -> Result<String, IngestError> {
    Err(IngestError::skipped(name, SkipReason::Binary, kind_of(&bytes, name)))
}

#[cfg(feature = "pdf")]
fn pdf_text(bytes: &[u8], name: &str, params: &IngestParams) -> Result<String, IngestError> {
    let text = super::pdf::text(bytes, params.max_document_bytes)
        .map_err(|problem| IngestError::skipped(name, SkipReason::Unreadable, problem))?;
    match text.trim() {
        "" => Err(IngestError::skipped(
            name,
            SkipReason::Empty,
            "a PDF without text: scanned pages must be recognised first",
        )),
        _ => Ok(text),
    }
}

#[cfg(not(feature = "pdf"))]
fn pdf_text(_: &[u8], name: &str, _: &IngestParams) -> Result<String, IngestError> {
    let kind = "a PDF: make it text first, for example with pdftotext, or build with the feature `pdf`";
    Err(IngestError::skipped(name, SkipReason::Binary, kind))
}

/// What a file is that is no text, and what helps.
fn kind_of(bytes: &[u8], name: &str) -> &'static str {
    match Format::of_file(name, bytes) {
        Format::Pdf => "a PDF: read it with --format pdf, or make it text first, for example with pdftotext",
        Format::Spreadsheet => "a spreadsheet: name the file itself as an input",
        Format::Office => "a document that this build cannot read: save it as text, or build with the feature `office`",
        Format::Parquet => "a Parquet file: name the file itself as an input",
        Format::Archive => "an archive: name the file itself as an input",
        _ if bytes.starts_with(b"\xd0\xcf\x11\xe0") => "an old Office file: save it as docx, xlsx or text",
        _ => "",
    }
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
        return Err(IngestError::too_large(name, limit));
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

impl Document {
    /// A document from memory without what [`IngestParams::strip`] takes off; its title is the first line of what is
    /// left then, and where nothing is taken off the one that it has.
    ///
    /// ```
    /// use topicmill::ingest::{Document, IngestParams, Strip};
    /// let params = IngestParams { strip: vec![Strip::Email], ..Default::default() };
    /// let document = Document::new("a", "From: b@c.de\nSubject: ships\n\n> Who sails?\nWe do.").prepared(&params);
    /// assert_eq!(document.title, "ships");
    /// assert!(document.text.contains("We do") && !document.text.contains("Who sails"));
    /// ```
    pub fn prepared(mut self, params: &IngestParams) -> Self {
        if !params.strip.is_empty() {
            strip(&mut self, params, false, false);
        } else if self.title.is_empty() {
            self.title = title(&self.text);
        }
        self
    }
}

fn strip(document: &mut Document, params: &IngestParams, is_file: bool, is_mail: bool) {
    if params.strip.contains(&Strip::Html) && !is_file {
        document.text = html_to_text(std::mem::take(&mut document.text));
    }
    if params.strip.contains(&Strip::Email) && !is_mail {
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
    Record(Body::Line(Document { id: source.clone(), text, source, ..Default::default() }))
}
