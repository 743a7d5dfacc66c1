//! The errors of a factorisation.

use crate::wording::counted;

/// The reason why a fit did not begin or could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactorizeError {
    /// A parameter has a value outside of its range, or one that does not go with the others.
    #[error("factorize.{key} is {found}, expected {expected}")]
    Parameter {
        /// The configuration key within the section `factorize`.
        key: &'static str,
        /// The value that was given.
        found: String,
        /// The values that are accepted.
        expected: String,
    },
    /// There are more topics than the data can tell apart.
    #[error(
        "{} cannot be found in {} with a term and {}",
        counted(*n_topics, "topic"), counted(*n_documents, "document"), counted(*n_terms, "term")
    )]
    TooManyTopics {
        /// Number of topics asked for.
        n_topics: usize,
        /// Number of documents with at least one term.
        n_documents: usize,
        /// Number of terms with at least one document.
        n_terms: usize,
    },
    /// A factor of the start has the wrong shape.
    #[error("the start has {what} of {found:?}, expected {expected:?}")]
    StartShape {
        /// The factor, W or H.
        what: &'static str,
        /// The rows and columns that it has.
        found: (usize, usize),
        /// The rows and columns that V and the number of topics ask for.
        expected: (usize, usize),
    },
    /// An entry of the start is negative, infinite or not a number.
    #[error("the start has {value} in {what}, expected finite numbers of at least 0")]
    StartEntry {
        /// The factor, W or H.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// W or H of the start is zero throughout, which no update can leave.
    #[error("the start is zero in all of W or H")]
    ZeroStart,
    /// A factor holds an entry at the end that is infinite or not a number.
    #[error("the fit ended with {value} in {what}")]
    Overflow {
        /// The factor, W or H.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// A stored fit that cannot be taken up again.
    #[error("the checkpoint {0}")]
    Checkpoint(String),
    /// The statistics of shards cannot be read, merged or completed; the text says why.
    #[error("statistics {0}")]
    Statistics(String),
    /// A shard of documents cannot be read or written.
    #[error("documents on disk: {0}")]
    Shard(#[from] std::io::Error),
    /// The objective is not finite, or lower than a loss can be, because numbers have overflowed or underflowed.
    #[error("the objective became {objective} at iteration {iteration}")]
    NotFinite {
        /// The number of the iteration, from 0.
        iteration: usize,
        /// The objective found.
        objective: f64,
    },
}

impl FactorizeError {
    /// What a user can do about the error, if there is a remedy to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooManyTopics { n_documents, n_terms, .. } => {
                Some(format!("ask for at most {} with -k", n_documents.min(n_terms)))
            }
            Self::NotFinite { .. } | Self::Overflow { .. } => {
                Some("scale the data: 32-bit floats hold numbers from 1e-38 to 3e38".into())
            }
            _ => None,
        }
    }
}
