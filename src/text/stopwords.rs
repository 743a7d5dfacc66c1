//! Stop words: frequent words that say nothing about the topic of a document.

use hashbrown::HashSet;

use super::filter::TokenFilter;
use super::normalize::{fold_accents, fold_greek, normalize};

/// A filter that drops stop words; they are compared after normalisation.
///
/// A contraction is dropped if all its parts are stop words: `who've` is dropped since `who` and `ve` are.
///
/// ```
/// use topicmill::text::{Language, StopWords, TokenFilter};
/// let stop = StopWords::new(Language::English.stop_words().iter().copied());
/// assert!(!stop.keep("the") && !stop.keep("don't") && !stop.keep("who've"));
/// assert!(stop.keep("computer") && stop.keep("o'brien"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopWords {
    words: HashSet<String>,
    folds_accents: bool,
}

impl StopWords {
    /// A filter that drops these words.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter().map(|word| fold_greek(&normalize(word)).into_owned());
        Self { words: words.filter(|word| !word.is_empty()).collect(), folds_accents: false }
    }

    /// The same filter for words that are compared without their accents.
    pub fn folding_accents(self) -> Self {
        let words = self.words.iter().map(|word| fold_accents(word).into_owned()).collect();
        Self { words, folds_accents: true }
    }
}

impl TokenFilter for StopWords {
    fn keep(&self, word: &str) -> bool {
        let folded = if self.folds_accents { fold_accents(word) } else { word.into() };
        let word = fold_greek(&folded);
        let contraction = word.contains('\'') && word.split('\'').all(|part| self.words.contains(part));
        !contraction && !self.words.contains(word.as_ref())
    }
}
