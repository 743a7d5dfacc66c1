//! The decoded document that this stage hands to the later ones, and its title.

/// A decoded document, in the form that the later stages use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Value of the id column, else the path relative to the input, or file and row (`file:line`).
    pub id: String,
    /// The decoded text, without what `IngestParams::strip` takes off.
    pub text: String,
    /// Value of the label column, or the name of the parent folder.
    pub label: Option<String>,
    /// The first line that is not blank, cut at 120 characters.
    pub title: String,
    /// Where the document was found: file and row, relative to the input.
    pub source: String,
    /// The other columns of a table row, or fields of a JSON object, as (name, value).
    pub metadata: Vec<(String, String)>,
}

/// The column that the label is called by, whatever column it comes from.
pub const LABEL_COLUMN: &str = "label";

impl Document {
    /// A document from memory, with its title; `with_label` and `with_metadata` say more of it.
    ///
    /// ```
    /// use topicmill::ingest::Document;
    /// let document = Document::new("a", "Ships at sea\n\nThey sail.");
    /// let document = document.with_label("travel").with_metadata([("year", "1851")]);
    /// assert_eq!(document.title, "Ships at sea");
    /// assert_eq!(document.metadata[0].1, "1851");
    /// ```
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { id: id.into(), title: title(&text), text, ..Self::default() }
    }

    /// What stands in a column: one of the metadata, or the label under [`LABEL_COLUMN`].
    pub fn cell(&self, column: &str) -> Option<&str> {
        let found = self.metadata.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str());
        found.or_else(|| self.label.as_deref().filter(|_| column == LABEL_COLUMN))
    }

    /// The document with a label.
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// The document with these metadata, names with values.
    pub fn with_metadata<N: Into<String>, V: Into<String>>(self, metadata: impl IntoIterator<Item = (N, V)>) -> Self {
        let metadata = metadata.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { metadata, ..self }
    }
}

impl<I: Into<String>, T: Into<String>> From<(I, T)> for Document {
    fn from((id, text): (I, T)) -> Self {
        Self::new(id, text)
    }
}

impl<I, T, L, N, V> From<(I, T, Option<L>, Vec<(N, V)>)> for Document
where
    I: Into<String>,
    T: Into<String>,
    L: Into<String>,
    N: Into<String>,
    V: Into<String>,
{
    fn from((id, text, label, metadata): (I, T, Option<L>, Vec<(N, V)>)) -> Self {
        let document = Self::new(id, text).with_metadata(metadata);
        Self { label: label.map(Into::into), ..document }
    }
}

/// Titles have at most this many characters; otherwise a text without line breaks would be its own title.
const TITLE_LENGTH: usize = 120;

/// The first line that is not blank, with runs of white space folded to one space. A longer one than [`TITLE_LENGTH`]
/// is cut between words where it has spaces, and ends with an ellipsis.
pub(super) fn title(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let characters = line.split_whitespace().flat_map(|word| [" ", word]).skip(1).flat_map(str::chars);
    let mut title: String = characters.take(TITLE_LENGTH + 1).collect();
    if title.chars().count() > TITLE_LENGTH {
        let end = title.char_indices().nth(TITLE_LENGTH - 1).map_or(title.len(), |(end, _)| end);
        let cuts_a_word = !title[end..].starts_with(' ');
        title.truncate(end);
        // A single long word keeps its beginning, as do scripts without spaces.
        if let Some(space) = title.rfind(' ').filter(|space| cuts_a_word && 2 * space > end) {
            title.truncate(space);
        }
        title.push('…');
    }
    title
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_long_title_ends_with_an_ellipsis_between_words() {
        assert_eq!(title("\n  A  short \tone \nmore"), "A short one");
        let exact = "x".repeat(120);
        assert_eq!(title(&exact), exact);
        assert_eq!(title(&"x".repeat(121)), "x".repeat(119) + "…");
        let cut = title(&"word ".repeat(40));
        assert_eq!(cut, "word ".repeat(23) + "word…");
    }
}
