//! A shard while it is worked on.

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeError;
use crate::factorize::counts::Counts;
use crate::kernels::FactorMatrix;
use crate::matrix::{EntryCounts, TermDocumentMatrix};

/// Whose topics rows of H are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowSet {
    /// The factors of V.
    Factors,
    /// The sharpened topics.
    Topics,
}

/// A shard with what a pass asks for of it.
#[derive(Clone, Debug)]
pub struct Block {
    /// Number of the shard.
    pub shard: usize,
    /// Number of its first document.
    pub first_document: usize,
    /// Its part of V.
    pub v: TermDocumentMatrix,
    /// The count behind each entry, if the pass asks for them.
    pub counts: Option<EntryCounts>,
    /// The rows of the factors and of the sharpened topics: those that the pass reads, and after it those that it
    /// writes. Others have no documents.
    pub rows: [FactorMatrix; 2],
}

impl Block {
    /// The rows of a set.
    pub fn rows(&mut self, set: RowSet) -> &mut FactorMatrix {
        &mut self.rows[set as usize]
    }

    /// The counts with a weight for each term (none is 1 for each). Fails if they are not known.
    pub(super) fn counts(&self, term_weights: &[f32]) -> Result<Counts<'_>, FactorizeError> {
        let known = self.counts.as_ref().filter(|known| known.len() == self.v.n_nonzeros());
        let known = known.ok_or_else(|| std::io::Error::other("the counts behind the weights are not known"))?;
        Ok(Counts::new(&self.v, known, term_weights.to_vec(), &[]))
    }
}
