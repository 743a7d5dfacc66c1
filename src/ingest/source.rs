//! Finds and opens inputs: files, folders and standard input.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::compression::{Stream, decompress, read_up_to};
use super::{Format, IngestError, IngestParams, STDIN, SkipReason};
use crate::system::{is_sibling, read_head};

/// A file that is an input or lies in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// Path under which the file is opened.
    pub(super) path: PathBuf,
    /// Name shown to people: the path relative to the input, with `/` between its parts on every system.
    pub(super) name: String,
    /// Name of the folder that holds the file, used as label; `None` for a file at the top of the only input.
    pub(super) folder: Option<String>,
    /// Whether the file itself was given as input; with format `auto` a file found in a folder is one document.
    pub(super) named: bool,
    /// Its format, if that is known.
    pub(super) format: Option<Format>,
}

impl SourceFile {
    /// Whether the file is one mail message, which is decoded.
    pub(super) fn is_mail(&self, params: &IngestParams) -> bool {
        match self.format.unwrap_or(params.format) {
            Format::Auto => Format::in_folder(&self.name, &[]) == Format::Mail,
            format => format == Format::Mail,
        }
    }
}

/// Whether a folder is a maildir.
pub(super) fn is_maildir(folder: &Path) -> bool {
    ["cur", "new", "tmp"].iter().all(|part| folder.join(part).is_dir())
}

/// The messages of a maildir: the files of `cur` and `new`, in byte order of their names without flags. Unfinished ones
/// in `tmp` are left out, as are those with the flag T (trashed).
pub(super) fn maildir(folder: &Path) -> Vec<Result<SourceFile, IngestError>> {
    let mut found: Vec<(String, Result<SourceFile, IngestError>)> = Vec::new();
    for entry in ["cur", "new"].iter().flat_map(|part| WalkDir::new(folder.join(part)).min_depth(1).max_depth(1)) {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_string_lossy().into_owned();
                let (unique, flags) = name.rsplit_once(":2,").unwrap_or((&name, ""));
                if !unique.starts_with('.') && !flags.contains('T') && entry.file_type().is_file() {
                    let unique = unique.to_string();
                    let (path, format) = (entry.into_path(), Some(Format::Mail));
                    let file = SourceFile { path, name: unique.clone(), folder: None, named: false, format };
                    found.push((unique, Ok(file)));
                }
            }
            Err(error) => {
                let skipped = IngestError::skipped("maildir", SkipReason::Unreadable, error.to_string());
                found.push((String::new(), Err(skipped)));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(_, file)| file).collect()
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Stream, IngestError> {
    if path.as_os_str() == STDIN {
        return Ok(Box::new(std::io::stdin()));
    }
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(IngestError::NotFound(path.to_path_buf())),
        _ => match fs_err::File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(IngestError::Io { path: path.display().to_string(), error }),
        },
    }
}

/// Opens a regular file, or standard input for `-`. A pipe or a device in the place of a file is refused, since it
/// could block the run or never end.
pub(super) fn open_regular(path: &Path) -> Result<Stream, IngestError> {
    if path.as_os_str() == STDIN {
        return open(path);
    }
    match crate::system::open_regular(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(IngestError::NotFound(path.to_path_buf())),
        Err(error) => Err(IngestError::io(&path.display().to_string(), error)),
    }
}

