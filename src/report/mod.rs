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

/// A share in percent with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
