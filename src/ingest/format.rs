//! Recognises the format of an input by its name and its first bytes.

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Recognised by the extension, else by the first bytes.
    Auto,
    /// Plain text: a file is a document.
    Text,
    /// HTML: a file is a document, without its markup.
    Html,
    /// A document per line.
    Lines,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Tab-separated values with a header, no quoting and no escapes.
    Tsv,
    /// A JSON object per line.
    Jsonl,
    /// A ready matrix in the coordinate format of MatrixMarket.
    Matrix,
}

names!(Format {
    Auto = "auto",
    Text = "text",
    Html = "html",
    Lines = "lines",
    Csv = "csv",
    Tsv = "tsv",
    Jsonl = "jsonl",
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
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            Some("mtx") => Self::Matrix,
            Some("html" | "htm" | "xhtml") => Self::Html,
            _ if starts_with_any(head, &["%%matrixmarket"]) => Self::Matrix,
            _ if starts_with_any(head, HTML_STARTS) => Self::Html,
            _ => Self::Text,
        }
    }

    /// The format of a file inside a folder. Every such file is one document, so tables are read as text.
    pub(super) fn in_folder(name: &str, head: &[u8]) -> Self {
        match Self::of_file(name, head) {
            Self::Html => Self::Html,
            _ => Self::Text,
        }
    }

    /// The format of standard input by its first bytes. Anything but JSON and a matrix is read as lines, since a single
    /// document has no topics.
    pub(super) fn of_stream(head: &[u8]) -> Self {
        if starts_with_any(head, &["%%matrixmarket"]) {
            Self::Matrix
        } else if starts_with_any(head, &["{"]) {
            Self::Jsonl
        } else {
            Self::Lines
        }
    }
}

/// Whether the content begins with one of `starts`, ignoring case, a byte order mark and leading white space.
fn starts_with_any(head: &[u8], starts: &[&str]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    starts.iter().any(|start| head.len() >= start.len() && head[..start.len()].eq_ignore_ascii_case(start.as_bytes()))
}
