//! Outputs that appear whole or not at all, even if the run is killed or the power fails.
//!
//! An output is written in a *sibling* of its place, a directory `.topicmill-unfinished-…` beside it, until it is
//! complete and on disk. Then one system call gives it its name: a rename, or an exchange with the output that it
//! replaces, so that the name always leads to a complete output. A run that is killed leaves its sibling behind. Each
//! run holds a lock on its sibling, which the system releases when the process dies; the next run that writes into the
//! same folder removes siblings that nobody has locked.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const PREFIX: &str = ".topicmill-unfinished-";

/// Number of random letters and digits behind the prefix.
const RANDOM: usize = 12;

/// File that marks a sibling as ours. A directory that holds files, but not this one, may be the user's and is kept.
const MARK: &str = "made-by-topicmill";
/// The new output; after an exchange the old one.
const NEW: &str = "new";
/// The old output, once it is replaced in two steps.
const OLD: &str = "old";
/// File with the name of the output, for the moment of such a replacement in which nothing has the name.
const PLACE: &str = "place";

/// Whether a file name has the form of a sibling's.
pub fn is_sibling(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The siblings of this process. One lock guards them and the naming of outputs, so that an output gets its name before
/// the program ends or not at all.
static OPEN: Mutex<Open> = Mutex::new(Open { siblings: Vec::new(), n_published: 0, is_closed: false });

struct Open {
    siblings: Vec<PathBuf>,
    /// Number of outputs that were given their names.
    n_published: usize,
    /// Whether the program is about to end, so that no output may be given its name any more.
    is_closed: bool,
}

fn registry() -> MutexGuard<'static, Open> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the unfinished outputs of this process, which is about to end at once; no output is given its name after
/// this. Returns whether any output was given its name before.
pub fn abandon_outputs() -> bool {
    let mut open = registry();
    open.is_closed = true;
    for sibling in open.siblings.drain(..) {
        // The first attempt fails if another thread writes a file meanwhile; so there is a second one.
        let _ = fs::remove_dir_all(&sibling).or_else(|_| fs::remove_dir_all(&sibling));
    }
    open.n_published > 0
}

/// The folder in which a path stands: the current one for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A directory beside the place of an output, in which the output is written. Dropping it removes the directory.
#[derive(Debug)]
pub struct Sibling {
    path: PathBuf,
    /// Never read: it holds the lock for as long as the sibling lives.
    _lock: Option<File>,
}

impl Sibling {
    /// Creates a sibling in `folder`, and removes siblings of dead runs from there.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        sweep(folder);
        loop {
            let path = {
                let mut open = registry();
                if open.is_closed {
                    return Err(io::Error::from(io::ErrorKind::Interrupted));
                }
                let path = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(folder)?.keep();
                open.siblings.push(path.clone());
                path
            };
            let sibling = Self { _lock: lock(&path, true), path };
            // Before it was locked, another run may have removed the directory as a dead run's. Then the mark cannot be
            // created, and a new directory is made.
            match File::create_new(sibling.path.join(MARK)) {
                Ok(_) => return Ok(sibling),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !registry().is_closed => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Path at which the caller creates the output, as a file or a directory.
    pub fn new_path(&self) -> PathBuf {
        self.path.join(NEW)
    }

    /// Gives a finished file its name, and replaces a file that has it. Fails with `Interrupted` after
    /// [`abandon_outputs`], or if the system cannot rename.
    pub fn publish_file(&self, place: &Path) -> io::Result<()> {
        self.named(|| fs::rename(self.new_path(), place))?;
        sync_folder_of(place);
        Ok(())
    }

    /// Gives a finished directory its name, which no file may have. An empty directory of that name is replaced; with
    /// `replaces` a full one is too, and the caller must have made sure that nothing in it is needed. The new directory
    /// inherits the rights of the old one. Fails as [`Self::publish_file`] does.
    pub fn publish_directory(&self, place: &Path, replaces: bool) -> io::Result<()> {
        let new = self.new_path();
        let replaced = fs::metadata(place).ok();
        if let Some(replaced) = &replaced {
            for entry in fs::read_dir(&new)?.flatten() {
                if let Ok(file) = fs::symlink_metadata(place.join(entry.file_name())) {
                    inherit(&entry.path(), &file);
                }
            }
            inherit(&new, replaced);
        }
        sync_folder(&new);
        self.named(|| if replaces { self.exchange(place) } else { fs::rename(&new, place) })?;
        sync_folder_of(place);
        Ok(())
    }

    /// Runs `publish`, which gives an output its name, unless the program is about to end.
    fn named(&self, publish: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut open = registry();
        if open.is_closed {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        publish()?;
        open.n_published += 1;
        Ok(())
    }

    fn exchange(&self, place: &Path) -> io::Result<()> {
        let new = self.new_path();
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(CWD, &new, CWD, place, RenameFlags::EXCHANGE) {
                // The kernel or the file system does not support an exchange.
                Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
                result => return result.map_err(io::Error::from),
            }
        }
        self.replace_in_two_steps(place, &new)
    }

    /// Replaces an output by two renames. Between them nothing has the name; if the run dies there, [`sweep`] of the
    /// next run brings the old output back.
    fn replace_in_two_steps(&self, place: &Path, new: &Path) -> io::Result<()> {
        let old = self.path.join(OLD);
        let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        fs::write(self.path.join(PLACE), name.as_encoded_bytes())?;
        fs::rename(place, &old)?;
        fs::rename(new, place).inspect_err(|_| {
            let _ = fs::rename(&old, place);
        })
    }
}

impl Drop for Sibling {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        registry().siblings.retain(|sibling| *sibling != self.path);
    }
}

/// Gives a new file or directory the permissions of the one that it is to replace and, as far as the process may, the
/// owner and group. Failures are ignored: the output is still complete.
#[cfg(unix)]
pub fn inherit(new: &Path, replaced: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    // Only a system administrator can change the owner. Others can still change the group to one that they belong to.
    let _ = chown(new, Some(replaced.uid()), Some(replaced.gid())).or_else(|_| chown(new, None, Some(replaced.gid())));
    let _ = fs::set_permissions(new, replaced.permissions());
}

#[cfg(not(unix))]
pub fn inherit(new: &Path, replaced: &fs::Metadata) {
    let _ = fs::set_permissions(new, replaced.permissions());
}

/// Whether this process may write into a directory.
pub fn is_writable(directory: &Path) -> bool {
    #[cfg(unix)]
    return rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok();
    #[cfg(not(unix))]
    fs::metadata(directory).is_ok_and(|metadata| !metadata.permissions().readonly())
}

fn sync_folder_of(place: &Path) {
    sync_folder(folder_of(place));
}

/// Waits until the names in a folder are on disk. Errors are ignored, since not all systems can do this and the files
/// themselves are written in any case.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Locks a sibling, and waits for the lock if `waits`. `None` if another process holds it (without `waits`), or if the
/// file system has no locks.
#[cfg(unix)]
fn lock(sibling: &Path, waits: bool) -> Option<File> {
    use rustix::fs::{FlockOperation, flock};
    let directory = File::open(sibling).ok()?;
    let operation = if waits { FlockOperation::LockExclusive } else { FlockOperation::NonBlockingLockExclusive };
    flock(&directory, operation).ok()?;
    Some(directory)
}

#[cfg(not(unix))]
fn lock(_: &Path, _: bool) -> Option<File> {
    None
}

/// Removes the siblings of dead runs from a folder. A run that died between the two renames of a replacement left the
/// old output in its sibling: it is put back first.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_directory || !is_sibling(&entry.file_name()) || !holds_only_ours(&entry.path()) {
            continue;
        }
        let Some(lock) = lock(&entry.path(), false) else { continue };
        let old = entry.path().join(OLD);
        if let Some(place) = place_of(&entry.path(), folder)
            && old.is_dir()
            && fs::symlink_metadata(&place).is_err()
        {
            let _ = fs::rename(&old, place);
        }
        let _ = fs::remove_dir_all(entry.path());
        drop(lock);
    }
}

