//! Why a model could not be stored, loaded or used.

use std::path::PathBuf;

/// Why a model could not be stored, loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Not a directory that this program wrote.
    #[error("{}: {problem}", path.display())]
    NotAModel {
        /// The directory.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// Written by a later version.
    #[error("{}: has format version {found}, this program reads up to {supported}", path.display())]
    Newer {
        /// The directory.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The latest version that this program reads.
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
    /// Factors that cannot be a start.
    #[error("{}: {problem}", path.display())]
    Start {
        /// The file or directory.
        path: PathBuf,
        /// What was found and what was expected.
        problem: String,
    },
    /// The output directory is taken.
    #[error("{}: {problem}", path.display())]
    Output {
        /// The directory.
        path: PathBuf,
        /// What is in the way.
        problem: String,
        /// The way out.
        hint: &'static str,
    },
    /// The model makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The model cannot read what it was given.
    #[error("{0}")]
    Transform(String),
}

impl ModelError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAModel { .. } => Some("name a directory that `topicmill fit` wrote".into()),
            Self::Newer { .. } => Some("use the version of topicmill that wrote it".into()),
            Self::Damaged { .. } => Some("restore the directory from a copy, or fit again".into()),
            Self::Start { .. } => Some(
                "give topic_term.npy, topics × terms, and document_topic.npy, documents × topics, as f4 or f8 in C order".into(),
            ),
            Self::Output { hint, .. } => Some((*hint).into()),
            _ => None,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}
