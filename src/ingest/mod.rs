//! What are the documents? Sources, compression, character sets, formats.
//!
//! [`documents`] gives one document after another; [`records`] gives what has been found but not yet decoded, so that a
//! caller can decode many at once. A bad document is an error that [`IngestError::skip`] knows; every other error means
//! that a container is broken and nobody knows how much is lost, and is the last item.

mod charset;
mod compression;
mod document;
mod email;
mod error;
mod format;
#[cfg(feature = "html")]
mod html;
mod json_lines;
mod lines;
mod matrix_market;
mod params;
mod record;
mod records;
mod skipped;
mod source;
mod table;

pub use charset::decode;
pub use document::Document;
pub use error::IngestError;
pub use format::Format;
pub use matrix_market::{MatrixMarket, MatrixSize, parse_matrix_market, read_matrix_market, read_names};
pub use params::{IngestParams, OnError, Strip};
pub use record::Record;
pub use records::{Records, documents, records, records_of};
pub use skipped::{SkipReason, Skipped, SkippedDocuments};
pub use source::is_matrix;

/// Most metadata columns of a table, or fields of objects, in one corpus.
pub const MOST_COLUMNS: usize = 1000;

/// The name of standard input among inputs.
pub const STDIN: &str = "-";
