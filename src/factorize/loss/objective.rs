//! The objective before a document step, in parts that can be summed elsewhere.

use crate::kernels::BLOCK_ROWS;

/// The objective before a document step, in its parts.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct Objective {
    /// Each document's own part.
    pub(in crate::factorize) documents: Vec<f64>,
    /// What is added to their sum, in this order: the parts that V, the column sums and the penalties decide.
    pub(super) constants: [f64; 3],
}

impl Objective {
    /// Documents are summed in fixed blocks, and the blocks in order.
    pub(in crate::factorize) fn total(&self) -> f64 {
        let sum: f64 = self.documents.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum();
        self.constants.iter().fold(sum, |sum, constant| sum + constant)
    }
}
