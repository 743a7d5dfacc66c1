//! Parameters of the stage `ingest`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Format, IngestError};

/// How inputs are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestParams {
    /// Format of the inputs: `auto` (by extension and content), `text`, `html`, `mail` (a message), `office` (docx,
    /// odt), `lines`, `csv`, `tsv`, `jsonl`, `json` (an array), `spreadsheet` (xlsx, ods), `mbox`, `archive` (zip,
    /// tar), `matrix` (MatrixMarket). Inside a folder or archive `auto` reads every file as one document.
    pub format: Format,
    /// Character set of the inputs, by its label (`latin1`, `shift_jis`); else byte order mark, declaration, detection.
    pub encoding: Option<String>,
    /// Columns or fields of a table that hold the text, joined by blank lines; else `text`, or the only column.
    pub text_column: Vec<String>,
    /// Column or field that holds the id; else `id`, where there is one.
    pub id_column: Option<String>,
    /// Column or field that holds the label; else `label`, where there is one.
    pub label_column: Option<String>,
    /// Column or field that holds the date, which stays among the metadata; else the one that looks like dates.
    pub date_column: Option<String>,
    /// Character between the fields of tables; else recognised for CSV (comma, semicolon, tab, bar), and a tab for TSV.
    pub delimiter: Option<char>,
    /// Quote character of tables; else `"` for CSV and for the tables of a model, and none for other TSV.
    pub quote: Option<char>,
    /// Read hidden files and folders too.
    pub hidden: bool,
    /// What to take off the text: `email` (header block, quoted lines, signature), `html` (markup).
    pub strip: Vec<Strip>,
    /// Largest document in bytes (decompressed); larger ones are skipped.
    pub max_document_bytes: u64,
    /// What becomes of documents that are nearly the same as others: `keep`, `weight` (a group counts as one document
    /// where topics are learned, and each keeps its row) or `drop` (all but the first of a group are left out).
    pub duplicates: OnDuplicate,
    /// What a bad document does: `skip` (it is counted and listed) or `stop`.
    pub on_error: OnError,
    /// Keep the texts of the documents, compressed, beside the model or matrix.
    pub keep_texts: bool,
    /// A ready matrix has a row per document, not per term.
    pub transposed: bool,
    /// File with the names of a ready matrix' terms, one a line (of a table the first field); else numbers from 1.
    pub term_names: Option<PathBuf>,
    /// File with the names of a ready matrix' documents, one a line (of a table the first field); else numbers from 1.
    pub document_names: Option<PathBuf>,
    /// MatrixMarket file of a ready matrix' size whose entries are the places that are missing, whatever the matrix has
    /// there; `NaN` in the matrix itself is missing too.
    pub mask: Option<PathBuf>,
}

impl Default for IngestParams {
    fn default() -> Self {
        Self {
            format: Format::Auto,
            encoding: None,
            text_column: Vec::new(),
            id_column: None,
            label_column: None,
            date_column: None,
            delimiter: None,
            quote: None,
            hidden: false,
            strip: Vec::new(),
            max_document_bytes: 64 << 20,
            duplicates: OnDuplicate::Keep,
            on_error: OnError::Skip,
            keep_texts: false,
            transposed: false,
            term_names: None,
            document_names: None,
            mask: None,
        }
    }
}

impl IngestParams {
    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), IngestError> {
        if let Some(label) = &self.encoding
            // The WHATWG standard decodes a text in some old encodings to a single U+FFFD: they are refused.
            && encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).is_none()
        {
            let (found, expected) = (format!("{label:?}"), "a label of the WHATWG Encoding Standard, such as utf-8");
            return Err(IngestError::Parameter { key: "encoding", found, expected });
        }
        if self.max_document_bytes == 0 {
            return Err(IngestError::Parameter {
                key: "max_document_bytes",
                found: "0".into(),
                expected: "at least 1",
            });
        }
        match self.delimiter {
            Some(delimiter)
                if !delimiter.is_ascii() || matches!(delimiter, '\r' | '\n') || self.delimiter == self.quote =>
            {
                let found = format!("{delimiter:?}");
                let expected = "an ASCII character that is no line end and no quote";
                return Err(IngestError::Parameter { key: "delimiter", found, expected });
            }
            _ => {}
        }
        match self.quote {
            Some(quote) if !quote.is_ascii() => {
                Err(IngestError::Parameter { key: "quote", found: quote.to_string(), expected: "an ASCII character" })
            }
            Some(quote @ (',' | '\t' | '\r' | '\n')) => {
                let found = format!("{quote:?}");
                Err(IngestError::Parameter { key: "quote", found, expected: "a character that separates nothing" })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn forced_encoding(&self) -> Option<&'static encoding_rs::Encoding> {
        self.encoding.as_ref().and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
    }
}

/// What is taken off a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strip {
    /// Header block, quoted lines and signature of a mail or news message.
    Email,
    /// HTML markup of any text, not of `.html` files alone.
    Html,
}

names!(Strip { Email = "email", Html = "html" });

/// What becomes of documents that are nearly the same as others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDuplicate {
    /// They are documents like any others.
    Keep,
    /// A group counts as one document where topics are learned.
    Weight,
    /// All but the first of a group are left out.
    Drop,
}

names!(OnDuplicate { Keep = "keep", Weight = "weight", Drop = "drop" });

/// What a bad document does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It is skipped, counted and listed.
    Skip,
    /// It ends the run.
    Stop,
}

names!(OnError { Skip = "skip", Stop = "stop" });
