//! The objective f(W, H), from sums over nonzeros and the factors' column sums.

use rayon::prelude::*;

use super::Loss;
use super::loss::frobenius;
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, RowPass, Wanted};
use crate::matrix::TermDocumentMatrix;

/// The part of the objective that V alone decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataSums {
    /// Σ V.
    pub total: f64,
    /// ½ Σ V².
    pub half_squares: f64,
}

impl DataSums {
    /// Sums of V.
    pub fn new(v: &TermDocumentMatrix) -> Self {
        Self { total: v.total(), half_squares: frobenius::half_squares(v) }
    }

    /// f from Σ V ln(V / WH) over nonzeros and the column sums of W and of the stored H (length n_topics each).
    pub(super) fn objective(self, log_ratio: f64, w_sums: &[f64], h_sums: &[f64]) -> f64 {
        log_ratio - self.total + w_sums.iter().zip(h_sums).map(|(w, h)| w * h).sum::<f64>()
    }
}

/// f(W, H): the generalised Kullback-Leibler divergence of V from W H, in nats times the unit of V, or ½ ‖V − WH‖²_F in
/// squares of that unit. O(nnz · n_topics).
///
/// `w` is terms × topics, `h` documents × topics.
///
/// ```
/// use topicmill::{factorize::{Loss, objective}, kernels::FactorMatrix, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(2, 1, &[(0, 0, 2.0)])?;
/// let (w, h) = (FactorMatrix::from_fn(2, 1, |_, _| 1.0), FactorMatrix::from_fn(1, 1, |_, _| 1.0));
/// let by_hand = 2.0 * 2.0_f64.ln() - 2.0 + 2.0;
/// assert!((objective(&v, &w, &h, Loss::KullbackLeibler) - by_hand).abs() < 1e-6);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn objective(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix, loss: Loss) -> f64 {
    if loss == Loss::Frobenius {
        return frobenius::objective(v, w, h);
    }
    let kernel = Kernel::current();
    let blocks: Vec<f64> = (0..v.n_documents().div_ceil(BLOCK_ROWS))
        .into_par_iter()
        .map(|block| {
            let mut pass = RowPass::new(w.n_topics());
            let wanted = Wanted { objective: true, ..Default::default() };
            let documents = block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(v.n_documents());
            documents
                .map(|d| {
                    let (terms, values) = v.document(d);
                    pass.run(kernel, h.row(d), w, terms, values, 0..terms.len(), wanted)
                })
                .sum::<f64>()
        })
        .collect();
    DataSums::new(v).objective(blocks.iter().sum(), &w.topic_sums(), &h.topic_sums())
}
