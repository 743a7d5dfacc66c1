//! Which language are the documents in? The stop-word list with the most hits answers.

use hashbrown::HashMap;

use super::Language;
use super::normalize::{fold_greek, normalize};
use super::tokenizer::{Tokenizer, UnicodeWords};

/// Share of words that must be stop words of a language for it to be recognised.
const LEAST_SHARE: f64 = 0.05;

/// What was recognised, and on what grounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// The language whose list had the most hits; none if even that list has hits in fewer than 5 % of the words.
    pub language: Option<Language>,
    /// Share of the words seen that are on the list of the best language.
    pub share: f64,
    /// Documents looked at.
    pub n_documents: usize,
}

/// Counts the hits of every list in the documents shown to it.
///
/// ```
/// use topicmill::text::{Language, LanguageDetector};
/// let mut detector = LanguageDetector::new();
/// detector.add("Le chat est sur la table et il ne fait pas de bruit.");
/// assert_eq!(detector.detect().language, Some(Language::French));
/// ```
pub struct LanguageDetector {
    /// For each stop word the languages that have it, a bit each.
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

    /// Looks at one document.
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

    /// The best language so far; of equals the first in alphabetical order.
    pub fn detect(&self) -> Detection {
        let best = (0..self.hits.len()).rev().max_by_key(|&i| self.hits[i]).unwrap_or(0);
        let share = if self.n_words == 0 { 0.0 } else { self.hits[best] as f64 / self.n_words as f64 };
        let language = (share >= LEAST_SHARE).then(|| Language::ALL[best]);
        Detection { language, share, n_documents: self.n_documents }
    }
}
