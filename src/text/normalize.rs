//! Gives words that look alike one spelling, so that they are counted as one term.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::Language;

/// Applies NFKC and then lower case. Soft hyphens and zero-width marks without meaning are dropped, curly apostrophes
/// become straight, and runs of white space become single spaces.
///
/// ```
/// use topicmill::text::normalize;
/// assert_eq!(normalize("Cafe\u{301}"), "café");
/// assert_eq!(normalize("ﬁnance"), "finance");
/// assert_eq!(normalize("co\u{ad}operate"), "cooperate");
/// assert_eq!(normalize("Don’t"), "don't");
/// assert_eq!(normalize(" New\tYork"), "new york");
/// ```
pub fn normalize(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return word.to_ascii_lowercase();
    }
    single_spaces(&composed(word).to_lowercase())
}

/// [`normalize`] without lower case.
pub(super) fn normalize_keeping_case(word: &str) -> String {
    single_spaces(&composed(word))
}

fn composed(word: &str) -> String {
    word.nfkc()
        .filter(|c| !matches!(c, '\0' | '\r' | '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}'))
        .map(|c| if matches!(c, '\u{2018}' | '\u{2019}') { '\'' } else { c })
        .collect()
}

fn single_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`normalize`] with the lower case of a language: in Turkish and Azerbaijani `I` becomes `ı` and `İ` becomes `i`.
pub(super) fn normalize_for(word: &str, language: Option<Language>) -> String {
    match language {
        Some(Language::Turkish | Language::Azerbaijani) if word.contains(['I', '\u{130}']) => {
            normalize(&word.replace('I', "ı").replace('\u{130}', "i"))
        }
        _ => normalize(word),
    }
}

/// The word without accents: the marks of Latin, Greek and Cyrillic letters are taken off, but not those that make
/// another letter of a Cyrillic one (`й`, `ў`, `ї`).
///
/// ```
/// use topicmill::text::fold_accents;
/// assert_eq!(fold_accents("élève"), "eleve");
/// assert_eq!(fold_accents("ёлка й"), "елка й");
/// assert_eq!(fold_accents("がく 한국"), "がく 한국");
/// ```
pub fn fold_accents(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut base = ' ';
    let kept = word.nfd().filter(|&c| {
        let is_mark = matches!(c, '\u{300}'..='\u{36f}');
        if !is_mark {
            base = c;
        }
        let is_cyrillic = matches!(base, '\u{400}'..='\u{52f}');
        !is_mark || is_cyrillic && (c == '\u{306}' || base == 'і')
    });
    Cow::Owned(kept.nfc().collect())
}

/// The form in which words are compared with stop words. Greek loses its accents, and a final sigma becomes `σ`, since
/// many words of the Greek list were made from capitals and are written so (`αυτοσ`).
pub(super) fn fold_greek(word: &str) -> Cow<'_, str> {
    if !word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}')) {
        return Cow::Borrowed(word);
    }
    let folded = word.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).map(|c| if c == 'ς' { 'σ' } else { c });
    Cow::Owned(folded.collect())
}
