//! What a factorisation leaves over of V: the entries of V − WH where V is not zero.

use rayon::prelude::*;

use crate::kernels::{FactorMatrix, Kernel, PassOutputs, RowPass};
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Fewest documents of a parallel task.
const TASK_ROWS: usize = 64;

/// The positive part of V − WH, by document: the entries of V of which something is left.
pub(super) fn positive_residual(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix) -> SparseRows {
    let outputs = PassOutputs { products: true, ..Default::default() };
    let of_document = |pass: &mut RowPass, document: usize| -> Vec<(u32, f32)> {
        let (terms, values) = v.document(document);
        pass.run(Kernel::current(), h.row(document), w, terms, values, 0..terms.len(), outputs);
        let entries = terms.iter().zip(values).zip(pass.products());
        entries.map(|((&term, &value), product)| (term, value - product)).filter(|entry| entry.1 > 0.0).collect()
    };
    let rows: Vec<Vec<(u32, f32)>> = (0..v.n_documents())
        .into_par_iter()
        .with_min_len(TASK_ROWS)
        .map_init(|| RowPass::new(w.n_topics()), of_document)
        .collect();
    let mut residual = SparseRows::default();
    rows.into_iter().for_each(|row| residual.push(row));
    residual
}
