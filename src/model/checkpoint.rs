//! The file of a fit that has not ended, from which another run goes on.
//!
//! It holds a line with the name and version of the format, the identity of the fit, its state between two iterations,
//! and a blake3 digest of all that. It appears whole, in place of the one before, so that a run that is killed at any
//! moment leaves the last state that was complete.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ModelError;
use super::hashed::Hashed;
use super::manifest::Manifest;
use super::npy;
use crate::factorize::{Checkpoint, Rows, ShardedCheckpoint};
use crate::system::{Sibling, folder_of, open_regular};

/// The first line of the file.
const FORMAT: &[u8] = b"topicmill checkpoint 2\n";

/// Bytes of the digest, with which the file ends.
const DIGEST: u64 = blake3::OUT_LEN as u64;

/// What a fit works on: a checkpoint is of use to a fit with the same identity alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitIdentity {
    /// The program and its version, since another one need not give the same bits.
    pub program: String,
    /// blake3 of the documents.
    pub documents: String,
    /// blake3 of all parameters, and of factors and weights that were given.
    pub parameters: String,
}

impl FitIdentity {
    /// The identity of a fit whose model would begin with this record; `given` are digests of what the record does not
    /// have: factors and weights that were given.
    pub(crate) fn new(manifest: &Manifest, given: &[&str]) -> Self {
        let mut parameters = blake3::Hasher::new();
        parameters.update(manifest.own_digest().as_bytes());
        given.iter().for_each(|given| {
            parameters.update(given.as_bytes()).update(b"\n");
        });
        Self {
            program: manifest.program.clone(),
            documents: manifest.corpus.digest.clone(),
            parameters: parameters.finalize().to_hex().to_string(),
        }
    }
}

/// Where the checkpoint of a fit stands whose model is `model`: beside it, with `.checkpoint` behind its name.
///
/// ```
/// use topicmill::model::checkpoint_path;
/// assert_eq!(checkpoint_path("models/news".as_ref()), std::path::Path::new("models/news.checkpoint"));
/// ```
pub fn checkpoint_path(model: &Path) -> PathBuf {
    let mut name = OsString::from(model);
    name.push(".checkpoint");
    PathBuf::from(name)
}

/// Documents whose rows are read at once.
const CHUNK_DOCUMENTS: usize = 4096;

/// Writes a checkpoint. Fails if the system reports an error, and then leaves the file that was there.
pub fn write_checkpoint(path: &Path, identity: &FitIdentity, checkpoint: &Checkpoint) -> Result<(), ModelError> {
    write_file(path, |file| {
        encode(identity, file)?;
        encode(checkpoint, file)
    })
}

/// As [`write_checkpoint`], for a fit of documents in shards, whose `rows` of H follow as little-endian f32.
pub fn write_sharded_checkpoint(
    path: &Path,
    identity: &FitIdentity,
    checkpoint: &ShardedCheckpoint,
    rows: &dyn Rows,
    n_documents: usize,
) -> Result<(), ModelError> {
    write_file(path, |file| {
        encode(identity, file)?;
        encode(checkpoint, file)?;
        npy::write_ranges(n_documents, &|range| rows.read(range), file)
    })
}

/// Writes a file that has a digest at its end.
fn write_file(path: &Path, fill: impl Fn(&mut Hashed<fs::File>) -> io::Result<()>) -> Result<(), ModelError> {
    let folder = folder_of(path);
    let write = || {
        fs::create_dir_all(folder)?;
        let sibling = Sibling::create_in(folder)?;
        let mut file = Hashed::new(fs::File::create(sibling.new_path())?);
        file.write_all(FORMAT)?;
        fill(&mut file)?;
        let digest = file.digest();
        file.write_all(digest.as_bytes())?;
        file.into_inner()?.sync_all()?;
        sibling.publish_file(path)
    };
    write().map_err(ModelError::io(path))
}

/// Reads the checkpoint of a fit with this identity; `None` if there is no file. Fails if it is damaged, or of other
/// documents, parameters or another version of the program.
pub fn read_checkpoint(path: &Path, expected: &FitIdentity) -> Result<Option<Checkpoint>, ModelError> {
    Ok(open_checkpoint::<Checkpoint>(path, expected)?.map(|(checkpoint, _)| checkpoint))
}

