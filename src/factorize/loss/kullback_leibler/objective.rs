//! The divergence f(W, H). It is computed from sums over the nonzeros of V and the column sums of the factors, so
//! that WH is never formed.

use rayon::prelude::*;

use crate::factorize::problem::DataSums;
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, PassOutputs, RowPass};
use crate::matrix::TermDocumentMatrix;

/// What is added to Σ V ln(V / WH) over nonzeros, in this order: −Σ V, and Σ WH, which follows from the column sums
/// of W and of the stored H (length n_topics each).
pub(super) fn constants(data: DataSums, w_sums: &[f64], h_sums: &[f64]) -> [f64; 2] {
    [-data.total, w_sums.iter().zip(h_sums).map(|(w, h)| w * h).sum::<f64>()]
}

/// The divergence of V from W H, in nats times the unit of V; `w` is terms × topics, `h` documents × topics. O(nnz ·
/// n_topics).
pub(in crate::factorize) fn objective(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix) -> f64 {
    let kernel = Kernel::current();
    let outputs = PassOutputs { objective: true, ..Default::default() };
    let of_block = |block: usize| {
        let mut pass = RowPass::new(w.n_topics());
        let documents = block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(v.n_documents());
        let of_document = |d: usize| {
            let (terms, values) = v.document(d);
            pass.run(kernel, h.row(d), w, terms, values, 0..terms.len(), outputs)
        };
        documents.map(of_document).sum::<f64>()
    };
    let blocks: Vec<f64> = (0..v.n_documents().div_ceil(BLOCK_ROWS)).into_par_iter().map(of_block).collect();
    let [minus_v, product] = constants(DataSums::new(v), &w.topic_sums(), &h.topic_sums());
    blocks.iter().sum::<f64>() + minus_v + product
}
