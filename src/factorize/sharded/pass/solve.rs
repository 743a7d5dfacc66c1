//! Documents are solved for fixed topics.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::factorize::fold_in::{FoldIn, solve_with};
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::{FactorizeError, FactorizeParams};
use crate::kernels::FactorMatrix;

/// What of documents is solved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Solved<'a> {
    /// Their weights, for the factors.
    Weights,
    /// Their counts, with a weight for each term (none is 1 for each), for the sharpened topics.
    Counts(Cow<'a, [f32]>),
}

/// Solves documents, and finds the masses of topics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Solve<'a> {
    pub(in crate::factorize::sharded) topics: Arc<FactorMatrix>,
    #[serde(with = "super::as_text")]
    pub(in crate::factorize::sharded) params: FactorizeParams,
    pub(in crate::factorize::sharded) of: Solved<'a>,
    /// What is computed once for all shards of a process.
    #[serde(skip)]
    pub(in crate::factorize::sharded) fold_in: Option<FoldIn>,
}

impl Solve<'_> {
    pub(super) fn run(&mut self, block: &mut Block) -> Result<Said, FactorizeError> {
        let Self { topics, params, of, fold_in } = self;
        let fold_in = fold_in.get_or_insert_with(|| FoldIn::for_params(Arc::clone(topics), params));
        let mut h = FactorMatrix::zeros(block.v.n_documents(), fold_in.n_topics());
        let set = match of {
            Solved::Weights => {
                solve_with(fold_in, &mut h, &block.v);
                RowSet::Factors
            }
            Solved::Counts(term_weights) => {
                solve_with(fold_in, &mut h, &block.counts(term_weights)?);
                RowSet::Topics
            }
        };
        let masses = h.topic_sums();
        *block.rows(set) = h;
        Ok(Said { numbers: vec![masses], ..Said::default() })
    }
}
