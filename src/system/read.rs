//! Reads files that this run did not write: only regular files, and only up to a bound.
//!
//! A named pipe in the place of a file would block a run for ever, and a device like `/dev/zero` would fill its memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::Memory;

/// Largest file of settings or words (configuration, stop words, manifest) in bytes. Real ones are far smaller, and
/// larger ones would only fill the memory.
pub const MOST_SETTINGS_BYTES: u64 = 64 << 20;

/// Largest table or array of a model in bytes; a larger file is refused before it is read.
pub const MOST_TABLE_BYTES: u64 = 16 << 30;

/// Only for files larger than this many bytes is the free memory looked up, which itself takes reading several files of
/// the system.
const LARGE: u64 = 16 << 20;

/// Opens a regular file. Anything else is refused with `InvalidInput`, and without blocking, as opening a named pipe
/// would.
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

/// Writes the bytes of a regular file.
pub fn copy_regular(path: &Path, mut out: &mut dyn io::Write) -> io::Result<()> {
    io::copy(&mut open_regular(path)?, &mut out).map(|_| ())
}

/// blake3 of a regular file, in hexadecimal.
pub fn digest_regular(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_regular(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Reads a regular file whole. Fails with `FileTooLarge` if it is longer than `limit` bytes, and with `OutOfMemory` if
/// it is larger than the memory that is free.
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
    // Allocating is no test, since systems grant memory that they do not have, and a sparse file can announce any size
    // without taking any disk.
    if size > LARGE && size > Memory::current().limit.saturating_sub(Memory::taken()) {
        return Err(io::Error::from(io::ErrorKind::OutOfMemory));
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(size + 1).map_err(|_| too_large())?;
    bytes.try_reserve_exact(room).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // The file may have grown since its size was read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// Reads a regular file as [`read_bounded`] does, and fails with `InvalidData` if it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "is not UTF-8");
    String::from_utf8(read_bounded(path, limit)?).map_err(utf8)
}

/// Reads the first `n` bytes of a regular file, or all if it has fewer.
pub fn read_head(path: &Path, n: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open_regular(path)?.take(n).read_to_end(&mut head)?;
    Ok(head)
}
