//! What should a person see? Topics and clusters for the terminal and as Markdown.

mod clusters;
mod table;
mod topics;

pub use clusters::clusters;
pub use table::{Align, render};
pub use topics::topics;

/// How a report is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain text, lines folded at this many columns (none: never).
    Text {
        /// Columns of the terminal.
        width: Option<usize>,
    },
    /// Markdown tables.
    Markdown,
}

/// A text without control characters, which could command a terminal or break a table.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// A share in percent with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