/// All files below a folder, in byte order of their relative paths; what was left out stands among them as an error.
/// Unfinished outputs of other runs are passed over in silence.
pub(super) fn walk(folder: &Path, params: &IngestParams) -> Vec<Result<SourceFile, IngestError>> {
    let mut found = Vec::new();
    let is_hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && !params.hidden && entry.file_name().as_encoded_bytes().first() == Some(&b'.')
    };
    // A folder that several links lead to is read under the first of their names. Names are visited in sorted order, so
    // that this choice does not depend on the file system.
    let mut entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let mut links = Links::default();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if is_sibling(entry.file_name()) => {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
            }
            Ok(entry) if is_hidden(&entry) => {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                let name = relative_name(folder, entry.path());
                found.push((name.clone(), Err(IngestError::skipped(&name, SkipReason::Hidden, ""))));
            }
            Ok(entry) if entry.file_type().is_dir() && is_own_output(entry.path()) => {
                entries.skip_current_dir();
                let name = relative_name(folder, entry.path());
                found.push((name.clone(), Err(IngestError::skipped(&name, SkipReason::OwnOutput, ""))));
            }
            Ok(entry) if entry.file_type().is_dir() && links.lead_again_to(&entry) => {
                entries.skip_current_dir();
                let name = relative_name(folder, entry.path());
                let skipped =
                    IngestError::skipped(&name, SkipReason::Unreadable, "read under the name of another link");
                found.push((name, Err(skipped)));
            }
            Ok(entry) if entry.file_type().is_file() => {
                let name = relative_name(folder, entry.path());
                let parent = entry.path().parent().filter(|parent| *parent != folder);
                let folder = parent.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
                found.push((
                    name.clone(),
                    Ok(SourceFile { path: entry.into_path(), name, folder, named: false, format: None }),
                ));
            }
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let name = relative_name(folder, entry.path());
                found.push((
                    name.clone(),
                    Err(IngestError::skipped(&name, SkipReason::Unreadable, "not a regular file")),
                ));
            }
            Err(error) => {
                let name = error.path().map_or_else(String::new, |path| relative_name(folder, path));
                let detail = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.push((name.clone(), Err(IngestError::skipped(&name, SkipReason::Unreadable, detail))));
            }
        }
    }
    found.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()).then_with(|| path_of(&a.1).cmp(&path_of(&b.1))));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Folders that were reached through links. Each is read once: links between folders can give exponentially many paths
/// to the same files.
#[derive(Default)]
struct Links {
    seen: HashSet<PathBuf>,
    /// Depth of the outermost link that the walk is below, if there is one.
    behind: Option<usize>,
}

impl Links {
    /// Whether a link has led to this folder before. A folder that is reached without a link is always read, under its
    /// own name.
    fn lead_again_to(&mut self, folder: &walkdir::DirEntry) -> bool {
        if self.behind.is_some_and(|depth| folder.depth() <= depth) {
            self.behind = None;
        }
        if folder.depth() > 0 && folder.path_is_symlink() {
            self.behind.get_or_insert(folder.depth());
        }
        let Some(_) = self.behind else { return false };
        folder.path().canonicalize().is_ok_and(|real| !self.seen.insert(real))
    }
}

/// The raw path. It orders entries whose names became equal as text, because bytes that are not UTF-8 were replaced in
/// both.
fn path_of(entry: &Result<SourceFile, IngestError>) -> Option<&Path> {
    entry.as_ref().ok().map(|file| file.path.as_path())
}

/// Whether this program wrote the folder, whose files would pollute the topics if they were read as documents. If the
/// manifest lacks its beginning, the files beside it decide.
pub(super) fn is_own_output(folder: &Path) -> bool {
    let manifest = folder.join("manifest.json");
    let head = read_head(&manifest, 200).unwrap_or_default();
    let has = |name: &str| folder.join(name).is_file();
    String::from_utf8_lossy(&head).contains("\"program\": \"topicmill ")
        || has("terms.tsv") && has("documents.tsv") && (has("matrix.mtx") || has("topic_term.npy")) && manifest.exists()
}

fn relative_name(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    if let (Some(name), '/') = (relative.to_str(), std::path::MAIN_SEPARATOR) {
        return name.to_string();
    }
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// Whether an input is a ready matrix: as `format` says or, with `auto`, by the file's extension and first bytes. Fails
/// if the file cannot be opened.
pub fn is_matrix(path: &Path, params: &IngestParams) -> Result<bool, IngestError> {
    match params.format {
        Format::Matrix => Ok(true),
        Format::Auto if path.as_os_str() != STDIN && path.is_file() => {
            let io = |error| IngestError::io(&path.display().to_string(), error);
            let mut head = [0; super::format::HEAD];
            let n = read_up_to(&mut decompress(open(path)?).map_err(io)?, &mut head).unwrap_or(0);
            Ok(Format::of_file(&path.to_string_lossy(), &head[..n]) == Format::Matrix)
        }
        _ => Ok(false),
    }
}
