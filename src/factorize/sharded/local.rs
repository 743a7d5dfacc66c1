//! The engine of a fit in one process, which loads the next shard while one is worked on.

use std::io;
use std::sync::Arc;

use super::block::{Block, RowSet};
use super::engine::Engine;
use super::pass::Pass;
use super::said::Said;
use super::shards::{Rows, ShardDocuments, ShardSizes, Shards};
use crate::factorize::{BlockSums, FactorizeError};
use crate::kernels::FactorMatrix;

/// Shards that this process reads, with a place for the rows of H.
#[derive(Clone)]
pub struct LocalShards<'s> {
    shards: &'s dyn Shards,
    rows: [Option<Arc<dyn Rows>>; 2],
}

impl<'s> LocalShards<'s> {
    /// For a fit whose rows of H are kept in `factors`, and whose rows of sharpened topics, if topics are to be
    /// sharpened, in `topics`.
    pub fn new(shards: &'s dyn Shards, factors: Arc<dyn Rows>, topics: Option<Arc<dyn Rows>>) -> Self {
        Self { shards, rows: [Some(factors), topics] }
    }

    /// Runs a pass over some shards, which are given by their numbers.
    pub fn run_some(&self, pass: &mut Pass<'_>, numbers: &[usize]) -> Result<BlockSums<Said>, FactorizeError> {
        let with_counts = pass.needs_counts();
        let load = |at: usize| numbers.get(at).map(|&shard| self.shards.load(shard, with_counts)).transpose();
        let mut sums = BlockSums::default();
        let (mut at, mut loaded) = (0, load(0)?);
        while let Some(documents) = loaded {
            let (said, next) = rayon::join(|| self.run_one(pass, numbers[at], documents), || load(at + 1));
            sums.add_block(numbers[at] as u64, said?)?;
            (at, loaded) = (at + 1, next?);
        }
        Ok(sums)
    }

    fn run_one(&self, pass: &mut Pass<'_>, shard: usize, documents: ShardDocuments) -> Result<Said, FactorizeError> {
        let ShardDocuments { v, counts } = documents;
        let range = self.shards.sizes().documents(shard);
        let mut rows = [FactorMatrix::zeros(0, 0), FactorMatrix::zeros(0, 0)];
        for &set in pass.reads() {
            rows[set as usize] = self.rows_of(set)?.read(range.clone())?;
        }
        let mut block = Block { shard, first_document: range.start, v, counts, rows };
        let said = pass.run(&mut block)?;
        for &set in pass.writes() {
            self.rows_of(set)?.write(range.start, block.rows(set))?;
        }
        Ok(said)
    }

    fn rows_of(&self, set: RowSet) -> io::Result<&Arc<dyn Rows>> {
        self.rows[set as usize].as_ref().ok_or_else(|| io::Error::other("there is no place for rows of these topics"))
    }
}

impl Engine for LocalShards<'_> {
    fn sizes(&self) -> ShardSizes {
        self.shards.sizes()
    }

    fn run(&self, pass: &mut Pass<'_>) -> Result<Said, FactorizeError> {
        let n_shards = self.sizes().n_shards();
        let sums = self.run_some(pass, &(0..n_shards).collect::<Vec<_>>())?;
        Ok(sums.totals(n_shards as u64)?.unwrap_or_default())
    }

    fn rows(&self, set: RowSet) -> Result<Arc<dyn Rows>, FactorizeError> {
        Ok(Arc::clone(self.rows_of(set)?))
    }

    fn shards_here(&self) -> Option<&dyn Shards> {
        Some(self.shards)
    }
}
