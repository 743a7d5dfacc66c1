//! Sequential construction: the first topic is the best of rank one, and each further topic starts from what the
//! topics before it leave over. All are then refined together, or the earlier ones are kept as they are.
//!
//! What is gained with each topic says how many there are (deflation, as in M. Biggs, A. Ghodsi, S. Vavasis,
//! *Nonnegative matrix factorization via rank-one downdate*, ICML 2008, doi:10.1145/1390156.1390165). Keeping earlier
//! topics gives nested models; refining them explains more with as many.

use std::borrow::Cow;

use super::descent::descend;
use super::residual::positive_residual;
use super::{Structure, Structured};
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::scale::Rescaling;
use crate::factorize::state::State;
use crate::factorize::{
    self, Factorization, FactorizeError, FactorizeParams, Loss, Observer, Origin, Start, baseline_objective, descent,
    loss,
};
use crate::kernels::{FactorMatrix, Kernel, flatten_mut, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// Most iterations between two topics; the last number of topics has as many as the parameters allow.
const BETWEEN: usize = 40;

/// What one topic leaves over of V, as a share of it, below which it leaves nothing but rounding.
const ROUNDING: f64 = 1e-9;

/// Rounds of the power iteration that finds what is left over.
const POWER_ROUNDS: usize = 20;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    grow(v, params, rank_one(v), observer)
}

/// Refines given topics in the plain form, and finds further ones from what they leave over until there are
/// `params.n_topics`. Topics keep their numbers. Fails if a parameter or the start does not fit V, or if numbers
/// overflow or underflow.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Silent, extend, initialise};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let params = FactorizeParams { n_topics: 2, ..Default::default() };
/// let fitted = extend(&v, &params, initialise::tree(&v, 1, 1), &mut Silent)?;
/// assert_eq!(fitted.w.n_topics(), 2);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn extend(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    start: Start,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let n_given = start.w.n_topics();
    let params = FactorizeParams { n_topics: params.n_topics.max(n_given), ..params.plain() };
    let origin = Origin::Start(start);
    factorize::check(v, &FactorizeParams { n_topics: n_given, ..params.clone() }, &origin)?;
    let Origin::Start(start) = origin else { unreachable!("it is the given start") };
    let fitted = if params.n_topics == n_given {
        factorize::fit(v, &params, Origin::Start(start), observer)?
    } else {
        factorize::check(v, &params, &Origin::Init)?;
        // Before the given topics are refined, or they would take what the further ones are to have.
        match Rescaling::new(v, params.loss) {
            None => grow(v, &params, with_next_topic(v, start), observer)?.factorization,
            Some(rescaling) => {
                let v = &rescaling.matrix(v);
                let start = with_next_topic(v, rescaling.start(start));
                let params = rescaling.params(&params);
                rescaling.result(grow(v, &params, start, &mut rescaling.observer(observer))?.factorization)
            }
        }
    };
    let n_topics = fitted.w.n_topics();
    Ok(Factorization { fixed: FixedTopics { frozen: 0, kept: n_topics }, ..fitted })
}

/// Refines topics, and finds a further one, until there are enough.
fn grow(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    mut start: Start,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let baseline = baseline_objective(v, params.loss);
    let mut explained = Vec::new();
    loop {
        let n_topics = start.w.n_topics();
        let is_last = n_topics == params.n_topics;
        let stage = FactorizeParams { n_topics, ..params.clone() };
        let problem = Problem::new(Cow::Borrowed(v), stage, None);
        let kept = if params.keep_earlier { start.w.clone() } else { FactorMatrix::zeros(v.n_terms(), 0) };
        let n_kept = if params.keep_earlier { n_topics - 1 } else { 0 };
        let mut state = State::new(start, params.floor);
        let n_iterations = if is_last { params.max_iterations } else { params.max_iterations.min(BETWEEN) };
        let reason = descend(&problem, &mut state, n_iterations, observer, &mut |problem, state, method| {
            // Steps that are separable by topic descend as if the kept ones were constants. Those of the Frobenius norm
            // are not, but for multiplicative updates.
            let is_joint = params.keep_earlier && params.loss == Loss::Frobenius;
            loss::term_step(problem, state, if is_joint { loss::multiplicative(params.loss) } else { method });
            state.w.each_row(|term, row| row[..n_kept].copy_from_slice(&kept.row_values(term)[..n_kept]));
        })?;
        let fitted = descent::finish(&problem, state, reason, observer)?;
        let last = fitted.trace.last().map_or(baseline, |iteration| iteration.objective);
        let is_told = baseline > ROUNDING * loss::data_sum(&problem);
        explained.push(if is_told { 1.0 - last / baseline } else { 0.0 });
        if is_last || reason.is_early() {
            let fixed = FixedTopics { frozen: 0, kept: n_topics };
            // The residual of free factors says nothing of kept ones.
            let kkt_residual = fitted.kkt_residual.filter(|_| !params.keep_earlier);
            let factorization = Factorization { fixed, kkt_residual, ..fitted };
            return Ok(Structured { factorization, structure: Some(Structure::Sequential { explained }) });
        }
        start = with_next_topic(v, Start { w: fitted.w, h: fitted.h });
    }
}

