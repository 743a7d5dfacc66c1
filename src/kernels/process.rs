//! Settings of the process that only the C library knows.

/// Gives memory that is no longer in use back to the system, where the allocator keeps it (glibc). Reading a corpus takes
/// more than what is left of it.
pub fn release_unused_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: touches only what the allocator holds as free.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Asks the allocator of this process (glibc) to give freed memory of a mebibyte and more back to the system at once, where
/// it would keep as much as was ever in use. For a program, not for a library.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the allocator, made while it is at rest or not.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20)
    };
}

/// A write beyond the largest file that this process may make fails as any other, where it would end the process without a
/// word (`SIGXFSZ`). For a program, not for a library.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    // SAFETY: a signal is ignored; no handler of ours runs in its place.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN)
    };
}
