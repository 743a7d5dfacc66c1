//! Why there is no factorization.

/// Why a fit did not begin, or could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactorizeError {
    /// A parameter has a value that makes no sense.
    #[error("factorize.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `factorize`.
        key: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: String,
    },
    /// More topics than the data can tell apart.
    #[error("{n_topics} topics are more than the {n_documents} non-empty documents or the {n_terms} terms")]
    TooManyTopics {
        /// Topics asked for.
        n_topics: usize,
        /// Documents with a term at least.
        n_documents: usize,
        /// Terms with a document at least.
        n_terms: usize,
    },
    /// A start of the wrong shape.
    #[error("the start has {what} of {found:?}, expected {expected:?}")]
    StartShape {
        /// Which factor.
        what: &'static str,
        /// Its rows and columns.
        found: (usize, usize),
        /// What V and the number of topics ask for.
        expected: (usize, usize),
    },
    /// A start with an entry that no factor can hold.
    #[error("the start has {value} in {what}, expected finite numbers of at least 0")]
    StartEntry {
        /// Which factor.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// A start that no update can leave.
    #[error("the start is zero in all of W or H")]
    ZeroStart,
    /// Factors that have left the range of their numbers.
    #[error("the fit ended with {value} in {what}")]
    Overflow {
        /// Which factor.
        what: &'static str,
        /// The entry.
        value: f32,
    },
    /// Sums over shards that do not make a whole.
    #[error("statistics {0}")]
    Statistics(String),
    /// A number overflowed or underflowed.
    #[error("the objective became {objective} at iteration {iteration}")]
    NotFinite {
        /// Iteration, from 0.
        iteration: usize,
        /// Its value.
        objective: f64,
    },
}

impl FactorizeError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooManyTopics { n_documents, n_terms, .. } => {
                Some(format!("ask for at most {} topics with -k", n_documents.min(n_terms)))
            }
            Self::NotFinite { .. } | Self::Overflow { .. } => {
                Some("scale the data: 32-bit floats hold numbers from 1e-38 to 3e38".into())
            }
            _ => None,
        }
    }
}
