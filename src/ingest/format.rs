//! Which format is an input in?

use serde::{Deserialize, Serialize};

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// By extension and content.
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
    /// A ready matrix in MatrixMarket coordinates.
    Matrix,
}

const COMPRESSIONS: &[&str] = &[".gz", ".zst", ".bz2"];

/// Content of an HTML file begins with one of these, case and white space aside.
const HTML_STARTS: &[&str] = &["<!doctype html", "<html"];

impl Format {
    /// The format that a file's name and first bytes show; text where they show nothing.
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

    /// The format of a file inside a folder, where tables are read as text.
    pub(super) fn in_folder(name: &str, head: &[u8]) -> Self {
        match Self::of_file(name, head) {
            Self::Html => Self::Html,
            _ => Self::Text,
        }
    }

    /// The format of standard input, by its first bytes: lines where they show nothing else.
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

/// Whether the content begins so, white space, byte order mark and case aside.
fn starts_with_any(head: &[u8], starts: &[&str]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    starts.iter().any(|start| head.len() >= start.len() && head[..start.len()].eq_ignore_ascii_case(start.as_bytes()))
}
