//! One document, decoded.

/// A document as the later stages see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Path relative to the input, the value of the id column, or file and row.
    pub id: String,
    /// The text, decoded and stripped.
    pub text: String,
    /// The parent folder's name, or the value of the label column.
    pub label: Option<String>,
    /// The first line that is not blank, at most 120 characters.
    pub title: String,
    /// File and row, relative to the input.
    pub source: String,
    /// The other columns of a table row, by name.
    pub metadata: Vec<(String, String)>,
}

/// Most characters of a title.
const TITLE_LENGTH: usize = 120;

/// The first line that is not blank, its white space folded, cut at 120 characters.
pub(super) fn title(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut title = String::new();
    for (i, c) in line.split_whitespace().flat_map(|word| [" ", word]).skip(1).flat_map(str::chars).enumerate() {
        if i == TITLE_LENGTH {
            break;
        }
        title.push(c);
    }
    title
}
