//! What a sharded fit asks of those who hold its documents and the rows of H.

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::kernels::FactorMatrix;
use crate::matrix::{EntryCounts, SparseRows, TermDocumentMatrix, decode_shard};

/// A shard's part of V, and the counts behind its entries; `None` if they are not known or were not asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardDocuments {
    /// The columns of V of these documents: terms × documents of the shard.
    pub v: TermDocumentMatrix,
    /// The count behind each entry, in the order of the documents.
    pub counts: Option<EntryCounts>,
}

impl ShardDocuments {
    /// Reads a shard that [`encode_shard`](crate::matrix::encode_shard) wrote. Fails as [`decode_shard`] does.
    pub fn decode(bytes: &[u8], n_terms: usize, with_counts: bool) -> Result<Self, String> {
        let (rows, counts) = decode_shard(bytes, n_terms, with_counts)?;
        let v = TermDocumentMatrix::from_documents_alone(n_terms, rows).map_err(|error| error.to_string())?;
        Ok(Self { v, counts })
    }
}

/// How many documents, terms and entries there are, and how the documents are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSizes {
    /// Number of terms.
    pub n_terms: usize,
    /// Number of documents of all shards.
    pub n_documents: usize,
    /// Number of entries of V.
    pub n_nonzeros: usize,
    /// Number of documents of a shard, at least 1; the last one may have fewer.
    pub shard_documents: usize,
}

impl ShardSizes {
    /// Number of shards.
    pub fn n_shards(self) -> usize {
        self.n_documents.div_ceil(self.shard_documents.max(1))
    }

    /// The documents of a shard.
    pub fn documents(self, shard: usize) -> Range<usize> {
        let first = shard * self.shard_documents;
        first..self.n_documents.min(first + self.shard_documents)
    }
}

/// Documents in shards.
pub trait Shards: Sync {
    /// How many there are of what.
    fn sizes(&self) -> ShardSizes;

    /// Loads a shard by its number, with the counts behind its entries if they are known and asked for. Fails if it
    /// cannot be read.
    fn load(&self, shard: usize, with_counts: bool) -> io::Result<ShardDocuments>;
}

/// The rows of a factor by document, wherever they are kept.
pub trait Rows: Send + Sync + Debug {
    /// The rows of some documents.
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix>;

    /// Writes rows, the first of which is that of the document `first`.
    fn write(&self, first: usize, rows: &FactorMatrix) -> io::Result<()>;
}

/// Shards of a V that is in memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryShards<'v> {
    v: &'v TermDocumentMatrix,
    counts: Option<&'v EntryCounts>,
    shard_documents: usize,
}

impl<'v> MemoryShards<'v> {
    /// Shards of `shard_documents` documents each, at least 1.
    pub fn new(v: &'v TermDocumentMatrix, counts: Option<&'v EntryCounts>, shard_documents: usize) -> Self {
        Self { v, counts, shard_documents: shard_documents.max(1) }
    }
}

impl Shards for MemoryShards<'_> {
    fn sizes(&self) -> ShardSizes {
        ShardSizes {
            n_terms: self.v.n_terms(),
            n_documents: self.v.n_documents(),
            n_nonzeros: self.v.n_nonzeros(),
            shard_documents: self.shard_documents,
        }
    }

    fn load(&self, shard: usize, with_counts: bool) -> io::Result<ShardDocuments> {
        let documents = self.sizes().documents(shard);
        let entries = self.v.document_range(documents.start).start..self.v.document_range(documents.end - 1).end;
        let mut rows = SparseRows::with_capacity(entries.len());
        documents.for_each(|document| rows.push(self.v.entries(document)));
        let v = TermDocumentMatrix::from_documents_alone(self.v.n_terms(), rows).map_err(io::Error::other)?;
        let counts = self.counts.filter(|_| with_counts);
        Ok(ShardDocuments { v, counts: counts.map(|counts| counts.range(entries).collect()) })
    }
}

/// Rows in memory.
#[derive(Debug)]
pub struct MemoryRows(RwLock<FactorMatrix>);

impl MemoryRows {
    /// Rows of zeros for so many documents.
    pub fn new(n_documents: usize, n_topics: usize) -> Self {
        Self(RwLock::new(FactorMatrix::zeros(n_documents, n_topics)))
    }
}

impl Rows for MemoryRows {
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).rows(documents))
    }

    fn write(&self, first: usize, rows: &FactorMatrix) -> io::Result<()> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let start = first * rows.lanes_per_row();
        all.lanes_mut()[start..start + rows.lanes().len()].copy_from_slice(rows.lanes());
        Ok(())
    }
}
