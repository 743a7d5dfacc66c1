//! How terms and topics go together over documents.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::sharpen::Posterior;
use crate::factorize::sums_by_term::add_by_term;
use crate::kernels::FactorMatrix;

/// The shares of topics in documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Shares<'a> {
    /// The rows of the factors, each divided by its sum.
    Factors,
    /// The posterior of a mixture, for counts with a weight for each term (none is 1 for each).
    Posterior {
        /// The mixture.
        posterior: Cow<'a, Posterior>,
        /// The weights of terms.
        term_weights: Cow<'a, [f32]>,
    },
}

/// Sums the shares of documents by the terms that they have. Of a [`Said`], `matrices` has Σ_d b_td r_kd, where b_td =
/// 1 if document d has term t and r_kd is the share of topic k; `numbers` Σ_d r_kd and Σ_d r_kd² of each topic, and
/// `counts` the number of documents that have each term.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correlate<'a> {
    /// r.
    pub shares: Shares<'a>,
}

impl Correlate<'_> {
    pub(super) fn run(&self, block: &mut Block) -> Result<Said, FactorizeError> {
        let shares = match &self.shares {
            Shares::Factors => {
                let mut rows = std::mem::replace(block.rows(RowSet::Factors), FactorMatrix::zeros(0, 0));
                rows.to_shares();
                rows
            }
            Shares::Posterior { posterior, term_weights } => posterior.shares(&block.counts(term_weights)?).0,
        };
        let v = &block.v;
        let mut together = FactorMatrix::zeros(v.n_terms(), shares.n_topics());
        add_by_term(v, &shares, 0..v.n_documents(), &vec![1.0; v.n_nonzeros()], &mut together);
        let mut frequencies = vec![0; v.n_terms()];
        v.by_document().indices().iter().for_each(|&term| frequencies[term as usize] += 1);
        Ok(Said {
            matrices: vec![together],
            numbers: vec![shares.topic_sums(), shares.topic_squares()],
            counts: frequencies,
            ..Said::default()
        })
    }
}
