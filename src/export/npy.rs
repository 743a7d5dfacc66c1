//! Writes the tables that are matrices as NumPy arrays.

use ndarray::Array2;

use super::matrix_market::matrix_columns;
use super::{ExportError, Exporter, Table};
use crate::model::npy;

/// The numbers of a table as a NumPy array, f32, C order.
#[derive(Clone, Copy, Debug)]
pub struct Npy;

impl Exporter for Npy {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        let columns = matrix_columns(table, "npy")?;
        let array = Array2::from_shape_fn((table.n_rows(), columns.len()), |(row, column)| columns[column][row]);
        let mut bytes = Vec::new();
        npy::write(array.view(), &mut bytes)?;
        Ok(bytes)
    }
}
