//! Settings of the process that the standard library does not offer and that are calls of the C library.

/// Makes the allocator (glibc) return unused memory to the system; with other allocators it does nothing. Reading a
/// corpus takes more memory than its result, and the allocator would keep the difference.
pub fn release_unused_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` touches only memory that the allocator holds as free.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Makes the allocator (glibc) return freed memory to the system as soon as it is a mebibyte; by default it keeps as
/// much as was ever in use. This changes the whole process, so that a program may call it, but not a library.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` only sets a number that the allocator reads when memory is freed.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20)
    };
}

/// Makes a write beyond the file size limit of this process fail with an ordinary error; by default the signal
/// `SIGXFSZ` ends the process without a message. This changes the whole process, so that a program may call it, but
/// not a library.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    // SAFETY: the signal is ignored from now on, so that no handler of ours can run at an unsafe moment.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN)
    };
}

/// The signals by which a user or the system asks a program to end.
#[cfg(unix)]
const ENDING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Runs `install`, which sets handlers for the signals that end a program and returns whether it succeeded. Then
/// corrects what it should not have changed: a signal that the process was told to ignore (by `nohup`, or as a job in
/// the background) is ignored again, and if `install` has failed half-way, every other signal ends the process as
/// before.
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
            // SAFETY: only dispositions of the system are set, no handler of ours.
            unsafe { libc::signal(signal, disposition) };
        }
    }
    #[cfg(not(unix))]
    install();
}

#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only writes the present one, and all zeros are a valid `sigaction`.
    let (result, now) = unsafe { (libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()), now.assume_init()) };
    result == 0 && now.sa_sigaction == libc::SIG_IGN
}
