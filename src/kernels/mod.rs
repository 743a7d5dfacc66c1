//! The floor: aligned factor storage, ordered reductions and the loops over nonzeros. The only `unsafe`.
//!
//! Every loop exists once, as portable code over a *virtual vector* of [`LANES`] f32 lanes with a fixed reduction
//! tree and fused multiply-add. It is compiled twice, plainly and with AVX2 and FMA enabled; both give the same
//! bits, so the choice ([`Kernel`]) and the number of threads never show in a result.

#![allow(clippy::needless_range_loop, reason = "loops over the lanes of several vectors at once")]

mod logarithm;
mod multiplicative;
mod storage;

pub use multiplicative::{MIN_PRODUCT, RowPass};
pub use storage::{FactorMatrix, LANES, Lanes};
pub(crate) use storage::{flatten, flatten_mut};

use std::sync::atomic::{AtomicU8, Ordering};

/// Rows per block of a sum across rows: partial sums of fixed blocks are added in index order.
pub const BLOCK_ROWS: usize = 1024;

/// The instruction set that a loop over nonzeros is compiled for. Results do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Plain code for the target's baseline.
    Portable,
    /// The same code with AVX2 and FMA enabled (x86-64 only).
    Avx2,
}

/// 0 = not chosen, 1 = portable, 2 = AVX2.
static FORCED: AtomicU8 = AtomicU8::new(0);

impl Kernel {
    /// The fastest kernel of this machine, or the one chosen with [`Kernel::force`].
    pub fn current() -> Self {
        match FORCED.load(Ordering::Relaxed) {
            1 => Self::Portable,
            _ if Self::Avx2.is_available() => Self::Avx2,
            _ => Self::Portable,
        }
    }

    /// Makes [`Kernel::current`] give this kernel from now on, in the whole process; false where the machine lacks it.
    pub fn force(self) -> bool {
        if !self.is_available() {
            return false;
        }
        FORCED.store(if self == Self::Portable { 1 } else { 2 }, Ordering::Relaxed);
        true
    }

    /// Whether this machine can run the kernel.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 => false,
        }
    }
}
