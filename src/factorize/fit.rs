//! The loop: start, sweeps, stop.

use super::objective::{DataSums, objective};
use super::solver::multiplicative_update::{document_step, term_step};
use super::stopping::has_converged;
use super::{
    Factorization, FactorizeError, FactorizeParams, Init, Observer, Solver, StopReason, Sweep, Verdict, initialise,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Factors to start from.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored documents × topics.
    pub h: FactorMatrix,
}

/// Factorises V into `params.n_topics` topics from the start that `params.init` names.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Silent, fit};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let fitted = fit(&v, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent)?;
/// assert_eq!(fitted.w.view().dim(), (4, 2));
/// let first = fitted.trace[0].objective;
/// assert!(fitted.trace.last().unwrap().objective < first);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    params.check()?;
    check_size(v, params)?;
    let start = match params.init {
        Init::Nndsvda => initialise::nndsvda(v, params.n_topics, params.seed),
        Init::Random => initialise::random(v, params.n_topics, params.seed),
    };
    factorize(v, start, params, observer)
}

/// Factorises V from a given start; the number of topics is the start's.
pub fn factorize(
    v: &TermDocumentMatrix,
    start: Start,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let n_topics = start.w.n_topics();
    let params = FactorizeParams { n_topics, ..params.clone() };
    params.check()?;
    check_size(v, &params)?;
    check_start("W", &start.w, (v.n_terms(), n_topics))?;
    check_start("H", &start.h, (v.n_documents(), n_topics))?;
    if start.w.mean() == 0.0 || start.h.mean() == 0.0 {
        return Err(FactorizeError::ZeroStart);
    }
    match params.solver {
        Solver::Mu => multiplicative_updates(v, start, &params, observer),
    }
}

fn multiplicative_updates(
    v: &TermDocumentMatrix,
    start: Start,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let Start { mut w, mut h } = start;
    let floors = ((params.floor * w.mean()) as f32, (params.floor * h.mean()) as f32);
    let data = DataSums::new(v);
    let mut trace: Vec<Sweep> = Vec::new();
    let mut stop_reason = None;
    let mut h_sums = h.topic_sums();
    while stop_reason.is_none() {
        let w_sums = w.topic_sums();
        let log_ratio = document_step(v, &w, &w_sums, &mut h, floors.1);
        let verdict = record(&mut trace, data.objective(log_ratio, &w_sums, &h_sums), data.total, observer)?;
        h_sums = h.topic_sums();
        term_step(v, &mut w, &h, &h_sums, floors.0);
        stop_reason = match verdict {
            Verdict::Stop(reason) => Some(reason),
            Verdict::Continue if trace.len() >= params.max_iterations => Some(StopReason::MaxIterations),
            Verdict::Continue if has_converged(&trace, params) => Some(StopReason::Converged),
            Verdict::Continue => None,
        };
    }
    record(&mut trace, objective(v, &w, &h), data.total, observer)?;
    Ok(Factorization { w, h, trace, stop_reason: stop_reason.unwrap_or(StopReason::MaxIterations) })
}

/// Adds a row to the trace. A divergence is never negative but for rounding: below -0.1 % of Σ V numbers have underflowed.
fn record(
    trace: &mut Vec<Sweep>,
    objective: f64,
    total: f64,
    observer: &mut dyn Observer,
) -> Result<Verdict, FactorizeError> {
    let iteration = trace.len();
    if !objective.is_finite() || objective < -1e-3 * total {
        return Err(FactorizeError::NotFinite { iteration, objective });
    }
    let change = trace.last().map(|before| match before.objective {
        0.0 => 0.0,
        value => (value - objective) / value.abs(),
    });
    let sweep = Sweep { iteration, objective, change };
    trace.push(sweep);
    Ok(observer.observe(&sweep))
}

fn check_size(v: &TermDocumentMatrix, params: &FactorizeParams) -> Result<(), FactorizeError> {
    let (n_topics, n_documents, n_terms) = (params.n_topics, v.n_nonempty_documents(), v.n_nonempty_terms());
    if n_topics > n_documents.min(n_terms) {
        return Err(FactorizeError::TooManyTopics { n_topics, n_documents, n_terms });
    }
    Ok(())
}

fn check_start(what: &'static str, factor: &FactorMatrix, expected: (usize, usize)) -> Result<(), FactorizeError> {
    let found = (factor.n_rows(), factor.n_topics());
    if found != expected {
        return Err(FactorizeError::StartShape { what, found, expected });
    }
    match factor.view().iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
        Some(&value) => Err(FactorizeError::StartEntry { what, value }),
        None => Ok(()),
    }
}
