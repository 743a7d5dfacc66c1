//! Names the formats of a table, and passes a table on to the exporter of its format.

use super::{Csv, ExportError, Exporter, Json, JsonLines, MatrixMarket, Npy, Table, Tsv};

/// Format of an exported table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object.
    Json,
    /// A JSON object per row.
    JsonLines,
    /// A NumPy array.
    Npy,
    /// MatrixMarket coordinates.
    MatrixMarket,
}

names!(TableFormat {
    Csv = "csv",
    Tsv = "tsv",
    Json = "json",
    JsonLines = "jsonl",
    Npy = "npy",
    MatrixMarket = "mtx",
});

impl TableFormat {
    /// Whether the format holds a matrix of numbers and nothing else.
    pub fn is_matrix(self) -> bool {
        matches!(self, Self::Npy | Self::MatrixMarket)
    }
}

impl Exporter for TableFormat {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Csv => Csv.export(table),
            Self::Tsv => Tsv.export(table),
            Self::Json => Json.export(table),
            Self::JsonLines => JsonLines.export(table),
            Self::Npy => Npy.export(table),
            Self::MatrixMarket => MatrixMarket.export(table),
        }
    }
}
