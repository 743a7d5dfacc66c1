//! What is exported: a table, several of them, a sparse matrix, or arrays by name.

use super::matrix_market::matrix_columns;
use super::{ExportError, Table, Values};

/// What an exporter writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A table.
    Table(Table),
    /// Several tables, each of which is a sheet.
    Sheets(Vec<Table>),
    /// Documents as sparse rows.
    Rows(SparseRows),
    /// Arrays by name.
    Arrays(Vec<(String, Array)>),
}

/// Rows of a sparse matrix, with the names and the labels of documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    /// Number of columns.
    pub n_columns: usize,
    /// The entries of each row that are not 0, as (column, value), ascending.
    pub rows: Vec<Vec<(u32, f64)>>,
    /// The id of each row.
    pub ids: Vec<String>,
    /// The title of each row, which can be empty.
    pub titles: Vec<String>,
    /// The label of each row, which can be empty.
    pub labels: Vec<String>,
}

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Numbers in rows.
    Matrix {
        /// Number of columns.
        n_columns: usize,
        /// The numbers, row after row.
        values: Vec<f32>,
    },
    /// Numbers.
    Numbers(Vec<f64>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Content {
    /// Puts an apostrophe before texts of tables that a spreadsheet would take for formulas.
    pub fn escape_formulas(self, escapes: bool) -> Self {
        match self {
            Self::Table(table) => Self::Table(table.escape_formulas(escapes)),
            Self::Sheets(tables) => {
                Self::Sheets(tables.into_iter().map(|table| table.escape_formulas(escapes)).collect())
            }
            other => other,
        }
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Table(table) => table.name.clone(),
            Self::Sheets(_) => "all".into(),
            Self::Rows(_) => "counts".into(),
            Self::Arrays(_) => "pyldavis".into(),
        }
    }
}

impl Table {
    /// The rows of a matrix of documents without their zeros. Fails, with the name of the format, if it is none.
    pub(super) fn sparse_rows(&self, format: &'static str) -> Result<SparseRows, ExportError> {
        let columns = matrix_columns(self, format)?;
        let texts = |name: &str| -> Vec<String> {
            let found = self.columns.iter().find(|column| column.name == name).map(|column| &column.values);
            match found {
                Some(Values::Text(texts)) => texts.clone(),
                _ => vec![String::new(); self.n_rows()],
            }
        };
        let entry = |row: usize| {
            let values = (0..).zip(&columns).map(move |(column, values)| (column, f64::from(values[row])));
            values.filter(|(_, value)| *value != 0.0).collect()
        };
        let rows = (0..self.n_rows()).map(entry).collect();
        Ok(SparseRows {
            n_columns: columns.len(),
            rows,
            ids: texts("id"),
            titles: texts("title"),
            labels: texts("label"),
        })
    }

    /// The numbers of a matrix with the names of its rows and columns. Fails, with the name of the format, if it is none.
    pub(super) fn arrays(&self, format: &'static str) -> Result<Vec<(String, Array)>, ExportError> {
        let columns = matrix_columns(self, format)?;
        let values = (0..self.n_rows()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let from = self.columns.len() - columns.len();
        let names = self.columns[from..].iter().map(|column| column.name.clone()).collect();
        let rows = self
            .columns
            .first()
            .map_or_else(Vec::new, |first| (0..self.n_rows()).map(|row| first.values.text(row)).collect());
        Ok(vec![
            (self.name.replace('-', "_"), Array::Matrix { n_columns: columns.len(), values }),
            ("rows".into(), Array::Texts(rows)),
            ("columns".into(), Array::Texts(names)),
        ])
    }
}
