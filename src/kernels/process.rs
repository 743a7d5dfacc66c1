//! Settings of the process that only the C library knows.

/// Gives memory that is no longer in use back to the system, where the allocator keeps it (glibc). Reading a corpus
/// takes more than what is left of it.
pub fn release_unused_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: touches only what the allocator holds as free.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Asks the allocator of this process (glibc) to give freed memory of a mebibyte and more back to the system at once,
/// where it would keep as much as was ever in use. For a program, not for a library.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the allocator, made while it is at rest or not.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20)
    };
}

/// A write beyond the largest file that this process may make fails as any other, where it would end the process
/// without a word (`SIGXFSZ`). For a program, not for a library.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    // SAFETY: a signal is ignored; no handler of ours runs in its place.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN)
    };
}

/// Signals that end a program.
#[cfg(unix)]
const ENDING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Runs `install`, which sets handlers of signals that end a program, and undoes what it should not have done: a signal
/// that the process was told to ignore (`nohup`, a job in the background) stays ignored, and all end the process if
/// `install` has failed half-way.
pub fn install_signal_handlers(install: impl FnOnce() -> bool) {
    #[cfg(unix)]
    {
        let ignored: Vec<libc::c_int> = ENDING.into_iter().filter(|&signal| is_ignored(signal)).collect();
        let is_installed = install();
        for signal in ENDING {
            let disposition = match (ignored.contains(&signal), is_installed) {
                (true, _) => libc::SIG_IGN,
                (false, false) => libc::SIG_DFL,
                (false, true) => continue,
            };
            // SAFETY: no handler of ours is set, only the system's own dispositions.
            unsafe { libc::signal(signal, disposition) };
        }
    }
    #[cfg(not(unix))]
    install();
}

#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with no new action the call only writes the present one, which all zeros are a valid value of.
    let (result, now) = unsafe { (libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()), now.assume_init()) };
    result == 0 && now.sa_sigaction == libc::SIG_IGN
}
