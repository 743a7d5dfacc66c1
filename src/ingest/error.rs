//! Errors of reading inputs.

use std::path::PathBuf;

use super::{MOST_COLUMNS, SkipReason, Skipped};

/// Why a document, or the whole input, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// One document was left out; reading can go on.
    #[error("{0}")]
    Skipped(Skipped),
    /// There is no such input.
    #[error("{}: no such file or folder", .0.display())]
    NotFound(PathBuf),
    /// The system reported an error.
    #[error("{path}: {error}")]
    Io {
        /// Path of the file that was being read.
        path: String,
        /// The error of the system.
        error: std::io::Error,
    },
    /// A container of documents, or a matrix, breaks off or is malformed from some point on.
    #[error("{place}: {problem}")]
    Broken {
        /// Path, line and column where known.
        place: String,
        /// What was found and what was expected.
        problem: String,
        /// Advice on how to go on.
        hint: Option<String>,
    },
    /// A table, or the first JSON object of a file, lacks a column.
    #[error("{path}: there is no column {column:?}; the columns are {}", columns.join(", "))]
    MissingColumn {
        /// Path of the table.
        path: String,
        /// The column asked for.
        column: String,
        /// The columns that the table has.
        columns: Vec<String>,
        /// The command-line flag that names the column.
        flag: &'static str,
    },
    /// A parameter has an invalid value.
    #[error("ingest.{key} is {found}, expected {expected}")]
    Parameter {
        /// Configuration key within the section `ingest`.
        key: &'static str,
        /// The value that was given.
        found: String,
        /// The values that are allowed.
        expected: &'static str,
    },
}

impl IngestError {
    /// The document that was left out, if the error concerns one document alone and reading can go on.
    pub fn skip(&self) -> Option<&Skipped> {
        match self {
            Self::Skipped(skipped) => Some(skipped),
            _ => None,
        }
    }

    /// Advice on how to go on, if there is any.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Broken { hint, .. } => hint.clone(),
            Self::MissingColumn { flag, .. } => Some(format!("name the column with {flag}")),
            Self::Skipped(skipped) => match skipped.reason {
                SkipReason::TooLarge => {
                    Some("raise --max-document-bytes, or read it by lines with --format lines".into())
                }
                _ => Some("leave out --on-error stop to skip and count such documents".into()),
            },
            _ => None,
        }
    }

    pub(super) fn skipped(source: &str, reason: SkipReason, detail: impl Into<String>) -> Self {
        Self::Skipped(Skipped { source: source.to_string(), reason, detail: detail.into() })
    }

    /// The error of a document that is larger than a document may be.
    pub(super) fn too_large(source: &str, most_bytes: u64) -> Self {
        Self::skipped(source, SkipReason::TooLarge, format!("more than {most_bytes} bytes"))
    }

    pub(super) fn io(path: &str, error: std::io::Error) -> Self {
        Self::Io { path: path.to_string(), error }
    }

    /// The error of a row or object with more columns than a corpus may have.
    pub(super) fn too_many_columns(place: String, n: usize) -> Self {
        let problem = format!("{n} columns or fields, expected at most {MOST_COLUMNS} beside text, id and label");
        Self::Broken { place, problem, hint: Some("take out what is not needed of them".into()) }
    }

    /// The error of a container that cannot be read, with the way out.
    pub(super) fn broken(place: impl Into<String>, problem: impl Into<String>, hint: &str) -> Self {
        Self::Broken { place: place.into(), problem: problem.into(), hint: Some(hint.into()) }
    }

    /// The error of a stream that ends or fails part-way.
    pub(super) fn broken_stream(place: String, error: &std::io::Error) -> Self {
        let hint = (error.kind() == std::io::ErrorKind::UnexpectedEof)
            .then(|| "the file is truncated: get it again, or unpack what is there by hand".to_string());
        Self::Broken { place, problem: format!("cannot be read further: {error}"), hint }
    }
}
