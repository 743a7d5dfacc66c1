//! What documents say of a mixture of topics.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::sharded::block::Block;
use crate::factorize::sharded::said::Said;
use crate::factorize::sharpen::Posterior;
use crate::factorize::sums_by_term::add_by_term;
use crate::kernels::FactorMatrix;

/// Computes the expected counts of terms in topics, the documents' part of the likelihood, and the tokens of each
/// topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expect<'a> {
    pub(in crate::factorize::sharded) posterior: Cow<'a, Posterior>,
    /// A weight for each term; none is 1 for each.
    pub(in crate::factorize::sharded) term_weights: Cow<'a, [f32]>,
}

impl Expect<'_> {
    pub(super) fn run(&self, block: &Block) -> Result<Said, FactorizeError> {
        let counts = block.counts(&self.term_weights)?;
        let (shares, likelihood) = self.posterior.shares(&counts);
        let mut expected = FactorMatrix::zeros(block.v.n_terms(), shares.n_topics());
        add_by_term(&block.v, &shares, 0..shares.n_rows(), &counts.entries(), &mut expected);
        Ok(Said {
            matrices: vec![expected],
            numbers: vec![vec![likelihood], counts.masses(&shares)],
            ..Said::default()
        })
    }
}
