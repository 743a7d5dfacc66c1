//! Penalties on W and H that no rescaling of topics escapes.
//!
//! With w_k and h_k the sums of topic k in W and in H, ‖·‖ Euclidean norms of columns of W and of rows of H, p_tk = W_tk / w_k,
//! m_d and m_t the weights of documents and terms in V, and M = Σ V, this is added to the objective:
//!
//! ```text
//! l1_documents λ     λ Σ_k ‖W_k‖ Σ_d H_kd            l1_topics λ     λ Σ_k ‖H_k‖ Σ_t W_tk
//! l2_documents λ     λ/2 Σ_kd (w_k H_kd)² / m_d      l2_topics λ     λ/2 Σ_kt (h_k W_tk)² / m_t
//! decorrelation τ    τ M Σ_{k<l} Σ_t p_tk p_tl
//! topic_prior β      −(β − 1) Σ_tk ln p_tk           document_prior α   −(α − 1) Σ_kd ln (w_k H_kd / Σ_l w_l H_ld)
//! ```
//!
//! For the Frobenius norm there are L1 and L2 (with `hals`), m_d = m_t = 1. None of them changes when W_k is multiplied and H_k divided by a number. L1 is the penalty of topics of unit length (J.
//! Le Roux, F. Weninger, J. R. Hershey, *Sparse NMF – half-baked or well done?*, MERL TR2015-023). It makes factors sparse under
//! the Frobenius norm; under KL an update of H only divides topic k by 1 + λ ‖W_k‖/w_k, so that L1 prefers even topics and little
//! else, and sparse documents or topics are had from a prior below 1. Decorrelation is that of BigARTM (K. Vorontsov, A. Potapenko, *Additive
//! regularization of topic models*, 2015, [doi:10.1007/s10994-014-5476-6](https://doi.org/10.1007/s10994-014-5476-6)), with a
//! step that keeps the sum of a topic. The priors are Dirichlet distributions of which the most probable parameters are
//! sought: above 1 they smooth, below 1 they make sparse (the objective is without them then, since it has no bound).
//!
//! Multiplicative updates with L1 and L2 never raise the objective: a norm is majorised by its square, and the square of a
//! sum by that of its parts (Jensen). Cost: O((n_terms + n_documents) · n_topics) per iteration.

use rayon::prelude::*;

use super::loss::frobenius::Shift;
use super::{FactorizeParams, Loss};
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Penalty, TopicScale};
use crate::matrix::TermDocumentMatrix;

/// The penalties of a fit on its V.
#[derive(Clone, Debug)]
pub(super) struct Penalties {
    l1: Sides,
    l2: Sides,
    prior: Sides,
    decorrelation: f64,
    term_weights: Vec<f32>,
    document_weights: Vec<f32>,
}

/// A number for topics (W) and one for documents (H).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sides {
    topics: f64,
    documents: f64,
}

/// Sums over the rows of a factor, by topic.
pub(super) struct Columns {
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// Squares divided by the weight of the row.
    squares_per_weight: Vec<f64>,
}

impl Columns {
    fn new(factor: &FactorMatrix, weights: &[f32]) -> Self {
        let n = factor.n_topics();
        let of_block = |block: usize| {
            let mut sums = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
            for (row, &weight) in weights.iter().enumerate().skip(block * BLOCK_ROWS).take(BLOCK_ROWS) {
                let weight = f64::from(weight);
                for (topic, &a) in factor.row_values(row).iter().enumerate() {
                    let a = f64::from(a);
                    sums[0][topic] += a;
                    sums[1][topic] += a * a;
                    sums[2][topic] += if weight > 0.0 { a * a / weight } else { 0.0 };
                }
            }
            sums
        };
        let n_blocks = factor.n_rows().div_ceil(BLOCK_ROWS);
        let blocks: Vec<[Vec<f64>; 3]> = (0..n_blocks).into_par_iter().map(of_block).collect();
        let [sums, squares, squares_per_weight] = [0, 1, 2].map(|which| {
            let mut total = vec![0.0; n];
            for block in &blocks {
                total.iter_mut().zip(&block[which]).for_each(|(sum, part)| *sum += part);
            }
            total
        });
        Self { sums, squares, squares_per_weight }
    }
}

impl Penalties {
    /// None if the parameters ask for no penalty.
    pub(super) fn new(v: &TermDocumentMatrix, params: &FactorizeParams) -> Option<Self> {
        // The Frobenius norm is of the square of V's unit; so is H², not divided by a weight.
        let weight = |weight: f64| if params.loss == Loss::Frobenius { weight.min(1.0).ceil() } else { weight };
        let weights = |weights: Vec<f64>| weights.into_iter().map(|x| weight(x) as f32).collect();
        let penalties = Self {
            l1: Sides { topics: params.l1_topics, documents: params.l1_documents },
            l2: Sides { topics: params.l2_topics, documents: params.l2_documents },
            prior: Sides { topics: params.topic_prior, documents: params.document_prior },
            decorrelation: params.decorrelation,
            term_weights: weights(v.term_weights()),
            document_weights: weights(v.document_weights()),
        };
        params.has_penalties().then_some(penalties)
    }

