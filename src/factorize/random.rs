//! Random numbers: one stream per row and purpose, so that no number depends on the order of work.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// The generator of one row, for one purpose (`stream`, from 0 to 3: a stream 4 would be stream 0 of the next row).
pub(super) fn row_generator(seed: u64, stream: u64, row: usize) -> Xoshiro256PlusPlus {
    let key = (row as u64).wrapping_mul(4).wrapping_add(stream).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Xoshiro256PlusPlus::seed_from_u64(seed ^ key)
}
