//! Spreadsheets: the sheets of a workbook are tables, each with a header in its first row.

use std::path::Path;
use std::sync::Arc;

use super::columns::Columns;
use super::pull::{Each, Pull};
use super::record::{Body, Record};
use super::sheet_row::SheetRow;
use super::{IngestError, IngestParams};

/// A workbook that is read row by row.
pub(super) struct Workbook {
    rows: Pull<SheetRow>,
    name: String,
    sheet: Option<String>,
    /// The columns of the current sheet; `None` if it has no text.
    columns: Option<Arc<Columns>>,
    /// Why no sheet so far has text.
    missing: Option<IngestError>,
}

impl Workbook {
    /// Opens a file, as `.ods` if that is its name, else as `.xlsx`.
    pub(super) fn open(path: &Path, name: &str, most_bytes: u64) -> Self {
        let (file, is_ods) = (path.to_path_buf(), name.to_ascii_lowercase().ends_with(".ods"));
        let read = move |each: &mut Each<'_, SheetRow>| match is_ods {
            true => super::ods::rows(bytes_of(&file, most_bytes)?, each),
            false => super::xlsx::rows(&file, each),
        };
        Self { rows: Pull::new(read), name: name.to_string(), sheet: None, columns: None, missing: None }
    }

    /// The next row as a record; `None` at the end.
    pub(super) fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
        loop {
            let row = match self.rows.next() {
                Some(Ok(row)) => row,
                Some(Err(problem)) => {
                    return Some(Err(IngestError::broken(self.name.as_str(), problem, "save it anew, or as CSV")));
                }
                None => return self.missing.take().filter(|_| self.columns.is_none()).map(Err),
            };
            if self.sheet.as_ref() != Some(&row.sheet) {
                self.sheet = Some(row.sheet.clone());
                match Columns::find(header(&row), &format!("{}#{}", self.name, row.sheet), params) {
                    Ok(columns) => (self.columns, self.missing) = (Some(Arc::new(columns)), None),
                    Err(error) if self.columns.is_none() && self.missing.is_none() => self.missing = Some(error),
                    Err(_) => self.columns = None,
                }
                continue;
            }
            let Some(columns) = &self.columns else { continue };
            let source = format!("{}#{}:{}", self.name, row.sheet, row.number);
            if row.cells.iter().map(|(_, text)| text.len() as u64).sum::<u64>() > params.max_document_bytes {
                return Some(Err(IngestError::too_large(&source, params.max_document_bytes)));
            }
            let field = |column: usize| {
                let place = row.cells.binary_search_by_key(&column, |(column, _)| *column as usize);
                place.map_or_else(|_| String::new(), |place| row.cells[place].1.clone())
            };
            return Some(Ok(Record(Body::Row(columns.row(source, (0..columns.header.len()).map(field).collect())))));
        }
    }
}

fn bytes_of(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    match size > most {
        true => Err(format!("more than {most} bytes")),
        false => std::fs::read(file).map_err(|error| error.to_string()),
    }
}

/// The names of the columns, those without one by number.
fn header(row: &SheetRow) -> Vec<String> {
    let n = row.cells.last().map_or(0, |(column, _)| *column as usize + 1);
    let mut header: Vec<String> = (1..=n).map(|number| format!("column {number}")).collect();
    row.cells.iter().for_each(|(column, text)| header[*column as usize] = text.trim().to_string());
    header
}
