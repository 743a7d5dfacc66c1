//! Stop words: frequent words that say nothing about the topic of a document.

use hashbrown::HashSet;

use super::filter::TokenFilter;
use super::normalize::{fold_greek, normalize};

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
pub struct StopWords(HashSet<String>);

impl StopWords {
    /// A filter that drops these words.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(
            words
                .into_iter()
                .map(|word| fold_greek(&normalize(word)).into_owned())
                .filter(|word| !word.is_empty())
                .collect(),
        )
    }
}

impl TokenFilter for StopWords {
    fn keep(&self, word: &str) -> bool {
        let word = fold_greek(word);
        let contraction = word.contains('\'') && word.split('\'').all(|part| self.0.contains(part));
        !contraction && !self.0.contains(word.as_ref())
    }
}
