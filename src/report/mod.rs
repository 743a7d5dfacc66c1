//! What should a person see? This stage writes topics and clusters for the terminal and as Markdown.

mod clusters;
mod colours;
mod comparison;
mod evaluation;
mod explanation;
pub mod explorer;
mod groups;
pub mod pictures;
#[cfg(feature = "png")]
mod png;
mod search;
mod selection;
mod svg;
mod table;
mod topics;
mod update;

pub use clusters::clusters;
pub use colours::{Background, topic_colours};
pub use comparison::comparison;
pub use evaluation::{evaluation, summary as evaluation_summary};
pub use explanation::explanation;
pub use groups::groups;
#[cfg(feature = "png")]
pub use png::png;
pub use search::{passages, word};
pub use selection::{changes, selection, selection_svg};
pub use svg::{Chart, Line, svg};
pub use table::{Align, bar, escape_markdown, folded, render};
pub use topics::{topic_tree, topics, verdict};
pub use update::update;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text with lines folded at `width` columns, or never folded.
    Text {
        /// Number of columns of the terminal, which bars are shown on; `None` for lines of any length, without bars.
        width: Option<usize>,
        /// Whether the terminal has colours.
        colours: bool,
    },
    /// Markdown tables.
    Markdown,
}

impl Style {
    /// Plain text that is never folded, as a pipe or file takes it.
    pub const PLAIN: Self = Self::Text { width: None, colours: false };

    /// Whether a person looks at it on a terminal.
    fn is_terminal(self) -> bool {
        matches!(self, Self::Text { width: Some(_), .. })
    }

    /// A heading of one line, bold where there are colours.
    fn heading(self, line: &str) -> String {
        match (self, line.strip_suffix('\n')) {
            (Self::Text { colours: true, .. }, Some(line)) => format!("\u{1b}[1m{line}\u{1b}[0m\n"),
            _ => line.to_string(),
        }
    }
}

/// A text that is safe to print, for everything that a person reads (tables for programs stay unchanged). Texts come
/// from strangers: they could send commands to a terminal, or make it show something else than what is written.
///
/// Control characters other than line feed, marks that change the direction of writing, Unicode line separators,
/// annotation marks and invisible tags become U+FFFD.
///
/// ```
/// use topicmill::report::printable;
/// assert_eq!(printable("red \u{1b}[31m, \u{202e}txt.exe"), "red \u{fffd}[31m, \u{fffd}txt.exe");
/// ```
pub fn printable(text: &str) -> String {
    // Directional marks show nothing themselves, so they are dropped without a replacement. They cannot stay, since
    // they reorder what stands between letters of both directions.
    let shown = text.chars().filter(|c| !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'));
    shown.map(|c| if is_harmful(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// [`printable`] on one line, for names, titles and paths.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// A share (0 to 1) in percent with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
