//! Sums of vectors over blocks of documents, which have the same bits in whatever order and groups they are added.
//!
//! Blocks are added pairwise in a binary tree over their numbers: each node is the sum of its two halves. Merged sums
//! hold the nodes whose halves are both known. Of n blocks in order, at most log₂ n nodes are held.

use std::collections::BTreeMap;
use std::ops::Range;

use super::FactorizeError;

/// A node of the tree over blocks: it sums the 2^level blocks from block index · 2^level on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    level: u32,
    index: u64,
}

impl Node {
    fn blocks(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }
}

/// Sums of vectors of one length over blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockSums {
    /// The level and the numbers of each node, by its first block.
    nodes: BTreeMap<u64, (u32, Vec<f64>)>,
}

impl BlockSums {
    /// Adds the vector of one block. Fails if it is there already.
    pub fn add_block(&mut self, block: u64, numbers: Vec<f64>) -> Result<(), FactorizeError> {
        self.add(0, block, numbers)
    }

    /// Adds the sums over other blocks. Fails if a block is there already.
    pub fn merge(&mut self, other: Self) -> Result<(), FactorizeError> {
        let mut nodes = other.nodes.into_iter();
        nodes.try_for_each(|(first, (level, numbers))| self.add(level, first >> level, numbers))
    }

    /// The nodes: level, index and numbers of each.
    pub(super) fn nodes(&self) -> impl ExactSizeIterator<Item = (u32, u64, &[f64])> {
        self.nodes.iter().map(|(first, (level, numbers))| (*level, first >> level, &numbers[..]))
    }

    /// Adds the sum over the 2^`level` blocks from block `index` · 2^`level` on. Fails if one of them is there already.
    pub(super) fn add(&mut self, level: u32, index: u64, mut numbers: Vec<f64>) -> Result<(), FactorizeError> {
        let mut node = Node { level, index };
        let blocks = node.blocks();
        // Nodes do not overlap, so that only the last one that begins before the end can reach into these blocks.
        let last = self.nodes.range(..blocks.end).next_back();
        if last.is_some_and(|(first, (level, _))| first + (1 << level) > blocks.start) {
            return Err(FactorizeError::Statistics(format!("of the blocks {blocks:?} are there already")));
        }
        loop {
            let sibling = Node { index: node.index ^ 1, ..node };
            let first = sibling.blocks().start;
            if self.nodes.get(&first).is_none_or(|(level, _)| *level != node.level) {
                break;
            }
            let Some((_, mut other)) = self.nodes.remove(&first) else { break };
            if node.index.is_multiple_of(2) {
                std::mem::swap(&mut other, &mut numbers);
            }
            // The right half is added to the left one, whichever of them came first.
            other.iter_mut().zip(&numbers).for_each(|(left, right)| *left += right);
            numbers = other;
            node = Node { level: node.level + 1, index: node.index / 2 };
        }
        self.nodes.insert(node.blocks().start, (node.level, numbers));
        Ok(())
    }

    /// The sums over the blocks 0 to `n_blocks` − 1, which are of this length. Fails if one of them is missing.
    pub fn totals(self, n_blocks: u64, length: usize) -> Result<Vec<f64>, FactorizeError> {
        let mut end = 0;
        let mut numbers = Vec::new();
        for (first, (level, part)) in self.nodes {
            if first != end {
                break;
            }
            end = first + (1 << level);
            if numbers.is_empty() {
                numbers = part;
            } else {
                numbers.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
        if end != n_blocks {
            return Err(FactorizeError::Statistics(format!("end at block {end} of {n_blocks}")));
        }
        numbers.resize(length, 0.0);
        Ok(numbers)
    }
}
