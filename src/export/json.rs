//! Writes tables as JSON, `{"version": 2, "table": name, "rows": [{column: value}]}`, and as JSON Lines with one row
//! per line.

use serde_json::{Map, Value, json};

use super::{ExportError, Exporter, Table};

/// Version of the shapes of all JSON outputs.
pub const VERSION: u32 = 2;

/// One JSON object with all rows.
#[derive(Clone, Copy, Debug)]
pub struct Json;

/// One JSON object per row.
#[derive(Clone, Copy, Debug)]
pub struct JsonLines;

impl Exporter for Json {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        json(&table.name, (0..table.n_rows()).map(|index| row(table, index)).collect())
    }
}

impl Exporter for JsonLines {
    fn export(&self, table: &Table) -> Result<Vec<u8>, ExportError> {
        let mut bytes = Vec::new();
        for index in 0..table.n_rows() {
            serde_json::to_writer(&mut bytes, &row(table, index)).map_err(std::io::Error::from)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

/// The object of a table with these rows.
pub(super) fn json(table: &str, rows: Vec<Value>) -> Result<Vec<u8>, ExportError> {
    let document = json!({ "version": VERSION, "table": table, "rows": rows });
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A row as an object.
pub(super) fn row(table: &Table, index: usize) -> Value {
    let cells = table.columns.iter().map(|column| (column.name.clone(), column.values.json(index)));
    Value::Object(cells.collect::<Map<_, _>>())
}