    /// Sums of W and of H, which all of the following are made of.
    pub(super) fn columns(&self, w: &FactorMatrix, h: &FactorMatrix) -> [Columns; 2] {
        [Columns::new(w, &self.term_weights), Columns::new(h, &self.document_weights)]
    }

    /// What the document step works with.
    pub(super) fn document_scale(&self, [w, h]: &[Columns; 2], floor: f32) -> TopicScale {
        let (sums, mut penalty) =
            both_norms(h, w, self.l1.documents, self.l1.topics, self.l2.documents, self.l2.topics);
        penalty.count = (self.prior.documents - 1.0) as f32;
        penalty.keeps_weight = true;
        TopicScale::new(&sums, floor).with_penalty(penalty)
    }

    /// What the term step works with.
    pub(super) fn term_scale(&self, w: &FactorMatrix, [columns, h]: &[Columns; 2], floor: f32) -> TopicScale {
        let (sums, mut penalty) =
            both_norms(columns, h, self.l1.topics, self.l1.documents, self.l2.topics, self.l2.documents);
        let inverse = |&sum: &f64| if sum > 0.0 { 1.0 / sum } else { 0.0 };
        let count = self.prior.topics - 1.0;
        penalty.count = count as f32;
        let n_terms = self.term_weights.iter().filter(|weight| **weight > 0.0).count() as f64;
        let share: Vec<f32> = columns.sums.iter().map(|sum| (n_terms * count.abs() * inverse(sum)) as f32).collect();
        if count > 0.0 {
            penalty.linear = share;
        } else if count < 0.0 {
            penalty.kept = share;
        }
        if self.decorrelation > 0.0 {
            let strength = self.decorrelation * self.total();
            let shared = shared(w, &columns.sums);
            let kept = columns.sums.iter().zip(&shared).map(|(sum, shared)| (strength * shared * inverse(sum)) as f32);
            let kept: Vec<f32> = kept.collect();
            penalty.unit = columns.sums.iter().map(|sum| inverse(sum) as f32).collect();
            penalty.decorrelation = columns.sums.iter().map(|sum| (strength * inverse(sum)) as f32).collect();
            penalty.kept = match penalty.kept.is_empty() {
                true => kept,
                false => penalty.kept.iter().zip(kept).map(|(a, b)| a + b).collect(),
            };
        }
        TopicScale::new(&sums, floor).with_penalty(penalty)
    }

    /// What the document step of the Frobenius norm works with.
    pub(super) fn document_shift(&self, [w, h]: &[Columns; 2]) -> Shift {
        shift(h, w, self.l1.documents, self.l1.topics, self.l2.documents, self.l2.topics)
    }

    /// What the term step of the Frobenius norm works with.
    pub(super) fn term_shift(&self, [w, h]: &[Columns; 2]) -> Shift {
        shift(w, h, self.l1.topics, self.l1.documents, self.l2.topics, self.l2.documents)
    }

    /// What the penalties add to the objective; without priors below 1.
    pub(super) fn value(&self, w: &FactorMatrix, h: &FactorMatrix, [columns, rows]: &[Columns; 2]) -> f64 {
        let norms = |own: &Columns, other: &Columns, l1: f64, l2: f64| -> f64 {
            (0..own.sums.len())
                .map(|k| {
                    l1 * other.squares[k].sqrt() * own.sums[k]
                        + 0.5 * l2 * other.sums[k].powi(2) * own.squares_per_weight[k]
                })
                .sum()
        };
        let mut value = norms(rows, columns, self.l1.documents, self.l2.documents)
            + norms(columns, rows, self.l1.topics, self.l2.topics);
        if self.decorrelation > 0.0 {
            value += 0.5 * self.decorrelation * self.total() * shared(w, &columns.sums).iter().sum::<f64>();
        }
        if self.prior.topics > 1.0 {
            value -= (self.prior.topics - 1.0) * logarithms(w, &self.term_weights, |_, topic| columns.sums[topic]);
        }
        if self.prior.documents > 1.0 {
            let document_sum = |document: usize| -> f64 {
                h.row_values(document).iter().zip(&columns.sums).map(|(&h, w)| f64::from(h) * w).sum()
            };
            let sums: Vec<f64> = (0..h.n_rows()).map(document_sum).collect();
            let unit = |document: usize, topic: usize| sums[document] / columns.sums[topic].max(f64::MIN_POSITIVE);
            value -= (self.prior.documents - 1.0) * logarithms(h, &self.document_weights, unit);
        }
        value
    }