/// As [`read_checkpoint`], for a fit of documents in shards, without its rows of H.
pub fn read_sharded_state(path: &Path, expected: &FitIdentity) -> Result<Option<ShardedCheckpoint>, ModelError> {
    Ok(open_checkpoint::<ShardedCheckpoint>(path, expected)?.map(|(checkpoint, _)| checkpoint))
}

/// As [`read_checkpoint`], for a fit of documents in shards, whose H has this shape (documents, topics) and is written
/// to `rows`.
pub fn read_sharded_checkpoint(
    path: &Path,
    expected: &FitIdentity,
    rows: &dyn Rows,
    (n_documents, n_topics): (usize, usize),
) -> Result<Option<ShardedCheckpoint>, ModelError> {
    let Some((checkpoint, mut file)) = open_checkpoint::<ShardedCheckpoint>(path, expected)? else { return Ok(None) };
    let damaged = || ModelError::Checkpoint { path: path.to_path_buf(), problem: "has no rows for H".into() };
    for first in (0..n_documents).step_by(CHUNK_DOCUMENTS) {
        let n_rows = CHUNK_DOCUMENTS.min(n_documents - first);
        let some = npy::read_rows(n_rows, n_topics, &mut file).map_err(|_| damaged())?;
        if some.first_invalid().is_some() {
            return Err(damaged());
        }
        rows.write(first, &some).map_err(ModelError::io(path))?;
    }
    Ok(Some(checkpoint))
}

/// What follows the checkpoint in its file.
type Rest = BufReader<Take<File>>;

/// Reads the value behind the identity of a checkpoint, which must be the expected one.
fn open_checkpoint<T: DeserializeOwned>(path: &Path, expected: &FitIdentity) -> Result<Option<(T, Rest)>, ModelError> {
    let mut file = match open_regular(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ModelError::io(path)(error)),
    };
    let refuse = |problem: String| ModelError::Checkpoint { path: path.to_path_buf(), problem };
    let length = check_digest(&mut file).map_err(ModelError::io(path))?;
    let Some(length) = length else { return Err(refuse("is damaged, or no checkpoint of topicmill".into())) };
    file.seek(SeekFrom::Start(FORMAT.len() as u64)).map_err(ModelError::io(path))?;
    // What is read is bounded by the file: lists grow with what they hold, whatever length they announce.
    let reader = BufReader::with_capacity(1 << 16, file.take(length - FORMAT.len() as u64));
    let unreadable = |error: postcard::Error| refuse(format!("cannot be read: {error}"));
    let mut buffer = vec![0; MOST_TEXT];
    let (identity, (reader, _)) = postcard::from_io::<FitIdentity, _>((reader, &mut buffer)).map_err(unreadable)?;
    let differs = match identity {
        _ if identity.program != expected.program => Some(format!("was written by {}", identity.program)),
        _ if identity.documents != expected.documents => Some("is of a fit of other documents".into()),
        _ if identity.parameters != expected.parameters => Some("is of a fit with other parameters".into()),
        _ => None,
    };
    if let Some(problem) = differs {
        return Err(refuse(problem));
    }
    let (value, (reader, _)) = postcard::from_io::<T, _>((reader, &mut buffer)).map_err(unreadable)?;
    Ok(Some((value, reader)))
}

/// Most bytes of a text in the file, and of a piece of a factor.
const MOST_TEXT: usize = 1 << 12;

/// The length of the file without its digest, if it begins as a checkpoint does and has the digest that it should have.
fn check_digest(file: &mut File) -> io::Result<Option<u64>> {
    let Some(length) = file.metadata()?.len().checked_sub(DIGEST).filter(|&length| length >= FORMAT.len() as u64)
    else {
        return Ok(None);
    };
    let mut first = vec![0; FORMAT.len()];
    file.read_exact(&mut first)?;
    if first != FORMAT {
        return Ok(None);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&first).update_reader(file.take(length - FORMAT.len() as u64))?;
    let mut digest = Vec::new();
    file.take(DIGEST).read_to_end(&mut digest)?;
    Ok((digest == hasher.finalize().as_bytes()).then_some(length))
}

/// Writes a value. The encoder says that writing has failed, but not why.
fn encode(value: &impl Serialize, file: &mut Hashed<fs::File>) -> io::Result<()> {
    match postcard::to_io(value, &mut *file).err() {
        None => Ok(()),
        Some(error) => Err(file.error.take().unwrap_or_else(|| io::Error::other(error))),
    }
}
