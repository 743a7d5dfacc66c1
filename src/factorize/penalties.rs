//! Penalties on W and H, whose values do not change when a topic is scaled up in one factor and down in the other.
//!
//! Let w_k and h_k be the sums of topic k in W and in H, ‖·‖ Euclidean norms of columns of W and of rows of H, p_tk =
//! W_tk / w_k, m_d and m_t the weights of documents and terms in V, and M = Σ V. Then this is added to the objective:
//!
//! ```text
//! l1_documents λ     λ Σ_k ‖W_k‖ Σ_d H_kd            l1_topics λ     λ Σ_k ‖H_k‖ Σ_t W_tk
//! l2_documents λ     λ/2 Σ_kd (w_k H_kd)² / m_d      l2_topics λ     λ/2 Σ_kt (h_k W_tk)² / m_t
//! decorrelation τ    τ M Σ_{k<l} Σ_t p_tk p_tl
//! topic_prior β      −(β − 1) Σ_tk ln p_tk           document_prior α   −(α − 1) Σ_kd ln (w_k H_kd / Σ_l w_l H_ld)
//! ```
//!
//! The Frobenius norm has only L1 and L2 (with `hals`), and m_d = m_t = 1 there. None of the penalties changes when
//! W_k is multiplied and H_k divided by the same number.
//!
//! L1 is the penalty of topics of unit length (J. Le Roux, F. Weninger, J. R. Hershey, *Sparse NMF – half-baked or
//! well done?*, MERL TR2015-023). It makes factors sparse under the Frobenius norm. Under KL an update of H only
//! divides topic k by 1 + λ ‖W_k‖/w_k, so that L1 prefers even topics and does little else; a prior below 1 makes
//! documents or topics sparse there. Decorrelation is the penalty of BigARTM (K. Vorontsov, A. Potapenko, *Additive
//! regularization of topic models*, 2015,
//! [doi:10.1007/s10994-014-5476-6](https://doi.org/10.1007/s10994-014-5476-6)), with a step that keeps the sum of a
//! topic. The priors are Dirichlet distributions, whose most probable parameters are sought: above 1 they smooth,
//! below 1 they make sparse. Below 1 they have no lower bound, so that the reported objective leaves them out.
//!
//! Multiplicative updates with L1 and L2 never raise the objective, because a norm is majorised by its square, and
//! the square of a sum by the squares of its parts (Jensen). Cost: O((n_terms + n_documents) · n_topics) per
//! iteration.

use rayon::prelude::*;

use super::{FactorizeParams, Loss};
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Penalty};
use crate::matrix::TermDocumentMatrix;

/// The penalties of a fit, with the weights of V's rows and columns that they refer to.
#[derive(Clone, Debug)]
pub(super) struct Penalties {
    pub(super) l1: Sides,
    pub(super) l2: Sides,
    pub(super) prior: Sides,
    pub(super) decorrelation: f64,
    /// The weights m_t of the terms.
    pub(super) term_weights: Vec<f32>,
    /// The weights m_d of the documents.
    document_weights: Vec<f32>,
}

/// The strength of a penalty for topics (W) and for documents (H).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sides {
    pub(super) topics: f64,
    pub(super) documents: f64,
}

/// Sums over the rows of a factor, with an entry per topic.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) sums: Vec<f64>,
    pub(super) squares: Vec<f64>,
    /// Sums of the squares, each divided by the weight of its row.
    pub(super) squares_per_weight: Vec<f64>,
}

impl Columns {
    pub(super) fn new(factor: &FactorMatrix, weights: &[f32]) -> Self {
        Self::of_rows(factor, 0, weights)
    }

