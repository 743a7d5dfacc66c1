//! A folder for what does not fit into memory: shards of documents, and rows of factors. It stands beside the output,
//! and is removed with the last that uses it, or by the next run if this one is killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::factorize::{FactorMatrix, Rows, ShardDocuments, Shards};
use crate::matrix::{EntryCounts, SparseRows, TermDocumentMatrix, decode_shard, encode_shard};
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

/// Shards in files, each of which is read whole and checked when it is loaded.
#[derive(Debug)]
pub(super) struct ShardFiles {
    pub(super) scratch: Arc<Scratch>,
    files: Vec<PathBuf>,
    n_terms: usize,
    n_documents: usize,
    n_nonzeros: usize,
    shard_documents: usize,
    /// The memory that a file was read into, for the next one: fresh memory costs as much as reading.
    buffer: Mutex<Vec<u8>>,
    /// Most entries of a shard.
    pub(super) most_entries: usize,
    /// Bytes of all files.
    pub(super) n_bytes: u64,
}

impl Shards for ShardFiles {
    fn n_terms(&self) -> usize {
        self.n_terms
    }

    fn n_documents(&self) -> usize {
        self.n_documents
    }

    fn n_nonzeros(&self) -> usize {
        self.n_nonzeros
    }

    fn shard_documents(&self) -> usize {
        self.shard_documents
    }

    fn load(&self, shard: usize, with_counts: bool) -> io::Result<ShardDocuments> {
        let path = &self.files[shard];
        let wrong = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
        let load = || {
            let buffer = || self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut bytes = std::mem::take(&mut *buffer());
            bytes.clear();
            File::open(path)?.read_to_end(&mut bytes)?;
            let decoded = decode_shard(&bytes, self.n_terms, with_counts);
            *buffer() = bytes;
            let (rows, counts) = decoded.map_err(wrong)?;
            if rows.n_rows() != self.documents(shard).len() {
                return Err(wrong("has another number of documents than it was written with".into()));
            }
            let v = TermDocumentMatrix::from_documents_alone(self.n_terms, rows);
            let v = v.map_err(|error| wrong(error.to_string()))?;
            Ok(ShardDocuments { v, counts })
        };
        load().map_err(of_file(path))
    }
}

/// Writes shards of documents one after another.
pub(super) struct ShardWriter {
    files: ShardFiles,
    rows: SparseRows,
    counts: EntryCounts,
}

impl ShardWriter {
    pub(super) fn new(scratch: &Arc<Scratch>, n_terms: usize, shard_documents: usize) -> Self {
        let files = ShardFiles {
            scratch: Arc::clone(scratch),
            files: Vec::new(),
            n_terms,
            n_documents: 0,
            n_nonzeros: 0,
            shard_documents,
            buffer: Mutex::default(),
            most_entries: 0,
            n_bytes: 0,
        };
        Self { files, rows: SparseRows::default(), counts: EntryCounts::default() }
    }

    /// Adds documents, with the count behind each of their entries.
    pub(super) fn push(&mut self, rows: &SparseRows, counts: &EntryCounts) -> io::Result<()> {
        for pair in rows.indptr.windows(2) {
            let entries = pair[0] as usize..pair[1] as usize;
            let (terms, values) = (&rows.indices[entries.clone()], &rows.data[entries.clone()]);
            self.rows.push(terms.iter().copied().zip(values.iter().copied()));
            self.counts.extend(counts.range(entries));
            if self.rows.n_rows() == self.files.shard_documents {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Writes the documents that are waiting as a shard.
    fn write(&mut self) -> io::Result<()> {
        let (rows, counts) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.counts));
        let files = &mut self.files;
        let path = files.scratch.new_file("shard");
        let bytes = encode_shard(&rows, &counts, files.n_terms);
        std::fs::write(&path, &bytes).map_err(of_file(&path))?;
        files.files.push(path);
        files.n_documents += rows.n_rows();
        files.n_nonzeros += rows.data.len();
        files.most_entries = files.most_entries.max(rows.data.len());
        files.n_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Writes the last shard.
    pub(super) fn finish(mut self) -> io::Result<ShardFiles> {
        if self.rows.n_rows() > 0 {
            self.write()?;
        }
        Ok(self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shards of two documents each, with these numbers of entries.
    fn written(scratch: &Arc<Scratch>, lengths: &[u32]) -> ShardFiles {
        let mut writer = ShardWriter::new(scratch, 9, 2);
        let (mut rows, mut counts) = (SparseRows::default(), EntryCounts::default());
        for &length in lengths {
            rows.push((0..length).map(|term| (term, 0.5 + term as f32)));
            counts.extend((0..length).map(|term| 1.0 + term as f32));
        }
        writer.push(&rows, &counts).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn shards_have_the_documents_that_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Arc::new(Scratch::create_in(&folder.path().join("not/there/yet")).unwrap());
        let shards = written(&scratch, &[3, 0, 9, 1, 0]);
        assert_eq!((shards.n_shards(), shards.n_documents(), shards.n_nonzeros(), shards.most_entries), (3, 5, 13, 10));
        let second = shards.load(1, true).unwrap();
        assert_eq!((second.v.n_documents(), second.v.document(1)), (2, (&[0][..], &[0.5][..])));
        assert_eq!(second.counts.unwrap().iter().last(), Some(1.0));
        assert_eq!(shards.load(2, false).unwrap().v.n_documents(), 1);
        drop((shards, scratch));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn shards_that_were_cut_or_edited_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Arc::new(Scratch::create_in(folder.path()).unwrap());
        let shards = written(&scratch, &[3, 2, 9, 1]);
        let path = &shards.files[1];
        let whole = std::fs::read(path).unwrap();
        for at in 0..whole.len() {
            let mut edited = whole.clone();
            edited[at] ^= 4;
            for bytes in [&edited[..], &whole[..at]] {
                std::fs::write(path, bytes).unwrap();
                let error = shards.load(1, false).unwrap_err().to_string();
                assert!(error.contains("shard-1"), "{error}");
            }
        }
        // Another shard in its place is a shard, but not of as many documents.
        let other = written(&scratch, &[4]);
        std::fs::copy(&other.files[0], path).unwrap();
        assert!(shards.load(1, false).unwrap_err().to_string().contains("another number of documents"));
        std::fs::remove_file(path).unwrap();
        assert!(shards.load(1, false).unwrap_err().to_string().contains("shard-1"));
    }

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
