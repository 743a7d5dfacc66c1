//! Cuts scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) into words by the
//! dictionaries of the Unicode Consortium. UAX #29 alone makes a word of every ideograph, and one of a whole phrase in
//! Thai.

use std::ops::Range;

use super::tokenizer::{Tokenizer, UnicodeWords};

/// Whether a character belongs to a script that puts no spaces between words.
fn is_of_unspaced_script(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether most letters of a text are of a script that puts no spaces between words.
pub fn is_unspaced(text: &str) -> bool {
    let (mut unspaced, mut letters) = (0_u64, 0_u64);
    for c in text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
        letters += 1;
        unspaced += u64::from(is_of_unspaced_script(c));
    }
    letters += text.bytes().filter(u8::is_ascii_alphabetic).count() as u64;
    unspaced > 0 && 2 * unspaced > letters
}

/// Whether this build has the dictionaries.
pub const HAS_DICTIONARIES: bool = cfg!(feature = "segmentation");

/// The words of [`UnicodeWords`], except that scripts without spaces are cut by dictionaries. Without the feature
/// `segmentation` it is the same as [`UnicodeWords`].
///
/// ```
/// use topicmill::text::{SegmentedWords, Tokenizer};
/// let text = "我们今天去图书馆 by bus";
/// let mut words = Vec::new();
/// SegmentedWords.tokenize(text, &mut |range| words.push(&text[range]));
/// # #[cfg(feature = "segmentation")]
/// assert_eq!(words, ["我们", "今天", "去", "图书", "馆", "by", "bus"]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SegmentedWords;

impl Tokenizer for SegmentedWords {
    fn tokenize(&self, text: &str, emit: &mut dyn FnMut(Range<usize>)) {
        let mut at = 0;
        while let Some(start) = text[at..].find(is_of_unspaced_script).map(|start| at + start) {
            UnicodeWords.tokenize(&text[at..start], &mut |word| emit(at + word.start..at + word.end));
            let end = text[start..].find(|c| !is_of_unspaced_script(c)).map_or(text.len(), |end| start + end);
            segment(&text[start..end], &mut |word| emit(start + word.start..start + word.end));
            at = end;
        }
        UnicodeWords.tokenize(&text[at..], &mut |word| emit(at + word.start..at + word.end));
    }
}

#[cfg(feature = "segmentation")]
fn segment(text: &str, emit: &mut dyn FnMut(Range<usize>)) {
    // Dictionaries and not the neural models, whose sums need not be the same on every machine.
    let segmenter = icu_segmenter::WordSegmenter::new_dictionary(Default::default());
    let mut boundaries = segmenter.segment_str(text);
    let mut start = boundaries.next().unwrap_or(0);
    while let Some(end) = boundaries.next() {
        if boundaries.is_word_like() {
            emit(start..end);
        }
        start = end;
    }
}

#[cfg(not(feature = "segmentation"))]
fn segment(text: &str, emit: &mut dyn FnMut(Range<usize>)) {
    UnicodeWords.tokenize(text, emit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(tokenizer: impl Tokenizer, text: &str) -> Vec<Range<usize>> {
        let mut words = Vec::new();
        tokenizer.tokenize(text, &mut |word| words.push(word));
        words
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// Words stand in order, overlap nowhere, and begin and end between characters.
        #[test]
        fn words_stand_in_order(text in "([a-z ]{1,3}|[水木天去我们\u{301}カな]|[วันนี้อา]|[.。 ]){0,30}") {
            let found = words(SegmentedWords, &text);
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(found.iter().all(|word| !word.is_empty() && text.get(word.clone()).is_some()));
        }

        /// Other scripts are cut as ever.
        #[test]
        fn spaced_scripts_stay(text in "([a-zäЖ' ]{1,3}|[0-9.,]|\u{301}){0,30}") {
            prop_assert_eq!(words(SegmentedWords, &text), words(UnicodeWords, &text));
        }
    }
}
