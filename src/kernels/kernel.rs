//! The instruction sets that the loops over nonzeros are compiled for, and the choice between them.

use std::sync::atomic::{AtomicU8, Ordering};

/// The instruction set that a loop over nonzeros runs on. Every kernel gives the same bits, so that results do not
/// depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Portable code, compiled for the baseline of the target.
    Portable = 1,
    /// AVX2 and FMA (x86-64 only).
    Avx2 = 2,
    /// AVX-512 F, VL and DQ (x86-64 only).
    Avx512 = 3,
}

/// The kernel chosen with [`Kernel::force`], by its number; 0 if none was chosen.
static FORCED: AtomicU8 = AtomicU8::new(0);

// The fastest kernel stands last, because `Kernel::current` searches from the end.
names!(Kernel { Portable = "portable", Avx2 = "avx2", Avx512 = "avx512" });

impl Kernel {
    /// The kernel chosen with [`Kernel::force`], else the fastest one that this machine can run.
    pub fn current() -> Self {
        let forced = FORCED.load(Ordering::Relaxed);
        let chosen = Self::ALL.iter().copied().find(|kernel| *kernel as u8 == forced);
        chosen
            .or_else(|| Self::ALL.iter().copied().rev().find(|kernel| kernel.is_available()))
            .unwrap_or(Self::Portable)
    }

    /// Makes [`Kernel::current`] return this kernel from now on, in the whole process. Returns false, and changes
    /// nothing, if this machine cannot run it.
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
