//! The statistics by which the documents of a shard take part in the term step: sums that can be added up, wherever
//! the shards are.
//!
//! Documents stand in blocks of a fixed size. The statistics of each block are computed on their own, and are added as
//! [`BlockSums`], so that neither the order nor the grouping of merging changes a bit of the result.

use std::ops::Range;

use rayon::prelude::*;

use super::FactorizeError;
use super::block_sums::{BlockSums, Summand};
use super::penalties::{Columns, Penalties};
use super::problem::Problem;
use super::sums_by_term::weights_by_term;
use crate::kernels::{FactorMatrix, Lanes};
use crate::matrix::TermDocumentMatrix;

/// Fewest documents of a parallel task.
const TASK_ROWS: usize = 256;

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

    /// Fills the sums over some documents that are not by term and topic, but for a Gram matrix.
    pub(super) fn fill_rest(&self, problem: &Problem<'_>, documents: Range<usize>, layout: Layout, rest: &mut [f64]) {
        weights_by_term(self.v, documents.clone(), &mut rest[layout.weights()]);
        let weight = |document| Penalties::row_weight(self.v.document_sum(document), problem.params.loss);
        let weights: Vec<f32> = documents.clone().into_par_iter().with_min_len(TASK_ROWS).map(weight).collect();
        let Columns { sums, squares, squares_per_weight } = Columns::of_rows(self.h, documents.start, &weights);
        let columns = sums.into_iter().chain(squares).chain(squares_per_weight);
        rest[layout.columns()].iter_mut().zip(columns).for_each(|(to, column)| *to = column);
        rest[layout.objective()] = self.objectives[documents].iter().sum();
    }
}

/// What the statistics of a block hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) n_terms: usize,
    pub(super) n_topics: usize,
    /// Whether there are curvatures Q.
    pub(super) is_curved: bool,
    /// Whether there is a Gram matrix.
    pub(super) has_gram: bool,
}

/// The statistics of some blocks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    /// The numerators N (terms × topics): Σ_d V_td / (WH)_td H_kd for the divergence, Σ_d V_td H_kd for the Frobenius
    /// norm.
    pub(super) numerators: FactorMatrix,
    /// The curvatures Q (terms × topics); without terms if the method does not need them.
    pub(super) curvatures: FactorMatrix,
    /// Weights, columns, the Gram matrix and the objective, in the places that the layout says.
    pub(super) rest: Vec<f64>,
}

impl Sums {
    /// The sums that a layout describes: numerators, then curvatures, and the rest. Fails if they have another shape.
    pub(super) fn new(
        layout: Layout,
        [numerators, curvatures]: [Option<FactorMatrix>; 2],
        rest: Vec<f64>,
    ) -> Result<Self, FactorizeError> {
        let Layout { n_terms, n_topics, is_curved, .. } = layout;
        let curvatures = curvatures.unwrap_or_else(|| FactorMatrix::zeros(0, n_topics));
        let numerators = numerators.unwrap_or_else(|| FactorMatrix::zeros(0, n_topics));
        let shape = |factor: &FactorMatrix| (factor.n_rows(), factor.n_topics());
        let n_curved = if is_curved { n_terms } else { 0 };
        if (shape(&numerators), shape(&curvatures)) != ((n_terms, n_topics), (n_curved, n_topics))
            || rest.len() != layout.n_rest()
        {
            return Err(FactorizeError::Statistics("are of another problem or solver".into()));
        }
        Ok(Self { numerators, curvatures, rest })
    }

    /// The weighted sum of these sums and others.
    pub(super) fn mix(&mut self, other: &Self, own_weight: f64, other_weight: f64) {
        let mix = |own: f64, other: f64| own_weight * own + other_weight * other;
        for (own, other) in [(&mut self.numerators, &other.numerators), (&mut self.curvatures, &other.curvatures)] {
            own.each_row(|row, own| {
                let others = other.row_values(row);
                own.iter_mut().zip(others).for_each(|(own, &other)| *own = mix((*own).into(), other.into()) as f32);
            });
        }
        self.rest.iter_mut().zip(&other.rest).for_each(|(own, &other)| *own = mix(*own, other));
    }
}

impl Summand for Sums {
    fn add(&mut self, other: &Self) {
        self.numerators.add(&other.numerators);
        self.curvatures.add(&other.curvatures);
        self.rest.iter_mut().zip(&other.rest).for_each(|(sum, part)| *sum += part);
    }
}

impl Layout {
    /// Sums over nothing.
    pub(super) fn zeros(self) -> Sums {
        let Self { n_terms, n_topics, is_curved, .. } = self;
        Sums {
            numerators: FactorMatrix::zeros(n_terms, n_topics),
            curvatures: FactorMatrix::zeros(if is_curved { n_terms } else { 0 }, n_topics),
            rest: vec![0.0; self.n_rest()],
        }
    }

