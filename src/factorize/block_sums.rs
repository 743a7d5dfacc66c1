//! Sums over blocks of documents, which have the same bits in whatever order and groups they are added.
//!
//! Blocks are added pairwise in a binary tree over their numbers: each node is the sum of its two halves. Merged sums
//! hold the nodes whose halves are both known. Of n blocks in order, at most log₂ n nodes are held.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::FactorizeError;
use crate::kernels::{FactorMatrix, flatten, flatten_mut};

/// Number of blocks that can be told apart.
const MOST_BLOCKS: u64 = 1 << 62;

/// The highest level of a node that is taken from others.
const HIGHEST_LEVEL: u32 = 40;

/// Vectors that a parallel task adds.
const TASK_LANES: usize = 1 << 12;

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

/// What can be added up.
pub trait Summand {
    /// Adds another one of the same shape.
    fn add(&mut self, other: &Self);
}

/// Sums over blocks.
///
/// ```
/// use topicmill::factorize::{BlockSums, FactorMatrix};
/// let part = |value| FactorMatrix::from_fn(1, 1, |_, _| value);
/// let mut sums = BlockSums::default();
/// sums.add_block(1, part(2.0))?;
/// sums.add_block(0, part(1.0))?;
/// assert_eq!(sums.totals(2)?, Some(part(3.0)));
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u32, u64, T)>", into = "Vec<(u32, u64, T)>", bound(serialize = "T: Clone + Serialize"))]
#[serde(bound(deserialize = "T: Summand + Deserialize<'de>"))]
pub struct BlockSums<T> {
    /// The level and the sums of each node, by its first block.
    nodes: BTreeMap<u64, (u32, T)>,
}

impl<T> Default for BlockSums<T> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new() }
    }
}

/// The nodes: level, index and sums of each. Fails for nodes that there are not, or that overlap.
impl<T: Summand> TryFrom<Vec<(u32, u64, T)>> for BlockSums<T> {
    type Error = FactorizeError;

    fn try_from(nodes: Vec<(u32, u64, T)>) -> Result<Self, FactorizeError> {
        let mut sums = Self::default();
        nodes.into_iter().try_for_each(|(level, index, part)| sums.add_node(level, index, part))?;
        Ok(sums)
    }
}

impl<T> From<BlockSums<T>> for Vec<(u32, u64, T)> {
    fn from(sums: BlockSums<T>) -> Self {
        sums.nodes.into_iter().map(|(first, (level, part))| (level, first >> level, part)).collect()
    }
}

impl<T: Summand> BlockSums<T> {
    /// Adds the part of one block. Fails if it is there already.
    pub fn add_block(&mut self, block: u64, part: T) -> Result<(), FactorizeError> {
        if block >= MOST_BLOCKS {
            return Err(FactorizeError::Statistics(format!(
                "of block {block} are beyond the last block that there is"
            )));
        }
        self.add(0, block, part)
    }

    /// Adds the sums over other blocks. Fails if a block is there already.
    pub fn merge(&mut self, other: Self) -> Result<(), FactorizeError> {
        let mut nodes = other.nodes.into_iter();
        nodes.try_for_each(|(first, (level, part))| self.add(level, first >> level, part))
    }

    /// The sums of the same blocks of something that is made of each part, and that adds up as the parts do.
    pub fn map<U: Summand>(&self, change: impl Fn(&T) -> U) -> BlockSums<U> {
        BlockSums { nodes: self.nodes.iter().map(|(first, (level, part))| (*first, (*level, change(part)))).collect() }
    }

    /// The sums that are held, each over some of the blocks.
    pub fn parts(&self) -> impl Iterator<Item = &T> {
        self.nodes.values().map(|(_, part)| part)
    }

    /// The nodes: level, index and sums of each.
    pub(super) fn nodes(&self) -> impl ExactSizeIterator<Item = (u32, u64, &T)> {
        self.nodes.iter().map(|(first, (level, part))| (*level, first >> level, part))
    }

    /// As [`BlockSums::add`], for a node that is taken from others. Fails if there is no such node.
    pub(super) fn add_node(&mut self, level: u32, index: u64, part: T) -> Result<(), FactorizeError> {
        if level > HIGHEST_LEVEL || index >= MOST_BLOCKS >> level {
            return Err(FactorizeError::Statistics(format!(
                "have a node {index} of level {level}, which there is not"
            )));
        }
        self.add(level, index, part)
    }

    /// Adds the sum over the 2^`level` blocks from block `index` · 2^`level` on. Fails if one of them is there already.
    fn add(&mut self, level: u32, index: u64, mut part: T) -> Result<(), FactorizeError> {
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
                std::mem::swap(&mut other, &mut part);
            }
            // The right half is added to the left one, whichever of them came first.
            other.add(&part);
            part = other;
            node = Node { level: node.level + 1, index: node.index / 2 };
        }
        self.nodes.insert(node.blocks().start, (node.level, part));
        Ok(())
    }

    /// Fails unless there are exactly the blocks 0 to `n_blocks` − 1.
    pub(super) fn check_whole(&self, n_blocks: u64) -> Result<(), FactorizeError> {
        let mut end = 0;
        for (&first, (level, _)) in &self.nodes {
            if first != end {
                break;
            }
            end = first + (1 << level);
        }
        match end == n_blocks {
            true => Ok(()),
            false => Err(FactorizeError::Statistics(format!("end at block {end} of {n_blocks}"))),
        }
    }

    /// The sums over the blocks 0 to `n_blocks` − 1; `None` for no blocks. Fails if one of them is missing.
    pub fn totals(self, n_blocks: u64) -> Result<Option<T>, FactorizeError> {
        self.check_whole(n_blocks)?;
        let mut parts = self.nodes.into_values().map(|(_, part)| part);
        let mut totals = parts.next();
        if let Some(totals) = &mut totals {
            parts.for_each(|part| totals.add(&part));
        }
        Ok(totals)
    }
}

impl Summand for FactorMatrix {
    fn add(&mut self, other: &Self) {
        let chunks = self.lanes_mut().par_chunks_mut(TASK_LANES).zip(other.lanes().par_chunks(TASK_LANES));
        chunks.for_each(|(sums, parts)| {
            flatten_mut(sums).iter_mut().zip(flatten(parts)).for_each(|(sum, part)| *sum += part);
        });
    }
}
