//! Missing entries: the sum of the loss runs over the entries that are known, zeros included, and those that are not
//! know nothing of W and H. They can then be imputed by WH.
//!
//! Multiplicative updates, with the sums over known entries alone (N.-D. Ho, P. Van Dooren, *Non-negative matrix
//! factorization with fixed row and column sums*, Linear Algebra and its Applications 429, 2008,
//! doi:10.1016/j.laa.2007.02.026; weights of 0 and 1), which do not raise the objective but for the floor. With one
//! factor a fixed and F the other, for a row with the entries x and the missing places M:
//!
//! ```text
//! divergence       a_k ← a_k · Σ_e (x_e / ⟨a, F_e⟩) F_ek / (Σ_all F_ek − Σ_M F_mk)
//! Frobenius norm   a_k ← a_k · Σ_e x_e F_ek / ((FᵀF a)_k − Σ_M ⟨a, F_m⟩ F_mk)
//! ```
//!
//! An iteration costs O((nnz + missing) · n_topics).

use std::borrow::Cow;

use rayon::prelude::*;

use super::descent::rounds;
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::problem::Problem;
use crate::factorize::scale::Rescaling;
use crate::factorize::state::State;
use crate::factorize::{
    self, Factorization, FactorizeError, FactorizeParams, Loss, Observer, Origin, Solver, initialise,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// What is left of a row's sums, as a share of them, below which all of it is missing.
const ROUNDING: f64 = 1e-9;

/// Smallest product, so that nothing is divided by 0.
const MIN_PRODUCT: f64 = 1e-30;

/// The places of a matrix that are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingEntries {
    of_documents: Vec<Vec<u32>>,
    of_terms: Vec<Vec<u32>>,
}

impl MissingEntries {
    /// The places of each document, as numbers of terms, of which each must be below `n_terms`.
    pub fn new(n_terms: usize, mut of_documents: Vec<Vec<u32>>) -> Self {
        let mut of_terms = vec![Vec::new(); n_terms];
        for (document, terms) in of_documents.iter_mut().enumerate() {
            terms.sort_unstable();
            terms.dedup();
            terms.iter().for_each(|&term| of_terms[term as usize].push(document as u32));
        }
        Self { of_documents, of_terms }
    }

    /// The terms that are missing of a document, ascending.
    pub fn of_document(&self, document: usize) -> &[u32] {
        &self.of_documents[document]
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.of_terms.iter().map(Vec::len).sum()
    }

    /// Whether everything is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Factorises V, of which some places are not known; V must have no entry there. Fails if a parameter does not fit V or
/// has no place here, or if numbers overflow or underflow.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Loss, MissingEntries, Silent, fit_masked};
/// use topicmill::matrix::TermDocumentMatrix;
/// // Rank one: document 2 is twice document 1, and its entry of term 0 is not known.
/// let known = [(0, 0, 2.0), (1, 0, 1.0), (2, 0, 3.0), (1, 1, 2.0), (2, 1, 6.0)];
/// let v = TermDocumentMatrix::from_triplets(3, 2, &known)?;
/// let missing = MissingEntries::new(3, vec![vec![], vec![0]]);
/// let params = FactorizeParams { n_topics: 1, tolerance: 0.0, ..Default::default() };
/// let found = fit_masked(&v, &missing, &params, &mut Silent)?;
/// assert!((found.w.get(0, 0) * found.h.get(1, 0) - 4.0).abs() < 1e-3);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn fit_masked(
    v: &TermDocumentMatrix,
    missing: &MissingEntries,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    factorize::check(v, params, &Origin::Init)?;
    check_masked(params)?;
    match Rescaling::new(v, params.loss) {
        None => descend(v, missing, params, observer),
        Some(rescaling) => {
            let fitted = descend(&rescaling.matrix(v), missing, params, &mut rescaling.observer(observer))?;
            Ok(rescaling.result(fitted))
        }
    }
}

/// Refuses what has no place where entries are missing.
pub fn check_masked(params: &FactorizeParams) -> Result<(), FactorizeError> {
    params.check_plain("where entries are missing")?;
    let given = [
        ("background", params.background),
        ("consensus", params.consensus),
        ("document_weights", params.document_weights.is_some()),
        ("excluded", !params.excluded.is_empty()),
        ("penalties", params.has_penalties()),
        ("restarts", params.restarts > 1),
        ("runs", params.runs > 0),
        ("seeds", !params.seeds.is_empty()),
        ("shard_documents", params.shard_documents > 0),
        ("solver", !matches!(params.solver, Solver::Auto | Solver::Mu)),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((key, _)) => {
            let expected = "left alone where entries are missing".to_string();
            Err(FactorizeError::Parameter { key, found: "given".into(), expected })
        }
        None => Ok(()),
    }
}

fn descend(
    v: &TermDocumentMatrix,
    missing: &MissingEntries,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Factorization, FactorizeError> {
    let problem = Problem::new(Cow::Borrowed(v), params.clone(), None);
    let mut state = State::new(initialise::of_params(v, params, 0), params.floor);
    let (loss, floors) = (params.loss, state.floors);
    // Of what nothing is known, what is usual is expected.
    fill_with_mean(&mut state.h, |document| missing.of_documents[document].len() == v.n_terms());
    fill_with_mean(&mut state.w, |term| missing.of_terms[term].len() == v.n_documents());
    let document = |document: usize| (v.document(document), missing.of_documents[document].as_slice());
    let term = |term: usize| (v.term(term), missing.of_terms[term].as_slice());
    let stop_reason = rounds(
        &problem,
        &mut state,
        params.max_iterations,
        observer,
        |state| {
            half_step(&mut state.h, &state.w, &document, loss, floors.1);
            (masked_objective(v, missing, &state.w, &state.h, loss), ())
        },
        |state, ()| half_step(&mut state.w, &state.h, &term, loss, floors.0),
    )?;
    let objective = masked_objective(v, missing, &state.w, &state.h, loss);
    // The state after the last step, as a plain fit has it.
    let _ = record(&problem, &mut state, objective, observer)?;
    let State { w, h, trace, .. } = state;
    Ok(Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed: FixedTopics::default() })
}

