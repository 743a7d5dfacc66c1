//! Finds where words begin and end, by UAX #29 or by a regular expression. The rules of UAX #29 are written out for
//! ASCII, since the general algorithm looks every character up in tables.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use unicode_segmentation::UnicodeSegmentation;

use super::TextError;
use super::swar::{HIGH, letters_and_digits, within};

/// Cuts a text into words. Implement it for a tokenizer of your own.
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
        let (word_bytes, is_ascii) = (ByteSet::of_words(bytes), text.is_ascii());
        let mut at = 0;
        while let Some(start) = word_bytes.next(at) {
            if let Some(end) = ascii_word_end(bytes, &word_bytes, start, is_ascii) {
                // A segment of underscores alone is no word, since it has no letter and no digit.
                if bytes[start] != b'_' || bytes[start..end].iter().any(|&byte| byte != b'_') {
                    emit(start..end);
                }
                at = end;
            } else {
                // The general algorithm takes over up to the next white space, where words always end. A first
                // character beyond ASCII may be a combining mark, which joins the character before it: then this one
                // goes along, or the whole run of spaces before it, since UAX #29 keeps such a run together.
                let end = bytes[start..].iter().position(u8::is_ascii_whitespace).map_or(bytes.len(), |n| start + n);
                let before = match bytes[..start].iter().rposition(|&byte| byte != b' ') {
                    _ if bytes[start].is_ascii() => start,
                    Some(last) => (last + 1).min(start - 1),
                    None => 0,
                };
                let start = before;
                for (offset, word) in text[start..end].unicode_word_indices() {
                    emit(start + offset..start + offset + word.len());
                }
                at = end;
            }
        }
    }
}

/// The end of the word that begins at `start` by UAX #29; `None` if a character beyond ASCII may decide it, so that the
/// general algorithm is needed.
fn ascii_word_end(bytes: &[u8], word_bytes: &ByteSet, start: usize, is_ascii: bool) -> Option<usize> {
    let mut at = start;
    loop {
        let begin = at;
        at = word_bytes.next_gap(at);
        if !is_ascii && !bytes[begin..at].is_ascii() {
            return None;
        }
        let Some(&middle) = bytes.get(at) else { return Some(at) };
        // By rules WB6, WB7, WB11 and WB12 such a character joins two letters, or two digits, on either side of it.
        let (joins_letters, joins_digits) = match middle {
            b'\'' | b'.' => (true, true),
            b':' => (true, false),
            b',' | b';' => (false, true),
            _ => return Some(at),
        };
        let before = bytes[at - 1];
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

/// A set of the bytes of a text, with one bit per byte, in which the next member is found 64 bytes at a time.
struct ByteSet {
    blocks: Vec<u64>,
    length: usize,
}

impl ByteSet {
    /// The set of bytes that words may hold: ASCII letters, digits, underscore, and all bytes beyond ASCII.
    fn of_words(bytes: &[u8]) -> Self {
        let block = |bytes: &[u8; 64]| {
            let eights = bytes.as_chunks::<8>().0.iter().map(|eight| word_bits(u64::from_le_bytes(*eight)));
            eights.enumerate().fold(0, |block, (i, bits)| block | bits << (8 * i))
        };
        let (whole, rest) = bytes.as_chunks::<64>();
        let mut blocks: Vec<u64> = Vec::with_capacity(whole.len() + 1);
        blocks.extend(whole.iter().map(block));
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        blocks.push(block(&last));
        Self { blocks, length: bytes.len() }
    }

    /// Position of the first byte in the set at or after `at`.
    fn next(&self, at: usize) -> Option<usize> {
        let mut index = at / 64;
        let mut block = self.blocks.get(index)? & (!0 << (at % 64));
        while block == 0 {
            index += 1;
            block = *self.blocks.get(index)?;
        }
        Some(64 * index + block.trailing_zeros() as usize)
    }

    /// Position of the first byte outside the set at or after `at`, or the length of the text.
    fn next_gap(&self, at: usize) -> usize {
        let mut index = at / 64;
        let Some(mut block) = self.blocks.get(index).map(|block| !block & (!0 << (at % 64))) else {
            return self.length;
        };
        while block == 0 {
            index += 1;
            let Some(next) = self.blocks.get(index) else { return self.length };
            block = !next;
        }
        self.length.min(64 * index + block.trailing_zeros() as usize)
    }
}

/// One bit per byte of `bytes`, lowest byte first: set for ASCII letters, digits, underscore, and bytes beyond ASCII.
fn word_bits(bytes: u64) -> u64 {
    let low = bytes & !HIGH;
    let is_word = letters_and_digits(low) | within(low, b'_', b'_') | bytes;
    // The product gathers the high bits of the eight bytes in its highest byte.
    ((is_word & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Words are the matches of a regular expression or, if it has a capture group, of this group. Case is ignored.
///
/// scikit-learn matches its `token_pattern` in lower-cased text; ignoring case finds the same words.
#[derive(Clone, Debug)]
pub struct PatternTokenizer(Regex);

impl PatternTokenizer {
    /// Compiles the pattern (in the syntax of the crate `regex`). Fails if it is no regular expression or, as in
    /// scikit-learn, if it has more than one capture group.
    pub fn new(pattern: &str) -> Result<Self, TextError> {
        let regex = RegexBuilder::new(pattern).case_insensitive(true).build()?;
        match regex.captures_len() {
            0..=2 => Ok(Self(regex)),
            n => Err(TextError::Parameter {
                key: "token_pattern",
                found: format!("a pattern with {} capture groups", n - 1),
                expected: "one at most, which is the token; (?:…) groups without capturing",
            }),
        }
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

    #[test]
    fn every_byte_has_its_bit() {
        for byte in 0..=255_u8 {
            let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
            for place in 0..8 {
                let mut bytes = [b' '; 8];
                bytes[place] = byte;
                assert_eq!(word_bits(u64::from_le_bytes(bytes)), u64::from(is_word) << place, "{byte}");
            }
        }
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// The shortcut for ASCII finds the words of UAX #29.
        #[test]
        fn words_are_those_of_the_standard(text in r#"([a-cA-C]{1,3}|[0-3]{1,2}|[ \t\r\n]|[_'.:,;"-]|[éא\u{301}\u{200d}\u{ad}カ水’·🇫👩٣]|[a-z .]{20,90}|\PC){0,25}"#) {
            let mut words = Vec::new();
            UnicodeWords.tokenize(&text, &mut |range| words.push((range.start, &text[range])));
            prop_assert_eq!(words, text.unicode_word_indices().collect::<Vec<_>>());
        }
    }
}
