//! Documents split in two: NMF with two topics, in shares.
//!
//! Let n_d and p_t be the sums of V's columns and rows and N that of all. A document has the share θ_d of its weight in the
//! first half, a term the share φ_t, and S is the share of the first half in all:
//!
//! ```text
//! v_td = n_d p_t / N · ( θ_d φ_t / S + (1 − θ_d)(1 − φ_t) / (1 − S) ) = n_d p_t / N · (1 + (θ_d − S)(φ_t − S) / (S (1 − S)))
//! ```
//!
//! Stationary points of KL-NMF with two topics are of this form, since they keep the sums of V's rows and columns. With one
//! side fixed every share of the other maximises a concave function of itself alone, f(s) = Σ_e x_e ln(1 + (s − S) u_e),
//! u_e = (other share − S) / (S (1 − S)), by a Newton step. What the split gains over one topic is Σ x ln(…), in V's unit.
//!
//! Shares start from the first singular vector of D^{−½} (V − p nᵀ/N)ᵀ, D = diag(n), by power iterations. Of a large
//! collection a sample is looked at; all its documents are told apart by what the sample's terms say. Cost:
//! 2 · [`POWER_ITERATIONS`] + 3 · [`ITERATIONS`] operations per nonzero of the sample, one per other nonzero.

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;
use sprs::CsMatViewI;

use super::random::row_generator;
use crate::kernels::{Kernel, sum_of_logarithms};
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Steps of all terms and all documents.
const ITERATIONS: usize = 5;

const POWER_ITERATIONS: usize = 8;

/// Documents and nonzeros that a sample has at least, if there are as many.
const SAMPLE_DOCUMENTS: usize = 2_000;
const SAMPLE_NONZEROS: usize = 200_000;

/// Smallest share: what a half has none of is seldom known for sure, and zeros would lock.
const SMALLEST_SHARE: f32 = 0.02;

/// Standard deviation of the first shares of documents.
const SPREAD: f32 = 0.25;

/// Rows of a task.
const TASK_ROWS: usize = 256;

/// Stream of random numbers.
const STREAM: u64 = 3;

/// Two halves of some documents, neither empty.
pub(super) struct Halves {
    /// Documents of either half, in the order given.
    pub documents: [Vec<usize>; 2],
    /// By how much two topics are nearer to the documents than one, in Kullback-Leibler divergence.
    pub gain: f64,
}

/// Splits some documents of V, all with a nonzero; none if they are not to be told apart.
pub(super) fn split(v: &TermDocumentMatrix, documents: &[usize], seed: u64) -> Option<Halves> {
    let sample = sample(v, documents);
    let part = Part::new(v, &sample)?;
    let mut document_shares = part.first_shares(seed);
    let mut term_shares = vec![mean(&document_shares, &part.document_weights); part.v.n_terms()];
    for _ in 0..ITERATIONS {
        let fixed = Fixed::new(&document_shares, &part.document_weights)?;
        improve(part.v.by_term(), &mut term_shares, &fixed);
        let fixed = Fixed::new(&term_shares, &part.term_weights)?;
        improve(part.v.by_document(), &mut document_shares, &fixed);
    }
    let fixed = Fixed::new(&term_shares, &part.term_weights)?;
    let gain = gain(part.v.by_document(), &document_shares, &fixed) * documents.len() as f64 / sample.len() as f64;
    let in_first: Vec<bool> = documents.par_iter().map(|&document| part.leans_to_first(v, document, &fixed)).collect();
    let mut halves = [Vec::new(), Vec::new()];
    documents.iter().zip(in_first).for_each(|(&document, first)| halves[usize::from(!first)].push(document));
    halves.iter().all(|half| !half.is_empty()).then_some(Halves { documents: halves, gain })
}

/// Every so many-th document, or all.
fn sample(v: &TermDocumentMatrix, documents: &[usize]) -> Vec<usize> {
    let nonzeros: usize = documents.iter().map(|&document| v.document(document).0.len()).sum();
    let of_nonzeros = (documents.len() as f64 * SAMPLE_NONZEROS as f64 / nonzeros.max(1) as f64) as usize;
    let n = of_nonzeros.max(SAMPLE_DOCUMENTS).min(documents.len());
    (0..n).map(|i| documents[(i as u64 * documents.len() as u64 / n as u64) as usize]).collect()
}

/// Documents of V with the terms that they have.
struct Part {
    v: TermDocumentMatrix,
    /// Number of a term here, by its number in V; the largest number for others.
    numbers: Vec<u32>,
    document_weights: Vec<f32>,
    term_weights: Vec<f32>,
}

impl Part {
    fn new(v: &TermDocumentMatrix, documents: &[usize]) -> Option<Self> {
        let mut numbers = vec![u32::MAX; v.n_terms()];
        for &document in documents {
            v.document(document).0.iter().for_each(|&term| numbers[term as usize] = 0);
        }
        let mut n_terms = 0;
        for number in numbers.iter_mut().filter(|number| **number == 0) {
            *number = n_terms;
            n_terms += 1;
        }
        let mut rows = SparseRows::default();
        documents.iter().for_each(|&d| rows.push(v.entries(d).map(|(term, x)| (numbers[term as usize], x))));
        let part = TermDocumentMatrix::from_documents(n_terms as usize, rows).ok()?;
        let document_weights = (0..documents.len()).map(|document| part.document_weight(document) as f32).collect();
        let term_weights = (0..n_terms as usize).map(|term| part.term_weight(term) as f32).collect();
        Some(Self { v: part, numbers, document_weights, term_weights })
    }

