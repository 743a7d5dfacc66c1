//! Estimates how much memory a fit will take, so that one that takes too much is refused before it starts.

use super::dataset::Dataset;
use super::sharded_dataset::ShardedDataset;
use super::sharpening::sharpens;
use crate::factorize::{FactorizeParams, Init, Loss, SAMPLE_ENTRIES, Solver, Variant};
use crate::matrix::TermDocumentMatrix;

/// Bytes that the program itself takes: code, stop words, stacks.
const PROGRAM: u64 = 18 << 20;

/// The most memory that the process will have taken by the end of a fit, in bytes, by purpose. On Linux with glibc,
/// the total is within a seventh of what the system reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// The program, and what reading and counting took.
    pub reading: u64,
    /// V in both orientations, and the counts behind it.
    pub matrix: u64,
    /// Terms and documents with their names, and the texts that are kept, compressed.
    pub names: u64,
    /// W and H of every start that is held. There are at least two copies, because the canonical form needs a second
    /// one.
    pub factors: u64,
    /// Making the start. Only the singular value decomposition takes much memory; the other methods count as 0.
    pub start: u64,
}

impl MemoryEstimate {
    /// The estimate for a fit of a dataset with these parameters.
    pub fn new(dataset: &Dataset, params: &FactorizeParams) -> Self {
        let sharpens = matches!(sharpens(dataset, params), Ok(Ok(())));
        // With restarts, memory holds half of the starts and the one that iterates (see `factorize/restarts.rs`).
        let held = if params.restarts > 1 { params.restarts.div_ceil(2) as u64 + 1 } else { 0 };
        let v = &dataset.matrix;
        let (n_terms, n_documents) = (v.n_terms() as u64, v.n_documents() as u64);
        let padded = padded(params);
        // Steps that are extrapolated hold the factors before them.
        let is_extrapolated = params.loss == Loss::Frobenius || params.solver == Solver::CoordinateNewton;
        let while_iterating = held.max(if is_extrapolated { 3 } else { 2 }) * (n_terms + n_documents);
        // Sharpening holds the factors, the topics that it ends with, their logarithms, and what documents have of
        // them; without it words are ranked by the shares of documents, which stand beside both forms of H.
        let at_the_end = if sharpens { 4 * n_terms + 2 * n_documents } else { 2 * n_terms + 3 * n_documents };
        let rows_of_factors = while_iterating.max(at_the_end + if is_extrapolated { n_terms + n_documents } else { 0 });
        let counts = if dataset.counts.is_some() { 1 + u64::from(sharpens) } else { 0 };
        let term_names: usize = dataset.terms.iter().map(|term| term.term.len() + term.form.len()).sum();
        let texts = dataset.texts.as_ref().map_or(0, |texts| texts.memory_bytes());
        let document_names = dataset.documents.memory_bytes();
        Self {
            reading: PROGRAM + dataset.reading_bytes,
            matrix: (16 + counts) * v.n_nonzeros() as u64
                + 8 * (n_terms + n_documents)
                + shards_in_memory(dataset, params)
                + structure(params, v, padded * (n_terms + n_documents)),
            names: (term_names + document_names + texts) as u64 + 80 * n_terms,
            factors: 4 * padded * rows_of_factors,
            start: singular_values(params, n_terms, n_documents),
        }
    }

    /// The estimate for a fit of documents on disk, of whose V two shards are in memory at a time.
    pub(super) fn of_shards(dataset: &ShardedDataset, params: &FactorizeParams, sharpens: bool) -> Self {
        let documents = dataset.description();
        let (n_terms, n_documents) = (documents.terms.len() as u64, documents.documents.len() as u64);
        let padded = padded(params);
        let of_shard = (params.shard_documents as u64).min(n_documents);
        // Two shards are in memory, and the bytes that one is decoded from, or the counts of the other.
        let entries = 26 * dataset.most_entries() as u64;
        // Beside the sums of the shard at work, those of one node of each level of their tree may be held.
        let n_nodes = n_nodes(dataset.sizes().n_shards());
        let is_curved = params.loss == Loss::KullbackLeibler && params.solver != Solver::Mu;
        let w = 4 * padded * n_terms;
        let descent = w * (2 + n_nodes * if is_curved { 2 } else { 1 });
        let sharpening = if sharpens { w * (4 + n_nodes) } else { 0 };
        let rows = 4 * padded * of_shard;
        let model = 4 * padded * n_documents + if sharpens { 4 * w + 16 * n_documents } else { 2 * w };
        let term_names: usize = documents.terms.iter().map(|term| term.term.len() + term.form.len()).sum();
        Self {
            reading: PROGRAM,
            matrix: entries,
            names: (term_names + documents.documents.memory_bytes()) as u64 + 80 * n_terms + 8 * n_documents,
            factors: (2 * rows + descent.max(sharpening)).max(model.saturating_sub(entries)),
            start: 16 * dataset.sizes().n_nonzeros.min(SAMPLE_ENTRIES) as u64
                + w
                + singular_values(params, n_terms, n_documents),
        }
    }

