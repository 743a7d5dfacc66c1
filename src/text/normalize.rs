//! One spelling for words that look alike.

use unicode_normalization::UnicodeNormalization;

/// NFKC, then lower case; soft hyphens, zero-width marks of no meaning and white space are dropped.
///
/// ```
/// use topicmill::text::normalize;
/// assert_eq!(normalize("Cafe\u{301}"), "café");
/// assert_eq!(normalize("ﬁnance"), "finance");
/// assert_eq!(normalize("co\u{ad}operate"), "cooperate");
/// assert_eq!(normalize("Don’t"), "don't");
/// ```
pub fn normalize(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let composed: String = word
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}'))
        .map(|c| if matches!(c, '\u{2018}' | '\u{2019}') { '\'' } else { c })
        .collect();
    composed.to_lowercase()
}
