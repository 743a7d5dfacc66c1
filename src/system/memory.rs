//! Says how much memory a run may take, so that work that would need more is refused before it begins.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that the user allows; 0 if the user has set no bound.
static ALLOWED: AtomicU64 = AtomicU64::new(0);

/// Sets the bound on the memory of this process, whatever the system has free; `u64::MAX` means no bound, and `None`
/// what the system has free. Returns what was set before.
pub fn allow_memory(bytes: Option<u64>) -> Option<u64> {
    let before = ALLOWED.swap(bytes.map_or(0, |bytes| bytes.max(1)), Ordering::Relaxed);
    Some(before).filter(|before| *before > 0)
}

/// The bound on the memory of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Bytes that the process may hold in all, with those that it holds already; `u64::MAX` if no bound is known.
    pub limit: u64,
    /// Whether the user has set the bound; else it follows from what the system has free.
    pub is_given: bool,
}

impl Memory {
    /// Bytes of memory that this process holds (resident set); 0 if they are not known.
    pub fn taken() -> u64 {
        taken().map_or(0, |(_, resident)| resident)
    }

    /// The bound that [`allow_memory`] has set, else what this process holds and what is free for it. On Linux the
    /// latter is the smallest of the free memory and what its control groups and its address space limit leave.
    pub fn current() -> Self {
        match ALLOWED.load(Ordering::Relaxed) {
            0 => Self { limit: available(), is_given: false },
            limit => Self { limit, is_given: true },
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn available() -> u64 {
    u64::MAX
}

#[cfg(target_os = "linux")]
fn available() -> u64 {
    let (taken_addresses, resident) = taken().unwrap_or_default();
    let free = free_memory().unwrap_or(u64::MAX).min(free_of_group().unwrap_or(u64::MAX));
    let addresses = rustix::process::getrlimit(rustix::process::Resource::As).current.unwrap_or(u64::MAX);
    // Code, stacks and gaps take addresses but no memory. So the limit counts with the addresses that are left, not as
    // a bound on memory itself.
    let addresses = addresses.saturating_sub(taken_addresses);
    free.min(addresses).saturating_add(resident)
}

#[cfg(not(target_os = "linux"))]
fn taken() -> Option<(u64, u64)> {
    None
}

/// Bytes of address space and of memory (resident set) that this process takes.
#[cfg(target_os = "linux")]
fn taken() -> Option<(u64, u64)> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = pages.split(' ').map(|n| n.parse::<u64>().ok());
    let size = rustix::param::page_size() as u64;
    Some((pages.next()?? * size, pages.next()?? * size))
}

#[cfg(target_os = "linux")]
fn free_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

/// Bytes that the control group (cgroup v2) of this process and those above it leave free; `None` if none of them has a
/// limit.
#[cfg(target_os = "linux")]
fn free_of_group() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let mut folder = std::path::Path::new("/sys/fs/cgroup").join(own);
    let mut least: Option<u64> = None;
    loop {
        let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
        if let (Some(most), Some(taken)) = (number("memory.max"), number("memory.current")) {
            let free = most.saturating_sub(taken.saturating_sub(reclaimable(&folder).unwrap_or(0)));
            least = Some(least.map_or(free, |least| least.min(free)));
        }
        if folder.as_os_str() == "/sys/fs/cgroup" || !folder.pop() {
            return least;
        }
    }
}

/// Bytes of cached files that a control group holds and the system takes back when memory runs short, so that they
/// count as free.
#[cfg(target_os = "linux")]
fn reclaimable(group: &std::path::Path) -> Option<u64> {
    let text = fs::read_to_string(group.join("memory.stat")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("inactive_file "))?.parse().ok()
}
