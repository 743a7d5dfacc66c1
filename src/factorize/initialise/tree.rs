//! A tree of splits in two.
//!
//! All documents are one leaf. The leaf that gains most by two topics in place of one (in Kullback-Leibler divergence of its
//! own documents) is split, each of its documents going to the topic of larger weight, until there are as many leaves as
//! topics; the leaves are clusters as in `cluster`. A leaf is fitted once, on its own part of V: O(nnz · log n_topics) where
//! splits are even.
//!
//! D. Kuang, H. Park, *Fast rank-2 nonnegative matrix factorization for hierarchical document clustering*, KDD 2013,
//! [doi:10.1145/2487575.2487606](https://doi.org/10.1145/2487575.2487606). Departures: the divergence, and a leaf's gain in
//! place of their score of words.

use super::cluster::from_assignment;
use crate::factorize::{FactorizeParams, Init, Loss, Silent, Start, fit, objective};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Iterations of a split.
const ITERATIONS: usize = 15;

/// Fewest documents of a leaf that may be split.
const LEAST_DOCUMENTS: usize = 4;

/// A leaf and how it would be split.
struct Leaf {
    documents: Vec<usize>,
    halves: Option<[Vec<usize>; 2]>,
    gain: f64,
}

/// A start from `n_topics` leaves.
pub fn tree(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let all: Vec<usize> = (0..v.n_documents()).filter(|&document| !v.document(document).0.is_empty()).collect();
    let mut leaves = vec![leaf(v, all, seed)];
    while leaves.len() < n_topics {
        let best = (0..leaves.len()).fold(0, |best, i| if leaves[i].gain > leaves[best].gain { i } else { best });
        let Some([left, right]) = leaves[best].halves.take() else { break };
        leaves[best] = leaf(v, left, seed);
        leaves.insert(best + 1, leaf(v, right, seed));
    }
    let mut nearest = vec![0; v.n_documents()];
    for (topic, leaf) in leaves.iter().enumerate() {
        leaf.documents.iter().for_each(|&document| nearest[document] = topic as u32);
    }
    from_assignment(v, &nearest, n_topics)
}

fn leaf(v: &TermDocumentMatrix, documents: Vec<usize>, seed: u64) -> Leaf {
    let split = if documents.len() < LEAST_DOCUMENTS { None } else { split(v, &documents, seed) };
    let (halves, gain) = match split {
        Some((halves, gain)) => (Some(halves), gain),
        None => (None, f64::NEG_INFINITY),
    };
    Leaf { documents, halves, gain }
}

/// The two halves of some documents and what they gain; none if they are not to be told apart.
fn split(v: &TermDocumentMatrix, documents: &[usize], seed: u64) -> Option<([Vec<usize>; 2], f64)> {
    let mut rows = SparseRows::default();
    for &document in documents {
        let (terms, values) = v.document(document);
        rows.push(&terms.iter().copied().zip(values.iter().copied()).collect::<Vec<_>>());
    }
    let part = TermDocumentMatrix::from_documents(v.n_terms(), rows).ok()?;
    let params = FactorizeParams {
        n_topics: 2,
        init: Init::Nndsvda,
        seed,
        max_iterations: ITERATIONS,
        ..FactorizeParams::default()
    };
    let fitted = fit(&part, &params, &mut Silent).ok()?;
    let total = part.total();
    let w = FactorMatrix::from_fn(part.n_terms(), 1, |term, _| (part.term_weight(term) / total) as f32);
    let h = FactorMatrix::from_fn(part.n_documents(), 1, |document, _| part.document_weight(document) as f32);
    let gain = objective(&part, &w, &h, Loss::KullbackLeibler) - fitted.trace.last()?.objective;
    let sums = fitted.w.topic_sums();
    let is_second = |row: usize| {
        let weight = |topic: usize| f64::from(fitted.h.get(row, topic)) * sums[topic];
        weight(1) > weight(0)
    };
    let mut halves = [Vec::new(), Vec::new()];
    for (row, &document) in documents.iter().enumerate() {
        halves[usize::from(is_second(row))].push(document);
    }
    (!halves[0].is_empty() && !halves[1].is_empty()).then_some((halves, gain))
}
