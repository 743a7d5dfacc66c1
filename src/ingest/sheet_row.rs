//! What the readers of spreadsheets give.

/// A row of a sheet with content.
#[derive(Clone, Debug)]
pub(super) struct SheetRow {
    pub(super) sheet: String,
    /// Number of the row, from 1.
    pub(super) number: u32,
    /// The cells that are not empty as (column from 0, text), in the order of the columns.
    pub(super) cells: Vec<(u32, String)>,
}
