//! The entry point of a fit: from V and parameters, through starts and descent, to factors.

use std::borrow::Cow;

use super::guidance::{Constraints, Guidance};
use super::params::AUTO_TOPICS;
use super::problem::Problem;
use super::restarts::Checkpoint;
use super::scale::Rescaling;
use super::state::Start;
use super::{Factorization, FactorizeError, FactorizeParams, Observer, StopReason, descent, initialise};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// What a fit starts from.
#[derive(Clone, Debug, Default)]
pub enum Origin {
    /// The starts that `params.init`, `params.restarts` and `params.seed` describe.
    #[default]
    Init,
    /// These factors; their number of topics is that of the fit. A background, seeds and excluded words are refused,
    /// because they need starts of their own.
    Start(Start),
    /// The starts that the parameters describe, changed to have the topics that are given in part.
    Guided(Guidance),
}

/// Factorises V ≈ W H into `params.n_topics` topics. Fails if a parameter or the origin does not fit V, or if numbers
/// overflow or underflow.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Guidance, Origin, Silent, fit};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let params = FactorizeParams { n_topics: 2, ..Default::default() };
/// let fitted = fit(&v, &params, Origin::Init, &mut Silent)?;
/// assert_eq!(fitted.w.view().dim(), (4, 2));
/// assert!(fitted.trace.last().unwrap().objective < fitted.trace[0].objective);
///
/// // The first topic is to be that of term 2, and not to have term 0.
/// let guidance = Guidance { seeds: vec![vec![2]], excluded: vec![vec![0]], ..Default::default() };
/// let guided = fit(&v, &params, Origin::Guided(guidance), &mut Silent)?;
/// assert!(guided.w.get(2, 0) > guided.w.get(2, 1));
/// assert_eq!(guided.w.get(0, 0), 0.0);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    origin: Origin,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let mut fit = Fit::new(v, params, origin)?;
    let reason = fit.advance(usize::MAX, observer)?;
    fit.finish(reason.unwrap_or(StopReason::MaxIterations), observer)
}

/// A fit that can be interrupted between two iterations, stored and resumed: n iterations and then m give the same
/// bits as n + m iterations.
///
/// ```
/// use topicmill::factorize::{Fit, FactorizeParams, Origin, Silent, StopReason, fit};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(3, 3, &[(0, 0, 3.0), (1, 0, 1.0), (1, 1, 2.0), (2, 2, 4.0)])?;
/// let params = FactorizeParams { n_topics: 2, max_iterations: 20, tolerance: 0.0, ..Default::default() };
/// let mut first = Fit::new(&v, &params, Origin::Init)?;
/// first.advance(7, &mut Silent)?;
/// let stored = serde_json::to_string(first.checkpoint()).unwrap();
///
/// let checkpoint = serde_json::from_str(&stored).unwrap();
/// let mut second = Fit::resume(&v, &params, Origin::Init, checkpoint)?;
/// assert_eq!(second.advance(usize::MAX, &mut Silent)?, Some(StopReason::MaxIterations));
/// let resumed = second.finish(StopReason::MaxIterations, &mut Silent)?;
/// assert_eq!(resumed.w, fit(&v, &params, Origin::Init, &mut Silent)?.w);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fit<'v> {
    v: &'v TermDocumentMatrix,
    pub(super) problem: Problem<'v>,
    rescaling: Option<Rescaling>,
    /// The factors to start from, until the start is made of them.
    given: Option<Start>,
    pub(super) checkpoint: Checkpoint,
}

impl<'v> Fit<'v> {
    /// Prepares a fit in the plain form without iterating; [`fit_structured`](super::fit_structured) makes those in
    /// others. Fails if a parameter or the origin does not fit V.
    pub fn new(v: &'v TermDocumentMatrix, params: &FactorizeParams, origin: Origin) -> Result<Self, FactorizeError> {
        params.check_plain("for a Fit")?;
        let (params, constraints) = checked(v, params, &origin)?;
        let given = if let Origin::Start(start) = origin { Some(start) } else { None };
        let n_starts = if given.is_some() { 1 } else { params.restarts };
        // Topics that are given in part have a scale of their own, which would not fit a rescaled V.
        let rescaling = if constraints.is_none() { Rescaling::new(v, params.loss) } else { None };
        let (extended, params) = match (&constraints, rescaling) {
            (Some(constraints), _) => (constraints.extend(v)?, params),
            (None, Some(rescaling)) => (Cow::Owned(rescaling.matrix(v)), rescaling.params(&params)),
            (None, None) => (Cow::Borrowed(v), params),
        };
        let problem = Problem::new(extended, params, constraints);
        Ok(Self { v, problem, rescaling, given, checkpoint: Checkpoint::new(n_starts) })
    }

    /// Resumes a fit from `checkpoint`; V, parameters and origin must be those of the stored fit. Fails as
    /// [`Fit::new`] does, or if the checkpoint has factors of other shapes.
    pub fn resume(
        v: &'v TermDocumentMatrix,
        params: &FactorizeParams,
        origin: Origin,
        checkpoint: Checkpoint,
    ) -> Result<Self, FactorizeError> {
        let fit = Self::new(v, params, origin)?;
        let (v, n_topics) = (&fit.problem.v, fit.problem.params.n_topics);
        checkpoint.check(fit.checkpoint.n_starts(), (v.n_terms(), n_topics), (v.n_documents(), n_topics))?;
        Ok(Self { checkpoint, ..fit })
    }

