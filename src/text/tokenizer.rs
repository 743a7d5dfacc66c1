//! Where words begin and end.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use unicode_segmentation::UnicodeSegmentation;

/// Cuts a text into words; an extension seam.
pub trait Tokenizer: Send + Sync {
    /// Calls `emit` with the byte range of each word of `text`, in order.
    fn tokenize(&self, text: &str, emit: &mut dyn FnMut(Range<usize>));
}

/// The words of Unicode Standard Annex #29: segments that hold a letter or a number.
///
/// ```
/// use topicmill::text::{Tokenizer, UnicodeWords};
/// let text = "Don't panic: 3.5 naïve café-goers.";
/// let mut words = Vec::new();
/// UnicodeWords.tokenize(text, &mut |range| words.push(&text[range]));
/// assert_eq!(words, ["Don't", "panic", "3.5", "naïve", "café", "goers"]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UnicodeWords;

impl Tokenizer for UnicodeWords {
    fn tokenize(&self, text: &str, emit: &mut dyn FnMut(Range<usize>)) {
        for (start, word) in text.unicode_word_indices() {
            emit(start..start + word.len());
        }
    }
}

/// The matches of a regular expression, without regard to case; with a capture group, the text of the first group.
///
/// scikit-learn's `token_pattern` matches lower-cased text; ignoring case comes to the same.
#[derive(Clone, Debug)]
pub struct PatternTokenizer(Regex);

impl PatternTokenizer {
    /// Compiles the pattern (the syntax of the crate `regex`).
    pub fn new(pattern: &str) -> Result<Self, regex::Error> {
        Ok(Self(RegexBuilder::new(pattern).case_insensitive(true).build()?))
    }
}

impl Tokenizer for PatternTokenizer {
    fn tokenize(&self, text: &str, emit: &mut dyn FnMut(Range<usize>)) {
        if self.0.captures_len() > 1 {
            self.0.captures_iter(text).filter_map(|c| c.get(1)).filter(|m| !m.is_empty()).for_each(|m| emit(m.range()));
        } else {
            self.0.find_iter(text).filter(|m| !m.is_empty()).for_each(|m| emit(m.range()));
        }
    }
}
