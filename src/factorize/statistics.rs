//! What the documents of a shard say of the terms: sums that add up to the term step, wherever the shards are.
//!
//! Documents stand in blocks of a fixed size. A block's statistics are computed on their own, and added pairwise in a binary
//! tree over block numbers: a node is the sum of its two halves, each the sum of its own. A sum of statistics holds the nodes
//! of which both halves are there, so that the order and grouping of merging never show in a bit, and a shard of n blocks is
//! told by log₂ n nodes at most on either side.

use std::collections::BTreeMap;
use std::ops::Range;

use super::FactorizeError;
use super::penalties::{Columns, Penalties};
use super::problem::Problem;
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// A range of documents with its part of V and of H.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a> {
    /// The columns of V of these documents, terms × documents of the shard.
    pub v: &'a TermDocumentMatrix,
    /// Their columns of H, stored documents of the shard × topics.
    pub h: &'a FactorMatrix,
    /// Each document's part of the objective before the document step, without what V alone decides.
    pub objectives: &'a [f64],
    /// Documents of a block; the last block of all may have fewer.
    pub block_documents: usize,
    /// Number of the shard's first block.
    pub first_block: u64,
}

impl Shard<'_> {
    /// The blocks of the shard: their numbers, and their documents by number within the shard.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, Range<usize>)> {
        let (n, size) = (self.v.n_documents(), self.block_documents.max(1));
        let first = self.first_block;
        (0..n.div_ceil(size)).map(move |block| (first + block as u64, block * size..n.min((block + 1) * size)))
    }

    /// Sums of some documents' weights by topic, into the columns of a block.
    pub(super) fn fill_columns(&self, problem: &Problem<'_>, documents: &Range<usize>, to: &mut [f64]) {
        let n_topics = self.h.n_topics();
        let (sums, squares) = to.split_at_mut(n_topics);
        let (squares, squares_per_weight) = squares.split_at_mut(n_topics);
        for document in documents.clone() {
            let weight = Penalties::row_weight(self.v.document_sum(document), problem.params.loss);
            for (topic, &h) in self.h.row_values(document).iter().enumerate() {
                let h = f64::from(h);
                sums[topic] += h;
                squares[topic] += h * h;
                squares_per_weight[topic] += if weight > 0.0 { h * h / f64::from(weight) } else { 0.0 };
            }
        }
    }
}

/// The parts of a block's statistics, one after another in one vector of numbers, so that adding is adding vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) n_terms: usize,
    pub(super) n_topics: usize,
    /// Whether there are curvatures.
    pub(super) is_curved: bool,
    /// Whether there is a Gram matrix.
    pub(super) has_gram: bool,
}

impl Layout {
    /// N (terms × topics): for the divergence Σ_d V_td / (WH)_td H_kd, for the Frobenius norm Σ_d V_td H_kd.
    pub(super) fn numerators(self) -> Range<usize> {
        0..self.n_terms * self.n_topics
    }

    /// Q, of the same size, where the method asks for it.
    pub(super) fn curvatures(self) -> Range<usize> {
        after(self.numerators(), if self.is_curved { self.n_terms * self.n_topics } else { 0 })
    }

    /// Σ_d V_td of each term.
    pub(super) fn weights(self) -> Range<usize> {
        after(self.curvatures(), self.n_terms)
    }

    /// Sums, squares, and squares per weight of the topics over documents; see [`Columns`].
    pub(super) fn columns(self) -> Range<usize> {
        after(self.weights(), 3 * self.n_topics)
    }

    /// HHᵀ (topics × topics), for the Frobenius norm.
    pub(super) fn gram(self) -> Range<usize> {
        after(self.columns(), if self.has_gram { self.n_topics * self.n_topics } else { 0 })
    }

    /// The objective of the documents before the document step, without what V alone decides.
    pub(super) fn objective(self) -> usize {
        self.gram().end
    }

    pub(super) fn len(self) -> usize {
        self.objective() + 1
    }
}

fn after(range: Range<usize>, length: usize) -> Range<usize> {
    range.end..range.end + length
}

/// A node of the tree over blocks: 2^level blocks from index · 2^level on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    level: u32,
    index: u64,
}

impl Node {
    fn blocks(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }
}

/// Sums over blocks of documents from which W can be updated. See the module's header for why they add up to the same bits
/// in any grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct TermStatistics {
    layout: Layout,
    nodes: BTreeMap<Node, Vec<f64>>,
}

/// Bytes before the nodes: four numbers of the layout and the number of nodes.
const HEADER: usize = 5 * 8;

