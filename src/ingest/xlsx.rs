//! Reads the sheets of an xlsx file as tables, row by row, within bounds.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use quick_xml::events::Event;

use super::pull::Each;
use super::sheet_row::SheetRow;

/// Most bytes that the sheets of a file may expand to; they are read as streams.
const MOST_SHEET_BYTES: u64 = 1 << 30;
/// Most bytes of the other parts: shared strings and styles are held in memory, in several times as many bytes.
const MOST_OTHER_BYTES: u64 = 64 << 20;
/// Most bytes of the cells of one row.
const MOST_ROW_BYTES: usize = 64 << 20;

/// A row: its number from 1, and its cells.
type Row = (u32, Vec<(u32, String)>);

/// Refuses a file that would take much memory, before calamine sees it.
fn check<R: Read + Seek>(file: R) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    let (mut sheets, mut others) = (0_u64, 0_u64);
    let mut strings = None;
    for i in 0..archive.len() {
        let entry = archive.by_index_data(i).map_err(|error| error.to_string())?;
        if entry.encrypted() {
            return Err("encrypted".into());
        }
        let name = String::from_utf8_lossy(entry.name_raw()).to_ascii_lowercase();
        // A member that holds more than it declares fails to be read.
        if name.contains("worksheets/") {
            sheets = sheets.saturating_add(entry.size());
        } else if name.ends_with(".xml") || name.ends_with(".rels") {
            others = others.saturating_add(entry.size());
        }
        if name.ends_with("sharedstrings.xml") {
            strings = Some((i, entry.size()));
        }
    }
    if sheets > MOST_SHEET_BYTES || others > MOST_OTHER_BYTES {
        return Err(format!("expands to {} bytes", sheets.saturating_add(others)));
    }
    let Some((i, size)) = strings else { return Ok(()) };
    let member = archive.by_index(i).map_err(|error| error.to_string())?;
    if declared_strings(BufReader::new(member))? > size / 4 {
        return Err("declares more strings than it can hold".into());
    }
    Ok(())
}

/// The number of shared strings that a file says it has. calamine reserves memory for as many, and aborts if it cannot.
fn declared_strings(member: impl std::io::BufRead) -> Result<u64, String> {
    let mut xml = quick_xml::Reader::from_reader(member);
    let mut buffer = Vec::new();
    loop {
        match xml.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(start) | Event::Empty(start) => {
                let count = start.attributes().flatten().find(|field| field.key.as_ref() == "uniqueCount");
                let count = count.map(|field| field.value.trim().to_string()).unwrap_or_default();
                // A number that is no number is ignored by calamine too; one that is too large would be refused.
                return Ok(if count.is_empty() { 0 } else { count.parse().unwrap_or(u64::MAX) });
            }
            Event::Eof => return Ok(0),
            _ => buffer.clear(),
        }
    }
}

/// Calls `each` with all rows that have content.
pub(super) fn rows(path: &Path, each: &mut Each<'_, SheetRow>) -> Result<(), String> {
    let open = || File::open(path).map(BufReader::new).map_err(|error| error.to_string());
    check(open()?)?;
    let mut book: Xlsx<_> = Xlsx::new(open()?).map_err(|error| error.to_string())?;
    for sheet in book.sheet_names() {
        // Fails for a sheet of charts.
        let Ok(mut cells) = book.worksheet_cells_reader(&sheet) else { continue };
        let mut row: Row = (1, Vec::new());
        let mut bytes = 0;
        while let Some(cell) = cells.next_cell().map_err(|error| format!("sheet {sheet}: {error}"))? {
            let (number, column) = cell.get_position();
            let text = text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            // Rows come in order; a broken file may repeat one, which then becomes a row of its own.
            if number + 1 != row.0 {
                if finish(&sheet, std::mem::replace(&mut row, (number + 1, Vec::new())), each).is_break() {
                    return Ok(());
                }
                bytes = 0;
            }
            bytes += text.len() + size_of::<(u32, String)>();
            if bytes > MOST_ROW_BYTES {
                return Err(format!("sheet {sheet}, row {}: too large", number + 1));
            }
            row.1.push((column, text));
        }
        if finish(&sheet, row, each).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

fn finish(sheet: &str, (number, mut cells): Row, each: &mut Each<'_, SheetRow>) -> ControlFlow<()> {
    if cells.is_empty() {
        return ControlFlow::Continue(());
    }
    cells.sort_by_key(|(column, _)| *column);
    cells.dedup_by_key(|(column, _)| *column);
    each(SheetRow { sheet: sheet.to_string(), number, cells })
}

/// The text of a cell; that of an error is empty.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::SharedString(text) => text.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(date) => date_text(date),
    }
}

/// A date as `2026-02-03`, with a time of day as `2026-02-03T10:00:00`; a duration or a number out of range stays one.
fn date_text(date: &ExcelDateTime) -> String {
    let days = date.as_f64();
    // 2958466 is the first of January 10000.
    if !date.is_datetime() || !(0.0..2_958_466.0).contains(&days) {
        return days.to_string();
    }
    // Below one day it is a time of day.
    let is_time = days < 1.0;
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    match (hour, minute, second) {
        _ if is_time => format!("{hour:02}:{minute:02}:{second:02}"),
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}
