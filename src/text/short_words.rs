//! A table of short ASCII words that ignores case. Most words of a text are such, and two numbers are hashed and
//! compared faster than a string.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::swar::{HIGH, LOWER, letters_and_digits, splat};

/// A word of 1 to 16 ASCII letters and digits, in lower case, as two numbers that determine it: its first and last
/// eight bytes, which may overlap. The length is stored in high bits, which are unused since ASCII bytes are below
/// 0x80.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct ShortWord {
    head: [u32; 2],
    tail: [u32; 2],
}

impl ShortWord {
    /// The short word, or `None` if `word` is longer than 16 bytes, empty, or not all ASCII letters and digits.
    pub(super) fn new(word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        let length = bytes.len();
        let (head, tail) = match length {
            8..=16 => (u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?)),
            4..=7 => {
                let (head, tail) =
                    (u32::from_le_bytes(*bytes.first_chunk()?), u32::from_le_bytes(*bytes.last_chunk()?));
                (u64::from(head) | u64::from(tail) << 32, splat(b'0'))
            }
            1..=3 => {
                let bytes = [bytes[0], bytes[length / 2], bytes[length - 1], b'0', b'0', b'0', b'0', b'0'];
                (u64::from_le_bytes(bytes), splat(b'0'))
            }
            _ => return None,
        };
        let is_word = is_alphanumeric(head) && is_alphanumeric(tail);
        // The four bits of `length - 1` go to bits 7, 15, 23 and 31, the high bits of four bytes.
        let marks = (length as u64 - 1).wrapping_mul(0x1020_4080) & 0x8080_8080;
        let halves = |bytes: u64| [bytes as u32, (bytes >> 32) as u32];
        is_word.then(|| Self { head: halves(head | LOWER), tail: halves(tail | LOWER | marks) })
    }
}

/// Whether all eight bytes are ASCII letters or digits.
fn is_alphanumeric(bytes: u64) -> bool {
    bytes & HIGH == 0 && letters_and_digits(bytes) == HIGH
}

/// A hash table from short words to numbers.
#[derive(Debug, Default)]
pub(super) struct ShortWords {
    table: HashTable<(ShortWord, u32)>,
    hasher: DefaultHashBuilder,
}

impl ShortWords {
    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The number of a word; a new word is inserted with the result of `number`.
    pub(super) fn get_or_insert_with(&mut self, word: ShortWord, number: impl FnOnce() -> u32) -> u32 {
        let hash = self.hasher.hash_one(word);
        match self.table.find(hash, |(known, _)| *known == word) {
            Some(&(_, number)) => number,
            None => {
                let number = number();
                let hasher = &self.hasher;
                self.table.insert_unique(hash, (word, number), |(word, _)| hasher.hash_one(word));
                number
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn short_words_are_told_apart_by_their_letters(a in "[a-zA-Z0-9]{1,16}", b in "[a-c]{1,16}", other in "\\PC{0,20}") {
            let word = |text: &str| ShortWord::new(text);
            prop_assert!(word(&a).is_some());
            prop_assert_eq!(word(&a), word(&a.to_ascii_uppercase()));
            prop_assert_eq!(word(&a) == word(&b), a.to_ascii_lowercase() == b);
            let is_short = (1..=16).contains(&other.len()) && other.bytes().all(|byte| byte.is_ascii_alphanumeric());
            prop_assert_eq!(word(&other).is_some(), is_short);
        }
    }

    #[test]
    fn every_byte_is_judged_as_ascii_does() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let mut bytes = *b"aZ09mXk5";
                bytes[place] = byte;
                assert_eq!(is_alphanumeric(u64::from_le_bytes(bytes)), byte.is_ascii_alphanumeric(), "{byte}");
            }
        }
    }
}
