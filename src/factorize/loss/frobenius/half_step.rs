//! Half an iteration under the Frobenius norm: all rows of one factor are updated in parallel, with the other factor
//! fixed.

use sprs::CsMatViewI;

use super::gram::Gram;
use super::method::Method;
use super::penalties::Penalty;
use super::rows::{Row, visit};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Updates every row of the stored H (documents × topics) with W fixed. Returns each document's part of f(W, H)
/// without ½ ‖V‖², for the factors before the step.
pub(super) fn update_documents(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    h: &mut FactorMatrix,
    floor: f32,
    method: Method,
    penalty: &Penalty,
) -> Vec<f64> {
    half_step(v.by_document(), w, h, floor, method, penalty)
}

/// Updates every row of W (terms × topics) with H fixed.
pub(super) fn update_terms(
    v: &TermDocumentMatrix,
    w: &mut FactorMatrix,
    h: &FactorMatrix,
    floor: f32,
    method: Method,
    penalty: &Penalty,
) {
    half_step(v.by_term(), h, w, floor, method, penalty);
}

/// Updates every row of `factor`; returns ½ aᵀG a − bᵀa of each row before the step.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    floor: f32,
    method: Method,
    penalty: &Penalty,
) -> Vec<f64> {
    let improve = |gram: &Gram, row: &Row<'_>, a: &mut [f64]| {
        let before = row.objective(gram, a);
        method.improve(gram, row.b, f64::from(floor), penalty, a);
        before
    };
    visit(rows, other, factor, improve)
}
