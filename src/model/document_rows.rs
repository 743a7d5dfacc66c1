//! How a model directory stores the rows of documents: H, and H of V where topics were sharpened.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use super::{DocumentTable, npy};
use crate::factorize::FactorMatrix;

/// The form of the rows of documents in a model directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// A NumPy array, documents × topics.
    #[default]
    Npy,
    /// A Parquet table with a row per document, in the order of `documents.tsv`: `id`, and `topic_0`, `topic_1` … as
    /// single-precision numbers. Spark, DuckDB and pandas read it, and zeros take hardly any place.
    Parquet,
}

names!(RowFormat { Npy = "npy", Parquet = "parquet" });

impl RowFormat {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The file of H, documents × topics.
    pub(super) fn document_topic(self) -> &'static str {
        match self {
            Self::Npy => "document_topic.npy",
            Self::Parquet => "document_topic.parquet",
        }
    }

    /// The file of H of V, where the file of H has shares of sharpened topics.
    pub(super) fn factor_document_topic(self) -> &'static str {
        match self {
            Self::Npy => "factor_document_topic.npy",
            Self::Parquet => "factor_document_topic.parquet",
        }
    }

    /// Writes rows; `rows` gives those of a range of documents.
    pub(super) fn write(
        self,
        documents: &DocumentTable,
        n_topics: usize,
        rows: &dyn Fn(Range<usize>) -> io::Result<FactorMatrix>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Npy => {
                out.write_all(&npy::head("<f4", &format!("{}, {n_topics}", documents.len())))?;
                npy::write_ranges(documents.len(), rows, out)
            }
            Self::Parquet => write_table(documents, n_topics, rows, out),
        }
    }
}

/// Reads a Parquet table of rows, which must have this shape (documents, topics). The error says what is wrong with it.
pub(super) fn read_parquet(path: &Path, shape: (usize, usize)) -> Result<FactorMatrix, String> {
    read_table(path, shape)
}

#[cfg(feature = "parquet")]
use super::parquet_rows::{read as read_table, write as write_table};

#[cfg(not(feature = "parquet"))]
fn write_table(
    _: &DocumentTable,
    _: usize,
    _: &dyn Fn(Range<usize>) -> io::Result<FactorMatrix>,
    _: &mut dyn Write,
) -> io::Result<()> {
    Err(io::Error::other("this build writes no Parquet: build it with the feature `parquet`"))
}

#[cfg(not(feature = "parquet"))]
fn read_table(_: &Path, _: (usize, usize)) -> Result<FactorMatrix, String> {
    Err("is a Parquet file, which this build cannot read: build it with the feature `parquet`".into())
}
