//! The texts of the documents, kept beside a model for those who want to read them.

use std::io::{self, Write};
use std::path::PathBuf;

use super::ModelError;
use super::directory::{check_digest, check_present};
use crate::system::{copy_regular, digest_regular};

/// The texts of all documents, in their order, as JSON Lines with `id` and `text`, compressed by gzip. They are what
/// was counted, without what was stripped off, and can be read as an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Bytes of the file, which is not written yet.
    Memory(Vec<u8>),
    /// A file of a directory. It is checked against its digest when it is used, and not before, because it can be
    /// large.
    File {
        /// The file.
        path: PathBuf,
        /// blake3 of the file.
        digest: String,
    },
}

impl Texts {
    /// Bytes of memory that the texts take.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File { .. } => 0,
        }
    }

    /// The file with the texts, which is what was written there. Fails if it was changed, and for texts in memory.
    pub fn checked_file(&self) -> Result<&PathBuf, ModelError> {
        let Self::File { path, digest } = self else {
            return Err(ModelError::Invalid("the texts are not stored yet: save the model and load it".into()));
        };
        check_present(path)?;
        check_digest(path, &digest_regular(path).map_err(ModelError::io(path))?, Some(digest))?;
        Ok(path)
    }

    /// Writes the bytes of the file.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => out.write_all(bytes),
            // A model that was written over has other texts.
            Self::File { .. } => copy_regular(self.checked_file().map_err(io::Error::other)?, out),
        }
    }
}