    /// Of the rows from `first` on that have weights.
    pub(super) fn of_rows(factor: &FactorMatrix, first: usize, weights: &[f32]) -> Self {
        let n = factor.n_topics();
        let of_block = |block: usize| {
            let mut sums = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
            for (row, &weight) in weights.iter().enumerate().skip(block * BLOCK_ROWS).take(BLOCK_ROWS) {
                let weight = f64::from(weight);
                for (topic, &a) in factor.row_values(first + row).iter().enumerate() {
                    let a = f64::from(a);
                    sums[0][topic] += a;
                    sums[1][topic] += a * a;
                    sums[2][topic] += if weight > 0.0 { a * a / weight } else { 0.0 };
                }
            }
            sums
        };
        let n_blocks = weights.len().div_ceil(BLOCK_ROWS);
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
    /// The penalties that the parameters ask for; `None` if there are none.
    pub(super) fn new(v: &TermDocumentMatrix, params: &FactorizeParams) -> Option<Self> {
        let weights = |sums: Vec<f64>| sums.into_iter().map(|sum| Self::row_weight(sum, params.loss)).collect();
        let penalties = Self {
            l1: Sides { topics: params.l1_topics, documents: params.l1_documents },
            l2: Sides { topics: params.l2_topics, documents: params.l2_documents },
            prior: Sides { topics: params.topic_prior, documents: params.document_prior },
            decorrelation: params.decorrelation,
            term_weights: weights(v.term_sums()),
            document_weights: weights(v.document_sums()),
        };
        params.has_penalties().then_some(penalties)
    }

    /// The weight m of a row of V with this sum. For the Frobenius norm it is 1, or 0 for an empty row, because there
    /// H² has the same unit as the objective already.
    pub(super) fn row_weight(sum: f64, loss: Loss) -> f32 {
        if loss == Loss::Frobenius { sum.min(1.0).ceil() as f32 } else { sum as f32 }
    }

    /// The sums over W alone.
    pub(super) fn term_columns(&self, w: &FactorMatrix) -> Columns {
        Columns::new(w, &self.term_weights)
    }

    /// The sums over W and over H, from which every penalty is computed.
    pub(super) fn columns(&self, w: &FactorMatrix, h: &FactorMatrix) -> [Columns; 2] {
        [Columns::new(w, &self.term_weights), Columns::new(h, &self.document_weights)]
    }

    /// The value that the penalties add to the objective at these factors.
    pub(super) fn value_at(&self, w: &FactorMatrix, h: &FactorMatrix) -> f64 {
        self.value(w, h, &self.columns(w, h))
    }

    /// The value that the penalties add to the objective, given the sums over both factors. Priors below 1 are left
    /// out, because they have no lower bound.
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

    /// The sum M of V.
    pub(super) fn total(&self) -> f64 {
        self.document_weights.iter().map(|&weight| f64::from(weight)).sum()
    }
}

/// The divisor sums (column sums of `other` with the L1 penalty on `own`) and the L1 and L2 penalties for an update
/// of `own` with the factor `other` fixed.
pub(super) fn both_norms(
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

/// Σ_t p_tk Σ_{l≠k} p_tl for each topic k: how much it shares with the others.
pub(super) fn shared(w: &FactorMatrix, sums: &[f64]) -> Vec<f64> {
    let inverse: Vec<f64> = sums.iter().map(|&sum| if sum > 0.0 { 1.0 / sum } else { 0.0 }).collect();
    let mut shared = vec![0.0; sums.len()];
    for term in 0..w.n_rows() {
        let shares = || w.row_values(term).iter().zip(&inverse).map(|(&w, inverse)| f64::from(w) * inverse);
        let all: f64 = shares().sum();
        shared.iter_mut().zip(shares()).for_each(|(sum, share)| *sum += share * (all - share));
    }
    shared
}

/// Σ ln(a / unit) over all entries of the rows that have a weight.
fn logarithms(factor: &FactorMatrix, weights: &[f32], unit: impl Fn(usize, usize) -> f64) -> f64 {
    let rows = (0..factor.n_rows()).filter(|&row| weights[row] > 0.0);
    rows.map(|row| {
        let entries = factor.row_values(row).iter().enumerate();
        let logarithm = |(topic, &a): (usize, &f32)| libm::log(f64::from(a).max(1e-38) / unit(row, topic));
        entries.map(logarithm).sum::<f64>()
    })
    .sum()
}
