//! Writes matrices in MatrixMarket coordinates, without zeros.

use std::fmt::Write;
use std::io;

use rayon::prelude::*;

use super::number::push_shortest;
use super::{ExportError, Exporter, Table, Values, shortest};
use crate::matrix::TermDocumentMatrix;

/// The numbers of a table as a sparse matrix.
#[derive(Clone, Copy, Debug)]
pub struct MatrixMarket;

/// Number of documents whose text one task makes.
const BLOCK_DOCUMENTS: usize = 512;

/// Number of tasks whose text is held in memory before it is written.
const BLOCKS: usize = 64;

pub(super) const HEADER: &str = "%%MatrixMarket matrix coordinate real general\n";

impl Exporter for MatrixMarket {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        let columns = matrix_columns(table, "mtx")?;
        let n = columns.iter().map(|column| column.iter().filter(|value| **value != 0.0).count()).sum::<usize>();
        let mut out = format!("{HEADER}{} {} {n}\n", table.n_rows(), columns.len());
        for (j, column) in columns.iter().enumerate() {
            for (i, value) in column.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                out.push_str(&format!("{} {} {}\n", i + 1, j + 1, shortest(*value)));
            }
        }
        Ok(out.into_bytes())
    }
}

/// The columns of a table that is a matrix of single-precision numbers. Fails, with the name of the format, if it is
/// not one.
pub(super) fn matrix_columns<'a>(table: &'a Table, format: &'static str) -> Result<Vec<&'a [f32]>, ExportError> {
    let refuse = || ExportError::NotNumeric { format, table: table.name.clone() };
    let from = table.matrix_from.ok_or_else(refuse)?;
    let columns = table.columns[from..].iter().map(|column| match &column.values {
        Values::Single(values) => Ok(values.as_slice()),
        _ => Err(refuse()),
    });
    columns.collect()
}

/// Writes the values of each document at the entries of V (terms × documents): V's own, or the counts behind them.
/// Each number is in the shortest form that reads back to the same bits.
pub fn write_matrix_market<I: Iterator<Item = f32>>(
    v: &TermDocumentMatrix,
    values: impl Fn(usize) -> I + Sync,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    write_matrix_market_head(v.n_terms(), v.n_documents(), v.n_nonzeros(), out)?;
    write_matrix_market_part(v, 0, values, out)
}

/// Writes what stands before the entries of a matrix.
pub fn write_matrix_market_head(
    n_terms: usize,
    n_documents: usize,
    n_nonzeros: usize,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{HEADER}{n_terms} {n_documents} {n_nonzeros}")
}

/// Writes the entries of some documents, of which the first has the number `first` in the whole matrix; see
/// [`write_matrix_market`].
pub fn write_matrix_market_part<I: Iterator<Item = f32>>(
    v: &TermDocumentMatrix,
    first: usize,
    values: impl Fn(usize) -> I + Sync,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let documents: Vec<usize> = (0..v.n_documents()).collect();
    for blocks in documents.chunks(BLOCKS * BLOCK_DOCUMENTS) {
        let tasks = blocks.par_chunks(BLOCK_DOCUMENTS);
        let texts: Vec<String> = tasks.map(|block| entries(v, first, &values, block)).collect();
        texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

/// The entries of some documents as text, one entry per line.
fn entries<I: Iterator<Item = f32>>(
    v: &TermDocumentMatrix,
    first: usize,
    values: &impl Fn(usize) -> I,
    documents: &[usize],
) -> String {
    let mut out = String::new();
    for &document in documents {
        for (term, value) in v.document(document).0.iter().zip(values(document)) {
            // Writing to a string cannot fail.
            let _ = write!(out, "{} {} ", term + 1, first + document + 1);
            push_shortest(&mut out, value);
            out.push('\n');
        }
    }
    out
}