    /// The weight Σ_d V_td of each term.
    pub(super) fn weights(self) -> Range<usize> {
        0..self.n_terms
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

    /// Length of [`Sums::rest`].
    fn n_rest(self) -> usize {
        self.objective() + 1
    }

    /// Bytes of the statistics of a node.
    fn n_bytes(self) -> usize {
        let n_factors = if self.is_curved { 2 } else { 1 };
        4 * n_factors * self.n_terms * self.n_topics + 8 * self.n_rest()
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
    sums: BlockSums<Sums>,
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
    pub(super) fn add_block(&mut self, block: u64, sums: Sums) -> Result<(), FactorizeError> {
        self.sums.add_block(block, sums)
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
        Ok(Totals { layout, sums: sums.totals(n_blocks)?.unwrap_or_else(|| layout.zeros()) })
    }

    /// The documents' parts of the objective before the document step, summed over the blocks 0 to `n_blocks` − 1.
    /// Fails if one of the blocks is missing.
    pub fn objective(&self, n_blocks: u64) -> Result<f64, FactorizeError> {
        self.sums.check_whole(n_blocks)?;
        Ok(self.sums.nodes().map(|(_, _, sums)| sums.rest[self.layout.objective()]).sum())
    }

    /// The statistics as little-endian bytes: number of terms, number of topics, flags (1 for curvatures, 2 for a Gram
    /// matrix), bytes of a node and number of nodes; then level and index of each node, N and Q as f32, and the rest as
    /// f64.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Layout { n_terms, n_topics, is_curved, has_gram } = self.layout;
        let (node_bytes, n_nodes) = (self.layout.n_bytes(), self.sums.nodes().len());
        let mut bytes = Vec::with_capacity(HEADER + n_nodes * (16 + node_bytes));
        let flags = u64::from(is_curved) | u64::from(has_gram) << 1;
        for number in [n_terms as u64, n_topics as u64, flags, node_bytes as u64, n_nodes as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for (level, index, sums) in self.sums.nodes() {
            bytes.extend_from_slice(&u64::from(level).to_le_bytes());
            bytes.extend_from_slice(&index.to_le_bytes());
            for factor in [&sums.numerators, &sums.curvatures] {
                factor.view().iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            }
            sums.rest.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        }
        bytes
    }

    /// Reads what [`TermStatistics::to_bytes`] wrote. Fails for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactorizeError> {
        let wrong = || FactorizeError::Statistics("are cut off or no statistics".into());
        let next = |rest: &mut &[u8]| {
            let (number, others) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
            *rest = others;
            Ok::<u64, FactorizeError>(u64::from_le_bytes(*number))
        };
        let rest = &mut &*bytes;
        let (n_terms, n_topics, flags) = (next(rest)?, next(rest)?, next(rest)?);
        let (node_bytes, n_nodes) = (next(rest)?, next(rest)?);
        // Sizes whose products stay far from the end of the numbers, however they were forged.
        if n_terms > u64::from(u32::MAX) || n_topics > 1 << 20 || flags > 3 {
            return Err(wrong());
        }
        let layout = Layout {
            n_terms: n_terms as usize,
            n_topics: n_topics as usize,
            is_curved: flags & 1 == 1,
            has_gram: flags & 2 == 2,
        };
        let expected = node_bytes.checked_add(16).and_then(|node| node.checked_mul(n_nodes));
        if layout.n_bytes() as u64 != node_bytes || expected != Some((bytes.len() - HEADER) as u64) {
            return Err(wrong());
        }
        let mut statistics = Self::new(layout);
        for _ in 0..n_nodes {
            let (level, index) = (next(rest)?, next(rest)?);
            let (node, others) = rest.split_at_checked(node_bytes as usize).ok_or_else(wrong)?;
            *rest = others;
            statistics.sums.add_node(u32::try_from(level).unwrap_or(u32::MAX), index, layout.read(node))?;
        }
        Ok(statistics)
    }
}

impl Layout {
    /// Reads the statistics of a node, which has the bytes of this layout.
    fn read(self, bytes: &[u8]) -> Sums {
        let Self { n_terms, n_topics, is_curved, .. } = self;
        let (factors, rest) = bytes.split_at(self.n_bytes() - 8 * self.n_rest());
        let mut values = factors.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let mut factor = |n_terms: usize| FactorMatrix::from_fn(n_terms, n_topics, |_, _| values.next().unwrap_or(0.0));
        let numerators = factor(n_terms);
        let curvatures = factor(if is_curved { n_terms } else { 0 });
        let rest = rest.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        Sums { numerators, curvatures, rest }
    }
}

/// The sums over all blocks, which the term step works with.
pub(super) struct Totals {
    layout: Layout,
    sums: Sums,
}

impl Totals {
    /// Sums over documents, in the places that a layout says.
    pub(super) fn new(layout: Layout, sums: Sums) -> Self {
        Self { layout, sums }
    }

    /// The sums alone.
    pub(super) fn into_sums(self) -> Sums {
        self.sums
    }

    /// The numerators N of a term, with their padding.
    pub(super) fn numerators(&self, term: usize) -> &[Lanes] {
        self.sums.numerators.row(term)
    }

    /// The curvatures Q of a term, with their padding; empty if there are none.
    pub(super) fn curvatures(&self, term: usize) -> &[Lanes] {
        if self.layout.is_curved { self.sums.curvatures.row(term) } else { &[] }
    }

    /// The weight Σ_d V_td of a term.
    pub(super) fn weight(&self, term: usize) -> f64 {
        self.sums.rest[self.layout.weights()][term]
    }

    /// The sums over documents by topic, which steps and penalties need.
    pub(super) fn columns(&self) -> Columns {
        let (numbers, n) = (&self.sums.rest[self.layout.columns()], self.layout.n_topics);
        let part = |which: usize| numbers[which * n..(which + 1) * n].to_vec();
        Columns { sums: part(0), squares: part(1), squares_per_weight: part(2) }
    }

    /// HHᵀ, topics × topics.
    pub(super) fn gram(&self) -> &[f64] {
        &self.sums.rest[self.layout.gram()]
    }
}
