//! From a matrix and parameters to factors: start, descent, result.

use super::guidance::Guided;
use super::restarts::best_of;
use super::{
    Factorization, FactorizeError, FactorizeParams, Guidance, Init, Loss, Observer, StopReason, Sweep, initialise,
};
use crate::kernels::{FactorMatrix, flatten_mut};
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
    fit_guided(v, params, &Guidance::default(), observer)
}

/// As [`fit`], with topics that are given in part.
pub fn fit_guided(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    guidance: &Guidance,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    params.check()?;
    check_size(v, params)?;
    let guided = Guided::new(v, params, guidance)?;
    let start = |restart: usize| {
        let (k, seed) = (params.n_topics, params.seed.wrapping_add(restart as u64));
        match params.init {
            // Another seed would not make a singular value decomposition another start.
            Init::Nndsvda if restart == 0 => initialise::nndsvda(v, k, seed),
            Init::Tree | Init::Nndsvda => initialise::tree(v, k, seed),
            Init::Clusters => initialise::clusters(v, k, seed),
            Init::Separable => initialise::separable(v, k, seed),
            Init::Random => initialise::random(v, k, seed),
        }
    };
    let starts = (0..params.restarts).map(start);
    match &guided {
        None => descend(v, params, None, starts, observer),
        Some(guided) => {
            let extended = guided.extend(v)?;
            let starts = starts.map(|start| guided.start(&extended, start));
            descend(&extended, params, Some(guided), starts, observer)
        }
    }
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
    descend(v, &params, None, std::iter::once(start), observer)
}

/// The best of the descents from these starts, finished.
fn descend(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    guided: Option<&Guided>,
    starts: impl ExactSizeIterator<Item = Start>,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    match scale_exponent(v) {
        // Given topics have a scale of their own.
        exponent if exponent != 0 && guided.is_none() => descend_scaled(v, params, starts, observer, exponent),
        _ => descend_as_it_is(v, params, guided, starts, observer),
    }
}

fn descend_as_it_is(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    guided: Option<&Guided>,
    starts: impl ExactSizeIterator<Item = Start>,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let (mut best, stop) = best_of(v, params, guided, starts, observer)?;
    let reason = match stop {
        Some(reason) => Some(reason),
        None => best.advance(params.max_iterations, observer)?,
    };
    best.finish(reason.unwrap_or(StopReason::MaxIterations), observer)
}

/// Power of two of V's mean nonzero; 0 in the ordinary range. Second-order steps need 1/(WH)², which very small or large V
/// would take out of the range of f32.
fn scale_exponent(v: &TermDocumentMatrix) -> i32 {
    let exponent = libm::frexp(v.total() / (v.n_nonzeros() as f64).max(1.0)).1;
    if (-10..=10).contains(&exponent) { 0 } else { exponent }
}

/// [`descend`] on V divided by a power of two. H and the objective are scaled back, so that nobody sees it.
fn descend_scaled(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    starts: impl ExactSizeIterator<Item = Start>,
    observer: &mut dyn Observer,
    exponent: i32,
) -> Result<Factorization, FactorizeError> {
    let scale_rows = |mut h: FactorMatrix, exponent: i32| {
        flatten_mut(h.lanes_mut()).iter_mut().for_each(|entry| *entry = libm::ldexpf(*entry, exponent));
        h
    };
    // The objective is of V's unit, or of its square.
    let power = if params.loss == Loss::Frobenius { 2 * exponent } else { exponent };
    let scale_sweep = |sweep: &Sweep| Sweep { objective: libm::ldexp(sweep.objective, power), ..*sweep };
    let starts = starts.map(|start| Start { h: scale_rows(start.h, -exponent), ..start });
    let mut observer = |sweep: &Sweep| observer.observe(&scale_sweep(sweep));
    let fitted = descend_as_it_is(&v.scaled(-exponent), params, None, starts, &mut observer)?;
    let trace = fitted.trace.iter().map(scale_sweep).collect();
    Ok(Factorization { h: scale_rows(fitted.h, exponent), trace, ..fitted })
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