/// Whether a directory is empty, or has the mark and holds nothing but the parts of a sibling. Any other directory may
/// be the user's own, even if its name has the form of a sibling's.
fn holds_only_ours(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    let names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.is_empty()
        || names.iter().any(|name| name == MARK)
            && names.iter().all(|name| [MARK, NEW, OLD, PLACE].iter().any(|known| name == known))
}

/// The path that a dead run was about to give to its output; `None` if its sibling does not hold one.
#[cfg(unix)]
fn place_of(sibling: &Path, folder: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let name = super::read_bounded(&sibling.join(PLACE), 4096).ok()?;
    let name = Path::new(std::ffi::OsStr::from_bytes(&name)).file_name()?;
    Some(folder.join(name))
}

#[cfg(not(unix))]
fn place_of(_: &Path, _: &Path) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with an output `model` whose file says `old`, and a sibling with a new output.
    fn workplace() -> (tempfile::TempDir, PathBuf, Sibling) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("model");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("file"), "old").unwrap();
        let sibling = Sibling::create_in(folder.path()).unwrap();
        fs::create_dir(sibling.new_path()).unwrap();
        fs::write(sibling.new_path().join("file"), "new").unwrap();
        (folder, place, sibling)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Imitates a kill of the process: nothing is removed, but the lock is released.
    fn kill(sibling: Sibling) {
        let path = sibling.path.clone();
        let mut sibling = std::mem::ManuallyDrop::new(sibling);
        drop(sibling._lock.take());
        registry().siblings.retain(|open| *open != path);
    }

    #[test]
    fn a_directory_is_replaced_and_its_sibling_goes() {
        for in_two_steps in [false, true] {
            let (folder, place, sibling) = workplace();
            match in_two_steps {
                false => sibling.publish_directory(&place, true).unwrap(),
                true => sibling.replace_in_two_steps(&place, &sibling.new_path()).unwrap(),
            }
            assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "new");
            drop(sibling);
            assert_eq!(names(folder.path()), ["model"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_dies_at_any_step_loses_nothing() {
        for step in 0..4 {
            let (folder, place, sibling) = workplace();
            let old = sibling.path.join(OLD);
            if step > 0 {
                fs::write(sibling.path.join(PLACE), "model").unwrap();
            }
            if step > 1 {
                fs::rename(&place, &old).unwrap();
            }
            if step > 2 {
                fs::rename(sibling.new_path(), &place).unwrap();
            }
            kill(sibling);
            drop(Sibling::create_in(folder.path()).unwrap());
            assert_eq!(names(folder.path()), ["model"], "step {step}");
            let expected = if step > 2 { "new" } else { "old" };
            assert_eq!(fs::read_to_string(place.join("file")).unwrap(), expected, "step {step}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn siblings_of_living_runs_and_strangers_stay() {
        let (folder, _, sibling) = workplace();
        let strange =
            [".topicmill-notes/thesis.txt", ".topicmill-work/new/a", ".topicmill-unfinished-abcdefghijkl/new/a"];
        for file in strange.map(|name| folder.path().join(name)) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "years").unwrap();
        }
        fs::create_dir(folder.path().join(".topicmill-empty")).unwrap();
        drop(Sibling::create_in(folder.path()).unwrap());
        assert!(sibling.new_path().join("file").is_file());
        assert!(strange.iter().all(|name| folder.path().join(name).is_file()));
        assert!(folder.path().join(".topicmill-empty").is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn the_rights_of_a_directory_stay() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, place, sibling) = workplace();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
        sibling.publish_directory(&place, true).unwrap();
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