/// The outer product of V's sums over its total, which is the best of rank one for the divergence and a start for
/// squared errors.
fn rank_one(v: &TermDocumentMatrix) -> Start {
    let (terms, documents, total) = (v.term_sums(), v.document_sums(), v.total());
    Start {
        w: FactorMatrix::from_fn(v.n_terms(), 1, |term, _| (terms[term] / total) as f32),
        h: FactorMatrix::from_fn(v.n_documents(), 1, |document, _| documents[document] as f32),
    }
}

/// Adds a topic: the first singular pair of what is left over, which has no negative entries, with documents of equal
/// length, since long ones would be all of it. The power iteration begins with the document of which most is left.
fn with_next_topic(v: &TermDocumentMatrix, factors: Start) -> Start {
    let Start { w, h } = factors;
    let Ok(left) = TermDocumentMatrix::from_documents(v.n_terms(), positive_residual(v, &w, &h)) else {
        unreachable!("entries of V that are left over have the terms of V")
    };
    let squares: Vec<f64> = (0..left.n_documents())
        .map(|document| left.entries(document).map(|(_, value)| f64::from(value) * f64::from(value)).sum::<f64>())
        .map(|squares| if squares > 0.0 { squares } else { 1.0 })
        .collect();
    let sums = left.document_sums();
    let first = (1..sums.len()).fold(0, |best, document| if sums[document] > sums[best] { document } else { best });
    let mut of_documents = FactorMatrix::from_fn(v.n_documents(), 1, |document, _| f32::from(document == first));
    let mut of_terms = FactorMatrix::zeros(v.n_terms(), 1);
    for _ in 0..POWER_ROUNDS {
        of_terms.each_padded_row(|term, row| {
            let (documents, values) = left.term(term);
            weighted_sum(Kernel::current(), row, &of_documents, documents, values);
        });
        scale_to_sum_1(&mut of_terms);
        of_documents.each_padded_row(|document, row| {
            let (terms, values) = left.document(document);
            weighted_sum(Kernel::current(), row, &of_terms, terms, values);
            let weight = &mut flatten_mut(row)[0];
            *weight = (f64::from(*weight) / squares[document]) as f32;
        });
    }
    let of_topic: f64 = of_terms.view().iter().map(|&value| f64::from(value) * f64::from(value)).sum();
    of_documents.each_row(|document, row| {
        row[0] = (f64::from(row[0]) * squares[document] / of_topic.max(f64::MIN_POSITIVE)) as f32;
    });
    Start { w: beside(&w, &of_terms), h: beside(&h, &of_documents) }
}

fn scale_to_sum_1(column: &mut FactorMatrix) {
    let sum = column.topic_sums()[0].max(f64::MIN_POSITIVE);
    column.each_row(|_, row| row[0] = (f64::from(row[0]) / sum) as f32);
}

/// The topics of `first`, then those of `second`.
fn beside(first: &FactorMatrix, second: &FactorMatrix) -> FactorMatrix {
    let n = first.n_topics();
    FactorMatrix::from_fn(first.n_rows(), n + second.n_topics(), |row, topic| match topic < n {
        true => first.get(row, topic),
        false => second.get(row, topic - n),
    })
}
