//! The memory of a factor: aligned to cache lines, and on huge pages where the system offers them. It is its own
//! file, because it allocates with `unsafe` what the rest of the program uses as a slice.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::lanes::Lanes;

/// Size and alignment of a huge page in bytes. The loops gather rows from all over a factor, and with pages of 4 KiB
/// most of these rows would lie on a page whose address the processor has to look up first.
const HUGE_PAGE: usize = 2 << 20;

/// A fixed number of virtual vectors, which are all zeros at first.
pub(super) struct Buffer {
    start: NonNull<Lanes>,
    length: usize,
}

// SAFETY: the buffer owns its memory as a `Vec<Lanes>` does, and `Lanes` are plain numbers.
unsafe impl Send for Buffer {}
// SAFETY: as above, and shared access only reads.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(super) fn zeros(length: usize) -> Self {
        if length == 0 {
            return Self { start: NonNull::dangling(), length };
        }
        let layout = Self::layout(length);
        // SAFETY: the layout is not empty, since `length` is not 0.
        let start = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(start.cast::<Lanes>()) else { handle_alloc_error(layout) };
        #[cfg(target_os = "linux")]
        if layout.align() == HUGE_PAGE {
            // SAFETY: this is advice on memory that is ours and not yet in use; nothing depends on whether the system
            // follows it.
            unsafe { libc::madvise(start.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
        }
        // SAFETY: `length` vectors fit the layout, and all bits zero is the number 0.0.
        unsafe { start.as_ptr().write_bytes(0, length) };
        Self { start, length }
    }

    /// The memory layout of `length` vectors, aligned to huge pages from the size of one huge page on.
    fn layout(length: usize) -> Layout {
        let plain = Layout::array::<Lanes>(length);
        let layout = plain.and_then(|l| l.align_to(if l.size() >= HUGE_PAGE { HUGE_PAGE } else { l.align() }));
        // A length beyond the address space panics, as it does in `Vec`.
        assert!(layout.is_ok(), "capacity overflow: {length} vectors");
        layout.unwrap_or(Layout::new::<()>())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: `zeros` allocated this memory with the layout of the same length.
            unsafe { dealloc(self.start.as_ptr().cast(), Self::layout(self.length)) };
        }
    }
}

impl Deref for Buffer {
    type Target = [Lanes];
    fn deref(&self) -> &[Lanes] {
        // SAFETY: `length` vectors from `start` on are ours and initialised; `start` dangles only if there are none.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [Lanes] {
        // SAFETY: as in `deref`, and the exclusive borrow of the buffer makes this the only access.
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
