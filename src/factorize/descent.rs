//! The loop: an iteration is a step of the documents, then one of the terms. It owns nothing: a [`State`] goes down on a
//! [`Problem`], and the loss says how.

use std::ops::ControlFlow;

use super::observer::{Iteration, Observer};
use super::problem::Problem;
use super::state::State;
use super::stop_reason::StopReason;
use super::stopping::has_converged;
use super::{Factorization, FactorizeError, guidance::FixedTopics, loss};

/// Iterations between two measurements of the KKT residual, each of which costs as much as an iteration.
const KKT_INTERVAL: usize = 10;

/// Does one iteration, and says whether there is a reason to stop after it. `until` are the iterations of this round: its
/// last one is not judged, since the objective after it is not known yet.
pub(super) fn iterate(
    problem: &Problem<'_>,
    state: &mut State,
    until: usize,
    observer: &mut dyn Observer,
) -> Result<ControlFlow<StopReason>, FactorizeError> {
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
    Ok(match answer {
        ControlFlow::Break(reason) => ControlFlow::Break(reason),
        _ if state.n_iterations() < until && has_converged(&state.trace, &problem.params) => {
            ControlFlow::Break(StopReason::Converged)
        }
        _ if is_stationary(problem, state) => ControlFlow::Break(StopReason::Stationary),
        _ => ControlFlow::Continue(()),
    })
}

/// Whether the conditions for a minimum are met, asked now and then of solvers that can meet them.
fn is_stationary(problem: &Problem<'_>, state: &State) -> bool {
    if !loss::reaches_stationary_points(problem, state) || !state.n_iterations().is_multiple_of(KKT_INTERVAL) {
        return false;
    }
    let [w, h] = state.factors();
    loss::kkt_residual(&problem.v, w, h, state.floors, problem.params.loss) < problem.params.kkt_tolerance
}

/// Adds an objective to the trace. A loss is never negative but for rounding: below -0.1 % of V's own part numbers have
/// underflowed.
fn record(
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

/// The result, with the objective after the last iteration.
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
    // The fit is over: what the observer answers has no use.
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
