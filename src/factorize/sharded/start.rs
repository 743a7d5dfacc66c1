//! The start of a sharded fit: the topics of a sample of the documents.
//!
//! All documents together may not fit into memory, and a start needs no more than some millions of entries. So the
//! sample has every n-th document that has entries, with the smallest n that leaves [`SAMPLE_ENTRIES`] entries, but at
//! least twenty documents per topic; of fewer entries it has all documents, and the start is that of a fused fit. Terms
//! that no document of the sample has begin in each topic as they stand in all documents together.

use super::pass::each_shard;
use super::shards::{Rows, Shards};
use crate::factorize::problem::DataSums;
use crate::factorize::sums_by_term::weights_by_term;
use crate::factorize::{FactorizeError, FactorizeParams, Start, initialise};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Most entries of the sample, if they are spread evenly over the documents.
pub const SAMPLE_ENTRIES: usize = 8_000_000;

/// Fewest documents of the sample per topic, and entries beyond which it ends all the same, as a share of those above.
const DOCUMENTS_PER_TOPIC: usize = 20;
const MOST_TIMES: usize = 2;

/// What a first pass over the shards finds.
pub(super) struct FirstPass {
    /// Sum of the weights of each term.
    pub(super) term_sums: Vec<f64>,
    pub(super) data: DataSums,
    n_nonempty_documents: usize,
    sample: TermDocumentMatrix,
}

impl FirstPass {
    /// Fails if there are fewer documents or terms with entries than topics.
    pub(super) fn check(&self, n_topics: usize) -> Result<(), FactorizeError> {
        let (n_documents, n_terms) =
            (self.n_nonempty_documents, self.term_sums.iter().filter(|sum| **sum > 0.0).count());
        match n_topics > n_documents.min(n_terms) {
            true => Err(FactorizeError::TooManyTopics { n_topics, n_documents, n_terms }),
            false => Ok(()),
        }
    }

    /// Reads all shards once, and begins H with the weight of each document spread evenly over `n_topics` topics.
    pub(super) fn new(shards: &dyn Shards, rows: &dyn Rows, n_topics: usize) -> Result<Self, FactorizeError> {
        let most = shards.n_documents() / (DOCUMENTS_PER_TOPIC * n_topics);
        let step = shards.n_nonzeros().div_ceil(SAMPLE_ENTRIES).min(most).max(1);
        let (mut term_sums, mut n_nonempty_documents) = (vec![0.0; shards.n_terms()], 0);
        let (mut sample, mut data) = (SparseRows::default(), DataSums { total: 0.0, half_squares: 0.0 });
        each_shard(shards, |shard, documents| {
            let (v, range) = (documents.v, shards.documents(shard));
            let mut of_shard = vec![0.0; term_sums.len()];
            weights_by_term(&v, 0..v.n_documents(), &mut of_shard);
            term_sums.iter_mut().zip(of_shard).for_each(|(sum, part)| *sum += part);
            data = data.plus(DataSums::new(&v));
            for document in (0..v.n_documents()).filter(|&document| !v.document_range(document).is_empty()) {
                if n_nonempty_documents % step == 0 && sample.data.len() < MOST_TIMES * SAMPLE_ENTRIES {
                    sample.push(v.entries(document));
                }
                n_nonempty_documents += 1;
            }
            let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
            h.each_row(|document, row| row.fill((v.document_sum(document) / n_topics as f64) as f32));
            Ok(rows.write(range.start, &h)?)
        })?;
        let sample = TermDocumentMatrix::from_documents(shards.n_terms(), sample).map_err(std::io::Error::other)?;
        Ok(Self { term_sums, data, n_nonempty_documents, sample })
    }

    /// W of the start, whose topics sum to 1.
    pub(super) fn topics(&self, params: &FactorizeParams) -> FactorMatrix {
        let Self { sample, term_sums, data, .. } = self;
        let Start { mut w, .. } = initialise::of_params(sample, params, 0);
        let sums = w.topic_sums();
        let is_missing: Vec<bool> = (0..w.n_rows()).map(|term| sample.term(term).0.is_empty()).collect();
        w.each_row(|term, row| {
            let common = initialise::COMMON_TERMS * term_sums[term] / data.total;
            for (value, &sum) in row.iter_mut().zip(&sums) {
                *value = if is_missing[term] { common as f32 } else { (f64::from(*value) / sum) as f32 };
            }
        });
        w
    }
}
