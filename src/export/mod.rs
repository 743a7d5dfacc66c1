//! What should a program get? This stage makes tables of a model and writes them, with one file per format.

mod array_files;
mod comparison;
mod content;
mod delimited;
mod explanation;
mod format;
mod groups;
mod json;
mod matrix_market;
mod name_prompts;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;
mod pyldavis;
mod number;
mod reports;
mod search;
mod selection;
mod sparse;
mod stream;
mod structure;
mod table;
mod tables;
mod update;
#[cfg(feature = "exports")]
mod xlsx;

pub use comparison::{comparison_json, comparison_table};
pub use content::{Array, Content, SparseRows};
pub use delimited::{Csv, Tsv};
pub use explanation::explanation_json;
pub use format::TableFormat;
pub use groups::{changes_table, groups_json, groups_table, wide_groups_table};
pub use json::{Json, JsonLines, VERSION};
pub use matrix_market::{MatrixMarket, write_matrix_market, write_matrix_market_head, write_matrix_market_part};
pub use npy::Npy;
pub use number::shortest;
pub use pyldavis::pyldavis_arrays;
pub use reports::{
    clusters_json, clusters_table, evaluation_json, evaluation_table, topic_summaries_table, topics_json, topics_table,
    tree_json, values_json,
};
pub use search::word_json;
pub use selection::{selection_json, selection_table};
pub use stream::{StreamFormat, TableStream};
pub use table::{Column, Table, Values, level_columns, topic_columns};
pub use tables::{TableName, TableOptions, content};
pub use update::{update_json, update_table};

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
    /// The format has no place for it.
    #[error("{format} cannot hold {what}")]
    WrongContent {
        /// Name of the format.
        format: &'static str,
        /// What was to be written.
        what: String,
    },
    /// The model's documents were counted without views.
    #[error("the model has no views, so that there is no table of values")]
    NoViews,
    /// The table is of models that were fitted in another form.
    #[error("the model has no table {table}: it was not fitted with variant = {variant}")]
    NoStructure {
        /// Name of the table.
        table: &'static str,
        /// The form that has it.
        variant: &'static str,
    },
    /// This build lacks the format.
    #[error("this build does not write {format}")]
    NotBuilt {
        /// Name of the format.
        format: &'static str,
        /// The feature that has it.
        feature: &'static str,
    },
    /// The table has more rows or columns than the format allows.
    #[error("{table} has more rows or columns than {format} can hold")]
    TooLarge {
        /// Name of the table.
        table: String,
        /// Name of the format.
        format: &'static str,
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
                "only document-topics and topic-terms are; any table goes to csv, tsv, json, jsonl, xlsx or parquet"
                    .into(),
            ),
            Self::WrongContent { what, .. } => Some(match what.as_str() {
                "counts" => "counts go to svmlight, uci, lda-c or mtx".into(),
                "pyldavis" => "pyldavis goes to json, npz or safetensors".into(),
                "all" => "all tables together go to xlsx".into(),
                "document-topics" => "document-topics go to every format but uci and lda-c, which take counts".into(),
                _ => "any table goes to csv, tsv, json, jsonl, xlsx or parquet".into(),
            }),
            Self::NoViews => {
                Some("fit --view NAME=COLUMN counts the values of a metadata column beside the words".into())
            }
            Self::NoStructure { variant, .. } => {
                Some(format!("topicmill fit INPUT --variant {variant} makes one that has it"))
            }
            Self::NotBuilt { feature, .. } => {
                Some(format!("build it with the feature `{feature}`, or take csv, tsv, json or jsonl"))
            }
            Self::TooLarge { .. } => Some("take csv or parquet".into()),
            Self::Io(_) => None,
        }
    }
}
