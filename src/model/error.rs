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
    /// A topic cannot have this name.
    #[error("topic {topic}: {problem}")]
    Name {
        /// Number of the topic.
        topic: usize,
        /// What is wrong.
        problem: String,
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
            Self::Start { .. } => Some(
                "give topic_term.npy, topics × terms, and document_topic.npy, documents × topics, as f4 or f8 in C order".into(),
            ),
            Self::Output { hint, .. } => Some((*hint).into()),
            Self::NotRanked => Some("rank by probability, relevance, frex or lift, or fit again".into()),
            _ => None,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}
