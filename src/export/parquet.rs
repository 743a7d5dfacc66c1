//! Writes tables as Parquet.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::{Column, ExportError, Table, Values};

/// Number of cells from which on the rows at hand make a group: 16 MiB of single precision.
const GROUP_CELLS: usize = 1 << 22;

/// A Parquet file that is written in groups of rows, compressed by Snappy; empty cells are null.
pub(super) struct ParquetStream<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    /// The rows that have not been written.
    pending: Table,
}

impl<W: Write + Send> ParquetStream<W> {
    /// Begins a file with the columns of an empty table.
    pub(super) fn new(output: W, empty: Table) -> Result<Self, ExportError> {
        let fields = empty.columns.iter().map(field).collect::<Result<_, ParquetError>>().map_err(failed)?;
        let schema = Type::group_type_builder("table").with_fields(fields).build().map_err(failed)?;
        let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
        let writer = SerializedFileWriter::new(output, Arc::new(schema), properties).map_err(failed)?;
        Ok(Self { writer, pending: empty })
    }

    /// Takes rows with these columns.
    pub(super) fn push(&mut self, rows: Table) -> Result<(), ExportError> {
        self.pending.append(rows);
        if self.pending.n_rows() * self.pending.columns.len() >= GROUP_CELLS { self.write_group() } else { Ok(()) }
    }

    /// Writes what is pending and the end of the file.
    pub(super) fn finish(mut self) -> Result<W, ExportError> {
        self.write_group()?;
        self.writer.into_inner().map_err(failed)
    }

    fn write_group(&mut self) -> Result<(), ExportError> {
        let empty = self.pending.empty();
        let rows = std::mem::replace(&mut self.pending, empty);
        self.write(&rows)
    }

    fn write(&mut self, rows: &Table) -> Result<(), ExportError> {
        if rows.n_rows() == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for column in &rows.columns {
            let Some(mut writer) = group.next_column().map_err(failed)? else { break };
            values(&mut writer, &column.values).map_err(failed)?;
            writer.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// The table as a Parquet file.
pub(super) fn parquet(table: &Table) -> Result<Vec<u8>, ExportError> {
    let mut stream = ParquetStream::new(Vec::new(), table.empty())?;
    stream.write(table)?;
    stream.finish()
}

fn failed(error: ParquetError) -> ExportError {
    ExportError::Io(std::io::Error::other(error))
}

fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Integer(_) => (Physical::INT64, None),
        Values::Number(_) => (Physical::DOUBLE, None),
        Values::Single(_) => (Physical::FLOAT, None),
    };
    let is_optional = matches!(column.values, Values::Integer(_) | Values::Number(_));
    let repetition = if is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let field = Type::primitive_type_builder(&column.name, physical).with_logical_type(logical);
    Ok(Arc::new(field.with_repetition(repetition).build()?))
}

fn values(writer: &mut SerializedColumnWriter<'_>, values: &Values) -> Result<(), ParquetError> {
    let levels =
        |present: &dyn Fn(usize) -> bool, n: usize| (0..n).map(|row| i16::from(present(row))).collect::<Vec<i16>>();
    match values {
        Values::Text(texts) => {
            let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_bytes().into()).collect();
            writer.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
        }
        Values::Single(values) => _ = writer.typed::<FloatType>().write_batch(values, None, None)?,
        Values::Integer(values) => {
            let levels = levels(&|row| values[row].is_some(), values.len());
            let present: Vec<i64> = values.iter().flatten().map(|value| *value as i64).collect();
            writer.typed::<Int64Type>().write_batch(&present, Some(&levels), None)?;
        }
        Values::Number(values) => {
            let levels = levels(&|row| !values[row].is_nan(), values.len());
            let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            writer.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
        }
    }
    Ok(())
}
