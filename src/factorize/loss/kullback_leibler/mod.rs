//! The generalised Kullback-Leibler divergence.
//!
//! Every method works on rows: with the other factor F fixed, a row a of one factor stands for a row x of V. With the
//! rows F_e of F at the nonzeros x_e, and the column sums s of F, the row's part of the objective is Σ_k s_k a_k −
//! Σ_e x_e ln⟨a, F_e⟩ plus a constant. A method says which step a row takes; [`update_documents`] and
//! [`update_terms`] take it for all rows.

mod active;
mod coordinate_newton;
mod diagonal_newton;
mod fold_in;
mod half_step;
mod kkt;
mod multiplicative_update;
mod objective;
mod penalties;
mod statistics;

pub(in crate::factorize) use active::prepare as prepare_active_topics;
pub(in crate::factorize) use coordinate_newton::{
    has_begun as has_begun_coordinate_steps, prepare as prepare_coordinate_steps,
};
pub(in crate::factorize) use fold_in::DocumentSolver;
pub use half_step::{update_documents, update_terms};
pub(in crate::factorize) use kkt::kkt_residual;
pub(in crate::factorize) use objective::objective;
pub(in crate::factorize) use statistics::{apply_statistics, term_statistics};

use crate::factorize::loss::objective::Objective;
use crate::factorize::params::Solver;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::kernels::{Step, StepTerms};

/// The steps of documents and of terms in the next iteration.
pub(in crate::factorize) fn steps(problem: &Problem<'_>, state: &State) -> [Step; 2] {
    match problem.params.solver {
        Solver::Mu => multiplicative_update::steps(),
        Solver::CoordinateNewton => coordinate_newton::steps(state),
        _ => diagonal_newton::steps(&state.safeguard),
    }
}

/// The step length of an iteration that works on active topics; `None` for any other.
fn active_damping(problem: &Problem<'_>, state: &State, step: Step) -> Option<f32> {
    match step {
        Step::DiagonalNewton { damping, .. } => active::is_due(problem, state).then_some(damping),
        _ => None,
    }
}

/// Takes the document step: updates the stored H with W fixed. Returns the objective before the step.
pub(in crate::factorize) fn document_step(problem: &Problem<'_>, state: &mut State, step: Step) -> Objective {
    let (active, iteration) = (active_damping(problem, state, step), state.n_iterations());
    let State { w, h, floors, .. } = state;
    let (w_sums, h_sums) = (w.topic_sums(), h.topic_sums());
    let (terms, penalty) = match &problem.penalties {
        Some(penalties) => {
            let columns = penalties.columns(w, h);
            (penalties::document_terms(penalties, &columns, floors.1), penalties.value(w, h, &columns))
        }
        None => (StepTerms::new(&w_sums, floors.1), 0.0),
    };
    let log_ratios = match active {
        Some(damping) => active::update_documents(&problem.v, w, &terms, h, damping, iteration),
        None => update_documents(&problem.v, w, &terms, h, step),
    };
    if let Some(constraints) = &problem.constraints {
        constraints.after_documents(&w_sums, h);
    }
    let divergence = objective::constants(problem.data, &w_sums, &h_sums);
    Objective { documents: log_ratios, constants: [divergence[0], divergence[1], penalty] }
}

/// Takes the term step: updates W with H fixed.
pub(in crate::factorize) fn term_step(problem: &Problem<'_>, state: &mut State, step: Step) {
    let active = active_damping(problem, state, step);
    let State { w, h, floors, .. } = state;
    let terms = match &problem.penalties {
        Some(penalties) => {
            let [columns, h] = penalties.columns(w, h);
            penalties::term_terms(penalties, w, [&columns, &h], floors.0)
        }
        None => StepTerms::new(&h.topic_sums(), floors.0),
    };
    match active {
        Some(damping) => active::update_terms(&problem.v, w, h, &terms, damping),
        None => update_terms(&problem.v, w, h, &terms, step),
    }
    if let Some(constraints) = &problem.constraints {
        constraints.after_terms(w);
    }
}
