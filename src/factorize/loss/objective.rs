//! The objective before a document step, kept in parts so that the parts of documents can be summed over shards
//! elsewhere.

use crate::kernels::BLOCK_ROWS;

/// The objective before a document step, in parts.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct Objective {
    /// The part of each document.
    pub(in crate::factorize) documents: Vec<f64>,
    /// The parts that V, the column sums of the factors and the penalties add to the sum over documents. They are
    /// added in this order, so that the bits of the total are fixed.
    pub(super) constants: [f64; 3],
}

impl Objective {
    /// The objective. Documents are summed in fixed blocks and the blocks in order, so that the bits are the same on
    /// any number of threads.
    pub(in crate::factorize) fn total(&self) -> f64 {
        let sum: f64 = self.documents.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum();
        self.constants.iter().fold(sum, |sum, constant| sum + constant)
    }
}
