//! Lets another process do what could take this one down, with bounds on its time and memory.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How a process has ended.
pub(crate) enum Ended {
    /// It has done what it was asked for, and this is its output.
    Done(Vec<u8>),
    /// It has said why it could not.
    Failed(Vec<u8>),
    /// It has been ended by the system, or by itself.
    Broken,
    /// It has taken too long.
    Late,
}

/// Runs a program with these bytes as its standard input, and takes up to one byte more than `most_bytes` of its
/// standard output. Exit code 1 says that it has failed.
pub(crate) fn run_child(
    program: &Path,
    command: &str,
    input: &[u8],
    most_bytes: u64,
    most_seconds: u64,
) -> io::Result<Ended> {
    let mut child = Command::new(program)
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (to_child, from_child) = (child.stdin.take(), child.stdout.take());
    let child = Mutex::new(child);
    let (done, wait) = channel::<()>();
    let (output, is_late) = std::thread::scope(|scope| {
        // A child that ends early closes its input, and what is left needs no writing.
        scope.spawn(move || to_child.map(|mut to_child| to_child.write_all(input)));
        let child = &child;
        let watch = scope.spawn(move || {
            let is_late = wait.recv_timeout(Duration::from_secs(most_seconds)) == Err(RecvTimeoutError::Timeout);
            if is_late {
                let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
            }
            is_late
        });
        let mut output = Vec::new();
        let limit = most_bytes.saturating_add(1);
        let read = from_child.map(|from_child| from_child.take(limit).read_to_end(&mut output));
        drop(done);
        (read.transpose().map(|_| output), watch.join().unwrap_or(false))
    });
    let status = child.into_inner().unwrap_or_else(PoisonError::into_inner).wait()?;
    let output = output?;
    Ok(match status.code() {
        Some(0) => Ended::Done(output),
        // Its pipe was closed once there was enough.
        _ if output.len() as u64 > most_bytes => Ended::Done(output),
        Some(1) => Ended::Failed(output),
        _ if is_late => Ended::Late,
        _ => Ended::Broken,
    })
}

/// Bounds the processor time and the memory of this process, which leaves no core file behind. Where the system cannot,
/// the clock of the caller is left.
pub(crate) fn bound_process(most_seconds: u64, most_bytes: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        for (resource, most) in [(Resource::Cpu, most_seconds), (Resource::As, most_bytes), (Resource::Core, 0)] {
            let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }
    #[cfg(not(unix))]
    let _ = (most_seconds, most_bytes);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_given_its_input_and_ended_in_time() {
        let run = |script: &str, most, seconds| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("script");
            std::fs::write(&file, script).unwrap();
            run_child(Path::new("/bin/sh"), file.to_str().unwrap(), &[b'x'; 100_000], most, seconds).unwrap()
        };
        assert!(matches!(run("cat", 200_000, 60), Ended::Done(output) if output == [b'x'; 100_000]));
        assert!(matches!(run("cat", 10, 60), Ended::Done(output) if output.len() == 11));
        assert!(matches!(run("echo no; exit 1", 10, 60), Ended::Failed(output) if output == b"no\n"));
        assert!(matches!(run("kill -9 $$", 10, 60), Ended::Broken));
        assert!(matches!(run("while :; do :; done", 10, 1), Ended::Late));
        assert!(run_child(Path::new("/no/such/program"), "", b"", 1, 1).is_err());
    }
}
