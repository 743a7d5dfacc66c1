//! Wraps the Snowball stemmers of `rust-stemmers`, whose release of 2019 panics on some words: such a panic must not
//! end a run.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::Language;

thread_local! {
    // Whether this thread is inside a stemmer, whose panics are caught and must not be reported.
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
    /// The stemmer of a language, or `None` if there is none for it.
    pub fn new(language: Language) -> Option<Self> {
        quiet_hook();
        language.stemmer().map(|algorithm| Self(rust_stemmers::Stemmer::create(algorithm)))
    }

    /// The stem of a lower-case word; `None` if the algorithm panics on it (as on some Greek words, such as `ισαισα`)
    /// or leaves nothing of it.
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

/// Installs a panic hook that does not report panics that `stem` catches; all others go to the previous hook.
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
