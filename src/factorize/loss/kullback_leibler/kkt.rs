//! The Karush-Kuhn-Tucker residual under the divergence.

use rayon::prelude::*;

use crate::factorize::loss::violation::violation;
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, PassOutputs, RowPass};
use crate::matrix::TermDocumentMatrix;

/// The largest violation of the conditions for a minimum over all entries of W and H; see
/// [`kkt_residual`](crate::factorize::kkt_residual).
pub(in crate::factorize) fn kkt_residual(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    h: &FactorMatrix,
    floors: (f32, f32),
) -> f64 {
    let documents = worst(v.n_documents(), |d| v.document(d), h, w, floors.1);
    let terms = worst(v.n_terms(), |t| v.term(t), w, h, floors.0);
    documents.max(terms)
}

/// The largest violation over the rows of `factor`, with the other factor and V's `nonzeros` of each row.
fn worst<'v>(
    n_rows: usize,
    nonzeros: impl Fn(usize) -> (&'v [u32], &'v [f32]) + Sync,
    factor: &FactorMatrix,
    other: &FactorMatrix,
    floor: f32,
) -> f64 {
    let (kernel, sums) = (Kernel::current(), other.topic_sums());
    let worst = |pass: &mut RowPass, row: usize| {
        let (indices, values) = nonzeros(row);
        let weight: f64 = values.iter().map(|&x| f64::from(x)).sum();
        if weight <= 0.0 {
            return 0.0;
        }
        pass.run(kernel, factor.row(row), other, indices, values, 0..indices.len(), PassOutputs::default());
        let entries = factor.row_values(row).iter().zip(pass.numerators()).zip(&sums);
        let violations = entries.map(|((&a, &numerator), &sum)| {
            violation(f64::from(a), f64::from(floor), sum, f64::from(numerator), weight)
        });
        violations.fold(0.0, f64::max)
    };
    // A maximum is the same in any order, so that the reduction needs no fixed blocks.
    let rows = (0..n_rows).into_par_iter().with_min_len(BLOCK_ROWS / 4);
    rows.map_init(|| RowPass::new(factor.n_topics()), worst).reduce(|| 0.0, f64::max)
}
