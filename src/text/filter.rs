//! Filters decide which surface forms are terms. They run once per distinct word, so they need not be fast.

/// Keeps or drops normalised words. Implement it for filters of your own; stop words are one filter among others.
pub trait TokenFilter: Send + Sync {
    /// Whether the word is kept.
    fn keep(&self, word: &str) -> bool;
}

/// Keeps words of `min..=max` characters. A word with a Han ideograph may be shorter, since a single ideograph often
/// is a whole word.
#[derive(Clone, Copy, Debug)]
pub struct LengthBounds {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
}

impl TokenFilter for LengthBounds {
    fn keep(&self, word: &str) -> bool {
        let length = word.chars().take(self.max + 1).count();
        (length >= self.min || word.chars().any(is_ideograph)) && length <= self.max
    }
}

/// Keeps words with at least one letter; numbers are dropped.
#[derive(Clone, Copy, Debug)]
pub struct HasLetter;

impl TokenFilter for HasLetter {
    fn keep(&self, word: &str) -> bool {
        word.chars().any(char::is_alphabetic)
    }
}

/// Whether a character is a CJK unified ideograph, with extensions and compatibility forms.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_and_exempts_ideographs() {
        let bounds = LengthBounds { min: 2, max: 4 };
        assert!(bounds.keep("né") && bounds.keep("maïs") && bounds.keep("水"));
        assert!(!bounds.keep("é") && !bounds.keep("の") && !bounds.keep("seven"));
        assert!(HasLetter.keep("3d") && !HasLetter.keep("1,000"));
    }
}