impl TermStatistics {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, nodes: BTreeMap::new() }
    }

    /// Adds the statistics of one block.
    pub(super) fn add_block(&mut self, block: u64, numbers: Vec<f64>) -> Result<(), FactorizeError> {
        self.add(Node { level: 0, index: block }, numbers)
    }

    /// Adds the statistics of other blocks. Refused are statistics of another problem, and blocks that are there already.
    pub fn merge(&mut self, other: Self) -> Result<(), FactorizeError> {
        if self.layout != other.layout {
            return Err(FactorizeError::Statistics("are of different problems".into()));
        }
        other.nodes.into_iter().try_for_each(|(node, numbers)| self.add(node, numbers))
    }

    fn add(&mut self, mut node: Node, mut numbers: Vec<f64>) -> Result<(), FactorizeError> {
        let blocks = node.blocks();
        let overlaps = |known: &Node| known.blocks().start < blocks.end && blocks.start < known.blocks().end;
        if self.nodes.keys().any(overlaps) {
            return Err(FactorizeError::Statistics(format!("of the blocks {blocks:?} are there already")));
        }
        while let Some(mut sibling) = self.nodes.remove(&Node { index: node.index ^ 1, ..node }) {
            if node.index.is_multiple_of(2) {
                std::mem::swap(&mut sibling, &mut numbers);
            }
            // The left half plus the right one.
            sibling.iter_mut().zip(&numbers).for_each(|(left, right)| *left += right);
            numbers = sibling;
            node = Node { level: node.level + 1, index: node.index / 2 };
        }
        self.nodes.insert(node, numbers);
        Ok(())
    }

    /// The sums over the blocks 0 … n_blocks, all of which must be there.
    pub(super) fn totals(&self, n_blocks: u64) -> Result<Totals<'_>, FactorizeError> {
        let mut nodes: Vec<(&Node, &Vec<f64>)> = self.nodes.iter().collect();
        nodes.sort_by_key(|(node, _)| node.blocks().start);
        let mut end = 0;
        let mut numbers = vec![0.0; self.layout.len()];
        for (node, part) in nodes {
            if node.blocks().start != end {
                break;
            }
            end = node.blocks().end;
            numbers.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        if end != n_blocks {
            return Err(FactorizeError::Statistics(format!("end at block {end} of {n_blocks}")));
        }
        Ok(Totals { layout: &self.layout, numbers })
    }

    /// The documents' parts of the objective before the document step, summed over the blocks 0 … n_blocks.
    pub fn objective(&self, n_blocks: u64) -> Result<f64, FactorizeError> {
        Ok(self.totals(n_blocks)?.numbers[self.layout.objective()])
    }

    /// As bytes, little endian: number of terms, number of topics, whether there are curvatures and a Gram matrix, number
    /// of nodes, then each node's level, index and numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Layout { n_terms, n_topics, is_curved, has_gram } = self.layout;
        let node_bytes = 16 + 8 * self.layout.len();
        let mut bytes = Vec::with_capacity(HEADER + self.nodes.len() * node_bytes);
        let flags = u64::from(is_curved) | u64::from(has_gram) << 1;
        for number in [n_terms as u64, n_topics as u64, flags, self.layout.len() as u64, self.nodes.len() as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for (node, numbers) in &self.nodes {
            bytes.extend_from_slice(&u64::from(node.level).to_le_bytes());
            bytes.extend_from_slice(&node.index.to_le_bytes());
            numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        }
        bytes
    }

    /// From what [`TermStatistics::to_bytes`] wrote; other bytes are refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactorizeError> {
        let wrong = || FactorizeError::Statistics("are cut off or no statistics".into());
        let (words, rest) = bytes.as_chunks::<8>();
        let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut next = || words.next().ok_or_else(wrong);
        let (n_terms, n_topics, flags, length, n_nodes) = (next()?, next()?, next()?, next()?, next()?);
        let is_possible = n_terms <= u64::from(u32::MAX) && n_topics <= u64::from(u32::MAX) && flags < 4;
        if !rest.is_empty() || !is_possible {
            return Err(wrong());
        }
        let layout = Layout {
            n_terms: n_terms as usize,
            n_topics: n_topics as usize,
            is_curved: flags & 1 == 1,
            has_gram: flags & 2 == 2,
        };
        let expected = n_nodes.checked_mul(length + 2).and_then(|words| words.checked_mul(8));
        if layout.len() as u64 != length || expected != Some((bytes.len() - HEADER) as u64) {
            return Err(wrong());
        }
        let mut statistics = Self::new(layout);
        for _ in 0..n_nodes {
            let (level, index) = (next()?, next()?);
            if level > 40 || index >= 1 << (63 - level) {
                return Err(wrong());
            }
            let numbers = (0..length).map(|_| next().map(f64::from_bits)).collect::<Result<_, _>>()?;
            statistics.add(Node { level: level as u32, index }, numbers)?;
        }
        Ok(statistics)
    }
}

/// The sums over all blocks.
pub(super) struct Totals<'a> {
    layout: &'a Layout,
    numbers: Vec<f64>,
}

impl Totals<'_> {
    /// N of a term.
    pub(super) fn numerators(&self, term: usize) -> &[f64] {
        let n = self.layout.n_topics;
        &self.numbers[self.layout.numerators()][term * n..(term + 1) * n]
    }

    /// Q of a term; empty where there is none.
    pub(super) fn curvatures(&self, term: usize) -> &[f64] {
        let n = if self.layout.is_curved { self.layout.n_topics } else { 0 };
        &self.numbers[self.layout.curvatures()][term * n..(term + 1) * n]
    }

    /// Σ_d V_td of a term.
    pub(super) fn weight(&self, term: usize) -> f64 {
        self.numbers[self.layout.weights()][term]
    }

    /// The sums over documents that penalties and steps are made of.
    pub(super) fn columns(&self) -> Columns {
        let (numbers, n) = (&self.numbers[self.layout.columns()], self.layout.n_topics);
        let part = |which: usize| numbers[which * n..(which + 1) * n].to_vec();
        Columns { sums: part(0), squares: part(1), squares_per_weight: part(2) }
    }

    /// HHᵀ, topics × topics.
    pub(super) fn gram(&self) -> &[f64] {
        &self.numbers[self.layout.gram()]
    }
}
