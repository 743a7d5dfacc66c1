//! Reads the members of an archive (zip, tar) as the files of a folder, within bounds. Nothing is written to disk,
//! and no name leads out of the archive.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use super::pull::Each;

/// Most bytes that all members of one archive may expand to.
const MOST_TOTAL_BYTES: u64 = 8 << 30;
/// Most members of one archive.
const MOST_MEMBERS: usize = 1_000_000;

/// A member that was read, or why it was left out.
pub(super) type Member = (String, Result<Vec<u8>, String>);

/// The name of a member as a relative path; `None` for one that leaves the archive, is absolute or empty.
fn member_name(raw: &str) -> Option<String> {
    let mut parts = Vec::new();
    let name = raw.replace('\\', "/");
    if name.starts_with('/') || name.contains('\0') || name.as_bytes().get(1) == Some(&b':') {
        return None;
    }
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Up to one byte beyond the limit of a member, and never more than is left of the archive's budget.
fn read_member(stream: impl Read, most: u64, budget: &mut u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = most.min(*budget);
    let result = stream.take(limit + 1).read_to_end(&mut bytes);
    *budget = budget.saturating_sub(bytes.len() as u64);
    match result {
        _ if bytes.len() as u64 > limit => Err(format!("more than {limit} bytes")),
        Ok(_) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether members share compressed bytes: a bomb of many members, each of them small. Judged by the central directory
/// alone, since `has_overlapping_files` reads every local header and fails at the first broken one.
fn overlap<R: Read + Seek>(archive: &zip::ZipArchive<R>) -> bool {
    let entries = (0..archive.len()).filter_map(|i| archive.by_index_data(i).ok());
    let mut spans: Vec<(u64, u64)> = entries.map(|entry| (entry.header_start(), entry.compressed_size())).collect();
    spans.sort_unstable();
    spans.windows(2).any(|pair| pair[0].0.saturating_add(pair[0].1) > pair[1].0)
}

/// The members of a zip file in byte order of their names.
pub(super) fn zip_members(file: File, most: u64, each: &mut Each<'_, Member>) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    if archive.len() > MOST_MEMBERS {
        return Err(format!("{} members, expected at most {MOST_MEMBERS}", archive.len()));
    }
    if overlap(&archive) {
        return Err("members overlap".into());
    }
    let mut order: Vec<usize> = (0..archive.len()).collect();
    let names: Vec<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    order.sort_by(|a, b| names[*a].cmp(&names[*b]));
    let mut budget = MOST_TOTAL_BYTES;
    for i in order {
        let raw = String::from_utf8_lossy(&names[i]).into_owned();
        let skip = |reason: String| (raw.clone(), Err(reason));
        let Ok(entry) = archive.by_index_data(i) else { continue };
        if entry.is_dir() {
            continue;
        }
        let decoded = entry.name().map_or_else(|_| raw.clone(), |name| name.into_owned());
        let (is_file, is_encrypted) = (entry.is_file(), entry.encrypted());
        let member = match member_name(&decoded) {
            None => skip("its name leads out of the archive".into()),
            Some(name) if is_encrypted => (name, Err("encrypted".into())),
            Some(name) if !is_file => (name, Err("not a regular file".into())),
            Some(name) => {
                // Fails for a method that is not compiled in.
                let read = archive.by_index(i).map_err(|error| error.to_string());
                (name, read.and_then(|member| read_member(member, most, &mut budget)))
            }
        };
        if each(member).is_break() {
            return Ok(());
        }
        if budget == 0 {
            return Err(format!("expands to more than {MOST_TOTAL_BYTES} bytes"));
        }
    }
    Ok(())
}

/// Most bytes of the headers in front of one member: its long name and attributes.
const MOST_HEADER_BYTES: u64 = 1 << 20;

/// A stream that fails once its allowance is used up: the `tar` crate reads the headers in front of a member whole.
struct Allowance<'a, R> {
    inner: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Allowance<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(usize::try_from(self.left.get()).unwrap_or(usize::MAX));
        if n == 0 && !buffer.is_empty() {
            return Err(io::Error::other("the headers of a member are too large"));
        }
        let n = self.inner.read(&mut buffer[..n])?;
        self.left.set(self.left.get() - n as u64);
        Ok(n)
    }
}

/// The members of a tar stream, already decompressed, in the order of the archive.
pub(super) fn tar_members(stream: impl Read, most: u64, each: &mut Each<'_, Member>) -> Result<(), String> {
    let left = Cell::new(MOST_HEADER_BYTES);
    let mut archive = tar::Archive::new(Allowance { inner: stream, left: &left });
    let mut entries = archive.entries().map_err(|error| error.to_string())?;
    let mut budget = MOST_TOTAL_BYTES;
    for _ in 0..MOST_MEMBERS {
        left.set(MOST_HEADER_BYTES);
        let Some(entry) = entries.next() else { return Ok(()) };
        let mut entry = entry.map_err(|error| error.to_string())?;
        left.set(budget.saturating_add(1));
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        let is_file = matches!(kind, tar::EntryType::Regular | tar::EntryType::Continuous);
        let member = match member_name(&raw) {
            _ if kind.is_dir() || kind.is_pax_global_extensions() => None,
            None => Some((raw, Err("its name leads out of the archive".into()))),
            Some(name) if !is_file => Some((name, Err("not a regular file".into()))),
            // The size in the header is checked first: zeros of a sparse file cost nothing to declare.
            Some(name) if entry.size() > most => Some((name, Err(format!("more than {most} bytes")))),
            Some(name) => Some((name, read_member(&mut entry, most, &mut budget))),
        };
        if member.is_some_and(|member| each(member).is_break()) {
            return Ok(());
        }
        // What is left of the member is passed over here, so that the allowance above holds for headers alone.
        // A sparse file reads as zeros without end, so that this is bounded too.
        let skipped =
            io::copy(&mut entry.by_ref().take(budget + 1), &mut io::sink()).map_err(|error| error.to_string())?;
        if skipped > budget {
            return Err(format!("expands to more than {MOST_TOTAL_BYTES} bytes"));
        }
        budget -= skipped;
    }
    Err(format!("more than {MOST_MEMBERS} members"))
}
