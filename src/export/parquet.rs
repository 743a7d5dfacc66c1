//! Writes tables as Parquet.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::{ExportError, Table, Values};

/// A Parquet file with the table in one group of rows, compressed by Snappy; empty cells are null.
pub(super) fn parquet(table: &Table) -> Result<Vec<u8>, ExportError> {
    write(table).map_err(|error| ExportError::Io(std::io::Error::other(error)))
}

fn write(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let field = |(name, values): (&str, &Values)| {
        let (physical, logical) = match values {
            Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Values::Integer(_) => (Physical::INT64, None),
            Values::Number(_) => (Physical::DOUBLE, None),
            Values::Single(_) => (Physical::FLOAT, None),
        };
        let is_optional = matches!(values, Values::Integer(_) | Values::Number(_));
        let repetition = if is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(repetition).build()?))
    };
    let columns = table.columns.iter().map(|column| (column.name.as_str(), &column.values));
    let fields = columns.map(field).collect::<Result<_, ParquetError>>()?;
    let schema = Arc::new(Type::group_type_builder("table").with_fields(fields).build()?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties)?;
    let mut group = writer.next_row_group()?;
    for column in &table.columns {
        let Some(mut writer) = group.next_column()? else { break };
        values(&mut writer, &column.values)?;
        writer.close()?;
    }
    group.close()?;
    writer.into_inner()
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
