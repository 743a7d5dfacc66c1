//! The tokens that a text is cut into.

use std::ops::Range;

/// A token of a text: its position, its surface form and the term that it is counted as. The two words of a phrase are
/// one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Byte range of the token in the original text.
    pub range: Range<usize>,
    /// The normalised surface form.
    pub surface: String,
    /// The term: the surface form itself, or its stem, without accents if they are folded.
    pub term: String,
}
