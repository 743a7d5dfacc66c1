//! Names the formats of a table, and passes a table on to the exporter of its format.

use super::array_files::{json_arrays, npz, safetensors};
use super::sparse::{lda_c, mallet, matrix_market, svm_light, uci};
use super::{Content, Csv, ExportError, Exporter, Json, JsonLines, MatrixMarket, Npy, Table, Tsv};

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
    /// A zip file of NumPy arrays.
    Npz,
    /// Tensors in the format of Hugging Face.
    Safetensors,
    /// An Excel workbook.
    Xlsx,
    /// Parquet.
    Parquet,
    /// SVMlight (libsvm).
    SvmLight,
    /// The bag of words of the UCI repository.
    Uci,
    /// Blei's lda-c.
    LdaC,
    /// MALLET's doc-topics.
    Mallet,
}

names!(TableFormat {
    Csv = "csv",
    Tsv = "tsv",
    Json = "json",
    JsonLines = "jsonl",
    Npy = "npy",
    MatrixMarket = "mtx",
    Npz = "npz",
    Safetensors = "safetensors",
    Xlsx = "xlsx",
    Parquet = "parquet",
    SvmLight = "svmlight",
    Uci = "uci",
    LdaC = "lda-c",
    Mallet = "mallet",
});

impl TableFormat {
    /// Whether the format holds a matrix of numbers, and names at most.
    pub fn is_matrix(self) -> bool {
        let others = [Self::Csv, Self::Tsv, Self::Json, Self::JsonLines, Self::Xlsx, Self::Parquet];
        !others.contains(&self)
    }

    /// Writes what is exported in this format. Fails if the format cannot hold it, or if this build lacks it.
    pub fn write(self, content: &Content) -> Result<Vec<u8>, ExportError> {
        match (self, content) {
            (_, Content::Table(table)) => self.export(table),
            (Self::Xlsx, Content::Sheets(tables)) => workbook(tables),
            (Self::Npz, Content::Arrays(arrays)) => npz(arrays),
            (Self::Safetensors, Content::Arrays(arrays)) => safetensors(arrays),
            (Self::Json, Content::Arrays(arrays)) => json_arrays(arrays),
            (Self::SvmLight, Content::Rows(rows)) => Ok(svm_light(rows).into_bytes()),
            (Self::Uci, Content::Rows(rows)) => Ok(uci(rows).into_bytes()),
            (Self::LdaC, Content::Rows(rows)) => Ok(lda_c(rows).into_bytes()),
            (Self::MatrixMarket, Content::Rows(rows)) => Ok(matrix_market(rows).into_bytes()),
            _ => Err(ExportError::WrongContent { format: self.name(), what: content.name() }),
        }
    }
}

#[cfg(feature = "exports")]
use super::xlsx::xlsx as workbook;

#[cfg(not(feature = "exports"))]
fn workbook(_: &[Table]) -> Result<Vec<u8>, ExportError> {
    Err(ExportError::NotBuilt { format: "xlsx", feature: "exports" })
}

#[cfg(feature = "parquet")]
use super::parquet::parquet;

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Table) -> Result<Vec<u8>, ExportError> {
    Err(ExportError::NotBuilt { format: "parquet", feature: "parquet" })
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
            Self::Parquet => parquet(table),
            Self::Xlsx => workbook(std::slice::from_ref(table)),
            Self::Npz => npz(&table.arrays(self.name())?),
            Self::Safetensors => safetensors(&table.arrays(self.name())?),
            Self::SvmLight => Ok(svm_light(&table.sparse_rows(self.name())?).into_bytes()),
            Self::Mallet if table.name == "document-topics" => {
                Ok(mallet(&table.sparse_rows(self.name())?).into_bytes())
            }
            Self::Mallet | Self::Uci | Self::LdaC => {
                Err(ExportError::WrongContent { format: self.name(), what: table.name.clone() })
            }
        }
    }
}
