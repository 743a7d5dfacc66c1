//! Recognises the language of documents: it is the one whose stop-word list has the most hits.

use hashbrown::HashMap;

use super::Language;
use super::normalize::{fold_greek, normalize};
use super::tokenizer::{Tokenizer, UnicodeWords};

/// A language is recognised only if at least this share of the words are its stop words. Otherwise texts in a
/// language without a list would be taken for one that happens to share a few words.
const LEAST_SHARE: f64 = 0.05;

/// The recognised language, and the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// The language whose list had the most hits; `None` if fewer than 5 % of the words are on that list.
    pub language: Option<Language>,
    /// Share of the words seen that are on the list of the best language.
    pub share: f64,
    /// Number of documents that were counted.
    pub n_documents: usize,
}

/// Counts the hits of every language's stop-word list in the documents added to it.
///
/// ```
/// use topicmill::text::{Language, LanguageDetector};
/// let mut detector = LanguageDetector::new();
/// detector.add("Le chat est sur la table et il ne fait pas de bruit.");
/// assert_eq!(detector.detect().language, Some(Language::French));
/// ```
pub struct LanguageDetector {
    /// Maps each stop word to the languages that have it: bit i stands for `Language::ALL[i]`.
    lists: HashMap<String, u64>,
    hits: Vec<u64>,
    n_words: u64,
    n_documents: usize,
}

impl Default for LanguageDetector {
    fn default() -> Self {
        let mut lists: HashMap<String, u64> = HashMap::new();
        for (bit, language) in Language::ALL.iter().enumerate() {
            for word in language.stop_words() {
                *lists.entry(fold_greek(&normalize(word)).into_owned()).or_default() |= 1 << bit;
            }
        }
        Self { lists, hits: vec![0; Language::ALL.len()], n_words: 0, n_documents: 0 }
    }
}

impl LanguageDetector {
    /// A detector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the hits in one document.
    pub fn add(&mut self, text: &str) {
        self.n_documents += 1;
        UnicodeWords.tokenize(text, &mut |range| {
            let word = normalize(&text[range]);
            if !word.chars().any(char::is_alphabetic) {
                return;
            }
            self.n_words += 1;
            let mut bits = self.lists.get(fold_greek(&word).as_ref()).copied().unwrap_or(0);
            while bits != 0 {
                self.hits[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        });
    }

    /// The language with the most hits so far; among languages with equal hits, the first in alphabetical order.
    pub fn detect(&self) -> Detection {
        let best = (0..self.hits.len()).rev().max_by_key(|&i| self.hits[i]).unwrap_or(0);
        let share = if self.n_words == 0 { 0.0 } else { self.hits[best] as f64 / self.n_words as f64 };
        let language = (share >= LEAST_SHARE).then(|| Language::ALL[best]);
        Detection { language, share, n_documents: self.n_documents }
    }
}
