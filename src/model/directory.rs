//! Writes and reads the directory of a model or matrix, whatever its files are. A directory is written beside its
//! place and named only when it is complete; each file is checked against its digest when it is read.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use fs_err as fs;

use super::ModelError;
use super::hashed::Hashed;
use super::manifest::{FORMAT_VERSION, Manifest};
use crate::system::{MOST_SETTINGS_BYTES, MOST_TABLE_BYTES, Sibling, folder_of, is_writable, read_bounded, read_text};

pub(super) const MANIFEST: &str = "manifest.json";

/// Checks before any work that a directory may be written, and returns its path with symbolic links resolved. Fails
/// if it is or holds an input, if it exists (unless it is empty, or `force` is set and this program wrote everything
/// in it), or if it or its parent folder cannot be written.
pub fn check_output(output: &Path, inputs: &[PathBuf], force: bool) -> Result<PathBuf, ModelError> {
    let refuse = |problem: String, hint| Err(ModelError::Output { path: output.to_path_buf(), problem, hint });
    // This drops a slash or dot at the end, because `write_directory` may append `-2` to the name.
    let mut directory: PathBuf = output.components().collect();
    if !matches!(output.components().next_back(), Some(Component::Normal(_))) && !output.exists() {
        return refuse("is no name of a directory".into(), "choose another output with -o");
    }
    match fs::symlink_metadata(&directory) {
        Ok(_) if !directory.exists() => {
            return refuse("is a symbolic link to nothing".into(), "remove it, or choose another output with -o");
        }
        // The path itself is unusable: a name is too long, or a parent is a file.
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ModelError::io(output)(error)),
        _ => {}
    }
    if let Ok(real) = fs::canonicalize(output) {
        let holds_input =
            inputs.iter().filter_map(|input| fs::canonicalize(input).ok()).find(|input| input.starts_with(&real));
        if let Some(input) = holds_input {
            let problem = format!("is or holds the input {}", input.display());
            return refuse(problem, "choose another output with -o");
        }
        if fs::canonicalize(".").is_ok_and(|current| current == real) {
            let problem = "is the current directory, which a model would take the place of".into();
            return refuse(problem, "name a directory in it, such as -o model");
        }
        directory = real;
        if !is_writable(&directory) {
            return refuse("may not be written to".into(), "change its rights, or choose another output with -o");
        }
        match contents(&directory) {
            Contents::Nothing => {}
            Contents::Ours if force => {}
            Contents::More(file) if force => {
                let problem = format!("holds {file}, which topicmill did not write");
                return refuse(problem, "move it away, or choose another output with -o");
            }
            Contents::Ours | Contents::More(_) => {
                return refuse("already exists".into(), "replace it with --force, or choose another output with -o");
            }
            Contents::Foreign => {
                return refuse("exists and was not written by topicmill".into(), "choose another output with -o");
            }
        }
    }
    let parent = existing_parent(&directory);
    Sibling::create_in(&parent).map_err(ModelError::io(parent))?;
    Ok(directory)
}

/// What a directory holds, which decides whether it may be replaced.
enum Contents {
    Nothing,
    /// Only files that this program wrote.
    Ours,
    /// Files that this program wrote, and one of this name that it did not write.
    More(String),
    /// Files but no manifest of this program, or nothing that can be listed.
    Foreign,
}

fn contents(directory: &Path) -> Contents {
    let Ok(entries) = fs::read_dir(directory) else { return Contents::Foreign };
    let entries: Vec<(String, bool)> = entries
        .flatten()
        // Only regular files can be ours: a folder named like one of our files belongs to the user.
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.file_type().is_ok_and(|t| t.is_file())))
        .collect();
    if entries.is_empty() {
        return Contents::Nothing;
    }
    let manifest = manifest_of(directory);
    if !is_our_manifest(&manifest) {
        return Contents::Foreign;
    }
    let is_known = |name: &str| name == MANIFEST || manifest["files"].get(name).is_some();
    match entries.into_iter().find(|(name, is_file)| !is_file || !is_known(name)) {
        Some((more, _)) => Contents::More(more),
        None => Contents::Ours,
    }
}

