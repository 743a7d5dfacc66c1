//! What should a program get? Tables of a model, one file per format.

mod delimited;
mod format;
mod json;
mod matrix_market;
mod npy;
mod number;
mod reports;
mod table;
mod tables;

pub use delimited::{Csv, Tsv};
pub use format::TableFormat;
pub use json::{Json, JsonLines, VERSION};
pub use matrix_market::{MatrixMarket, write_matrix_market};
pub use npy::Npy;
pub use number::shortest;
pub use reports::{clusters_json, clusters_table, topics_json, topics_table};
pub use table::{Column, Table, Values};
pub use tables::{TableName, TableOptions, table, topic_columns};

use std::io;

/// Writes tables in one format; an extension seam.
pub trait Exporter {
    /// The table's bytes, or why the format cannot hold it.
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError>;
}

/// Why a table could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format holds numbers alone.
    #[error("{format} holds a matrix of numbers, and {table} is not one")]
    NotNumeric {
        /// The format.
        format: &'static str,
        /// The table.
        table: String,
    },
    /// The writer failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ExportError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotNumeric { .. } => Some(
                "npy and mtx take document-topics and topic-terms; any table goes to csv, tsv, json or jsonl".into(),
            ),
            Self::Io(_) => None,
        }
    }
}
