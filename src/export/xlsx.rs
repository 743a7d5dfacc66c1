//! Writes tables as an Excel workbook, a sheet for each.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{ExportError, Table, Values};

/// What Excel holds at most: rows of a sheet, columns, and characters of a cell.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
const MOST_CHARACTERS: usize = 32_767;

/// A workbook of these tables: a header that stays in sight, numbers as numbers, texts as texts, never as formulas. A
/// longer text than a cell can hold is cut. Fails if a table has more rows or columns than a sheet.
pub(super) fn xlsx(tables: &[Table]) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    for table in tables {
        if table.n_rows() >= MOST_ROWS || table.columns.len() > MOST_COLUMNS {
            return Err(ExportError::TooLarge { table: table.name.clone(), format: "xlsx" });
        }
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        let mut write = || -> Result<(), XlsxError> {
            sheet.set_name(&table.name)?;
            sheet.set_freeze_panes(1, 0)?;
            for (column, at) in table.columns.iter().zip(0..) {
                sheet.write_string_with_format(0, at, cut(&column.name), &bold)?;
            }
            for row in 0..table.n_rows() {
                for (column, at) in table.columns.iter().zip(0..) {
                    let place = row as u32 + 1;
                    let number = match &column.values {
                        Values::Text(texts) => {
                            sheet.write_string(place, at, cut(&texts[row]))?;
                            continue;
                        }
                        Values::Integer(values) => values[row].map(|value| value as f64),
                        Values::Number(values) => Some(values[row]).filter(|value| value.is_finite()),
                        // The shortest decimal form of an f32, and not the digits of the f64 that equals it.
                        Values::Single(values) => super::shortest(values[row]).parse().ok(),
                    };
                    if let Some(number) = number {
                        sheet.write_number(place, at, number)?;
                    }
                }
            }
            Ok(())
        };
        write().map_err(failed)?;
    }
    // The time of making would make equal tables different files.
    let made = rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&made));
    workbook.save_to_buffer().map_err(failed)
}

fn failed(error: XlsxError) -> ExportError {
    ExportError::Io(std::io::Error::other(error))
}

/// A text that a cell can hold. Excel counts in UTF-16, and XML has no control characters.
fn cut(text: &str) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= MOST_CHARACTERS
    };
    text.chars()
        .take_while(fits)
        .map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c })
        .collect()
}
