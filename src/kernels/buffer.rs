//! Memory of a factor: aligned to cache lines, on huge pages where the system has them.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::lanes::Lanes;

/// Size and alignment of a huge page. The loops gather rows from all over a factor: with pages of 4 KiB most of them
/// need a page table entry that is not at hand.
const HUGE_PAGE: usize = 2 << 20;

/// A fixed number of virtual vectors, zero at first.
pub(super) struct Buffer {
    start: NonNull<Lanes>,
    length: usize,
}

// SAFETY: the buffer owns its memory as a `Vec<Lanes>` would, and `Lanes` are plain numbers.
unsafe impl Send for Buffer {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(super) fn zeros(length: usize) -> Self {
        if length == 0 {
            return Self { start: NonNull::dangling(), length };
        }
        let layout = Self::layout(length);
        // SAFETY: the layout is not empty.
        let start = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(start.cast::<Lanes>()) else { handle_alloc_error(layout) };
        #[cfg(target_os = "linux")]
        if layout.align() == HUGE_PAGE {
            // SAFETY: advice on memory that is ours and not in use yet; whether the system follows it does not matter.
            unsafe { libc::madvise(start.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
        }
        // SAFETY: `length` vectors fit the layout; all bits zero is 0.0.
        unsafe { start.as_ptr().write_bytes(0, length) };
        Self { start, length }
    }

    /// On huge pages from the size of one.
    fn layout(length: usize) -> Layout {
        let plain = Layout::array::<Lanes>(length);
        let layout = plain.and_then(|l| l.align_to(if l.size() >= HUGE_PAGE { HUGE_PAGE } else { l.align() }));
        // As `Vec` does: no more vectors than an address space holds.
        assert!(layout.is_ok(), "capacity overflow: {length} vectors");
        layout.unwrap_or(Layout::new::<()>())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: allocated in `zeros` with the layout of the same length.
            unsafe { dealloc(self.start.as_ptr().cast(), Self::layout(self.length)) };
        }
    }
}

impl Deref for Buffer {
    type Target = [Lanes];
    fn deref(&self) -> &[Lanes] {
        // SAFETY: `length` vectors from `start` are ours and initialised; dangling only where there are none.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [Lanes] {
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
