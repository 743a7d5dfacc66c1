//! Files that this run did not write: regular ones alone, and no more of them than a bound.
//!
//! A named pipe in the place of a file would hold a run for ever, a device like `/dev/zero` would fill its memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::Memory;

/// Most bytes of a file of settings or words: configuration, stop words, manifest.
pub const MOST_SETTINGS_BYTES: u64 = 64 << 20;

/// Most bytes of a table or array of a model.
pub const MOST_TABLE_BYTES: u64 = 16 << 30;

/// Bytes from which on it is asked whether there is memory for a file.
const LARGE: u64 = 16 << 20;

/// Opens a regular file; anything else is refused, without waiting for it.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file")),
    }
}

/// All bytes of a regular file, unless they are more than `limit` or than there is memory for.
///
/// ```
/// let bytes = topicmill::system::read_bounded("Cargo.toml".as_ref(), 1 << 20)?;
/// assert!(bytes.starts_with(b"[package]"));
/// assert!(topicmill::system::read_bounded("src".as_ref(), 1 << 20).is_err());
/// assert!(topicmill::system::read_bounded("Cargo.toml".as_ref(), 10).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_regular(path)?;
    let size = file.metadata()?.len();
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("is larger than {limit} bytes"));
    if size > limit {
        return Err(too_large());
    }
    // Room is lent long before it is there: a sparse file of any size costs nothing but the reader.
    if size > LARGE && size > Memory::current().limit.saturating_sub(Memory::taken()) {
        return Err(io::Error::from(io::ErrorKind::OutOfMemory));
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(size + 1).map_err(|_| too_large())?;
    bytes.try_reserve_exact(room).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // It may have grown since.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// [`read_bounded`] as UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "is not UTF-8");
    String::from_utf8(read_bounded(path, limit)?).map_err(utf8)
}

/// The first bytes of a regular file, at most `n`.
pub fn read_head(path: &Path, n: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open_regular(path)?.take(n).read_to_end(&mut head)?;
    Ok(head)
}
