//! Writes a table whose rows come in parts, so that they never fill the memory.

use std::io::Write;

use serde_json::Value;

use super::delimited::{csv, tsv};
use super::json::{json, row};
use super::{ExportError, Exporter, JsonLines, Table};

/// Format of a table that is written in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamFormat {
    /// Comma-separated values.
    #[default]
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object, whose rows are kept until the end.
    Json,
    /// A JSON object per row.
    JsonLines,
    /// Parquet.
    Parquet,
}

names!(StreamFormat { Csv = "csv", Tsv = "tsv", Json = "json", JsonLines = "jsonl", Parquet = "parquet" });

/// A table that is written part by part. What is written is what an [`Exporter`] writes for the whole table, but that
/// Parquet has several groups of rows.
///
/// ```
/// use topicmill::export::{StreamFormat, Table, TableStream, Values};
/// let part = |numbers: [f32; 2]| Table::new("t", vec![("a", Values::Single(numbers.to_vec()))]);
/// let mut stream = TableStream::new(StreamFormat::Csv, Vec::new(), &part([0.0, 0.0]))?;
/// stream.push(part([1.0, 2.0]))?;
/// stream.push(part([3.0, 4.0]))?;
/// assert_eq!(stream.finish()?, b"a\n1\n2\n3\n4\n");
/// # Ok::<(), topicmill::export::ExportError>(())
/// ```
pub struct TableStream<W: Write + Send> {
    /// The header, until rows or the end follow: an output that fails at once stays empty.
    header: Vec<u8>,
    rows: Rows<W>,
}

/// Where rows go.
enum Rows<W: Write + Send> {
    Csv(W),
    Tsv(W),
    JsonLines(W),
    Json {
        output: W,
        table: String,
        rows: Vec<Value>,
    },
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetStream<W>>),
}

impl<W: Write + Send> TableStream<W> {
    /// Begins a table with the name and the columns of `like`, whose rows are not taken. Fails if the output cannot be
    /// written, or if this build lacks the format.
    pub fn new(format: StreamFormat, output: W, like: &Table) -> Result<Self, ExportError> {
        let empty = like.empty();
        let header = match format {
            StreamFormat::Csv => csv(&empty, true)?,
            StreamFormat::Tsv => tsv(&empty, true)?,
            _ => Vec::new(),
        };
        let rows = match format {
            StreamFormat::Csv => Rows::Csv(output),
            StreamFormat::Tsv => Rows::Tsv(output),
            StreamFormat::JsonLines => Rows::JsonLines(output),
            StreamFormat::Json => Rows::Json { output, table: empty.name, rows: Vec::new() },
            #[cfg(feature = "parquet")]
            StreamFormat::Parquet => Rows::Parquet(Box::new(super::parquet::ParquetStream::new(output, empty)?)),
            #[cfg(not(feature = "parquet"))]
            StreamFormat::Parquet => return Err(ExportError::NotBuilt { format: "parquet", feature: "parquet" }),
        };
        Ok(Self { header, rows })
    }

    /// Writes further rows, which have the columns of the table. Fails if the output cannot be written.
    pub fn push(&mut self, part: Table) -> Result<(), ExportError> {
        let header = std::mem::take(&mut self.header);
        match &mut self.rows {
            Rows::Csv(output) => output.write_all(&[header, csv(&part, false)?].concat())?,
            Rows::Tsv(output) => output.write_all(&[header, tsv(&part, false)?].concat())?,
            Rows::JsonLines(output) => output.write_all(&JsonLines.export(&part)?)?,
            Rows::Json { rows, .. } => rows.extend((0..part.n_rows()).map(|index| row(&part, index))),
            #[cfg(feature = "parquet")]
            Rows::Parquet(stream) => stream.push(part)?,
        }
        Ok(())
    }

    /// Ends the table and returns its output, which is not flushed. Fails if the output cannot be written.
    pub fn finish(self) -> Result<W, ExportError> {
        match self.rows {
            Rows::Csv(mut output) | Rows::Tsv(mut output) | Rows::JsonLines(mut output) => {
                output.write_all(&self.header)?;
                Ok(output)
            }
            Rows::Json { mut output, table, rows } => {
                output.write_all(&json(&table, rows)?)?;
                Ok(output)
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(stream) => stream.finish(),
        }
    }
}