    /// The larger demand of two moments: when counts become V, whose second orientation does not exist at first, and
    /// when the fit runs.
    pub fn total(&self) -> u64 {
        let preparing = self.reading + self.matrix / 2 + self.names;
        preparing.max(PROGRAM + self.matrix + self.names + self.factors.max(self.start))
    }
}

/// Bytes that a start from a singular value decomposition takes; the other starts take little.
fn singular_values(params: &FactorizeParams, n_terms: u64, n_documents: u64) -> u64 {
    let padded = padded(params);
    match params.init {
        Init::Nndsvda => 8 * (params.n_topics as u64 + 10 + padded) * (n_terms + n_documents),
        Init::Tree | Init::Clusters | Init::Separable | Init::Random => 0,
    }
}

/// Bytes that a form takes beside W and H, of `n_entries` entries with their padding: what is left over of V in both
/// orientations, its two parts, V turned and summed by group with the rates of groups, or shares of V, the weights of
/// documents, the pairs of terms that share a document, sums over batches, and the parts of a gradient with what they
/// are made of.
fn structure(params: &FactorizeParams, v: &TermDocumentMatrix, n_entries: u64) -> u64 {
    let n_nonzeros = v.n_nonzeros() as u64;
    match params.variant {
        Variant::Sequential => 24 * n_nonzeros,
        Variant::Hierarchical => 16 * n_nonzeros,
        Variant::Tri => 36 * n_nonzeros + 8 * n_entries / padded(params) * (params.word_groups as u64 + 15),
        Variant::Agglomerate => 24 * n_nonzeros + 4 * n_entries + 300 * v.n_terms() as u64,
        Variant::Convex => 4 * n_nonzeros + 16 * n_entries,
        Variant::CoOccurrence => 16 * most_pairs(v),
        Variant::Online => 20 * padded(params) * v.n_terms() as u64 + n_nonzeros / 4,
        Variant::Plain if params.term_sparseness > 0.0 => 16 * n_entries,
        Variant::Plain | Variant::Orthogonal => 0,
    }
}

/// The most pairs of terms that can share a document, each from both sides.
fn most_pairs(v: &TermDocumentMatrix) -> u64 {
    let others = |document: usize| v.document(document).0.len().saturating_sub(1) as u64;
    let of_term = |term: usize| {
        let met: u64 = v.term(term).0.iter().map(|&document| others(document as usize)).sum();
        met.min(v.n_terms() as u64)
    };
    (0..v.n_terms()).map(of_term).sum()
}

/// Bytes of shards of documents in memory: two of them, and the sums of one node of each level of their tree.
fn shards_in_memory(dataset: &Dataset, params: &FactorizeParams) -> u64 {
    if params.shard_documents == 0 {
        return 0;
    }
    let (n_documents, v) = (dataset.documents.len(), &dataset.matrix);
    let of_shard = params.shard_documents.min(n_documents);
    let entries = v.n_nonzeros() as f64 * of_shard as f64 / (n_documents as f64).max(1.0);
    let n_nodes = n_nodes(n_documents.div_ceil(of_shard.max(1)));
    (20.0 * entries) as u64 + 4 * padded(params) * (2 * v.n_terms() as u64 * n_nodes + 2 * of_shard as u64)
}

/// Numbers of a row of a factor, with its padding.
fn padded(params: &FactorizeParams) -> u64 {
    params.n_topics.div_ceil(16) as u64 * 16
}

/// Most nodes of the tree over the sums of shards that are held at a time, with that of the shard at work.
fn n_nodes(n_shards: usize) -> u64 {
    u64::from(n_shards.next_power_of_two().trailing_zeros()) + 1
}
