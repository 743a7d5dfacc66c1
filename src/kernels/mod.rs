//! The numeric base of all other stages: storage of the factors, sums in a fixed order, and the loops over the
//! nonzeros of V. Only this stage uses `unsafe`: for instruction sets, for aligned memory and for calls of the C
//! library.
//!
//! A loop over nonzeros is defined on a *virtual vector* of [`LANES`] f32 lanes, with a fixed order of additions and
//! with fused multiply-add. It is implemented in portable code, for AVX2 and for AVX-512. All three give the same
//! bits, so that neither the instruction set ([`Kernel`]) nor the number of threads changes a result.

#![allow(clippy::needless_range_loop, reason = "loops over the lanes of several vectors at once")]

mod active;
mod active_update;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod chunk;
mod coordinate;
mod dispatch;
mod encoding;
mod gram;
mod kernel;
mod lanes;
mod logarithm;
mod least_squares;
mod panel;
mod process;
mod row_pass;
mod row_step;
mod row_update;
mod rows;
mod scatter;
mod sparse_pass;
mod sparse_rows;
mod sparse_sums;
mod storage;
#[cfg(target_arch = "x86_64")]
mod vector;
#[cfg(target_arch = "x86_64")]
mod vector_pass;
mod weighted_sum;

pub use active_update::{ActiveUpdate, ActiveWorkspace};
pub use chunk::{MIN_CURVED_PRODUCT, MIN_PRODUCT, PassOutputs};
pub use dispatch::{products_of_columns, scatter, weighted_sum};
pub(crate) use dispatch::{sum_of_logarithms, to_logarithms};
pub use kernel::Kernel;
pub use lanes::{LANES, Lanes};
pub(crate) use lanes::{flatten, flatten_mut};
pub use least_squares::{LeastSquares, PANEL_ROWS};
pub use panel::Panel;
pub use process::{install_signal_handlers, release_unused_memory, return_freed_memory, survive_file_size_limit};
pub use row_pass::RowPass;
pub use row_step::{Penalty, StepTerms};
pub use row_update::{RowUpdate, RowWorkspace, step_row};
pub use rows::Step;
pub use scatter::Entries;
pub use sparse_pass::SparsePass;
pub use sparse_rows::{MOST_SPARSE_TOPICS, SparseRows};
pub use storage::{BLOCK_ROWS, FactorMatrix};
