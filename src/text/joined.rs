//! Splits words that UAX #29 keeps whole but a reader takes apart: `file.name`, `snake_case`, `l'homme`, `Ann's`.
//! Otherwise each combination would be a term of its own.

use std::ops::Range;

/// Articles, pronouns and prepositions of French, Italian and Catalan as they are elided before an apostrophe.
const ELISIONS: &[&str] = &[
    "l", "d", "c", "j", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu", "un",
    "dell", "all", "nell", "sull", "dall", "coll", "quell", "quest", "bell", "sant", "tutt", "gl", "v",
];

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{ff07}')
}

/// Whether a character is a full stop or a colon, or its full-width form: UAX #29 does not break words at these between
/// letters.
fn is_stop_or_colon(c: char) -> bool {
    matches!(c, '.' | ':' | '\u{ff0e}' | '\u{ff1a}')
}

/// Byte ranges, within `word`, of the pieces that a reader takes it for.
///
/// A word is split at `.` and `:` between letters (unless it is an abbreviation of single letters, `U.S.A`) and at
/// every `_`. An English `'s` is dropped, and with `elisions` also a leading `l'`, `d'`, `qu'` … .
pub(super) fn pieces(word: &str, elisions: bool) -> Vec<Range<usize>> {
    if word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return std::iter::once(0..word.len()).collect();
    }
    let cuts = cuts(word);
    let mut ranges = Vec::with_capacity(cuts.len() + 1);
    let mut start = 0;
    for cut in cuts {
        ranges.push(start..cut.start);
        start = cut.end;
    }
    ranges.push(start..word.len());
    ranges.iter_mut().for_each(|range| *range = without_affixes(word, range.clone(), elisions));
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// Byte ranges of the characters at which the word is split.
fn cuts(word: &str) -> Vec<Range<usize>> {
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    let is_letter = |i: Option<usize>| i.and_then(|i| characters.get(i)).is_some_and(|(_, c)| c.is_alphabetic());
    let mut cuts = Vec::new();
    for (i, &(at, c)) in characters.iter().enumerate() {
        let between_letters = is_letter(i.checked_sub(1)) && is_letter(Some(i + 1));
        if c == '_' || is_stop_or_colon(c) && between_letters {
            cuts.push(at..at + c.len_utf8());
        }
    }
    let abbreviation = characters.len() >= 3
        && characters.iter().enumerate().all(|(i, (_, c))| if i % 2 == 0 { c.is_alphabetic() } else { *c == '.' });
    if abbreviation { Vec::new() } else { cuts }
}

fn without_affixes(word: &str, range: Range<usize>, elisions: bool) -> Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    let mut backwards = word[range.clone()].char_indices().rev();
    if let (Some((_, 's' | 'S')), Some((at, c))) = (backwards.next(), backwards.next())
        && is_apostrophe(c)
    {
        end = range.start + at;
    }
    if elisions && let Some((at, c)) = word[start..end].char_indices().find(|(_, c)| is_apostrophe(*c)) {
        let head = word[start..start + at].to_lowercase();
        if ELISIONS.contains(&head.as_str()) {
            start += at + c.len_utf8();
        }
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(word: &str) -> Vec<&str> {
        pieces(word, true).into_iter().map(|r| &word[r]).collect()
    }

    #[test]
    fn joined_words_are_split_as_a_reader_would() {
        assert_eq!(split("topics"), ["topics"]);
        assert_eq!(split("readme.txt"), ["readme", "txt"]);
        assert_eq!(split("a:b"), ["a", "b"]);
        assert_eq!(split("snake_case_"), ["snake", "case"]);
        assert_eq!(split("U.S.A"), ["U.S.A"]);
        assert_eq!(split("3.14"), ["3.14"]);
        assert_eq!(split("v2.0"), ["v2.0"]);
        assert_eq!(split("Ann's"), ["Ann"]);
        assert_eq!(split("Ann\u{2019}s"), ["Ann"]);
        assert_eq!(split("don't"), ["don't"]);
        assert_eq!(split("l'homme"), ["homme"]);
        assert_eq!(split("Qu\u{2019}elle"), ["elle"]);
        assert_eq!(split("dell'arte"), ["arte"]);
        assert_eq!(split("aujourd'hui"), ["aujourd'hui"]);
        assert_eq!(pieces("l'homme", false)[0], 0..7);
        assert_eq!(split("col·lecció"), ["col·lecció"]);
        assert_eq!(split("_"), Vec::<&str>::new());
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn pieces_are_ordered_disjoint_and_inside(word in "[a-zA-Zéß0-9._:'’Ω]{1,20}", elisions: bool) {
            let mut end = 0;
            for range in pieces(&word, elisions) {
                prop_assert!(range.start >= end && range.end <= word.len() && !range.is_empty());
                prop_assert!(word.is_char_boundary(range.start) && word.is_char_boundary(range.end));
                end = range.end;
            }
        }
    }
}
