//! What does a run ask of the system? Files that it did not write are read within bounds, outputs appear whole or not
//! at all, and it is known how much memory may be taken. Like `kernels`, this module uses no other stage.

#[cfg(feature = "pdf")]
mod child;
mod memory;
mod output;
mod read;

#[cfg(feature = "pdf")]
pub(crate) use child::{Ended, bound_process, run_child};
pub use memory::{Memory, allow_memory};
pub use output::{Sibling, abandon_outputs, folder_of, inherit, is_sibling, is_writable};
pub use read::{
    MOST_SETTINGS_BYTES, MOST_TABLE_BYTES, copy_regular, digest_regular, open_regular, read_bounded, read_head,
    read_text,
};
