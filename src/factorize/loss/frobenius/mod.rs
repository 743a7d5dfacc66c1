//! The Frobenius family: f(W, H) = ½ ‖V − W H‖²_F.
//!
//! Every method works on rows: with the other factor F fixed, a row a of one factor stands for a row x of V. With the
//! Gram matrix G = FᵀF (n_topics × n_topics) and b = Fᵀx, the row's part of the objective is ½ aᵀG a − bᵀa + ½ ‖x‖²,
//! so that neither V nor WH is ever dense. b costs 2 flops per nonzero and topic, G costs 2 flops per row and pair of
//! topics, and a method costs a small multiple of n_topics² per row. b is summed in f32, and everything of size
//! n_topics in f64 and in order, so that any number of threads and every kernel give the same bits.

pub mod block_principal_pivoting;
mod fold_in;
mod gram;
mod half_step;
pub mod hals;
mod kkt;
mod method;
pub mod multiplicative_update;
mod objective;
mod penalties;
pub mod projected_gradient;
mod rows;
pub mod sparse_weights;
mod statistics;

pub(in crate::factorize) use fold_in::DocumentSolver;
pub use gram::Gram;
pub(in crate::factorize) use kkt::kkt_residual;
pub use method::{Method, RowMethod};
pub(in crate::factorize) use objective::objective;
pub(in crate::factorize) use statistics::{apply_statistics, term_statistics};

use penalties::Penalty;

use crate::factorize::loss::objective::Objective;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;

/// Takes the document step: updates the stored H with W fixed. Returns the objective before the step.
pub(in crate::factorize) fn document_step(problem: &Problem<'_>, state: &mut State, method: Method) -> Objective {
    let State { w, h, floors, .. } = state;
    let (penalty, value) = match &problem.penalties {
        Some(penalties) => {
            let columns = penalties.columns(w, h);
            (penalties::document_penalty(penalties, &columns), penalties.value(w, h, &columns))
        }
        None => (Penalty::default(), 0.0),
    };
    let documents = half_step::update_documents(&problem.v, w, h, floors.1, method, &penalty);
    Objective { documents, constants: [problem.data.half_squares, value, 0.0] }
}

/// Takes the term step: updates W with H fixed.
pub(in crate::factorize) fn term_step(problem: &Problem<'_>, state: &mut State, method: Method) {
    let State { w, h, floors, .. } = state;
    let penalty = problem.penalties.as_ref().map_or_else(Penalty::default, |penalties| {
        let [w, h] = penalties.columns(w, h);
        penalties::term_penalty(penalties, [&w, &h])
    });
    half_step::update_terms(&problem.v, w, h, floors.0, method, &penalty);
}
