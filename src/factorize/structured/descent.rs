//! The loop of the forms whose documents are free: the document step of the loss, and a term step of the form.

use std::ops::ControlFlow;

use crate::factorize::descent::record;
use crate::factorize::loss::Method;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::stopping::has_converged;
use crate::factorize::{FactorizeError, Observer, StopReason, loss};

/// Iterates until the objective has converged, `max_iterations` more are done, or the observer asks for an end.
/// `term_step` updates W, and whatever W is made of; it is told which step the solver would take. Fails if numbers
/// overflow or underflow.
pub(super) fn descend(
    problem: &Problem<'_>,
    state: &mut State,
    max_iterations: usize,
    observer: &mut dyn Observer,
    term_step: &mut dyn FnMut(&Problem<'_>, &mut State, Method),
) -> Result<StopReason, FactorizeError> {
    rounds(
        problem,
        state,
        max_iterations,
        observer,
        |state| {
            loss::prepare(problem, state);
            let methods = loss::methods(problem, state);
            (loss::document_step(problem, state, methods.documents).total(), methods.terms)
        },
        |state, method| term_step(problem, state, method),
    )
}

/// The loop itself. `document_step` updates H and returns an objective, with what `term_step` is to know. Fails if
/// numbers overflow or underflow.
pub(super) fn rounds<T>(
    problem: &Problem<'_>,
    state: &mut State,
    max_iterations: usize,
    observer: &mut dyn Observer,
    mut document_step: impl FnMut(&mut State) -> (f64, T),
    mut term_step: impl FnMut(&mut State, T),
) -> Result<StopReason, FactorizeError> {
    for _ in 0..max_iterations {
        let (objective, told) = document_step(state);
        let answer = record(problem, state, objective, observer)?;
        term_step(state, told);
        if let ControlFlow::Break(reason) = answer {
            return Ok(reason);
        }
        if has_converged(&state.trace, &problem.params) {
            return Ok(StopReason::Converged);
        }
    }
    Ok(StopReason::MaxIterations)
}
