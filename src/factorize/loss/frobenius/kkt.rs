//! The Karush-Kuhn-Tucker residual under the Frobenius norm.

use super::gram::Gram;
use super::rows::{Row, visit};
use crate::factorize::loss::violation::violation;
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// The largest violation of the Karush-Kuhn-Tucker conditions. With the gradient g = G a − b of a row, it is |a g| /
/// ‖x‖² for an entry above its factor's floor, and (b / (G a) − 1)₊ for one at or below it.
pub(in crate::factorize) fn kkt_residual(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    h: &FactorMatrix,
    floors: (f32, f32),
) -> f64 {
    let worst = |gram: &Gram, row: &Row<'_>, a: &[f64], product: &mut Vec<f64>, floor: f32| {
        gram.times(a, product);
        let squares: f64 = row.values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let entry = |topic: usize| violation(a[topic], f64::from(floor), product[topic], row.b[topic], squares);
        (0..a.len()).map(entry).fold(0.0, f64::max)
    };
    let documents =
        visit(v.by_document(), w, &mut h.clone(), |gram, row, a, product| worst(gram, row, a, product, floors.1));
    let terms = visit(v.by_term(), h, &mut w.clone(), |gram, row, a, product| worst(gram, row, a, product, floors.0));
    documents.into_iter().chain(terms).fold(0.0, f64::max)
}
