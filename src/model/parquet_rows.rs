//! The rows of documents as a Parquet table: `id`, `topic_0`, `topic_1` …

use std::io::{self, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::DocumentTable;
use crate::factorize::FactorMatrix;
use crate::system::open_regular;

/// Most bytes that a group of rows may expand to for each number in it.
const MOST_BYTES: i64 = 64;

/// Documents of a group of rows.
const GROUP: usize = 1 << 16;

/// Writes the rows of documents, of which `rows` gives those of a range.
pub(super) fn write(
    documents: &DocumentTable,
    n_topics: usize,
    rows: &dyn Fn(Range<usize>) -> io::Result<FactorMatrix>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(n_topics)?, properties)?;
    for first in (0..documents.len()).step_by(GROUP) {
        let range = first..(first + GROUP).min(documents.len());
        let some = rows(range.clone())?;
        let mut group = writer.next_row_group()?;
        let ids: Vec<ByteArray> = range.map(|document| documents.row(document).id.as_bytes().into()).collect();
        for column in 0..=n_topics {
            let Some(mut writer) = group.next_column()? else { break };
            if column == 0 {
                writer.typed::<ByteArrayType>().write_batch(&ids, None, None)?;
            } else {
                let values: Vec<f32> = (0..some.n_rows()).map(|row| some.get(row, column - 1)).collect();
                writer.typed::<FloatType>().write_batch(&values, None, None)?;
            }
            writer.close()?;
        }
        group.close()?;
        // The writer counts what it has written, and does not look at it again.
        out.write_all(&std::mem::take(writer.inner_mut()))?;
    }
    out.write_all(&writer.into_inner()?)
}

fn schema(n_topics: usize) -> Result<Arc<Type>, ParquetError> {
    let required = |name: &str, kind, logical| {
        let column = Type::primitive_type_builder(name, kind).with_repetition(Repetition::REQUIRED);
        column.with_logical_type(logical).build()
    };
    let id = required("id", Physical::BYTE_ARRAY, Some(LogicalType::String));
    let topics = (0..n_topics).map(|topic| required(&format!("topic_{topic}"), Physical::FLOAT, None));
    let fields = std::iter::once(id).chain(topics).map(|field| field.map(Arc::new)).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("rows").with_fields(fields).build()?))
}

/// Reads a table of this shape (documents, topics). The error says what is wrong with it.
pub(super) fn read(path: &Path, shape: (usize, usize)) -> Result<FactorMatrix, String> {
    // The reader panics on some files that are damaged.
    catch_unwind(AssertUnwindSafe(|| read_file(path, shape))).unwrap_or_else(|_| Err("is damaged".into()))
}

fn read_file(path: &Path, (n_documents, n_topics): (usize, usize)) -> Result<FactorMatrix, String> {
    let told = |error: ParquetError| error.to_string();
    let file = open_regular(path).map_err(|error| error.to_string())?;
    let reader = SerializedFileReader::new(file).map_err(told)?;
    let columns = reader.metadata().file_metadata().schema_descr().columns();
    let is_topic = |topic: usize| {
        let column = &columns[topic + 1];
        let is_required = (column.max_def_level(), column.max_rep_level()) == (0, 0);
        column.name() == format!("topic_{topic}") && column.physical_type() == Physical::FLOAT && is_required
    };
    if columns.len() != n_topics + 1 || !(0..n_topics).all(is_topic) {
        return Err(format!("has other columns than id, topic_0 … of {n_topics} topics"));
    }
    let groups = reader.metadata().row_groups();
    let n_rows: i64 = groups.iter().map(|group| group.num_rows()).sum();
    if n_rows != n_documents as i64 {
        return Err(format!("has {n_rows} rows, expected one of each of {n_documents} documents"));
    }
    let most = |n_rows: i64| MOST_BYTES.saturating_mul(n_rows).saturating_add(1 << 16);
    let is_bounded = |group: &parquet::file::metadata::RowGroupMetaData| {
        group.columns()[1..].iter().all(|column| (0..=most(group.num_rows())).contains(&column.uncompressed_size()))
    };
    if groups.iter().any(|group| group.num_rows() < 0) || !groups.iter().all(is_bounded) {
        return Err("has a group of rows that is larger than its numbers".into());
    }
    let mut all = FactorMatrix::zeros(n_documents, n_topics);
    let mut first = 0;
    for (at, group) in groups.iter().enumerate() {
        let n_rows = group.num_rows() as usize;
        let group = reader.get_row_group(at).map_err(told)?;
        for topic in 0..n_topics {
            let column = group.get_column_reader(topic + 1).map_err(told)?;
            let mut values = Vec::with_capacity(n_rows);
            let (found, ..) = get_typed_column_reader::<FloatType>(column)
                .read_records(n_rows, None, None, &mut values)
                .map_err(told)?;
            if (found, values.len()) != (n_rows, n_rows) {
                return Err(format!("has {found} of {n_rows} numbers of topic {topic}"));
            }
            values.iter().enumerate().for_each(|(row, value)| all.set(first + row, topic, *value));
        }
        first += n_rows;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DocumentTableBuilder, NewDocument};
    use proptest::prelude::*;

    fn documents(n: usize) -> DocumentTable {
        let mut table = DocumentTableBuilder::default();
        (0..n).for_each(|number| {
            table.push(NewDocument { id: format!("d{number}"), ..NewDocument::default() }, Vec::new())
        });
        table.finish()
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(64))]

        /// What is read are the bits of what was written; bytes that were changed are an error, or other numbers.
        #[test]
        fn a_table_gives_rows_back(
            n in 1_usize..60, k in 1_usize..20, at in 0.0_f64..1.0, byte in any::<u8>(), keep in 0.0_f64..1.0,
        ) {
            let h = FactorMatrix::from_fn(n, k, |row, topic| ((row * 7 + topic * 3) % 5) as f32 / 3.0);
            let mut bytes = Vec::new();
            write(&documents(n), k, &|range| Ok(h.rows(range)), &mut bytes).unwrap();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &bytes).unwrap();
            prop_assert_eq!(read(file.path(), (n, k)).unwrap(), h);
            prop_assert!(read(file.path(), (n + 1, k)).is_err());
            prop_assert!(read(file.path(), (n, k + 1)).is_err());
            let place = (at * bytes.len() as f64) as usize;
            bytes[place] = byte;
            std::fs::write(file.path(), &bytes).unwrap();
            let _ = read(file.path(), (n, k));
            bytes.truncate((keep * bytes.len() as f64) as usize);
            std::fs::write(file.path(), &bytes).unwrap();
            prop_assert!(read(file.path(), (n, k)).is_err());
        }
    }
}
