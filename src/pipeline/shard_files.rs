//! Shards of documents in files: in a scratch folder, or in a directory that was made of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::scratch::{Scratch, of_file};
use crate::factorize::{ShardDocuments, ShardSizes, Shards};
use crate::matrix::{EntryCounts, SparseRows, encode_shard};

/// Entries that take so many bytes of a file at least: four of each for its weight, one for its term and a half for
/// its count.
const MOST_ENTRIES_PER_SHARD_BYTES: (usize, usize) = (2, 11);

/// Shards in files, each of which is read whole and checked when it is loaded.
#[derive(Debug)]
pub(super) struct ShardFiles {
    files: Vec<PathBuf>,
    sizes: ShardSizes,
    /// The memory that a file was read into, for the next one: fresh memory costs as much as reading.
    buffer: Mutex<Vec<u8>>,
    /// Bytes of the longest file.
    most_bytes: u64,
    /// Bytes of all files.
    pub(super) n_bytes: u64,
}

impl Shards for ShardFiles {
    fn sizes(&self) -> ShardSizes {
        self.sizes
    }

    fn load(&self, shard: usize, with_counts: bool) -> io::Result<ShardDocuments> {
        let path = &self.files[shard];
        let wrong = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
        let load = || {
            let buffer = || self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut bytes = std::mem::take(&mut *buffer());
            bytes.clear();
            File::open(path)?.read_to_end(&mut bytes)?;
            let decoded = ShardDocuments::decode(&bytes, self.sizes.n_terms, with_counts);
            *buffer() = bytes;
            let documents = decoded.map_err(wrong)?;
            if documents.v.n_documents() != self.sizes.documents(shard).len() {
                return Err(wrong("has another number of documents than it was written with".into()));
            }
            Ok(documents)
        };
        load().map_err(of_file(path))
    }
}

impl ShardFiles {
    /// Files that were written, which hold shards of these sizes. Fails if one is not there.
    pub(super) fn open(files: Vec<PathBuf>, sizes: ShardSizes) -> io::Result<Self> {
        let lengths = files.iter().map(|path| Ok(std::fs::metadata(path).map_err(of_file(path))?.len()));
        let lengths: Vec<u64> = lengths.collect::<io::Result<_>>()?;
        let (n_bytes, most_bytes) = (lengths.iter().sum(), lengths.into_iter().max().unwrap_or(0));
        Ok(Self { files, sizes, buffer: Mutex::default(), most_bytes, n_bytes })
    }

    /// The files, in the order of shards.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.files
    }

    /// Entries that a shard has at most, by the bytes of the longest file.
    pub(super) fn most_entries(&self) -> usize {
        MOST_ENTRIES_PER_SHARD_BYTES.0 * self.most_bytes as usize / MOST_ENTRIES_PER_SHARD_BYTES.1
    }
}

/// Writes shards of documents one after another.
pub(super) struct ShardWriter {
    scratch: Arc<Scratch>,
    files: ShardFiles,
    rows: SparseRows,
    counts: EntryCounts,
}

impl ShardWriter {
    pub(super) fn new(scratch: &Arc<Scratch>, n_terms: usize, shard_documents: usize) -> Self {
        let files = ShardFiles {
            files: Vec::new(),
            sizes: ShardSizes { n_terms, n_documents: 0, n_nonzeros: 0, shard_documents },
            buffer: Mutex::default(),
            most_bytes: 0,
            n_bytes: 0,
        };
        Self { scratch: Arc::clone(scratch), files, rows: SparseRows::default(), counts: EntryCounts::default() }
    }

    /// Adds documents, with the count behind each of their entries.
    pub(super) fn push(&mut self, rows: &SparseRows, counts: &EntryCounts) -> io::Result<()> {
        for pair in rows.indptr.windows(2) {
            let entries = pair[0] as usize..pair[1] as usize;
            let (terms, values) = (&rows.indices[entries.clone()], &rows.data[entries.clone()]);
            self.rows.push(terms.iter().copied().zip(values.iter().copied()));
            self.counts.extend(counts.range(entries));
            if self.rows.n_rows() == self.files.sizes.shard_documents {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Writes the documents that are waiting as a shard.
    fn write(&mut self) -> io::Result<()> {
        let (rows, counts) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.counts));
        let files = &mut self.files;
        let path = self.scratch.new_file("shard");
        let bytes = encode_shard(&rows, &counts, files.sizes.n_terms);
        std::fs::write(&path, &bytes).map_err(of_file(&path))?;
        files.files.push(path);
        files.sizes.n_documents += rows.n_rows();
        files.sizes.n_nonzeros += rows.data.len();
        files.most_bytes = files.most_bytes.max(bytes.len() as u64);
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
        let sizes = shards.sizes();
        assert_eq!(
            (sizes.n_shards(), sizes.n_documents, sizes.n_nonzeros, shards.most_entries() >= 10),
            (3, 5, 13, true)
        );
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
}
