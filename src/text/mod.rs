//! What counts as a term? Tokenizer → normaliser → filters → n-grams and stems; counts per document.
//!
//! Text is cut into words (UAX #29, or the user's pattern), joined words are split, each piece is normalised (NFKC,
//! lower case) and filtered (length, a letter at least, stop words). What is left is a *surface form*; n-grams are
//! formed from surface forms, and a *term* is the surface form itself or its stem. Each distinct word is analysed once.

mod analyzer;
mod corpus;
mod count;
mod detect;
mod eight_bytes;
mod filter;
mod joined;
mod language;
mod normalize;
mod params;
mod short_words;
mod stemmer;
mod stopwords;
mod tokenizer;
mod vocabulary;

pub use analyzer::{Analyzer, Token};
pub use corpus::{Corpus, CorpusBuilder, SurfaceBlock};
pub(crate) use count::merge_terms;
pub use count::{BLOCK_DOCUMENTS, CountBlock, DocumentCounts, TermCounter};
pub use detect::{Detection, LanguageDetector};
pub use filter::{HasLetter, LengthBounds, TokenFilter};
pub use language::Language;
pub use normalize::normalize;
pub use params::{AnalyzerSpec, LanguageChoice, TextParams};
pub use stemmer::Stemmer;
pub use stopwords::StopWords;
pub use tokenizer::{PatternTokenizer, Tokenizer, UnicodeWords};
pub use vocabulary::Vocabulary;

/// Why an analyser could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A parameter has a value that makes no sense.
    #[error("text.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `text`.
        key: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// `token_pattern` is not a regular expression.
    #[error("text.token_pattern is not a regular expression: {0}")]
    Pattern(#[from] regex::Error),
    /// The language has no stemmer.
    #[error("there is no stemmer for {0}")]
    NoStemmer(Language),
    /// Stemming was asked for, but the language is not known.
    #[error("text.stem needs a language, and none was recognised")]
    StemWithoutLanguage,
}

impl TextError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoStemmer(_) => {
                let names: Vec<_> = Language::ALL.iter().filter(|l| l.stemmer().is_some()).map(|l| l.name()).collect();
                Some(format!("stemmers: {}", names.join(", ")))
            }
            Self::StemWithoutLanguage => Some("name it with --language, for example --language english".into()),
            _ => None,
        }
    }
}