/// Makes these rows of a factor the mean of all.
fn fill_with_mean(factor: &mut FactorMatrix, is_filled: impl Fn(usize) -> bool + Sync) {
    let n_rows = factor.n_rows() as f64;
    let means: Vec<f32> = factor.topic_sums().into_iter().map(|sum| (sum / n_rows) as f32).collect();
    factor.each_row(|row, values| {
        if is_filled(row) {
            values.copy_from_slice(&means);
        }
    });
}

/// Updates one factor, whose rows have these entries and missing places.
fn half_step<'v>(
    rows: &mut FactorMatrix,
    other: &FactorMatrix,
    row: &(impl Fn(usize) -> ((&'v [u32], &'v [f32]), &'v [u32]) + Sync),
    loss: Loss,
    floor: f32,
) {
    let (sums, gram) = (other.topic_sums(), gram(other, loss));
    let n_topics = sums.len();
    rows.each_row(|number, values| {
        let ((places, entries), missing) = row(number);
        let a: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        let (mut gains, mut costs, mut all) = (vec![0.0; n_topics], vec![0.0; n_topics], vec![0.0; n_topics]);
        match loss {
            Loss::KullbackLeibler => all.copy_from_slice(&sums),
            Loss::Frobenius => {
                for (k, cost) in all.iter_mut().enumerate() {
                    *cost = a.iter().zip(&gram[k * n_topics..]).map(|(a, g)| a * g).sum();
                }
            }
        }
        costs.copy_from_slice(&all);
        for (&place, &x) in places.iter().zip(entries) {
            let factor = other.row_values(place as usize);
            let weight = match loss {
                Loss::KullbackLeibler => f64::from(x) / product(&a, factor).max(MIN_PRODUCT),
                Loss::Frobenius => f64::from(x),
            };
            gains.iter_mut().zip(factor).for_each(|(gain, &f)| *gain += weight * f64::from(f));
        }
        for &place in missing {
            let factor = other.row_values(place as usize);
            let weight = match loss {
                Loss::KullbackLeibler => 1.0,
                Loss::Frobenius => product(&a, factor),
            };
            costs.iter_mut().zip(factor).for_each(|(cost, &f)| *cost -= weight * f64::from(f));
        }
        for (k, value) in values.iter_mut().enumerate() {
            // Where nothing is known of a topic, nothing is learned.
            if costs[k] > ROUNDING * all[k] {
                *value = ((a[k] * gains[k] / costs[k]) as f32).max(floor);
            }
        }
    });
}

/// The loss of the entries that are known.
pub fn masked_objective(
    v: &TermDocumentMatrix,
    missing: &MissingEntries,
    w: &FactorMatrix,
    h: &FactorMatrix,
    loss: Loss,
) -> f64 {
    let of_document = |document: usize| -> f64 {
        let a: Vec<f64> = h.row_values(document).iter().map(|&value| f64::from(value)).collect();
        let known = v.entries(document).map(|(term, x)| {
            let (x, e) = (f64::from(x), product(&a, w.row_values(term as usize)));
            match loss {
                Loss::KullbackLeibler => x * libm::log(x / e.max(MIN_PRODUCT)) - x,
                Loss::Frobenius => 0.5 * (x * x - 2.0 * x * e),
            }
        });
        let unknown = missing.of_documents[document].iter().map(|&term| {
            let e = product(&a, w.row_values(term as usize));
            if loss == Loss::KullbackLeibler { e } else { 0.5 * e * e }
        });
        known.sum::<f64>() - unknown.sum::<f64>()
    };
    let parts: Vec<f64> = (0..v.n_documents()).into_par_iter().map(of_document).collect();
    let expected: f64 = match loss {
        Loss::KullbackLeibler => w.topic_sums().iter().zip(h.topic_sums()).map(|(w, h)| w * h).sum(),
        Loss::Frobenius => 0.5 * gram(w, loss).iter().zip(gram(h, loss)).map(|(w, h)| w * h).sum::<f64>(),
    };
    parts.iter().sum::<f64>() + expected
}

fn product(a: &[f64], factor: &[f32]) -> f64 {
    a.iter().zip(factor).map(|(a, &f)| a * f64::from(f)).sum()
}

/// FᵀF, topics × topics; empty for the divergence, which does not need it.
fn gram(factor: &FactorMatrix, loss: Loss) -> Vec<f64> {
    let n = factor.n_topics();
    if loss == Loss::KullbackLeibler {
        return Vec::new();
    }
    let mut gram = vec![0.0; n * n];
    for row in 0..factor.n_rows() {
        let values = factor.row_values(row);
        for (k, &a) in values.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            let products = gram[k * n..(k + 1) * n].iter_mut().zip(values);
            products.for_each(|(sum, &b)| *sum += f64::from(a) * f64::from(b));
        }
    }
    gram
}
