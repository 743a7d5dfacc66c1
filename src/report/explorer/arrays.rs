//! Numbers of a page as typed arrays: one block of bytes, and a directory that says what lies where.

use serde_json::{Value, json};

/// Typed arrays by name, in little-endian order, each at a multiple of eight bytes.
#[derive(Clone, Debug, Default)]
pub struct Arrays {
    directory: Vec<Value>,
    bytes: Vec<u8>,
}

impl Arrays {
    /// Adds 32-bit floats.
    pub fn singles(&mut self, name: &str, values: impl IntoIterator<Item = f32>) {
        self.add(name, "f32", values.into_iter().map(f32::to_le_bytes));
    }

    /// Adds 64-bit floats.
    pub fn numbers(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        self.add(name, "f64", values.into_iter().map(f64::to_le_bytes));
    }

    /// Adds whole numbers.
    pub fn integers(&mut self, name: &str, values: impl IntoIterator<Item = i32>) {
        self.add(name, "i32", values.into_iter().map(i32::to_le_bytes));
    }

    /// Adds whole numbers from 0 to 65,535.
    pub fn shorts(&mut self, name: &str, values: impl IntoIterator<Item = u16>) {
        self.add(name, "u16", values.into_iter().map(u16::to_le_bytes));
    }

    /// Adds a sparse matrix by row: the entries of each row as (column, value), in three arrays `NAME_starts`,
    /// `NAME_columns` and `NAME_values`.
    pub fn sparse_rows(&mut self, name: &str, rows: impl Iterator<Item = Vec<(u16, f32)>>) {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len() as i32);
        }
        self.integers(&format!("{name}_starts"), starts);
        self.shorts(&format!("{name}_columns"), entries.iter().map(|(column, _)| *column));
        self.singles(&format!("{name}_values"), entries.iter().map(|(_, value)| *value));
    }

    fn add<const N: usize>(&mut self, name: &str, kind: &str, values: impl Iterator<Item = [u8; N]>) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let start = self.bytes.len();
        values.for_each(|value| self.bytes.extend(value));
        self.directory.push(json!([name, kind, start, (self.bytes.len() - start) / N]));
    }

    /// The directory, `[[name, kind, start in bytes, length]]`, and the bytes.
    pub(super) fn finish(self) -> (Value, Vec<u8>) {
        (Value::Array(self.directory), self.bytes)
    }
}
