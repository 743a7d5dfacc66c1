//! Half an iteration under the Frobenius norm: all rows of one factor are updated in parallel, with the other factor
//! fixed.

use rayon::prelude::*;
use sprs::CsMatViewI;

use super::gram::Gram;
use super::hals;
use super::method::Method;
use super::penalties::Penalty;
use super::rows::{Row, visit};
use crate::kernels::{FactorMatrix, Kernel, Lanes, LeastSquares, PANEL_ROWS, Panel, weighted_sum};
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
    let mut objectives = vec![0.0; h.n_rows()];
    half_step(v.by_document(), w, h, floor, method, penalty, Some(&mut objectives));
    objectives
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
    half_step(v.by_term(), h, w, floor, method, penalty, None);
}

/// Updates every row of `factor`; writes ½ aᵀG a − bᵀa of each row before the step to `objectives`, if they are
/// wanted.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    floor: f32,
    method: Method,
    penalty: &Penalty,
    objectives: Option<&mut [f64]>,
) {
    let method = match method {
        Method::Hals => {
            let gram = Gram::in_f32(other);
            let problem = hals::problem(&gram, penalty, floor);
            let plain = objectives.map(|objectives| (hals::problem(&gram, &Penalty::default(), floor), objectives));
            return descend(rows, other, factor, &problem, plain);
        }
        Method::ByRow(method) => method,
    };
    let with_objective = objectives.is_some();
    let improve = |gram: &Gram, row: &Row<'_>, a: &mut [f64], product: &mut Vec<f64>| {
        let before = if with_objective { row.objective(gram, a, product) } else { 0.0 };
        method.improve(gram, row.b, f64::from(floor), a, product);
        before
    };
    let before = visit(rows, other, factor, improve);
    if let Some(objectives) = objectives {
        objectives.copy_from_slice(&before);
    }
}

/// Descends along coordinates in panels of rows. Rows of V without nonzeros become zeros. `plain` is the problem
/// without penalties, and the place for the objectives of rows before the step.
fn descend(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    problem: &LeastSquares,
    plain: Option<(LeastSquares, &mut [f64])>,
) {
    let (kernel, lanes_per_row) = (Kernel::current(), factor.lanes_per_row());
    let (pointers, indices, values) = (rows.indptr(), rows.indices(), rows.data());
    let pointers = pointers.raw_storage();
    let workspace = || (vec![Lanes::default(); lanes_per_row], Panel::new(problem));
    let nothing = vec![Lanes::default(); lanes_per_row];
    // Puts rows into the panel, of which the first has the number `first`.
    let range = |row: usize| pointers[row] as usize..pointers[row + 1] as usize;
    let gather = |(sums, panel): &mut (Vec<Lanes>, Panel), first: usize, rows: &[Lanes]| {
        for (lane, row) in rows.chunks_exact(lanes_per_row).enumerate() {
            let range = range(first + lane);
            if range.is_empty() {
                panel.set(lane, &nothing, &nothing);
            } else {
                weighted_sum(kernel, sums, other, &indices[range.clone()], &values[range]);
                panel.set(lane, sums, row);
            }
        }
    };
    let descend = |panel: &mut Panel, first: usize, rows: &mut [Lanes]| {
        hals::improve(kernel, problem, panel, rows, lanes_per_row, |lane| range(first + lane).is_empty());
    };
    let panels = factor.lanes_mut().par_chunks_mut(PANEL_ROWS * lanes_per_row).enumerate();
    let Some((plain, objectives)) = plain else {
        return panels.for_each_init(workspace, |work, (panel, rows)| {
            gather(work, panel * PANEL_ROWS, rows);
            descend(&mut work.1, panel * PANEL_ROWS, rows);
        });
    };
    panels.zip(objectives.par_chunks_mut(PANEL_ROWS)).for_each_init(workspace, |work, ((panel, rows), objectives)| {
        gather(work, panel * PANEL_ROWS, rows);
        let before = work.1.objectives(kernel, &plain);
        objectives.iter_mut().zip(before).for_each(|(to, from)| *to = f64::from(from));
        descend(&mut work.1, panel * PANEL_ROWS, rows);
    });
}
