//! The statistics by which the documents of a shard take part in the term step: sums that can be added up, wherever
//! the shards are.
//!
//! Documents stand in blocks of a fixed size. The statistics of each block are computed on their own, and are added as
//! [`BlockSums`], so that neither the order nor the grouping of merging changes a bit of the result.

use std::ops::Range;

use super::FactorizeError;
use super::block_sums::BlockSums;
use super::penalties::{Columns, Penalties};
use super::problem::Problem;
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// A range of documents with its part of V and of H.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a> {
    /// The columns of V of these documents, terms × documents of the shard.
    pub v: &'a TermDocumentMatrix,
    /// Their columns of H, stored as documents of the shard × topics.
    pub h: &'a FactorMatrix,
    /// Each document's part of the objective before the document step, without the part that depends on V alone.
    pub objectives: &'a [f64],
    /// Number of documents of a block; only the last block of all may have fewer.
    pub block_documents: usize,
    /// The number of the shard's first block.
    pub first_block: u64,
}

impl Shard<'_> {
    /// The blocks of the shard: the number of each, and its documents by their numbers within the shard.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, Range<usize>)> {
        let (n, size) = (self.v.n_documents(), self.block_documents.max(1));
        let first = self.first_block;
        (0..n.div_ceil(size)).map(move |block| (first + block as u64, block * size..n.min((block + 1) * size)))
    }

    /// Sums the weights of some documents by topic, into the part `columns` of a block's statistics.
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

/// Where the parts of a block's statistics stand. They follow one another in one vector of numbers, so that adding
/// statistics is adding vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) n_terms: usize,
    pub(super) n_topics: usize,
    /// Whether there are curvatures Q.
    pub(super) is_curved: bool,
    /// Whether there is a Gram matrix.
    pub(super) has_gram: bool,
}

impl Layout {
    /// The numerators N (terms × topics): Σ_d V_td / (WH)_td H_kd for the divergence, Σ_d V_td H_kd for the Frobenius
    /// norm.
    pub(super) fn numerators(self) -> Range<usize> {
        0..self.n_terms * self.n_topics
    }

    /// The curvatures Q (terms × topics), if the method needs them.
    pub(super) fn curvatures(self) -> Range<usize> {
        after(self.numerators(), if self.is_curved { self.n_terms * self.n_topics } else { 0 })
    }

    /// The weight Σ_d V_td of each term.
    pub(super) fn weights(self) -> Range<usize> {
        after(self.curvatures(), self.n_terms)
    }

    /// The sums, squares, and squares per weight of each topic over documents; see [`Columns`].
    pub(super) fn columns(self) -> Range<usize> {
        after(self.weights(), 3 * self.n_topics)
    }

    /// HHᵀ (topics × topics), for the Frobenius norm.
    pub(super) fn gram(self) -> Range<usize> {
        after(self.columns(), if self.has_gram { self.n_topics * self.n_topics } else { 0 })
    }

    /// The objective of the documents before the document step, without the part that depends on V alone.
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

/// Sums over blocks of documents, from which W can be updated. They add up to the same bits in any grouping, because
/// they are added along a fixed binary tree over the blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct TermStatistics {
    layout: Layout,
    sums: BlockSums,
}

/// Bytes before the nodes: number of terms, number of topics, flags, length of a node and number of nodes.
const HEADER: usize = 5 * 8;

impl TermStatistics {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, sums: BlockSums::default() }
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Adds the statistics of one block. Fails if they are there already.
    pub(super) fn add_block(&mut self, block: u64, numbers: Vec<f64>) -> Result<(), FactorizeError> {
        self.sums.add_block(block, numbers)
    }

    /// Adds the statistics of other blocks. Fails if they belong to another problem, or if a block is there already.
    pub fn merge(&mut self, other: Self) -> Result<(), FactorizeError> {
        if self.layout != other.layout {
            return Err(FactorizeError::Statistics("are of different problems".into()));
        }
        self.sums.merge(other.sums)
    }

    /// The sums over the blocks 0 to `n_blocks` − 1. Fails if one of them is missing.
    pub(super) fn totals(self, n_blocks: u64) -> Result<Totals, FactorizeError> {
        let Self { layout, sums } = self;
        Ok(Totals { layout, numbers: sums.totals(n_blocks, layout.len())? })
    }

    /// The documents' parts of the objective before the document step, summed over the blocks 0 to `n_blocks` − 1.
    /// Fails if one of the blocks is missing.
    pub fn objective(&self, n_blocks: u64) -> Result<f64, FactorizeError> {
        Ok(self.clone().totals(n_blocks)?.numbers[self.layout.objective()])
    }

    /// The statistics as little-endian bytes: number of terms, number of topics, flags (1 for curvatures, 2 for a
    /// Gram matrix), length of a node and number of nodes, then level, index and numbers of each node.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Layout { n_terms, n_topics, is_curved, has_gram } = self.layout;
        let node_bytes = 16 + 8 * self.layout.len();
        let mut bytes = Vec::with_capacity(HEADER + self.sums.nodes().len() * node_bytes);
        let flags = u64::from(is_curved) | u64::from(has_gram) << 1;
        for number in [n_terms as u64, n_topics as u64, flags, self.layout.len() as u64, self.sums.nodes().len() as u64]
        {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for (level, index, numbers) in self.sums.nodes() {
            bytes.extend_from_slice(&u64::from(level).to_le_bytes());
            bytes.extend_from_slice(&index.to_le_bytes());
            numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        }
        bytes
    }

    /// Reads what [`TermStatistics::to_bytes`] wrote. Fails for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactorizeError> {
        let wrong = || FactorizeError::Statistics("are cut off or no statistics".into());
        let (words, rest) = bytes.as_chunks::<8>();
        let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut next = || words.next().ok_or_else(wrong);
        let (n_terms, n_topics, flags, length, n_nodes) = (next()?, next()?, next()?, next()?, next()?);
        // Sizes whose products stay far from the end of the numbers, however they were forged.
        let is_possible = n_terms <= u64::from(u32::MAX) && n_topics <= 1 << 20 && flags < 4;
        if !rest.is_empty() || !is_possible {
            return Err(wrong());
        }
        let layout = Layout {
            n_terms: n_terms as usize,
            n_topics: n_topics as usize,
            is_curved: flags & 1 == 1,
            has_gram: flags & 2 == 2,
        };
        let expected =
            length.checked_add(2).and_then(|node| node.checked_mul(n_nodes)).and_then(|words| words.checked_mul(8));
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
            statistics.sums.add(level as u32, index, numbers)?;
        }
        Ok(statistics)
    }
}

/// The sums over all blocks, which the term step works with.
pub(super) struct Totals {
    layout: Layout,
    numbers: Vec<f64>,
}

impl Totals {
    /// The numerators N of a term, length n_topics.
    pub(super) fn numerators(&self, term: usize) -> &[f64] {
        let n = self.layout.n_topics;
        &self.numbers[self.layout.numerators()][term * n..(term + 1) * n]
    }

    /// The curvatures Q of a term, length n_topics; empty if there are none.
    pub(super) fn curvatures(&self, term: usize) -> &[f64] {
        let n = if self.layout.is_curved { self.layout.n_topics } else { 0 };
        &self.numbers[self.layout.curvatures()][term * n..(term + 1) * n]
    }

    /// The weight Σ_d V_td of a term.
    pub(super) fn weight(&self, term: usize) -> f64 {
        self.numbers[self.layout.weights()][term]
    }

    /// The sums over documents by topic, which steps and penalties need.
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