    fn total(&self) -> f64 {
        self.document_weights.iter().map(|&weight| f64::from(weight)).sum()
    }
}

/// What documents are solved with once the topics are fixed; none without penalties on documents.
pub(super) fn fold_in_scale(w: &FactorMatrix, params: &FactorizeParams) -> Option<TopicScale> {
    let is_asked = params.l1_documents > 0.0 || params.l2_documents > 0.0 || params.document_prior != 1.0;
    is_asked.then(|| {
        let w = Columns::new(w, &vec![0.0; w.n_rows()]);
        let (sums, mut penalty) = both_norms(&w, &w, params.l1_documents, 0.0, params.l2_documents, 0.0);
        penalty.count = (params.document_prior - 1.0) as f32;
        penalty.keeps_weight = true;
        TopicScale::new(&sums, 0.0).with_penalty(penalty)
    })
}

/// The same for the Frobenius norm.
pub(super) fn fold_in_shift(w: &FactorMatrix, params: &FactorizeParams) -> Shift {
    let w = Columns::new(w, &vec![0.0; w.n_rows()]);
    shift(&w, &w, params.l1_documents, 0.0, params.l2_documents, 0.0)
}

/// Sums and norm penalties for the update of `own`, with the factor `other` fixed.
fn both_norms(
    own: &Columns,
    other: &Columns,
    l1_own: f64,
    l1_other: f64,
    l2_own: f64,
    l2_other: f64,
) -> (Vec<f64>, Penalty) {
    let n = own.sums.len();
    let sums = (0..n).map(|k| other.sums[k] + l1_own * other.squares[k].sqrt()).collect();
    let filled = |is_asked: bool, value: &dyn Fn(usize) -> f64| match is_asked {
        true => (0..n).map(|k| value(k) as f32).collect(),
        false => Vec::new(),
    };
    let penalty = Penalty {
        quadratic: filled(l1_other > 0.0, &|k| l1_other * other.sums[k] / own.squares[k].sqrt().max(1e-30)),
        quadratic_per_weight: filled(l2_own > 0.0, &|k| l2_own * other.sums[k].powi(2)),
        relative: filled(l2_other > 0.0, &|k| l2_other * own.sums[k] * other.squares_per_weight[k]),
        ..Penalty::default()
    };
    (sums, penalty)
}

/// The same for the Frobenius norm.
fn shift(own: &Columns, other: &Columns, l1_own: f64, l1_other: f64, l2_own: f64, l2_other: f64) -> Shift {
    let (sums, penalty) = both_norms(own, other, l1_own, l1_other, l2_own, l2_other);
    let doubled = |part: &[f32]| part.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let (mut quadratic, weighted) = (doubled(&penalty.quadratic), doubled(&penalty.quadratic_per_weight));
    match quadratic.is_empty() {
        true => quadratic = weighted,
        false => quadratic.iter_mut().zip(weighted).for_each(|(sum, part)| *sum += part),
    }
    let linear = sums.iter().zip(&other.sums).map(|(sum, plain)| sum - plain).collect();
    Shift { linear, quadratic, relative: doubled(&penalty.relative) }
}

/// Σ_t p_tk Σ_{l≠k} p_tl for each topic: what it shares with the others.
fn shared(w: &FactorMatrix, sums: &[f64]) -> Vec<f64> {
    let inverse: Vec<f64> = sums.iter().map(|&sum| if sum > 0.0 { 1.0 / sum } else { 0.0 }).collect();
    let mut shared = vec![0.0; sums.len()];
    for term in 0..w.n_rows() {
        let shares = || w.row_values(term).iter().zip(&inverse).map(|(&w, inverse)| f64::from(w) * inverse);
        let all: f64 = shares().sum();
        shared.iter_mut().zip(shares()).for_each(|(sum, share)| *sum += share * (all - share));
    }
    shared
}

/// Σ ln(a / unit) over the rows that have a weight.
fn logarithms(factor: &FactorMatrix, weights: &[f32], unit: impl Fn(usize, usize) -> f64) -> f64 {
    let rows = (0..factor.n_rows()).filter(|&row| weights[row] > 0.0);
    rows.map(|row| {
        let entries = factor.row_values(row).iter().enumerate();
        let logarithm = |(topic, &a): (usize, &f32)| libm::log(f64::from(a).max(1e-38) / unit(row, topic));
        entries.map(logarithm).sum::<f64>()
    })
    .sum()
}
