//! The file of a fit that has not ended, from which another run goes on.
//!
//! It holds a line with the name and version of the format, the identity of the fit, its state between two iterations,
//! and a blake3 digest of all that. It appears whole, in place of the one before, so that a run that is killed at any
//! moment leaves the last state that was complete.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::ModelError;
use super::manifest::Manifest;
use crate::factorize::Checkpoint;
use crate::system::{Sibling, open_regular};

/// The first line of the file.
const FORMAT: &[u8] = b"topicmill checkpoint 1\n";

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

/// Writes a checkpoint. Fails if the system reports an error, and then leaves the file that was there.
pub fn write_checkpoint(path: &Path, identity: &FitIdentity, checkpoint: &Checkpoint) -> Result<(), ModelError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        let sibling = Sibling::create_in(folder)?;
        let file = fs::File::create(sibling.new_path())?;
        let inner = BufWriter::with_capacity(1 << 16, file);
        let mut out = Hashed { inner, hasher: blake3::Hasher::new(), error: None };
        out.write_all(FORMAT)?;
        out.encode(identity)?;
        out.encode(checkpoint)?;
        let digest = out.hasher.finalize();
        out.inner.write_all(digest.as_bytes())?;
        out.inner.flush()?;
        out.inner.get_ref().sync_all()?;
        sibling.publish_file(path)
    };
    write().map_err(ModelError::io(path))
}

/// Reads the checkpoint of a fit with this identity; `None` if there is no file. Fails if it is damaged, or of other
/// documents, parameters or another version of the program.
pub fn read_checkpoint(path: &Path, expected: &FitIdentity) -> Result<Option<Checkpoint>, ModelError> {
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
    let (checkpoint, _) = postcard::from_io::<Checkpoint, _>((reader, &mut buffer)).map_err(unreadable)?;
    Ok(Some(checkpoint))
}

/// Most bytes of a text in the file.
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

/// A file that is hashed while it is written.
struct Hashed<W> {
    inner: W,
    hasher: blake3::Hasher,
    /// The first error of the system.
    error: Option<io::Error>,
}

impl<W: Write> Hashed<W> {
    /// Writes a value. The encoder says that writing has failed, but not why.
    fn encode(&mut self, value: &impl Serialize) -> io::Result<()> {
        match postcard::to_io(value, &mut *self).err() {
            None => Ok(()),
            Some(error) => Err(self.error.take().unwrap_or_else(|| io::Error::other(error))),
        }
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
                let kind = error.kind();
                self.error.get_or_insert(error);
                Err(kind.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
