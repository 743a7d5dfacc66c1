//! Snowball stems behind a type of our own, guarded against the panics of the 2019 release.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::Language;

thread_local! {
    static STEMMING: Cell<bool> = const { Cell::new(false) };
}

/// The Snowball stemmer of one language.
///
/// ```
/// use topicmill::text::{Language, Stemmer};
/// let stemmer = Stemmer::new(Language::English).unwrap();
/// assert_eq!(stemmer.stem("connections"), Some("connect".to_string()));
/// assert!(Stemmer::new(Language::Hebrew).is_none());
/// ```
pub struct Stemmer(rust_stemmers::Stemmer);

impl Stemmer {
    /// The stemmer of a language, if there is one.
    pub fn new(language: Language) -> Option<Self> {
        quiet_hook();
        language.stemmer().map(|algorithm| Self(rust_stemmers::Stemmer::create(algorithm)))
    }

    /// The stem of a lower-case word; none where the algorithm fails on it (some Greek words, such as `ισαισα`) or
    /// leaves nothing.
    pub fn stem(&self, word: &str) -> Option<String> {
        STEMMING.set(true);
        let stem = panic::catch_unwind(AssertUnwindSafe(|| self.0.stem(word).into_owned()));
        STEMMING.set(false);
        stem.ok().filter(|stem| !stem.is_empty())
    }
}

impl std::fmt::Debug for Stemmer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stemmer")
    }
}

/// Keeps the panic hook from reporting a panic that `stem` catches; every other panic is reported as before.
fn quiet_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !STEMMING.get() {
                previous(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn greek_word_that_breaks_the_algorithm_stays_unstemmed() {
        let stemmer = Stemmer::new(Language::Greek).expect("Greek has a stemmer");
        assert_eq!(stemmer.stem("ισαισα"), None);
        assert_eq!(stemmer.stem("θάλασσα").as_deref(), Some("θαλασσ"));
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn no_word_brings_a_stemmer_down(word in "\\PC{0,12}") {
            for &language in Language::ALL {
                if let Some(stemmer) = Stemmer::new(language) {
                    stemmer.stem(&word);
                }
            }
        }

        #[test]
        fn no_greek_word_brings_the_stemmer_down(word in "[αάισςτοόνεέρυλκηή]{1,10}") {
            Stemmer::new(Language::Greek).expect("Greek has a stemmer").stem(&word);
        }
    }
}
