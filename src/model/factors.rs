//! The factors of V that sharpened topics come from.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::{check_digest, check_present, damaged};
use super::{DocumentTable, ModelError, RowFormat, npy};
use crate::factorize::{FactorMatrix, Rows};
use crate::system::{copy_regular, digest_regular, open_regular, read_head};

/// Factors of V, with the topics in the order of the model.
#[derive(Clone, Debug)]
pub struct Factors {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, documents × topics, in the scale of V.
    pub h: FactorRows,
}

/// The rows of H of V. Nothing but another fit needs them, so that a model that was loaded leaves them on disk.
#[derive(Clone, Debug)]
pub enum FactorRows {
    /// Rows in memory.
    Memory(FactorMatrix),
    /// Rows that the fit has kept elsewhere, with their number and that of the topics.
    Kept(Arc<dyn Rows>, usize, usize),
    /// The array of a model directory.
    File {
        /// The file.
        path: PathBuf,
        /// blake3 of the file.
        digest: String,
    },
}

impl FactorRows {
    /// The array of a directory, which must have this digest and shape. Fails if it has not.
    pub(super) fn in_file(
        path: &Path,
        digest: Option<&String>,
        (n_rows, n_columns): (usize, usize),
    ) -> Result<Self, ModelError> {
        check_present(path)?;
        check_digest(path, &digest_regular(path).map_err(ModelError::io(path))?, digest)?;
        let head = npy::head("<f4", &format!("{n_rows}, {n_columns}"));
        let length = || open_regular(path)?.metadata().map(|metadata| metadata.len());
        let expected = head.len() as u64 + 4 * n_rows as u64 * n_columns as u64;
        let found = read_head(path, head.len() as u64).map_err(ModelError::io(path))?;
        if found != head || length().map_err(ModelError::io(path))? != expected {
            return Err(damaged(path, format!("is no array of {n_rows} × {n_columns} numbers")));
        }
        Ok(Self::File { path: path.to_path_buf(), digest: digest.cloned().unwrap_or_default() })
    }

    /// The rows, read into memory if they are elsewhere. Fails if they were changed or cannot be read.
    pub fn read(&self) -> Result<FactorMatrix, ModelError> {
        if let Self::Memory(h) = self {
            return Ok(h.clone());
        }
        let mut bytes = Vec::new();
        let invalid = |problem: String| ModelError::Invalid(format!("H of the factors {problem}"));
        self.write(&mut bytes).map_err(|error| invalid(error.to_string()))?;
        npy::from_bytes(&bytes).map_err(invalid)
    }

    /// The rows, if they are in memory.
    pub(super) fn in_memory(&self) -> Option<&FactorMatrix> {
        match self {
            Self::Memory(h) => Some(h),
            Self::Kept(..) | Self::File { .. } => None,
        }
    }

    /// Writes the rows of these documents in a form.
    pub(super) fn write_as(
        &self,
        format: RowFormat,
        documents: &DocumentTable,
        n_topics: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Memory(h) => format.write(documents, n_topics, &|range| Ok(h.rows(range)), out),
            Self::Kept(rows, ..) => format.write(documents, n_topics, &|range| rows.read(range), out),
            Self::File { .. } if format == RowFormat::Npy => self.write(out),
            Self::File { .. } => {
                let h = self.read().map_err(io::Error::other)?;
                format.write(documents, n_topics, &|range| Ok(h.rows(range)), out)
            }
        }
    }

    /// Writes the rows as a NumPy array.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Memory(h) => npy::write(h.view(), out),
            Self::Kept(rows, n_documents, n_topics) => {
                out.write_all(&npy::head("<f4", &format!("{n_documents}, {n_topics}")))?;
                npy::write_ranges(*n_documents, &|range| rows.read(range), out)
            }
            // A model that was written over has other factors.
            Self::File { path, digest } => {
                let found = digest_regular(path)?;
                check_digest(path, &found, Some(digest)).map_err(io::Error::other)?;
                copy_regular(path, out)
            }
        }
    }
}
