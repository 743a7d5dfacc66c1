//! Outputs that appear whole or not at all.
//!
//! What is written lies in a *sibling* of its place, a directory `.topicmill-…` beside it, until it is whole and on the
//! disk. Then one system call gives it its name: a rename, or an exchange with what it replaces, so that there is a whole
//! output under the name at every moment. A run that is killed leaves its sibling behind. It holds a lock that the system
//! takes off a dead process, and the next run that writes into the same folder removes siblings without one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const PREFIX: &str = ".topicmill-";

/// What a sibling holds: the new output; the old one, once it is replaced; the name of its place, while it has none.
const NEW: &str = "new";
const OLD: &str = "old";
const PLACE: &str = "place";

/// The siblings of this process.
static OPEN: Mutex<Open> = Mutex::new(Open { siblings: Vec::new(), n_published: 0, is_closed: false });

struct Open {
    siblings: Vec<PathBuf>,
    /// Outputs that have got their names.
    n_published: usize,
    /// None gets its name any more.
    is_closed: bool,
}

fn registry() -> MutexGuard<'static, Open> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has not finished, for a program that is to end at once; nothing gets a name after this. Gives
/// whether an output had got its name before.
pub fn abandon_outputs() -> bool {
    let mut open = registry();
    open.is_closed = true;
    for sibling in open.siblings.drain(..) {
        // Another thread may be writing into it: once more, if something has appeared.
        let _ = fs::remove_dir_all(&sibling).or_else(|_| fs::remove_dir_all(&sibling));
    }
    open.n_published > 0
}

/// A directory beside an output, in which it is made; removed when it is dropped.
#[derive(Debug)]
pub struct Sibling {
    path: PathBuf,
    /// Held, never looked at.
    _lock: Option<File>,
}

impl Sibling {
    /// A new sibling in `folder`, from which those of dead runs are removed.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        sweep(folder);
        loop {
            let path = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?.keep();
            registry().siblings.push(path.clone());
            let lock = lock(&path, true);
            let sibling = Self { path, _lock: lock };
            // Another run may have taken it for a dead one's before it was locked.
            if sibling.path.is_dir() {
                return Ok(sibling);
            }
        }
    }

    /// Where the output is to be made: nothing is there yet.
    pub fn new_path(&self) -> PathBuf {
        self.path.join(NEW)
    }

    /// Gives a finished file its name, in the place of one that may be there.
    pub fn publish_file(&self, place: &Path) -> io::Result<()> {
        self.named(|| fs::rename(self.new_path(), place))?;
        sync_folder_of(place);
        Ok(())
    }

    /// Gives a finished directory its name, which no file has. An empty directory of that name is replaced; with `replaces`
    /// any other is, too, for which the caller vouches.
    pub fn publish_directory(&self, place: &Path, replaces: bool) -> io::Result<()> {
        sync_folder(&self.new_path());
        if let Ok(metadata) = fs::metadata(place) {
            fs::set_permissions(self.new_path(), metadata.permissions())?;
        }
        self.named(|| if replaces { self.exchange(place) } else { fs::rename(self.new_path(), place) })?;
        sync_folder_of(place);
        Ok(())
    }

    /// Runs what gives an output its name, unless the program is about to end.
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
                // The system or the file system knows no exchange.
                Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
                result => return result.map_err(io::Error::from),
            }
        }
        self.replace_in_two_steps(place, &new)
    }

    /// For a moment nothing has the name; [`sweep`] brings the old output back, should the run end in it.
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

/// Writes a file and brings it to the disk.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

fn sync_folder_of(place: &Path) {
    sync_folder(place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")));
}

/// Brings the names in a folder to the disk. Not all systems can, and what is written is written all the same.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Takes the lock of a sibling; none if another process has it, or if there are no locks.
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

/// Removes the siblings of dead runs from a folder. One that died between the two renames of a replacement has taken the
/// old output from its place: it is put back.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_sibling = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_sibling || !holds_only_ours(&entry.path()) {
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

/// Whether a directory holds nothing but what a sibling does: it may be somebody's own, for all its name.
fn holds_only_ours(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().all(|entry| [NEW, OLD, PLACE].iter().any(|name| entry.file_name() == *name))
}

/// The place that a dead run was about to give to its output.
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

    /// A folder with an output `model` that says `old`, and a sibling with a new one.
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

    /// As if the process had been killed: nothing is tidied up, but the lock is gone.
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
        let strange = folder.path().join(".topicmill-notes");
        fs::create_dir(&strange).unwrap();
        fs::write(strange.join("thesis.txt"), "years").unwrap();
        drop(Sibling::create_in(folder.path()).unwrap());
        assert!(sibling.new_path().join("file").is_file());
        assert!(strange.join("thesis.txt").is_file());
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
