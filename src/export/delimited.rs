//! Writes tables as CSV (RFC 4180), and as TSV with the same quotes (see `model::tsv`).

use super::{ExportError, Exporter, Table};
use crate::model::tsv;

/// Comma-separated values with a header.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

/// Tab-separated values with a header.
#[derive(Clone, Copy, Debug)]
pub struct Tsv;

impl Exporter for Csv {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        csv(table, true)
    }
}

impl Exporter for Tsv {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        tsv(table, true)
    }
}

/// The rows of a table, under their header if it is wanted.
pub(super) fn csv(table: &Table, has_header: bool) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| ExportError::Io(error.into());
    if has_header {
        writer.write_record(table.columns.iter().map(|column| &column.name)).map_err(failed)?;
    }
    for row in 0..table.n_rows() {
        writer.write_record(table.columns.iter().map(|column| column.values.text(row))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| ExportError::Io(error.into_error()))
}

/// The rows of a table, under their header if it is wanted.
pub(super) fn tsv(table: &Table, has_header: bool) -> Result<Vec<u8>, ExportError> {
    let mut out = Vec::new();
    let mut rows = tsv::Writer::new(&mut out);
    if has_header {
        rows.write_row(table.columns.iter().map(|column| column.name.as_str()))?;
    }
    for row in 0..table.n_rows() {
        let cells: Vec<String> = table.columns.iter().map(|column| column.values.text(row)).collect();
        rows.write_row(cells.iter().map(String::as_str))?;
    }
    rows.finish()?;
    Ok(out)
}
