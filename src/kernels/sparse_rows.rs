//! The rows of a factor as lists of their positive entries.

use rayon::prelude::*;

use super::lanes::{Lanes, each_positive, prefetch};
use super::storage::{BLOCK_ROWS, FactorMatrix};

/// Number of entries that stand together; a list is filled up to a multiple of it.
pub(super) const GROUP: usize = 4;

/// Some positive entries of a row. What a list is filled up with has the value 0 and topics behind the last one, each a
/// place of its own, so that sums need not wait for each other there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Entries {
    pub(super) values: [f32; GROUP],
    pub(super) topics: [u16; GROUP],
}

/// A factor whose rows are lists of their positive entries, topics ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    /// The entries of a row begin at its place, and end where those of the next one begin.
    starts: Vec<u64>,
    entries: Vec<Entries>,
    /// The sum of each row, in f64 in order of topics.
    pub(super) sums: Vec<f32>,
    pub(super) n_topics: usize,
}

/// The share of all entries that lists may have and still be short.
const MOST_FILLED: f64 = 0.25;

/// Most topics that a list can tell apart.
pub const MOST_SPARSE_TOPICS: usize = u16::MAX as usize - GROUP;

impl SparseRows {
    /// The rows of a factor. Panics if it has more than [`MOST_SPARSE_TOPICS`].
    pub fn new(factor: &FactorMatrix) -> Self {
        let n_topics = factor.n_topics();
        assert!(n_topics <= MOST_SPARSE_TOPICS, "{n_topics} topics");
        let of_block = |rows: &[Lanes]| {
            let (mut entries, mut lengths, mut sums) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows.chunks_exact(factor.lanes_per_row()) {
                let (before, mut place, mut sum) = (entries.len(), GROUP, 0.0_f64);
                each_positive(row, |topic, value| {
                    if place == GROUP {
                        let topics = std::array::from_fn(|place| (n_topics + place) as u16);
                        entries.push(Entries { topics, ..Entries::default() });
                        place = 0;
                    }
                    if let Some(last) = entries.last_mut() {
                        (last.topics[place], last.values[place]) = (topic as u16, value);
                    }
                    place += 1;
                    sum += f64::from(value);
                });
                lengths.push((entries.len() - before) as u64);
                sums.push(sum as f32);
            }
            (entries, lengths, sums)
        };
        let blocks: Vec<_> =
            factor.lanes().par_chunks(BLOCK_ROWS * factor.lanes_per_row().max(1)).map(of_block).collect();
        let mut rows = Self { starts: vec![0], entries: Vec::new(), sums: Vec::new(), n_topics };
        rows.entries.reserve_exact(blocks.iter().map(|block| block.0.len()).sum());
        for (entries, lengths, sums) in blocks {
            rows.entries.extend_from_slice(&entries);
            rows.starts.extend(lengths.iter().scan(rows.starts[rows.starts.len() - 1], |end, length| {
                *end += length;
                Some(*end)
            }));
            rows.sums.extend_from_slice(&sums);
        }
        rows
    }

    /// Whether lists are so short that passes over them cost less than passes over all topics.
    pub fn are_short(&self) -> bool {
        let n_entries = (GROUP * self.entries.len()) as f64;
        n_entries < MOST_FILLED * (self.sums.len() * self.n_topics) as f64
    }

    /// Asks for the first cache lines of a row's list.
    #[inline(always)]
    pub(super) fn prefetch(&self, row: u32) {
        let start = self.entries.as_ptr().wrapping_add(self.starts[row as usize] as usize);
        prefetch(start);
        prefetch(start.wrapping_byte_add(64));
    }

    #[inline(always)]
    pub(super) fn row(&self, row: u32) -> &[Entries] {
        let (start, end) = (self.starts[row as usize] as usize, self.starts[row as usize + 1] as usize);
        // SAFETY: `new`, which alone makes lists, has `starts` ascend from 0 to the number of entries.
        unsafe { self.entries.get_unchecked(start..end) }
    }
}
