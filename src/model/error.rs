//! Errors of storing, loading and using models.

use std::path::PathBuf;

use crate::text::TextError;

/// Why a model could not be stored, loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The system reported an error.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder that was read or written.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// The directory was not written by this program, or holds a matrix where a model is needed.
    #[error("{}: {problem}", path.display())]
    NotAModel {
        /// The directory.
        path: PathBuf,
        /// What was found instead.
        problem: String,
    },
    /// The directory was written by a later version of this program.
    #[error("{}: has format version {found}, this program reads up to {supported}", path.display())]
    Newer {
        /// The directory.
        path: PathBuf,
        /// Format version of the directory.
        found: u64,
        /// Latest format version that this program reads.
        supported: u64,
    },
    /// A file is missing, cut off or changed.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected.
        problem: String,
    },
    /// A fit cannot go on from this checkpoint.
    #[error("{}: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The given factors cannot be the start of a fit.
    #[error("{}: {problem}", path.display())]
    Start {
        /// The file or directory.
        path: PathBuf,
        /// What was found and what was expected.
        problem: String,
    },
    /// The output directory may not be written.
    #[error("{}: {problem}", path.display())]
    Output {
        /// The directory.
        path: PathBuf,
        /// Why it may not be written.
        problem: String,
        /// Advice on how to go on.
        hint: &'static str,
    },
    /// A value or record of the model is invalid.
    #[error("{0}")]
    Invalid(String),
    /// The recorded analyser cannot be made again.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Words are to be ranked by correlation, and the fit did not rank them.
    #[error("the model was made by an older version, which did not rank words by correlation")]
    NotRanked,
    /// The model has no such level of topics.
    #[error("there is no level {level}: the model has {n_levels}, numbered from 1")]
    NoLevel {
        /// The level that was asked for.
        level: usize,
        /// The number of levels.
        n_levels: usize,
    },
    /// A topic cannot have this name.
    #[error("topic {topic}: {problem}")]
    Name {
        /// Number of the topic.
        topic: usize,
        /// What is wrong.
        problem: String,
    },
    /// There is no such column.
    #[error("no document has a column {name:?}")]
    NoColumn {
        /// The name that was asked for.
        name: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// No column of the documents looks like dates.
    #[error("no column of the documents has dates")]
    NoDates {
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// Documents cannot be grouped by what a column has.
    #[error("{problem}")]
    Column {
        /// What was found.
        problem: String,
    },
    /// Periods are shorter than dates are known.
    #[error("the dates in the column {column:?} have no {period}: they are known to the {known}")]
    TooFine {
        /// The column.
        column: String,
        /// The period that was asked for.
        period: &'static str,
        /// How exactly dates are known.
        known: &'static str,
    },
    /// The model cannot be applied to the given documents.
    #[error("{0}")]
    Transform(String),
}

impl ModelError {
    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAModel { .. } => Some("name a directory that `topicmill fit` wrote".into()),
            Self::Newer { .. } => Some("use the version of topicmill that wrote it".into()),
            Self::Damaged { .. } => Some("restore the directory from a copy, or fit again".into()),
            Self::Checkpoint { .. } => {
                Some("give the inputs and parameters of that fit, or leave out --resume to begin anew".into())
            }
            Self::Start { .. } => Some(
                "give topic_term.npy, topics × terms, and document_topic.npy, documents × topics, as f4 or f8 in C order".into(),
            ),
            Self::Output { hint, .. } => Some((*hint).into()),
            Self::NoColumn { columns, .. } if columns.is_empty() => Some(
                "documents have columns where they come from a table, JSON or mail; fit again from one of these".into(),
            ),
            Self::NoColumn { columns, .. } => Some(format!("the columns are {}", columns.join(", "))),
            Self::NoDates { columns } if columns.is_empty() => Some(
                "documents have dates where they come from a table, JSON or mail; --date-column names the column".into(),
            ),
            Self::NoDates { columns } => {
                Some(format!("--date-column names the column that has them; there are {}", columns.join(", ")))
            }
            Self::TooFine { .. } => Some("take a longer period (--by), or quantile".into()),
            Self::NoLevel { n_levels: 1, .. } => {
                Some("topicmill fit INPUT --hierarchy finds levels, where there are any".into())
            }
            Self::NotRanked => Some("rank by probability, relevance, frex or lift, or fit again".into()),
            _ => None,
        }
    }

    pub(super) fn no_column(name: &str, columns: &[String]) -> Self {
        Self::NoColumn { name: name.to_string(), columns: columns.to_vec() }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}
