//! Which numbers? This stage prunes terms by document frequency and weights their counts, which makes the term-document
//! matrix V.

mod build;
mod params;
mod prune;
mod term_document;
mod weighting;

pub use build::{Term, build};
pub use params::{DocumentFrequency, Idf, MatrixParams, Norm, Tf};
pub use term_document::{SparseRows, TermDocumentMatrix};
pub use weighting::Weighting;

/// Why the matrix cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// A parameter has an invalid value.
    #[error("matrix.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `matrix`.
        key: &'static str,
        /// The value that was given.
        found: String,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// An entry is negative, infinite or not a number.
    #[error(
        "entry of term {term}, document {document} (counted from 1) is {value}, expected a finite number of at least 0"
    )]
    Entry {
        /// Number of the term, from 1.
        term: usize,
        /// Number of the document, from 1.
        document: usize,
        /// Value of the entry.
        value: f64,
    },
    /// More terms or documents than 32-bit numbers can count.
    #[error("{n} {what} are too many: the limit is 4,294,967,295")]
    TooLarge {
        /// What is too many: `terms` or `documents`.
        what: &'static str,
        /// Number of terms or documents.
        n: usize,
    },
    /// Pruning keeps no term, so that nothing is left to factorise.
    #[error("no term is left: {n_terms} terms were counted, and min_df {min_df}, max_df {max_df} keep none of them")]
    NoTerms {
        /// Number of terms before pruning.
        n_terms: usize,
        /// The lower bound in documents.
        min_df: u64,
        /// The upper bound in documents.
        max_df: u64,
    },
    /// No document has a token that passed the filters.
    #[error("all {n_documents} documents are empty: no token passed the filters")]
    NoTokens {
        /// Number of documents read.
        n_documents: usize,
    },
    /// V is zero: no document has a term of the vocabulary.
    #[error("none of the {n_terms} terms occurs in the {n_documents} documents")]
    NoEntries {
        /// Number of terms in the vocabulary.
        n_terms: usize,
        /// Number of documents read.
        n_documents: usize,
    },
    /// Nearly all rows and columns are empty. Such a matrix is refused, since a few bytes of a file would take
    /// gigabytes of memory for names.
    #[error("{what} has {n_entries} entries: nearly all rows and columns are empty")]
    Hollow {
        /// Description of the matrix, for the message.
        what: String,
        /// Number of entries that the file announces.
        n_entries: usize,
    },
    /// Parts that belong together, such as rows, names or weights, have sizes that do not match.
    #[error("{0}")]
    Shape(String),
}

impl MatrixError {
    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoTerms { .. } => "lower --min-df, raise --max-df, or give more documents".into(),
            Self::NoTokens { .. } => {
                "look at the stop words, the token pattern and the length bounds, or keep numbers with --keep-numbers"
                    .into()
            }
            Self::Entry { .. } => {
                "KL-divergence needs non-negative data; logarithms (--tf log) need counts of at least 1".into()
            }
            Self::Hollow { .. } => {
                "leave out empty rows and columns, or set a bound on memory with --max-memory".into()
            }
            _ => return None,
        })
    }
}
