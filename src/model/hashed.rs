//! A file that is hashed while it is written.

use std::io::{self, BufWriter, Write};

/// A new file, or anything else that is written to, with the digest of what was written.
pub(super) struct Hashed<W: Write> {
    inner: BufWriter<W>,
    hasher: blake3::Hasher,
    /// The first error of the system, for encoders that do not pass it on.
    pub(super) error: Option<io::Error>,
}

impl<W: Write> Hashed<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner: BufWriter::with_capacity(1 << 16, inner), hasher: blake3::Hasher::new(), error: None }
    }

    /// blake3 of what was written so far.
    pub(super) fn digest(&self) -> blake3::Hash {
        self.hasher.finalize()
    }

    /// What was written to, once all of it is there.
    pub(super) fn into_inner(self) -> io::Result<W> {
        self.inner.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.inner.write(bytes) {
            Ok(n) => {
                self.hasher.update(&bytes[..n]);
                Ok(n)
            }
            Err(error) => {
                let copy = io::Error::new(error.kind(), error.to_string());
                self.error.get_or_insert(copy);
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
