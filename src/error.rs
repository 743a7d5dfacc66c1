//! All errors of the library.

use crate::config::ConfigError;
use crate::export::ExportError;
use crate::factorize::{FactorizeError, Loss, Solver};
use crate::ingest::IngestError;
use crate::matrix::MatrixError;
use crate::model::ModelError;
use crate::system::Memory;
use crate::text::TextError;

/// Whatever can go wrong, by stage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading documents.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Making the analyser.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Making the matrix.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// Factorising it.
    #[error(transparent)]
    Factorize(#[from] FactorizeError),
    /// Storing, loading or using a model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Exporting a table.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Configuring a run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The inputs hold no document.
    #[error("no document was found{}", match skipped { 0 => String::new(), 1 => ": 1 was skipped".into(), n => format!(": {n} were skipped") })]
    NoDocuments {
        /// How many were left out, hidden files aside.
        skipped: usize,
        /// The first of them.
        first: Option<String>,
    },
    /// There is not enough memory for it.
    #[error(
        "{what} would take about {} MiB of memory, {} are {}",
        needed >> 20, limit >> 20, if *is_given { "allowed" } else { "free" }
    )]
    Memory {
        /// What was to be done.
        what: String,
        /// Bytes that it would take.
        needed: u64,
        /// Bytes that there are.
        limit: u64,
        /// Whether the user has set the limit.
        is_given: bool,
    },
    /// An error that goes with documents that look wrong.
    #[error("{error}")]
    Advised {
        /// The error.
        error: Box<Error>,
        /// What looks wrong, and what helps.
        advice: String,
    },
    /// Somebody asked for an end before there was anything to keep.
    #[error("interrupted")]
    Interrupted,
    /// A promise of this program was broken.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Refuses what takes more memory than there is.
    pub(crate) fn check_memory(what: impl Into<String>, needed: u64) -> Result<(), Self> {
        let Memory { limit, is_given } = Memory::current();
        if needed <= limit {
            return Ok(());
        }
        Err(Self::Memory { what: what.into(), needed, limit, is_given })
    }

    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Ingest(error) => error.hint(),
            Self::Text(error) => error.hint(),
            Self::Matrix(error) => error.hint(),
            Self::Factorize(FactorizeError::Parameter { key: "solver", found, .. }) => {
                let solver: Solver = found.parse().ok()?;
                let loss = Loss::ALL.iter().find(|loss| solver.minimises(**loss))?;
                Some(format!("{solver} goes with --loss {loss}"))
            }
            Self::Factorize(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Export(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::NoDocuments { first: Some(first), .. } => Some(format!("the first was {first}")),
            Self::NoDocuments { .. } => Some("give a folder with text files, a table or a file of lines".into()),
            Self::Memory { .. } => Some(
                "take fewer topics (-k) or terms (--min-df, --max-terms), let fit keep documents on disk (--memory), \
                 or allow more (--max-memory, or a larger --memory)"
                    .into(),
            ),
            Self::Advised { advice, .. } => Some(advice.clone()),
            Self::Interrupted | Self::Internal(_) => None,
        }
    }

    /// Whether the caller's parameters are at fault, not the data or the machine.
    pub fn is_usage(&self) -> bool {
        if let Self::Advised { error, .. } = self {
            return error.is_usage();
        }
        matches!(
            self,
            Self::Config(_)
                | Self::Text(_)
                | Self::Matrix(
                    MatrixError::Parameter { .. }
                        | MatrixError::NotAlone
                        | MatrixError::Weighted
                        | MatrixError::Shards
                        | MatrixError::Normed
                        | MatrixError::Named
                )
                | Self::Factorize(FactorizeError::Parameter { .. })
                | Self::Ingest(IngestError::Parameter { .. } | IngestError::MissingColumn { .. })
                | Self::Model(ModelError::Output { .. })
        )
    }
}