/// The manifest as unchecked JSON; null if there is none or it cannot be read.
fn manifest_of(directory: &Path) -> serde_json::Value {
    let text = read_text(&directory.join(MANIFEST), MOST_SETTINGS_BYTES).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Whether this program wrote the directory, judged by its manifest.
pub fn is_ours(directory: &Path) -> bool {
    is_our_manifest(&manifest_of(directory))
}

fn is_our_manifest(manifest: &serde_json::Value) -> bool {
    manifest["program"].as_str().is_some_and(|program| program.starts_with("topicmill "))
        && manifest["format_version"].is_u64()
}

/// The nearest folder above `path` that exists.
fn existing_parent(path: &Path) -> PathBuf {
    let mut parent = path.parent();
    while let Some(folder) = parent {
        if folder.as_os_str().is_empty() {
            break;
        }
        // A symbolic link to nothing counts as existing. Nothing can be made below it, and it is better to fail now
        // than after a fit.
        if fs::symlink_metadata(folder).is_ok() {
            return folder.to_path_buf();
        }
        parent = folder.parent();
    }
    PathBuf::from(".")
}

/// A function that writes the content of a file.
pub type Fill<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// Writes a file, waits until the system has it on disk, and returns its blake3 digest in hexadecimal.
fn write_file(path: &Path, fill: &Fill<'_>) -> Result<String, ModelError> {
    let write = || {
        let mut file = Hashed::new(fs::File::create(path)?);
        fill(&mut file)?;
        let digest = file.digest();
        file.into_inner()?.sync_all()?;
        Ok(digest.to_hex().to_string())
    };
    write().map_err(ModelError::io(path))
}

/// Writes a directory of these files and their manifest, and returns its path. If something that may not be replaced
/// has appeared there since [`check_output`], the first free name of `NAME-2`, `NAME-3` … is taken, so that the
/// result of a long fit is not lost.
pub(super) fn write_directory(
    directory: &Path,
    force: bool,
    files: &[(&str, Box<Fill<'_>>)],
    mut manifest: Manifest,
) -> Result<PathBuf, ModelError> {
    let parent = folder_of(directory);
    fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
    let sibling = Sibling::create_in(parent).map_err(ModelError::io(parent))?;
    let new = sibling.new_path();
    fs::create_dir(&new).map_err(ModelError::io(&new))?;
    // The manifest may be that of a model in an older format, which is now written in the newest one.
    manifest.format_version = FORMAT_VERSION;
    manifest.files = BTreeMap::new();
    for (name, fill) in files {
        manifest.files.insert((*name).to_string(), write_file(&new.join(name), fill)?);
    }
    manifest.digest = manifest.own_digest();
    let mut text = serde_json::to_string_pretty(&manifest).map_err(|error| damaged(&new, error.to_string()))?;
    text.push('\n');
    write_file(&new.join(MANIFEST), &|out| out.write_all(text.as_bytes()))?;
    let mut number = 1;
    loop {
        let mut name = directory.as_os_str().to_os_string();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let place = PathBuf::from(name);
        // A rename replaces an empty directory and fails on any other, so files that appear after this check are not
        // lost.
        let replaces = match contents(&place) {
            Contents::Ours if force && number == 1 => true,
            Contents::Nothing => false,
            _ if fs::symlink_metadata(&place).is_ok() => {
                number += 1;
                continue;
            }
            _ => false,
        };
        match sibling.publish_directory(&place, replaces) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return Err(ModelError::Io { path: place, error });
            }
            // Something has appeared at the place since the check, so the loop checks it again.
            Err(_) if !replaces && fs::symlink_metadata(&place).is_ok() => {}
            Err(error) => return Err(ModelError::Io { path: place, error }),
        }
    }
}

/// Reads and checks `manifest.json`. Fails if the directory was not written by this program, if its format is newer
/// than [`FORMAT_VERSION`], or if the manifest is damaged.
pub fn load_manifest(directory: &Path) -> Result<Manifest, ModelError> {
    let foreign = |problem: &str| ModelError::NotAModel { path: directory.to_path_buf(), problem: problem.into() };
    if !directory.exists() {
        return Err(foreign("no such directory"));
    }
    let path = directory.join(MANIFEST);
    if !path.exists() {
        return Err(foreign("is not a model: it has no manifest.json"));
    }
    let text = read_text(&path, MOST_SETTINGS_BYTES).map_err(ModelError::io(&path))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| damaged(&path, format!("is cut off or edited: {error}")))?;
    match value["program"].as_str() {
        Some(program) if program.starts_with("topicmill ") => {}
        None if value["format_version"].is_u64() => return Err(damaged(&path, "has lost the key program".into())),
        _ => return Err(foreign("its manifest.json was not written by topicmill")),
    }
    match value["format_version"].as_u64() {
        Some(version) if version > FORMAT_VERSION => {
            return Err(ModelError::Newer { path: directory.to_path_buf(), found: version, supported: FORMAT_VERSION });
        }
        Some(1..) => {}
        _ => return Err(damaged(&path, "has no format version".into())),
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| damaged(&path, format!("is cut off or edited: {error}")))?;
    if manifest.own_digest() != manifest.digest {
        return Err(damaged(&path, "has been edited: its digest does not fit".into()));
    }
    Ok(manifest)
}

/// Reads a file of a directory and checks its digest. Fails if the file is missing, too large or changed.
pub(super) fn read_file(directory: &Path, manifest: &Manifest, name: &str) -> Result<Vec<u8>, ModelError> {
    let path = directory.join(name);
    check_present(&path)?;
    let bytes = read_bounded(&path, MOST_TABLE_BYTES).map_err(ModelError::io(&path))?;
    check_digest(&path, blake3::hash(&bytes).to_hex().as_str(), manifest.files.get(name))?;
    Ok(bytes)
}

/// Fails if a file of a directory is missing.
pub(super) fn check_present(path: &Path) -> Result<(), ModelError> {
    if path.exists() { Ok(()) } else { Err(damaged(path, "is missing".into())) }
}

/// Fails if the digest of a file is not the one that the manifest has.
pub(super) fn check_digest(path: &Path, found: &str, recorded: Option<&String>) -> Result<(), ModelError> {
    match recorded.is_some_and(|recorded| recorded == found) {
        true => Ok(()),
        false => Err(damaged(path, "is cut off or edited: its digest is not the manifest's".into())),
    }
}

/// Like [`read_file`], but returns text, and fails if the file is not UTF-8.
pub(super) fn read_text_of(directory: &Path, manifest: &Manifest, name: &str) -> Result<String, ModelError> {
    let bytes = read_file(directory, manifest, name)?;
    String::from_utf8(bytes).map_err(|_| damaged(&directory.join(name), "is not UTF-8".into()))
}

/// The error for a damaged file.
pub(super) fn damaged(path: &Path, problem: String) -> ModelError {
    ModelError::Damaged { path: path.to_path_buf(), problem }
}
