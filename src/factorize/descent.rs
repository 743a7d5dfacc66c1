//! The loop of a fit: an iteration is a document step, then a term step. It owns nothing: a [`State`] descends on a
//! [`Problem`], and the loss says how.

use std::ops::ControlFlow;

use super::observer::{Iteration, Observer};
use super::problem::Problem;
use super::state::State;
use super::stop_reason::StopReason;
use super::stopping::has_converged;
use super::{Factorization, FactorizeError, guidance::FixedTopics, loss};

/// Number of iterations between two measurements of the KKT residual, each of which costs as much as an iteration.
const KKT_INTERVAL: usize = 10;

/// What ends with an iteration, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The fit, all its starts included: the observer asks for it.
    Fit(StopReason),
    /// This descent alone, which has arrived.
    Descent(StopReason),
}

/// Does one iteration, and returns whether there is a reason to stop after it. `until` is the number of iterations at
/// the end of this round; convergence is not judged there, because the objective after the last iteration is not
/// known yet. Fails if numbers have overflowed or underflowed.
pub(super) fn iterate(
    problem: &Problem<'_>,
    state: &mut State,
    until: usize,
    observer: &mut dyn Observer,
) -> Result<Option<End>, FactorizeError> {
    loss::prepare(problem, state);
    let methods = loss::methods(problem, state);
    let mut objective = loss::document_step(problem, state, methods.documents).total();
    if state.extrapolation.has_extended() && objective > state.last_objective() {
        state.extrapolation.go_back([&mut state.w, &mut state.h]);
        objective = loss::document_step(problem, state, methods.documents).total();
    }
    let answer = record(problem, state, objective, observer)?;
    loss::term_step(problem, state, methods.terms);
    if methods.terms.is_exact() {
        state.extrapolation.extend([&mut state.w, &mut state.h]);
    }
    if let ControlFlow::Break(reason) = answer {
        return Ok(Some(End::Fit(reason)));
    }
    if state.n_iterations() < until && has_converged(&state.trace, &problem.params) {
        return Ok(Some(End::Descent(StopReason::Converged)));
    }
    Ok(is_stationary(problem, state).then_some(End::Descent(StopReason::Stationary)))
}

/// Whether the conditions for a minimum are met. They are measured only now and then, and only for solvers that can
/// meet them, because measuring costs as much as an iteration.
fn is_stationary(problem: &Problem<'_>, state: &State) -> bool {
    if !loss::reaches_stationary_points(problem, state) || !state.n_iterations().is_multiple_of(KKT_INTERVAL) {
        return false;
    }
    let [w, h] = state.factors();
    loss::kkt_residual(&problem.v, w, h, state.floors, problem.params.loss) < problem.params.kkt_tolerance
}

/// Adds an objective to the trace. A loss is negative only by rounding, so that a value below −0.1 % of V's own size
/// shows that numbers have underflowed.
pub(super) fn record(
    problem: &Problem<'_>,
    state: &mut State,
    objective: f64,
    observer: &mut dyn Observer,
) -> Result<ControlFlow<StopReason>, FactorizeError> {
    let number = state.n_iterations();
    if !objective.is_finite() || objective < -1e-3 * loss::data_sum(problem) {
        return Err(FactorizeError::NotFinite { iteration: number, objective });
    }
    let change = state.trace.last().map(|before| match before.objective {
        0.0 => 0.0,
        value => (value - objective) / value.abs(),
    });
    let iteration = Iteration { number, objective, change };
    state.trace.push(iteration);
    state.safeguard.observe(change);
    Ok(observer.observe(&iteration))
}

/// Makes the result of a fit, with the objective after its last iteration.
pub(super) fn finish(
    problem: &Problem<'_>,
    mut state: State,
    stop_reason: StopReason,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let (v, loss) = (&problem.v, problem.params.loss);
    state.extrapolation.go_back([&mut state.w, &mut state.h]);
    let penalty = problem.penalties.as_ref().map_or(0.0, |penalties| penalties.value_at(&state.w, &state.h));
    let objective = loss::objective(v, &state.w, &state.h, loss) + penalty;
    // The fit has ended, so that the observer's answer is ignored.
    let _ = record(problem, &mut state, objective, observer)?;
    let is_plain = problem.penalties.is_none() && problem.constraints.is_none();
    let kkt_residual = is_plain.then(|| loss::kkt_residual(v, &state.w, &state.h, state.floors, loss));
    let State { w, h, trace, .. } = state;
    let (h, fixed) = match &problem.constraints {
        Some(constraints) => (constraints.without_seeds(&h), constraints.fixed),
        None => (h, FixedTopics::default()),
    };
    Ok(Factorization { w, h, trace, stop_reason, kkt_residual, fixed })
}
