//! Which numbers? Counts are pruned by document frequency and weighted: the term-document matrix V.

mod build;
mod params;
mod prune;
mod term_document;
mod weighting;

pub use build::{Term, WeightedMatrix, build};
pub use params::{DocumentFrequency, Idf, MatrixParams, Norm, Tf};
pub use term_document::{SparseRows, TermDocumentMatrix};
pub use weighting::Weighting;

/// Why there is no matrix.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// A parameter has a value that makes no sense.
    #[error("matrix.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `matrix`.
        key: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// An entry is negative, infinite or not a number.
    #[error(
        "entry of term {term}, document {document} (counted from 1) is {value}, expected a finite number of at least 0"
    )]
    Entry {
        /// Row, from 1.
        term: usize,
        /// Column, from 1.
        document: usize,
        /// The entry.
        value: f64,
    },
    /// More terms or documents than 32-bit numbers can count.
    #[error("{n} {what} are too many: the limit is 4,294,967,295")]
    TooLarge {
        /// Terms or documents.
        what: &'static str,
        /// How many.
        n: usize,
    },
    /// Nothing is left to factorise.
    #[error("no term is left: {n_terms} terms were counted, and min_df {min_df}, max_df {max_df} keep none of them")]
    NoTerms {
        /// Terms before pruning.
        n_terms: usize,
        /// The lower bound in documents.
        min_df: u64,
        /// The upper bound in documents.
        max_df: u64,
    },
    /// Nothing was counted.
    #[error("all {n_documents} documents are empty: no token passed the filters")]
    NoTokens {
        /// Documents read.
        n_documents: usize,
    },
    /// V is zero.
    #[error("none of the {n_terms} terms occurs in the {n_documents} documents")]
    NoEntries {
        /// Terms of the vocabulary.
        n_terms: usize,
        /// Documents read.
        n_documents: usize,
    },
    /// Hardly any row or column has an entry.
    #[error("{what} has {n_entries} entries: nearly all rows and columns are empty")]
    Hollow {
        /// The matrix.
        what: String,
        /// Entries announced.
        n_entries: usize,
    },
    /// Documents or rows do not fit the matrix.
    #[error("{0}")]
    Shape(String),
}

impl MatrixError {
    /// The way out, where there is one to name.
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