    /// Shares of documents along the first singular vector.
    fn first_shares(&self, seed: u64) -> Vec<f32> {
        let n = self.v.n_documents();
        let roots: Vec<f32> = self.document_weights.iter().map(|weight| weight.sqrt()).collect();
        let total = dot(&roots, &roots);
        let sign = |document| if row_generator(seed, STREAM, document).next_u64() & 1 == 1 { 1.0 } else { -1.0 };
        let mut scores: Vec<f32> = (0..n).map(sign).collect();
        for _ in 0..POWER_ITERATIONS {
            let scaled: Vec<f32> = scores.iter().zip(&roots).map(|(score, root)| score / root).collect();
            let common = (dot(&scores, &roots) / total) as f32;
            let mut terms = product(self.v.by_term(), &scaled);
            terms.iter_mut().zip(&self.term_weights).for_each(|(term, weight)| *term -= common * weight);
            let common = (dot(&terms, &self.term_weights) / total) as f32;
            scores = product(self.v.by_document(), &terms);
            scores.iter_mut().zip(&roots).for_each(|(score, root)| *score = *score / root - common * root);
            let deviation = (dot(&scores, &scores) / n as f64).sqrt() as f32;
            let scale = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
            scores.iter_mut().for_each(|score| *score *= scale);
        }
        scores.iter().map(|score| clamped(0.5 + SPREAD * score)).collect()
    }

    /// Whether more than half of a document of V belongs to the first half: the sign of the slope of f at ½.
    fn leans_to_first(&self, v: &TermDocumentMatrix, document: usize, terms: &Fixed) -> bool {
        let shift = 0.5 - terms.share;
        let known = v.entries(document).filter(|(term, _)| self.numbers[*term as usize] != u32::MAX);
        let slope = known.fold(0.0, |slope, (term, x)| {
            let u = terms.excess[self.numbers[term as usize] as usize];
            slope + x * u / (1.0 + shift * u)
        });
        slope > 0.0
    }
}

/// The shares of one side, as those of the other need them.
struct Fixed {
    /// S.
    share: f32,
    /// u.
    excess: Vec<f32>,
}

impl Fixed {
    /// None where all is in one half.
    fn new(shares: &[f32], weights: &[f32]) -> Option<Self> {
        let share = mean(shares, weights);
        let variance = share * (1.0 - share);
        let excess = || shares.iter().map(|other| (other - share) / variance).collect();
        (variance > 0.0 && variance.is_finite()).then(|| Self { share, excess: excess() })
    }
}

/// A Newton step for the share of every row.
fn improve(rows: CsMatViewI<'_, f32, u32, u64>, shares: &mut [f32], fixed: &Fixed) {
    each_row(rows, shares, |indices, values, share| {
        let shift = *share - fixed.share;
        let (mut slope, mut curvature) = (0.0_f32, 0.0_f32);
        for (&index, &x) in indices.iter().zip(values) {
            let u = fixed.excess[index as usize];
            let ratio = u / (1.0 + shift * u);
            slope += x * ratio;
            curvature += x * ratio * ratio;
        }
        if curvature > 0.0 {
            *share = clamped(*share + slope / curvature);
        }
    });
}

/// Σ x ln(1 + (s − S) u).
fn gain(rows: CsMatViewI<'_, f32, u32, u64>, shares: &[f32], fixed: &Fixed) -> f64 {
    let kernel = Kernel::current();
    let mut gains: Vec<(f32, f64)> = shares.iter().map(|&share| (share, 0.0)).collect();
    each_row(rows, &mut gains, |indices, values, (share, gain)| {
        let shift = *share - fixed.share;
        let ratios: Vec<f32> = indices.iter().map(|&index| 1.0 + shift * fixed.excess[index as usize]).collect();
        *gain = sum_of_logarithms(kernel, values, &ratios);
    });
    gains.iter().map(|(_, gain)| gain).sum()
}

/// A sparse matrix times a vector.
fn product(rows: CsMatViewI<'_, f32, u32, u64>, vector: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; rows.rows()];
    each_row(rows, &mut sums, |indices, values, sum| {
        *sum = indices.iter().zip(values).fold(0.0, |sum, (&index, x)| sum + x * vector[index as usize]);
    });
    sums
}

/// Calls `change` with the nonzeros of each row and what belongs to it, in parallel.
fn each_row<T: Send>(
    rows: CsMatViewI<'_, f32, u32, u64>,
    of_rows: &mut [T],
    change: impl Fn(&[u32], &[f32], &mut T) + Sync,
) {
    let indptr = rows.indptr();
    let (pointers, indices, values) = (indptr.raw_storage(), rows.indices(), rows.data());
    of_rows.par_iter_mut().with_min_len(TASK_ROWS).enumerate().for_each(|(row, of_row)| {
        let range = pointers[row] as usize..pointers[row + 1] as usize;
        change(&indices[range.clone()], &values[range], of_row);
    });
}

/// The weighted mean.
fn mean(shares: &[f32], weights: &[f32]) -> f32 {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    (dot(shares, weights) / total) as f32
}

fn clamped(share: f32) -> f32 {
    share.clamp(SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}
