//! What are the documents? This stage finds inputs, decompresses and decodes them, and parses their formats.
//!
//! [`documents`] yields decoded documents; [`records`] yields documents that are found but not yet decoded, so that a
//! caller can decode many in parallel. An error for which [`IngestError::skip`] returns a document leaves out only that
//! document. Every other error means that a container is broken and nobody knows how much is lost; [`records`] ends
//! after it.

#[cfg(feature = "archives")]
mod archive;
mod charset;
mod columns;
mod compression;
mod container;
mod delimiter;
mod document;
#[cfg(feature = "office")]
mod docx;
mod email;
mod error;
mod format;
#[cfg(feature = "html")]
mod html;
mod json_array;
mod json_lines;
mod lines;
mod looks;
#[cfg(feature = "mail")]
mod mail;
mod mailbox;
mod matrix_market;
#[cfg(feature = "spreadsheets")]
mod ods;
#[cfg(feature = "office")]
mod odt;
#[cfg(feature = "office")]
mod office;
#[cfg(feature = "office")]
mod package;
mod params;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "pdf")]
pub(crate) mod pdf;
#[cfg(any(feature = "archives", feature = "parquet", feature = "spreadsheets"))]
mod pull;
mod record;
mod records;
#[cfg(feature = "spreadsheets")]
mod sheet_row;
mod skipped;
mod source;
mod table;
#[cfg(feature = "spreadsheets")]
mod workbook;
#[cfg(feature = "spreadsheets")]
mod xlsx;

pub use charset::decode;
pub use columns::documents_of_rows;
pub(crate) use delimiter::delimiter_of_header;
pub use document::{Document, LABEL_COLUMN};
pub use email::{has_encoded_lines, looks_like_mail};
pub use error::IngestError;
pub use format::Format;
pub use looks::{is_in_table_file, looks_like_html};
pub use matrix_market::{MatrixMarket, MatrixSize, parse_matrix_market, read_matrix_market, read_names};
pub use params::{IngestParams, OnDuplicate, OnError, Strip};
#[cfg(feature = "pdf")]
pub use pdf::read_pdf_with;
pub use record::Record;
pub use records::{Records, documents, records, records_of};
pub use skipped::{SkipReason, Skipped, SkippedDocuments};
pub use source::is_matrix;
pub use table::unusual_delimiter;

/// Largest number of metadata columns (of tables) or fields (of JSON objects) in one corpus. Each document stores a
/// value for each column, so that fields whose names differ from row to row would fill the memory.
pub const MOST_COLUMNS: usize = 1000;

/// The path that stands for standard input in a list of inputs.
pub const STDIN: &str = "-";
