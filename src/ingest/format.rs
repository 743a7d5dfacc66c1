//! Recognises the format of an input by its name and its first bytes.

use super::delimiter::delimiter_of_header;
use super::mailbox::is_separator;

/// Bytes of a file that are looked at.
pub(super) const HEAD: usize = 4096;

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Recognised by the extension, else by the first bytes.
    Auto,
    /// Plain text: a file is a document.
    Text,
    /// HTML: a file is a document, without its markup.
    Html,
    /// A mail message, decoded: a file is a document.
    Mail,
    /// A Word document (docx) or an OpenDocument text (odt): a file is a document.
    Office,
    /// A PDF: a file is a document.
    Pdf,
    /// A document per line.
    Lines,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Tab-separated values with a header, no quoting and no escapes.
    Tsv,
    /// A JSON object per line.
    Jsonl,
    /// A JSON array of objects.
    Json,
    /// A Parquet file: a table of columns.
    Parquet,
    /// A workbook (xlsx, ods) whose sheets have a header and a document per row.
    Spreadsheet,
    /// Mail messages one after another.
    Mbox,
    /// A zip or tar file, whose members are read as the files of a folder.
    Archive,
    /// A ready matrix in the coordinate format of MatrixMarket.
    Matrix,
}

names!(Format {
    Auto = "auto",
    Text = "text",
    Html = "html",
    Mail = "mail",
    Office = "office",
    Pdf = "pdf",
    Lines = "lines",
    Csv = "csv",
    Tsv = "tsv",
    Jsonl = "jsonl",
    Json = "json",
    Parquet = "parquet",
    Spreadsheet = "spreadsheet",
    Mbox = "mbox",
    Archive = "archive",
    Matrix = "matrix",
});

const COMPRESSIONS: &[&str] = &[".gz", ".zst", ".bz2"];

/// A file is HTML if its content begins with one of these; case and leading white space are ignored.
const HTML_STARTS: &[&str] = &["<!doctype html", "<html"];

impl Format {
    /// The format by the extension in front of any `.gz`, `.zst` or `.bz2`, else by the first bytes, else text.
    pub(super) fn of_file(name: &str, head: &[u8]) -> Self {
        let lower = name.to_ascii_lowercase();
        let name = COMPRESSIONS.iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(&lower);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv") => Self::Csv,
            Some("tsv" | "tab") => Self::Tsv,
            Some("json" | "jsonl" | "ndjson") if starts_with_any(head, &["["]) => Self::Json,
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            Some("eml") => Self::Mail,
            Some("docx" | "odt") => Self::Office,
            Some("pdf") => Self::Pdf,
            Some("parquet" | "pq") => Self::Parquet,
            Some("xlsx" | "xlsm" | "ods") => Self::Spreadsheet,
            Some("mbox" | "mbx") => Self::Mbox,
            Some("zip" | "tar" | "tgz" | "tbz2" | "tzst") => Self::Archive,
            Some("mtx") => Self::Matrix,
            Some("html" | "htm" | "xhtml") => Self::Html,
            _ if starts_with_any(head, &["%%matrixmarket"]) => Self::Matrix,
            _ if starts_with_any(head, HTML_STARTS) => Self::Html,
            _ if head.starts_with(b"%PDF-") => Self::Pdf,
            _ if head.starts_with(b"PAR1") => Self::Parquet,
            _ if is_archive(head) => Self::Archive,
            _ if is_separator(head.split(|byte| *byte == b'\n').next().unwrap_or_default()) => Self::Mbox,
            _ => Self::Text,
        }
    }

    /// The format of a file inside a folder. Every such file is one document, so tables are read as text.
    pub(super) fn in_folder(name: &str, head: &[u8]) -> Self {
        let format = Self::of_file(name, head);
        if format.is_whole() { format } else { Self::Text }
    }

    /// The format of standard input by its first bytes: a table where the first line is a header that has the column
    /// of the text. What is not recognised is read as lines, since a single document has no topics.
    pub(super) fn of_stream(head: &[u8], text_columns: &[String]) -> Self {
        if starts_with_any(head, &["%%matrixmarket"]) {
            Self::Matrix
        } else if starts_with_any(head, &["{"]) {
            Self::Jsonl
        } else if starts_with_any(head, &["[{", "[\n", "[\r\n", "[ "]) {
            Self::Json
        } else if head.starts_with(b"PAR1") {
            Self::Parquet
        } else if is_archive(head) {
            Self::Archive
        } else if is_separator(head.split(|byte| *byte == b'\n').next().unwrap_or_default()) {
            Self::Mbox
        } else {
            let asked: Vec<&str> = text_columns.iter().map(String::as_str).collect();
            match delimiter_of_header(head, if asked.is_empty() { &["text"] } else { &asked }) {
                Some(b'\t') => Self::Tsv,
                Some(_) => Self::Csv,
                None => Self::Lines,
            }
        }
    }

    /// Whether a file of this format is one document.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Text | Self::Html | Self::Mail | Self::Office | Self::Pdf)
    }
}

/// Whether the content begins as a zip file or as a tar file does.
fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.get(257..262) == Some(b"ustar")
}

/// Whether the content begins with one of `starts`, ignoring case, a byte order mark and leading white space.
fn starts_with_any(head: &[u8], starts: &[&str]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    starts.iter().any(|start| head.len() >= start.len() && head[..start.len()].eq_ignore_ascii_case(start.as_bytes()))
}
