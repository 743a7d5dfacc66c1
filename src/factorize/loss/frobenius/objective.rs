//! The objective ½ ‖V − W H‖²_F.

use super::rows::visit;
use crate::factorize::problem::DataSums;
use crate::kernels::{BLOCK_ROWS, FactorMatrix};
use crate::matrix::TermDocumentMatrix;

/// f(W, H) = ½ ‖V − W H‖²_F, in squares of V's unit; `w` is terms × topics, `h` documents × topics. O(nnz ·
/// n_topics).
pub(in crate::factorize) fn objective(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix) -> f64 {
    let parts = visit(v.by_document(), w, &mut h.clone(), |gram, row, a, product| row.objective(gram, a, product));
    parts.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum::<f64>() + DataSums::new(v).half_squares
}
