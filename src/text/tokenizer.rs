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
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            if byte.is_ascii() && !is_word_byte(byte) {
                at += 1;
            } else if let Some(end) = ascii_word_end(bytes, start) {
                // Underscores alone are no word.
                if bytes[start..end].iter().any(|&byte| byte != b'_') {
                    emit(start..end);
                }
                at = end;
            } else {
                // White space separates whatever stands about it; so does what stands before a word.
                let end = bytes[start..].iter().position(u8::is_ascii_whitespace).map_or(bytes.len(), |n| start + n);
                for (offset, word) in text[start..end].unicode_word_indices() {
                    emit(start + offset..start + offset + word.len());
                }
                at = end;
            }
        }
    }
}

/// Letters, digits and underscore, which stay together.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the word of UAX #29 that begins with a word byte at `start`; none if a character beyond ASCII has a say.
fn ascii_word_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        while at < bytes.len() && is_word_byte(bytes[at]) {
            at += 1;
        }
        let Some(&middle) = bytes.get(at) else { return Some(at) };
        if !middle.is_ascii() {
            return None;
        }
        // Rules WB6, WB7, WB11, WB12: one of these joins letters, or digits, on both sides.
        let before = bytes[at - 1];
        let (joins_letters, joins_digits) = match middle {
            b'\'' | b'.' => (true, true),
            b':' => (true, false),
            b',' | b';' => (false, true),
            _ => return Some(at),
        };
        let is_joined: fn(&u8) -> bool = match before {
            _ if before.is_ascii_alphabetic() && joins_letters => u8::is_ascii_alphabetic,
            _ if before.is_ascii_digit() && joins_digits => u8::is_ascii_digit,
            _ => return Some(at),
        };
        match bytes.get(at + 1) {
            Some(after) if !after.is_ascii() => return None,
            Some(after) if is_joined(after) => at += 1,
            _ => return Some(at),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The way around the tables for ASCII gives the words of UAX #29.
        #[test]
        fn words_are_those_of_the_standard(text in r#"([a-cA-C]{1,3}|[0-3]{1,2}|[ \t\r\n]|[_'.:,;"-]|[éא\u{301}\u{200d}\u{ad}カ水’·🇫👩٣]|\PC){0,25}"#) {
            let mut words = Vec::new();
            UnicodeWords.tokenize(&text, &mut |range| words.push((range.start, &text[range])));
            prop_assert_eq!(words, text.unicode_word_indices().collect::<Vec<_>>());
        }
    }
}
