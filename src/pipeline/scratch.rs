//! A folder for what does not fit into memory: shards of documents, and rows of factors. It stands beside the output,
//! and is removed with the last that uses it, or by the next run if this one is killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::factorize::{FactorMatrix, Rows};
use crate::model::npy;
use crate::system::Sibling;

/// Bytes that are written at once.
const BUFFER_BYTES: usize = 1 << 18;

/// The folder.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    n_files: AtomicUsize,
    _sibling: Sibling,
}

impl Scratch {
    /// Makes a folder of its own in `place`, or where that does not exist in the nearest folder above it.
    pub(super) fn create_in(place: &Path) -> io::Result<Self> {
        let exists = |folder: &&Path| folder.is_dir();
        let place = place.ancestors().find(exists).unwrap_or(Path::new("."));
        let sibling = Sibling::create_in(place)?;
        let folder = sibling.new_path();
        std::fs::create_dir(&folder)?;
        Ok(Self { folder, n_files: AtomicUsize::new(0), _sibling: sibling })
    }

    /// The path of a new file.
    pub(super) fn new_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", self.n_files.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Says which file an error is about.
pub(super) fn of_file(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Rows of a factor in a file, as little-endian f32 without padding. Dropping them removes the file.
#[derive(Debug)]
pub(super) struct ScratchRows {
    path: PathBuf,
    file: Mutex<File>,
    n_topics: usize,
    _scratch: Arc<Scratch>,
}

impl ScratchRows {
    /// A new file for rows of `n_topics` numbers.
    pub(super) fn create(scratch: &Arc<Scratch>, n_topics: usize) -> io::Result<Self> {
        let path = scratch.new_file("rows");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(of_file(&path))?;
        Ok(Self { path, file: Mutex::new(file), n_topics, _scratch: Arc::clone(scratch) })
    }

    /// Calls `work` with the file, which stands at a document's row.
    fn at<T>(&self, document: usize, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let place = SeekFrom::Start(4 * self.n_topics as u64 * document as u64);
        file.seek(place).and_then(|_| work(&mut file)).map_err(of_file(&self.path))
    }
}

impl Rows for ScratchRows {
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix> {
        self.at(documents.start, |file| npy::read_rows(documents.len(), self.n_topics, file))
    }

    fn write(&self, first: usize, rows: &FactorMatrix) -> io::Result<()> {
        self.at(first, |file| {
            let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
            npy::write_rows(rows.view(), &mut out)?;
            out.flush()
        })
    }
}

impl Drop for ScratchRows {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Arc::new(Scratch::create_in(folder.path()).unwrap());
        let rows = ScratchRows::create(&scratch, 3).unwrap();
        let of = |n: usize, shift: usize| FactorMatrix::from_fn(n, 3, |row, topic| (shift + 3 * row + topic) as f32);
        rows.write(0, &of(9000, 0)).unwrap();
        rows.write(4000, &of(200, 5)).unwrap();
        assert_eq!(rows.read(0..4000).unwrap(), of(4000, 0));
        assert_eq!(rows.read(4000..4200).unwrap(), of(200, 5));
        assert_eq!(rows.read(4200..9000).unwrap(), of(4800, 3 * 4200));
        assert!(rows.read(8999..9001).is_err(), "there are no such rows");
        let path = rows.path.clone();
        drop(rows);
        assert!(!path.exists());
    }
}
