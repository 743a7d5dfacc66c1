//! Parquet files: tables, read row by row.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::columns::Columns;
use super::pull::{Each, Pull};
use super::record::{Body, Record};
use super::{IngestError, IngestParams};

/// Most bytes that the columns of a row group may expand to: their pages are held in memory, one of each column.
const MOST_GROUP_BYTES: i64 = 4 << 30;

/// What to do with a file that cannot be read.
const HINT: &str = "write it anew, or as CSV";

/// A file that is read row by row.
pub(super) struct ParquetTable {
    rows: Pull<Vec<String>>,
    name: String,
    columns: Arc<Columns>,
    number: u64,
}

impl ParquetTable {
    /// Opens a file. Fails if it is none, or if a column that the parameters name is missing.
    pub(super) fn open(path: &Path, name: &str, params: &IngestParams) -> Result<Self, IngestError> {
        let header = guarded(|| header(path)).map_err(|problem| IngestError::broken(name, problem, HINT))?;
        let columns = Arc::new(Columns::find(header, name, params)?);
        let file = path.to_path_buf();
        let rows = Pull::new(move |each: &mut Each<'_, Vec<String>>| guarded(|| rows(&file, each)));
        Ok(Self { rows, name: name.to_string(), columns, number: 0 })
    }

    /// The next row as a record; `None` at the end.
    pub(super) fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
        let cells = match self.rows.next()? {
            Ok(cells) => cells,
            Err(problem) => return Some(Err(IngestError::broken(self.name.as_str(), problem, HINT))),
        };
        self.number += 1;
        let source = format!("{}:{}", self.name, self.number);
        if cells.iter().map(|text| text.len() as u64).sum::<u64>() > params.max_document_bytes {
            return Some(Err(IngestError::too_large(&source, params.max_document_bytes)));
        }
        Some(Ok(Record(Body::Row(self.columns.row(source, cells)))))
    }
}

/// The result of a reader, whose panics on odd files are errors.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("is damaged".into()))
}

fn open(path: &Path) -> Result<SerializedFileReader<File>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let reader = SerializedFileReader::new(file).map_err(|error| error.to_string())?;
    for group in reader.metadata().row_groups() {
        if group.total_byte_size() > MOST_GROUP_BYTES || group.total_byte_size() < 0 {
            return Err(format!("a group of rows expands to {} bytes", group.total_byte_size()));
        }
    }
    Ok(reader)
}

/// The names of the columns; one that is a structure is one column.
fn header(path: &Path) -> Result<Vec<String>, String> {
    let reader = open(path)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    Ok(fields.iter().map(|field| field.name().to_string()).collect())
}

/// Calls `each` with the cells of all rows.
fn rows(path: &Path, each: &mut Each<'_, Vec<String>>) -> Result<(), String> {
    let reader = open(path)?;
    for row in reader.get_row_iter(None).map_err(|error| error.to_string())? {
        let row = row.map_err(|error| error.to_string())?;
        let cells = row.get_column_iter().map(|(_, field)| text(field)).collect();
        if each(cells).is_break() {
            break;
        }
    }
    Ok(())
}

/// A cell as text: empty for null, a structure or list as JSON.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => field.to_json_value().to_string(),
        // Times as ISO 8601 has them.
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
            let time = field.to_string();
            let time = time.trim_end_matches(" +00:00").replace(' ', "T");
            time.split_once('.').map_or(time.clone(), |(whole, part)| {
                if part.bytes().all(|digit| digit == b'0') { whole.to_string() } else { time.clone() }
            })
        }
        other => other.to_string(),
    }
}
