//! The sheets of an OpenDocument spreadsheet as tables, row by row, within bounds.

use std::ops::ControlFlow;

use super::package::{Node, Package, attribute, push_folded};
use super::pull::Each;
use super::sheet_row::SheetRow;

/// Most cells of a file after repetition. A row of a hundred bytes may stand for 2³⁴ cells.
const MOST_CELLS: usize = 20_000_000;
const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: u32 = 1_048_576;

/// The error of a reader that nobody listens to any more.
const STOPPED: &str = "stopped";

#[derive(Default)]
struct State {
    sheet: String,
    /// Number of the open row, and how often it stands there.
    row: u32,
    repeated: u32,
    cells: Vec<(u32, String)>,
    column: usize,
    /// The open cell: how often it stands there, its value if an attribute holds it, else its text.
    columns: usize,
    value: Option<String>,
    text: String,
    in_cell: bool,
    all_cells: usize,
}

/// Calls `each` with all rows that have content.
pub(super) fn rows(bytes: Vec<u8>, each: &mut Each<'_, SheetRow>) -> Result<(), String> {
    let mut package = Package::open(bytes)?;
    let mut state = State::default();
    let mut skipping = 0_usize;
    package.part("content.xml")?.for_each(|node| {
        match node {
            Node::Start(_) if skipping > 0 => skipping += 1,
            Node::End(_) if skipping > 0 => skipping -= 1,
            Node::Start(start) => {
                let number = |name: &str| attribute(&start, name).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
                match start.local_name().as_ref() {
                    // Comments, pictures and deleted text.
                    "annotation" | "shapes" | "frame" | "tracked-changes" => skipping = 1,
                    "table" => {
                        state.sheet = attribute(&start, "name").unwrap_or_default();
                        (state.row, state.repeated) = (1, 0);
                    }
                    "table-row" => {
                        state.repeated = number("number-rows-repeated").min(MOST_ROWS as usize) as u32;
                        (state.column, state.cells) = (0, Vec::new());
                    }
                    "table-cell" | "covered-table-cell" => {
                        state.columns = number("number-columns-repeated").min(MOST_COLUMNS);
                        // A text or a time has its form for people; numbers and dates have one for programs.
                        let value = |name: &str| attribute(&start, name);
                        state.value = value("date-value").or_else(|| value("value")).or_else(|| value("boolean-value"));
                        (state.text, state.in_cell) = (String::new(), true);
                    }
                    "p" if state.in_cell && !state.text.is_empty() => state.text.push('\n'),
                    "s" if state.in_cell => state.text.push(' '),
                    _ => {}
                }
            }
            Node::Text(text) if state.in_cell && skipping == 0 => push_folded(&mut state.text, &text),
            Node::End(name) => match name.as_str() {
                "table-cell" | "covered-table-cell" => state.end_cell()?,
                "table-row" if state.end_row(each)?.is_break() => return Err(STOPPED.into()),
                _ => {}
            },
            Node::Text(_) => {}
        }
        Ok(())
    })
}

impl State {
    fn end_cell(&mut self) -> Result<(), String> {
        self.in_cell = false;
        let text = self.value.take().unwrap_or_else(|| std::mem::take(&mut self.text));
        let columns = self.columns.min(MOST_COLUMNS.saturating_sub(self.column));
        if !text.trim().is_empty() {
            self.count(columns)?;
            for i in 0..columns {
                self.cells.push(((self.column + i) as u32, text.clone()));
            }
        }
        self.column += columns;
        Ok(())
    }

    fn end_row(&mut self, each: &mut Each<'_, SheetRow>) -> Result<ControlFlow<()>, String> {
        let last = self.row.saturating_add(self.repeated).min(MOST_ROWS + 1);
        let cells = std::mem::take(&mut self.cells);
        if !cells.is_empty() {
            self.count((last - self.row.min(last)) as usize * cells.len())?;
            for number in self.row..last {
                if each(SheetRow { sheet: self.sheet.clone(), number, cells: cells.clone() }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        self.row = last;
        Ok(ControlFlow::Continue(()))
    }

    fn count(&mut self, cells: usize) -> Result<(), String> {
        self.all_cells += cells;
        if self.all_cells > MOST_CELLS { Err(format!("more than {MOST_CELLS} cells")) } else { Ok(()) }
    }
}
