//! One spelling for words that look alike.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::Language;

/// NFKC, then lower case; soft hyphens and zero-width marks of no meaning are dropped, white space becomes single spaces.
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
    let composed: String = word
        .nfkc()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}'))
        .map(|c| if matches!(c, '\u{2018}' | '\u{2019}') { '\'' } else { c })
        .collect();
    composed.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`normalize`] for a language: Turkish and Azerbaijani have two letters i, `I ı` and `İ i`.
pub(super) fn normalize_for(word: &str, language: Option<Language>) -> String {
    match language {
        Some(Language::Turkish | Language::Azerbaijani) if word.contains(['I', '\u{130}']) => {
            normalize(&word.replace('I', "ı").replace('\u{130}', "i"))
        }
        _ => normalize(word),
    }
}

/// A word as stop words are compared: Greek without accents and with one form of sigma, since the list was made from
/// capitals.
pub(super) fn fold_greek(word: &str) -> Cow<'_, str> {
    if !word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}')) {
        return Cow::Borrowed(word);
    }
    let folded = word.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).map(|c| if c == 'ς' { 'σ' } else { c });
    Cow::Owned(folded.collect())
}
