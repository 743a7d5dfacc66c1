//! From a matrix and parameters to factors: start, descent, result.

use super::guidance::Guided;
use super::restarts::best_of;
use super::scale::Scaled;
use super::{Factorization, FactorizeError, FactorizeParams, Guidance, Init, Observer, StopReason, initialise};
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

/// Factorises V from a given start; the number of topics is the start's. Topics that are given in part need a start of
/// their own: a background, seeds and excluded words are refused.
pub fn factorize(
    v: &TermDocumentMatrix,
    start: Start,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let n_topics = start.w.n_topics();
    let params = FactorizeParams { n_topics, ..params.clone() };
    params.check()?;
    let given = [
        ("background", params.background),
        ("seeds", !params.seeds.is_empty()),
        ("excluded", !params.excluded.is_empty()),
    ];
    if let Some((key, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let expected = "none, where the fit goes on from given factors".into();
        return Err(FactorizeError::Parameter { key, found: "given".into(), expected });
    }
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
    // Given topics have a scale of their own.
    let scaled = if guided.is_none() { Scaled::new(v, params.loss) } else { None };
    let Some(scaled) = scaled else { return descend_as_it_is(v, params, guided, starts, observer) };
    let (v, params, starts) = (scaled.matrix(v), scaled.params(params), starts.map(|start| scaled.start(start)));
    let fitted = descend_as_it_is(&v, &params, None, starts, &mut scaled.observer(observer))?;
    Ok(scaled.result(fitted))
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
    match factor.first_invalid() {
        Some(value) => Err(FactorizeError::StartEntry { what, value }),
        None => Ok(()),
    }
}
