//! The first look at all documents: the sums over V, a sample of documents, and the start of H.

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::problem::DataSums;
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::sums_by_term::weights_by_term;
use crate::kernels::FactorMatrix;
use crate::matrix::SparseRows;

/// Begins H with the weight of each document spread evenly over topics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FirstLook {
    pub(in crate::factorize::sharded) n_topics: usize,
    /// Every document whose number this divides is one of the sample, if it has entries.
    pub(in crate::factorize::sharded) sample_step: usize,
}

impl FirstLook {
    pub(super) fn run(&self, block: &mut Block) -> Result<Said, FactorizeError> {
        let Self { n_topics, sample_step } = *self;
        let Block { v, first_document, .. } = &*block;
        let mut term_sums = vec![0.0; v.n_terms()];
        weights_by_term(v, 0..v.n_documents(), &mut term_sums);
        let DataSums { total, half_squares } = DataSums::new(v);
        let (mut sample, mut n_nonempty) = (SparseRows::default(), 0);
        for document in (0..v.n_documents()).filter(|&document| !v.document_range(document).is_empty()) {
            n_nonempty += 1;
            if (first_document + document).is_multiple_of(sample_step) {
                sample.push(v.entries(document));
            }
        }
        let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
        h.each_row(|document, row| row.fill((v.document_sum(document) / n_topics as f64) as f32));
        *block.rows(RowSet::Factors) = h;
        Ok(Said {
            numbers: vec![term_sums, vec![total, half_squares]],
            counts: vec![n_nonempty],
            list: encode(&sample),
            ..Said::default()
        })
    }
}

/// A sample as bytes: the number of entries of each document, their terms and their values.
fn encode(sample: &SparseRows) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 * (sample.data.len() + sample.n_rows()));
    for pair in sample.indptr.windows(2) {
        let entries = pair[0] as usize..pair[1] as usize;
        bytes.extend_from_slice(&(entries.len() as u32).to_le_bytes());
        for (term, value) in sample.indices[entries.clone()].iter().zip(&sample.data[entries]) {
            bytes.extend_from_slice(&term.to_le_bytes());
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

/// Reads what [`encode`] wrote; `None` for other bytes.
pub(in crate::factorize::sharded) fn decode_sample(mut bytes: &[u8]) -> Option<SparseRows> {
    let mut sample = SparseRows::default();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (entries, rest) = rest.split_at_checked(8 * u32::from_le_bytes(*length) as usize)?;
        let number = |at: &[u8; 8], half: usize| [at[half], at[half + 1], at[half + 2], at[half + 3]];
        let entry = |at: &[u8; 8]| (u32::from_le_bytes(number(at, 0)), f32::from_le_bytes(number(at, 4)));
        sample.push(entries.as_chunks::<8>().0.iter().map(entry));
        bytes = rest;
    }
    bytes.is_empty().then_some(sample)
}
