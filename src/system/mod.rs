//! The other floor: what a run asks of the system. Strangers' files are read within bounds, outputs appear whole or not
//! at all, and memory is asked for before it is taken.

mod memory;
mod output;
mod read;

pub use memory::{Memory, allow_memory};
pub(crate) use output::write_synced;
pub use output::{Sibling, abandon_outputs, inherit, is_sibling, is_writable};
pub use read::{MOST_SETTINGS_BYTES, MOST_TABLE_BYTES, open_regular, read_bounded, read_head, read_text};
