//! The start from anchor words, for data in which every topic has a word of its own.
//!
//! Let V̂ be V with each document divided by its weight, and Q = V̂ V̂ᵀ the word-word matrix. If there are anchor
//! words, the rows of Q, each divided by its sum, lie in the convex hull of those of the anchor words. So the anchor
//! words are found as the most extreme rows, one after another, each by its part orthogonal to those before (the
//! successive projection algorithm). Q is never formed; a random projection takes its place: Q Ω = V̂ (V̂ᵀ Ω) with
//! random signs Ω. Then every word is written as a mixture of anchor words by non-negative least squares, which gives
//! p(topic | word), and W by multiplying with p(word). H is the mean of p(topic | word) over a document.
//!
//! S. Arora et al., *A practical algorithm for topic modeling with provable guarantees*, ICML 2013; N. Gillis, S. A.
//! Vavasis, *Fast and robust recursive algorithms for separable nonnegative matrix factorization*, 2014,
//! [doi:10.1109/TPAMI.2013.226](https://doi.org/10.1109/TPAMI.2013.226). Words of few documents are no candidates,
//! because their rows are extreme by chance. Cost: O(nnz · (n_topics + 32) + n_terms · n_topics²).

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;

use crate::factorize::Start;
use crate::factorize::loss::frobenius::{Gram, block_principal_pivoting};
use crate::factorize::random::{Stream, row_generator};
use crate::kernels::{FactorMatrix, Kernel, flatten_mut, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// Number of columns of the projection in addition to one per topic.
const OVERSAMPLING: usize = 32;

/// A candidate must occur in a hundredth of the documents, but this many always suffice: the row of a rarer word is
/// extreme by chance.
const ENOUGH_DOCUMENTS: usize = 50;

/// The share of every factor that all topics have in common, so that no entry is zero.
const COMMON: f64 = 0.1;

/// A start from `n_topics` anchor words.
pub fn separable(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let rows = projected_rows(v, n_topics + OVERSAMPLING, seed);
    let least = (v.n_documents() / 100).clamp(2, ENOUGH_DOCUMENTS);
    let mut anchors = extreme_rows(&rows, n_topics, |term| v.term(term).0.len() >= least);
    if anchors.is_empty() {
        // No term occurs in enough documents, so that every term is a candidate.
        anchors = extreme_rows(&rows, n_topics, |term| !v.term(term).0.is_empty());
    }
    let shares = mixtures(&rows, &anchors, n_topics);
    let (total, term_weights) = (v.total(), v.term_sums());
    let mut w = FactorMatrix::from_fn(v.n_terms(), n_topics, |term, topic| {
        let share = (1.0 - COMMON) * f64::from(shares.get(term, topic)) + COMMON / n_topics as f64;
        (share * term_weights[term] / total) as f32
    });
    let (kernel, mut h) = (Kernel::current(), FactorMatrix::zeros(v.n_documents(), n_topics));
    h.each_padded_row(|document, row| {
        let (terms, values) = v.document(document);
        weighted_sum(kernel, row, &shares, terms, values);
        let common = COMMON * v.document_sum(document) / n_topics as f64;
        let row = &mut flatten_mut(row)[..n_topics];
        row.iter_mut().for_each(|x| *x = ((1.0 - COMMON) * f64::from(*x) + common) as f32);
    });
    // W holds p(word, topic) here. Its columns are scaled to sum to 1, and their scale is dropped, because H has that
    // of V.
    let sums = w.topic_sums();
    w.each_row(|_, row| {
        let entries = row.iter_mut().zip(&sums);
        entries.for_each(|(x, sum)| *x = (f64::from(*x) / sum.max(f64::MIN_POSITIVE)) as f32);
    });
    Start { w, h }
}

/// The rows of Q Ω, each divided by the sum of its row of Q: terms × (`n_columns` + 1), of which the first column is
/// 1.
fn projected_rows(v: &TermDocumentMatrix, n_columns: usize, seed: u64) -> FactorMatrix {
    let (kernel, mut bits, mut left) = (Kernel::current(), 0_u64, 0);
    let mut generator = row_generator(seed, Stream::Anchors, 0);
    // The first column is all ones, so that its product with Q gives the sums of Q's rows.
    let signs = FactorMatrix::from_fn(v.n_terms(), n_columns + 1, |_, column| {
        if column == 0 {
            return 1.0;
        }
        if left == 0 {
            (bits, left) = (generator.next_u64(), 64);
        }
        (bits, left) = (bits >> 1, left - 1);
        if bits & 1 == 0 { 1.0 } else { -1.0 }
    });
    let mut documents = FactorMatrix::zeros(v.n_documents(), n_columns + 1);
    documents.each_padded_row(|document, row| {
        let (terms, values) = v.document(document);
        weighted_sum(kernel, row, &signs, terms, values);
        // A document is divided by its weight twice, because both factors of Q are.
        let weight = v.document_sum(document).max(f64::MIN_POSITIVE);
        flatten_mut(row).iter_mut().for_each(|x| *x = (f64::from(*x) / weight / weight) as f32);
    });
    let mut rows = FactorMatrix::zeros(v.n_terms(), n_columns + 1);
    rows.each_padded_row(|term, row| {
        let (documents_of_term, values) = v.term(term);
        weighted_sum(kernel, row, &documents, documents_of_term, values);
        let row = flatten_mut(row);
        let sum = row[0];
        row.iter_mut().for_each(|x| *x = if sum > 0.0 { *x / sum } else { 0.0 });
    });
    rows
}

/// The most extreme rows among the candidates: the one farthest from the mean, then each time the one with the
/// largest part orthogonal to those before. There are fewer than `n` if no such part is left.
fn extreme_rows(rows: &FactorMatrix, n: usize, is_candidate: impl Fn(usize) -> bool) -> Vec<usize> {
    let candidates: Vec<usize> = (0..rows.n_rows()).filter(|&row| is_candidate(row)).collect();
    let values = |row: usize| rows.row_values(row).iter().map(|&x| f64::from(x));
    let minus = |origin: &[f64]| -> Vec<Vec<f64>> {
        candidates.iter().map(|&row| values(row).zip(origin).map(|(x, origin)| x - origin).collect()).collect()
    };
    let mean: Vec<f64> = (0..rows.n_topics())
        .map(|column| candidates.iter().map(|&row| f64::from(rows.get(row, column))).sum::<f64>())
        .map(|sum| sum / candidates.len().max(1) as f64)
        .collect();
    let largest = |rests: &[Vec<f64>]| {
        let norms: Vec<f64> = rests.par_iter().map(|rest| rest.iter().map(|x| x * x).sum()).collect();
        let largest = (0..norms.len()).fold(0, |best, i| if norms[i] > norms[best] { i } else { best });
        norms.get(largest).filter(|norm| **norm > 1e-12).map(|norm| (largest, norm.sqrt()))
    };
    // The row farthest from the mean comes first, and is the origin for those that follow.
    let Some((first, _)) = largest(&minus(&mean)) else { return candidates.first().copied().into_iter().collect() };
    let mut anchors = vec![candidates[first]];
    let mut rests = minus(&values(candidates[first]).collect::<Vec<f64>>());
    while anchors.len() < n {
        let Some((next, norm)) = largest(&rests) else { break };
        anchors.push(candidates[next]);
        let direction: Vec<f64> = rests[next].iter().map(|x| x / norm).collect();
        rests.par_iter_mut().for_each(|rest| {
            let product: f64 = rest.iter().zip(&direction).map(|(x, y)| x * y).sum();
            rest.iter_mut().zip(&direction).for_each(|(x, y)| *x -= product * y);
        });
    }
    anchors
}

/// p(topic | term) of every term, terms × `n_topics`; topics beyond the number of anchors get zeros.
fn mixtures(rows: &FactorMatrix, anchors: &[usize], n_topics: usize) -> FactorMatrix {
    let columns =
        FactorMatrix::from_fn(rows.n_topics(), anchors.len(), |column, anchor| rows.get(anchors[anchor], column));
    let gram = Gram::new(&columns);
    let mut shares = FactorMatrix::zeros(rows.n_rows(), n_topics);
    shares.each_row(|term, row| {
        let product = |&anchor: &usize| -> f64 {
            let pairs = rows.row_values(anchor).iter().zip(rows.row_values(term));
            pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let b: Vec<f64> = anchors.iter().map(product).collect();
        let mut shares = vec![0.0; anchors.len()];
        block_principal_pivoting::solve(&gram, &b, &mut shares, &mut Vec::new());
        let sum: f64 = shares.iter().sum();
        let shares = shares.iter().map(|share| if sum > 0.0 { share / sum } else { 1.0 / anchors.len() as f64 });
        row.iter_mut().zip(shares).for_each(|(to, share)| *to = share as f32);
    });
    shares
}
