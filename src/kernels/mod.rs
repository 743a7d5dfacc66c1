//! The floor: aligned factor storage, ordered reductions and the loops over nonzeros. The only `unsafe`.
//!
//! A loop over nonzeros is defined on a *virtual vector* of [`LANES`] f32 lanes with a fixed reduction tree and fused
//! multiply-add. It exists as portable code, for AVX2 and for AVX-512; all give the same bits, so the choice
//! ([`Kernel`]) and the number of threads never show in a result.

#![allow(clippy::needless_range_loop, reason = "loops over the lanes of several vectors at once")]

/// `$function` on the path of a kernel, `$portable` on the plain one. What the function asks for beside the instruction
/// set, the caller has checked.
macro_rules! on_path {
    ($kernel:expr, $function:ident($($argument:expr),*), $portable:expr) => {
        match $kernel {
            #[cfg(target_arch = "x86_64")]
            kernel @ $crate::kernels::Kernel::Avx2 => {
                assert!(kernel.is_available(), "this machine has no AVX2");
                // SAFETY: the assertion has asked the CPU.
                unsafe { $crate::kernels::avx2::$function($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            kernel @ $crate::kernels::Kernel::Avx512 => {
                assert!(kernel.is_available(), "this machine has no AVX-512");
                // SAFETY: the assertion has asked the CPU.
                unsafe { $crate::kernels::avx512::$function($($argument),*) }
            }
            _ => $portable,
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod coordinate;
mod logarithm;
mod portable;
mod process;
mod row_pass;
mod row_step;
mod row_update;
mod storage;
#[cfg(target_arch = "x86_64")]
mod vector;
mod weighted_sum;

pub(crate) use logarithm::sum_of_logarithms;
pub use process::{install_signal_handlers, release_unused_memory, return_freed_memory, survive_file_size_limit};
pub use row_pass::{MIN_PRODUCT, RowPass, Wanted};
pub use row_step::{Penalty, TopicScale};
pub use row_update::{RowDescent, RowUpdate, Step};
pub use storage::{FactorMatrix, LANES, Lanes};
pub(crate) use storage::{flatten, flatten_mut};
pub use weighted_sum::weighted_sum;

use std::sync::atomic::{AtomicU8, Ordering};

/// Rows per block of a sum across rows: partial sums of fixed blocks are added in index order.
pub const BLOCK_ROWS: usize = 1024;

/// The instruction set of a loop over nonzeros. Results do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Plain code for the target's baseline.
    Portable = 1,
    /// AVX2 and FMA (x86-64 only).
    Avx2 = 2,
    /// AVX-512 F, VL and DQ (x86-64 only).
    Avx512 = 3,
}

/// 0 = not chosen, else the number of a kernel.
static FORCED: AtomicU8 = AtomicU8::new(0);

impl Kernel {
    /// All kernels, the fastest last.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The fastest kernel of this machine, or the one chosen with [`Kernel::force`].
    pub fn current() -> Self {
        let forced = FORCED.load(Ordering::Relaxed);
        let chosen = Self::ALL.into_iter().find(|kernel| *kernel as u8 == forced);
        chosen.or_else(|| Self::ALL.into_iter().rev().find(|kernel| kernel.is_available())).unwrap_or(Self::Portable)
    }

    /// Makes [`Kernel::current`] give this kernel from now on, in the whole process; false where the machine lacks it.
    pub fn force(self) -> bool {
        if self.is_available() {
            FORCED.store(self as u8, Ordering::Relaxed);
        }
        self.is_available()
    }

    /// Whether this machine can run the kernel.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }
}
