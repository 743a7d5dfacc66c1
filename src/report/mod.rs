//! What should a person see? Topics and clusters for the terminal and as Markdown.

mod clusters;
mod table;
mod topics;

pub use clusters::clusters;
pub use table::{Align, escape_markdown, render};
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

/// A text without what could command a terminal or show something else than what stands there: control characters but
/// for line ends, marks that turn the direction of writing, separators of lines, and invisible tags become U+FFFD. For
/// everything that a person reads; tables for programs stay as they are.
///
/// ```
/// use topicmill::report::printable;
/// assert_eq!(printable("red \u{1b}[31m, \u{202e}txt.exe"), "red \u{fffd}[31m, \u{fffd}txt.exe");
/// ```
pub fn printable(text: &str) -> String {
    // Marks of direction beside letters show nothing, and turn what stands between letters of both directions.
    let shown = text.chars().filter(|c| !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'));
    shown.map(|c| if is_harmful(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// [`printable`] on one line: a name, a title, a path.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// A share in percent with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