    /// Does at most `n_iterations` iterations, counted over all starts. Returns the reason if the fit has ended.
    /// Fails if numbers overflow or underflow.
    pub fn advance(
        &mut self,
        n_iterations: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<StopReason>, FactorizeError> {
        let Self { v, problem, rescaling, given, checkpoint } = self;
        let rescaling = *rescaling;
        let mut start = |restart| make_start(v, problem, rescaling, given, restart);
        match rescaling {
            Some(rescaling) => checkpoint.advance(problem, &mut start, n_iterations, &mut rescaling.observer(observer)),
            None => checkpoint.advance(problem, &mut start, n_iterations, observer),
        }
    }

    /// The state of the fit, to be stored and later given to [`Fit::resume`].
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Ends the fit, for `reason`, with its best descent as the result. Fails if numbers have overflowed or
    /// underflowed.
    pub fn finish(self, reason: StopReason, observer: &mut dyn Observer) -> Result<Factorization, FactorizeError> {
        let Self { v, problem, rescaling, mut given, mut checkpoint } = self;
        checkpoint.begin_turn(&problem, &mut |restart| make_start(v, &problem, rescaling, &mut given, restart));
        let state = checkpoint.into_best().ok_or(FactorizeError::ZeroStart)?;
        match rescaling {
            Some(rescaling) => {
                let fitted = descent::finish(&problem, state, reason, &mut rescaling.observer(observer))?;
                Ok(rescaling.result(fitted))
            }
            None => descent::finish(&problem, state, reason, observer),
        }
    }
}

/// Makes the start with the number `restart`, in the scale of the problem and with its constraints.
fn make_start(
    v: &TermDocumentMatrix,
    problem: &Problem<'_>,
    rescaling: Option<Rescaling>,
    given: &mut Option<Start>,
    restart: usize,
) -> Start {
    let params = &problem.params;
    let start = given.take().unwrap_or_else(|| initialise::of_params(v, params, restart));
    match (&problem.constraints, rescaling) {
        (Some(constraints), _) => initialise::constrained(&problem.v, constraints, start),
        (None, Some(rescaling)) => rescaling.start(start),
        (None, None) => start,
    }
}

/// Refuses everything that [`fit`] would refuse before its first iteration, without the work of a start.
pub fn check(v: &TermDocumentMatrix, params: &FactorizeParams, origin: &Origin) -> Result<(), FactorizeError> {
    checked(v, params, origin).map(|_| ())
}

/// The parameters with the number of topics of the origin, and what is given of topics.
fn checked(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    origin: &Origin,
) -> Result<(FactorizeParams, Option<Constraints>), FactorizeError> {
    let n_topics = if let Origin::Start(start) = origin { start.w.n_topics() } else { params.n_topics };
    let params = FactorizeParams { n_topics, ..params.clone() };
    params.check()?;
    if params.n_topics == AUTO_TOPICS {
        let expected = "a number; a selection proposes some".into();
        return Err(FactorizeError::Parameter { key: "n_topics", found: "auto".into(), expected });
    }
    check_size(v, &params)?;
    let constraints = match origin {
        Origin::Init => Constraints::new(v, &params, &Guidance::default())?,
        Origin::Guided(guidance) => Constraints::new(v, &params, guidance)?,
        Origin::Start(start) => {
            check_start(v, start, &params)?;
            None
        }
    };
    Ok((params, constraints))
}

fn check_size(v: &TermDocumentMatrix, params: &FactorizeParams) -> Result<(), FactorizeError> {
    let (n_topics, n_documents, n_terms) = (params.n_topics, v.n_nonempty_documents(), v.n_nonempty_terms());
    if n_topics > n_documents.min(n_terms) {
        return Err(FactorizeError::TooManyTopics { n_topics, n_documents, n_terms });
    }
    Ok(())
}

/// Refuses given factors that no fit can continue from, and parameters that would be ignored silently.
fn check_start(v: &TermDocumentMatrix, start: &Start, params: &FactorizeParams) -> Result<(), FactorizeError> {
    let given = [
        ("background", params.background),
        ("seeds", !params.seeds.is_empty()),
        ("excluded", !params.excluded.is_empty()),
    ];
    if let Some((key, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let expected = "none, where the fit goes on from given factors".into();
        return Err(FactorizeError::Parameter { key, found: "given".into(), expected });
    }
    check_shape("W", &start.w, (v.n_terms(), params.n_topics))?;
    check_shape("H", &start.h, (v.n_documents(), params.n_topics))?;
    for (what, factor) in [("W", &start.w), ("H", &start.h)] {
        if let Some(value) = factor.first_invalid() {
            return Err(FactorizeError::StartEntry { what, value });
        }
    }
    if start.w.mean() == 0.0 || start.h.mean() == 0.0 {
        return Err(FactorizeError::ZeroStart);
    }
    Ok(())
}

fn check_shape(what: &'static str, factor: &FactorMatrix, expected: (usize, usize)) -> Result<(), FactorizeError> {
    let found = (factor.n_rows(), factor.n_topics());
    if found != expected {
        return Err(FactorizeError::StartShape { what, found, expected });
    }
    Ok(())
}
