//! Random numbers: one stream per row and purpose, so that no number depends on the order of work or on another start.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What random numbers are for. Each purpose has a stream of its own per row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Entries of W of a random start.
    Terms,
    /// Entries of H of a random start.
    Documents,
    /// The choice of the centres of clusters.
    Clusters,
    /// The signs that a split of documents begins with.
    Splits,
    /// The random sign matrix of the singular value decomposition.
    SingularVectors,
    /// The random projection in which anchor words are sought.
    Anchors,
    /// The documents that a refit of a sample has.
    Samples,
    /// The entries that are withheld from a fit.
    Withheld,
    /// The documents of a run that says how robust topics are.
    Runs,
    /// The documents that a replicate of the bootstrap draws.
    Bootstrap,
    /// The first guess of an axis of a map of topics.
    Maps,
    /// The order of documents in which groups mean nothing.
    Permutations,
}

/// The generator of one row, for one purpose.
pub(crate) fn row_generator(seed: u64, stream: Stream, row: usize) -> Xoshiro256PlusPlus {
    // The first four streams of a row have keys side by side. A further one would have the key of the next row, so it
    // differs by a number that is mixed in.
    let (four, side) = ((stream as u64) / 4, (stream as u64) % 4);
    let key = (row as u64).wrapping_mul(4).wrapping_add(side).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Xoshiro256PlusPlus::seed_from_u64(seed ^ key ^ four.wrapping_mul(0xbf58_476d_1ce4_e5b9))
}

/// Brings items into a random order.
pub(crate) fn shuffle<T>(items: &mut [T], generator: &mut Xoshiro256PlusPlus) {
    for i in (1..items.len()).rev() {
        items.swap(i, (generator.next_u64() % (i as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_streams_or_rows_share_their_numbers() {
        let streams = [
            Stream::Terms,
            Stream::Documents,
            Stream::Clusters,
            Stream::Splits,
            Stream::SingularVectors,
            Stream::Anchors,
            Stream::Samples,
            Stream::Withheld,
            Stream::Runs,
            Stream::Bootstrap,
            Stream::Maps,
            Stream::Permutations,
        ];
        let numbers =
            streams.iter().flat_map(|&stream| (0..1000).map(move |row| row_generator(7, stream, row).next_u64()));
        assert_eq!(numbers.collect::<HashSet<_>>().len(), 12_000);
    }
}
