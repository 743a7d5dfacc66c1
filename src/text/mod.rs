//! What counts as a term? This stage turns texts into terms, and counts them per document.
//!
//! Text is cut into words (UAX #29, or the user's pattern), joined words are split, and each piece is normalised
//! (NFKC, lower case) and filtered (length, at least one letter, stop words). The pieces that remain are *surface
//! forms*. N-grams are formed from surface forms, and a *term* is a surface form or n-gram itself, or its stem. Each
//! distinct word is analysed only once, since words repeat.

mod analyzer;
mod corpus;
mod count;
mod detect;
mod filter;
mod joined;
mod language;
mod learn_phrases;
mod normalize;
mod own_terms;
mod params;
mod phrases;
mod runs;
mod segment;
mod short_words;
mod stemmer;
mod stopwords;
mod swar;
mod token;
mod tokenizer;
mod view;
mod vocabulary;

pub use analyzer::Analyzer;
pub use corpus::{Corpus, CorpusBuilder, RetiredCounter, SurfaceBlock};
pub(crate) use count::merge_terms;
pub use count::{BLOCK_DOCUMENTS, CountBlock, DocumentCounts, TermCounter};
pub use detect::{Detection, LanguageDetector, language_of_letters};
pub use filter::{HasLetter, LengthBounds, TokenFilter};
pub use language::Language;
pub use normalize::{fold_accents, normalize};
pub use own_terms::{TermCount, TermCounts, count_alone};
pub use params::{AnalyzerSpec, LanguageChoice, Segmentation, TextParams};
pub use runs::{MergedTerm, merge_runs};
pub use segment::{HAS_DICTIONARIES, SegmentedWords, is_unspaced};
pub use stemmer::Stemmer;
pub use stopwords::StopWords;
pub use token::Token;
pub use tokenizer::{PatternTokenizer, Tokenizer, UnicodeWords};
pub use view::View;
pub use vocabulary::Vocabulary;
pub(crate) use vocabulary::count_numbers;

/// Why an analyser could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A parameter has an invalid value.
    #[error("text.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `text`.
        key: &'static str,
        /// The value that was given.
        found: String,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// `token_pattern` is not a regular expression.
    #[error("text.token_pattern is not a regular expression: {0}")]
    Pattern(#[from] regex::Error),
    /// The language has no stemmer.
    #[error("there is no stemmer for {0}")]
    NoStemmer(Language),
    /// Phrases are pairs of words, not of n-grams.
    #[error("text.phrases and text.ngrams both make terms of several words: only one of them can be given")]
    PhrasesOfNgrams,
    /// Words are to be cut by dictionaries, which this build lacks.
    #[error("words of scripts without spaces cannot be cut: this build has no dictionaries")]
    NoDictionaries,
    /// No document has the column of a view.
    #[error("text.views names the column {column:?}, which no document has: {}", columns_told(.columns))]
    NoColumn {
        /// The column.
        column: String,
        /// The columns that documents have.
        columns: Vec<String>,
    },
    /// Stems were asked for, but the language is not known.
    #[error("text.stem needs a language, and none was recognised")]
    StemWithoutLanguage,
}

/// The columns that there are, for a message.
fn columns_told(columns: &[String]) -> String {
    match columns {
        [] => "their metadata are empty".into(),
        columns => format!("there are {}", columns.join(", ")),
    }
}

impl TextError {
    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoStemmer(_) => {
                let names: Vec<_> = Language::ALL.iter().filter(|l| l.stemmer().is_some()).map(|l| l.name()).collect();
                Some(format!("stemmers: {}", names.join(", ")))
            }
            Self::StemWithoutLanguage => Some("name it with --language, for example --language english".into()),
            Self::NoDictionaries => Some("build with the feature `segmentation`".into()),
            _ => None,
        }
    }
}
