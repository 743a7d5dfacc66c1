//! What should a program get? This stage makes tables of a model and writes them, with one file per format.

mod comparison;
mod delimited;
mod explanation;
mod format;
mod groups;
mod json;
mod matrix_market;
mod name_prompts;
mod npy;
mod number;
mod reports;
mod search;
mod selection;
mod table;
mod tables;

pub use comparison::{comparison_json, comparison_table};
pub use delimited::{Csv, Tsv};
pub use explanation::explanation_json;
pub use format::TableFormat;
pub use groups::{changes_table, groups_json, groups_table, wide_groups_table};
pub use json::{Json, JsonLines, VERSION};
pub use matrix_market::{MatrixMarket, write_matrix_market};
pub use npy::Npy;
pub use number::shortest;
pub use reports::{clusters_json, clusters_table, evaluation_json, evaluation_table, topics_json, topics_table};
pub use search::word_json;
pub use selection::{selection_json, selection_table};
pub use table::{Column, Table, Values};
pub use tables::{TableName, TableOptions, table, topic_columns};

use std::io;

/// Writes tables in one format. A new format is a new type with this trait.
pub trait Exporter {
    /// Returns the table as bytes. Fails if the format cannot hold it.
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError>;
}

/// Why a table could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The format holds only matrices of numbers, and the table is not one.
    #[error("{format} holds a matrix of numbers, and {table} is not one")]
    NotNumeric {
        /// Name of the format.
        format: &'static str,
        /// Name of the table.
        table: String,
    },
    /// Writing the table failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ExportError {
    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotNumeric { .. } => Some(
                "npy and mtx take document-topics and topic-terms; any table goes to csv, tsv, json or jsonl".into(),
            ),
            Self::Io(_) => None,
        }
    }
}
