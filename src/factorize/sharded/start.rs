//! The start of a sharded fit: the topics of a sample of the documents.
//!
//! All documents together may not fit into memory, and a start needs no more than some millions of entries. So the
//! sample has the documents whose number n divides, with the smallest n that leaves [`SAMPLE_ENTRIES`] entries, but at
//! least twenty documents per topic; of fewer entries it has all documents, and the start is that of a fused fit. Terms
//! that no document of the sample has begin in each topic as they stand in all documents together.

use super::engine::Engine;
use super::pass::{FirstLook, Pass, decode_sample};
use super::shards::ShardSizes;
use crate::factorize::problem::DataSums;
use crate::factorize::{FactorizeError, FactorizeParams, Start, initialise};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Most entries of the sample, if they are spread evenly over the documents.
pub const SAMPLE_ENTRIES: usize = 8_000_000;

/// Fewest documents of the sample per topic, and how many times as many entries it may have for their sake.
const DOCUMENTS_PER_TOPIC: usize = 20;
const MOST_TIMES: usize = 2;

/// What the first look at all documents finds.
pub(super) struct Found {
    /// Sum of the weights of each term.
    pub(super) term_sums: Vec<f64>,
    pub(super) data: DataSums,
    sample: TermDocumentMatrix,
}

impl Found {
    /// Looks at all documents once, and begins H with the weight of each spread evenly over topics. Fails if there are
    /// fewer documents or terms with entries than topics.
    pub(super) fn new(engine: &dyn Engine, n_topics: usize) -> Result<Self, FactorizeError> {
        let ShardSizes { n_terms, n_documents, n_nonzeros, .. } = engine.sizes();
        let most = n_documents / (DOCUMENTS_PER_TOPIC * n_topics);
        let least = n_nonzeros.div_ceil(MOST_TIMES * SAMPLE_ENTRIES);
        let sample_step = n_nonzeros.div_ceil(SAMPLE_ENTRIES).min(most).max(least).max(1);
        let mut said = engine.run(&mut Pass::FirstLook(FirstLook { n_topics, sample_step }))?;
        let damaged = || FactorizeError::Statistics("have no sample of the documents".into());
        let sample = decode_sample(&std::mem::take(&mut said.list)).ok_or_else(damaged)?;
        let n_nonempty = said.counts.first().copied().unwrap_or(0) as usize;
        let [term_sums, sums] = said.numbers()?;
        let &[total, half_squares] = &sums[..] else { return Err(damaged()) };
        let n_known = term_sums.iter().filter(|sum| **sum > 0.0).count();
        if n_topics > n_nonempty.min(n_known) {
            return Err(FactorizeError::TooManyTopics { n_topics, n_documents: n_nonempty, n_terms: n_known });
        }
        let sample = TermDocumentMatrix::from_documents(n_terms, sample).map_err(std::io::Error::other)?;
        Ok(Self { term_sums, data: DataSums { total, half_squares }, sample })
    }

    /// W of the start, whose topics sum to 1.
    pub(super) fn topics(&self, params: &FactorizeParams) -> FactorMatrix {
        let Self { sample, term_sums, data } = self;
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
