//! Which numbers? This stage prunes terms by document frequency and weights their counts, which makes the term-document
//! matrix V.

mod build;
mod counts;
mod duplicates;
mod pairs;
mod params;
mod prune;
mod shard;
mod term_document;
mod weighting;

pub use build::{Kept, Term, Weigher, WeightedMatrix, build};
pub use counts::EntryCounts;
pub use duplicates::Duplicates;
pub use pairs::TermPairs;
pub(crate) use pairs::add_pairs;
pub use params::{DocumentFrequency, Idf, MatrixParams, Norm, Tf};
pub use prune::Frequencies;
pub use shard::{decode_shard, encode_shard};
pub use term_document::{SparseRows, TermDocumentMatrix};
pub use weighting::Weighting;

use std::path::PathBuf;

/// Why the matrix cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// Entries are missing, where all must be known.
    #[error("entries of the matrix are missing (NaN, or by a mask), where all must be known")]
    Missing,
    /// A mask has another size than the matrix.
    #[error("{}: the mask is {found}, the matrix {expected}", path.display())]
    Mask {
        /// The file.
        path: PathBuf,
        /// The size of the mask.
        found: String,
        /// The size of the matrix.
        expected: String,
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
    /// An entry lies outside of its matrix.
    #[error("entry ({term}, {document}) lies outside the {n_terms} × {n_documents} matrix")]
    Outside {
        /// Row, from 1.
        term: usize,
        /// Column, from 1.
        document: usize,
        /// Rows of the matrix.
        n_terms: usize,
        /// Columns of the matrix.
        n_documents: usize,
    },
    /// Rows whose pointers or columns do not ascend, or that name columns which the matrix does not have.
    #[error("the rows are not a sparse matrix of {n_columns} columns")]
    Rows {
        /// Columns of the matrix.
        n_columns: usize,
    },
    /// Weights that are not one for each term or document.
    #[error("{found} weights for {expected} {what}")]
    Weights {
        /// Terms or documents.
        what: &'static str,
        /// Weights given.
        found: usize,
        /// Terms or documents that there are.
        expected: usize,
    },
    /// A ready matrix among other inputs.
    #[error("a ready matrix must be the only input")]
    NotAlone,
    /// A stored matrix that is to be weighted again.
    #[error("the matrix is weighted already: tf, idf and norm cannot be applied again")]
    Weighted,
    /// A directory of shards, of which other terms or weights are asked for.
    #[error("the shards have their terms, and the weights of terms: choose them when the shards are made")]
    Shards,
    /// A stored matrix whose documents are divided by a norm, and of which other terms or weights are asked for.
    #[error(
        "the matrix has a document norm, which holds for all its terms and their weights: choose them when vectorizing"
    )]
    Normed,
    /// Names or an orientation for a stored matrix, which has its own.
    #[error("the matrix has its names and orientation: --term-names, --document-names and --transposed have no use")]
    Named,
    /// Two terms of one name.
    #[error("the term name {name:?} stands twice")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// Names that are not one for each row or column.
    #[error("{file} has {found} names, the matrix has {expected} {what}")]
    Names {
        /// File of the names.
        file: String,
        /// Terms or documents.
        what: &'static str,
        /// Names in the file.
        found: usize,
        /// Terms or documents of the matrix.
        expected: usize,
    },
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
            Self::Missing => "fit and impute take them; anything else needs a matrix without holes".into(),
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
