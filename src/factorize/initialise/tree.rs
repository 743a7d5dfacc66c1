//! A tree of splits in two.
//!
//! All documents are one leaf. The leaf that gains most by two topics in place of one (in Kullback-Leibler divergence of its
//! own documents, see `split`) is split, each of its documents going to the topic of larger weight, until there are as many
//! leaves as topics; the leaves are clusters as in `cluster`. A leaf is looked at once: O(nnz · log n_topics) where splits are
//! even.
//!
//! D. Kuang, H. Park, *Fast rank-2 nonnegative matrix factorization for hierarchical document clustering*, KDD 2013,
//! [doi:10.1145/2487575.2487606](https://doi.org/10.1145/2487575.2487606). Departures: the divergence, and a leaf's gain in
//! place of their score of words.

use super::cluster::from_assignment;
use super::split::{Halves, split};
use crate::factorize::Start;
use crate::matrix::TermDocumentMatrix;

/// A leaf and how it would be split.
struct Leaf {
    documents: Vec<usize>,
    halves: Option<Halves>,
}

impl Leaf {
    fn new(v: &TermDocumentMatrix, documents: Vec<usize>, seed: u64) -> Self {
        let halves = split(v, &documents, seed);
        Self { documents, halves }
    }

    fn gain(&self) -> f64 {
        self.halves.as_ref().map_or(f64::NEG_INFINITY, |halves| halves.gain)
    }
}

/// A start from `n_topics` leaves.
pub fn tree(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let all: Vec<usize> = (0..v.n_documents()).filter(|&document| !v.document(document).0.is_empty()).collect();
    let mut leaves = vec![Leaf::new(v, all, seed)];
    while leaves.len() < n_topics {
        let best = (0..leaves.len()).fold(0, |best, i| if leaves[i].gain() > leaves[best].gain() { i } else { best });
        let Some(Halves { documents: [left, right], .. }) = leaves[best].halves.take() else { break };
        let (left, right) = rayon::join(|| Leaf::new(v, left, seed), || Leaf::new(v, right, seed));
        leaves[best] = left;
        leaves.insert(best + 1, right);
    }
    let mut nearest = vec![0; v.n_documents()];
    for (topic, leaf) in leaves.iter().enumerate() {
        leaf.documents.iter().for_each(|&document| nearest[document] = topic as u32);
    }
    from_assignment(v, &nearest, n_topics, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_differ_even_where_documents_do_not() {
        let triplets: Vec<_> = (0..12).map(|i| (i % 4, i / 4, 1.0)).collect();
        let v = TermDocumentMatrix::from_triplets(4, 3, &triplets).expect("entries are in range");
        let w = tree(&v, 3, 1).w;
        let column = |topic| (0..4).map(|term| w.get(term, topic)).collect::<Vec<_>>();
        assert!(column(0) != column(1) && column(1) != column(2), "{:?} {:?} {:?}", column(0), column(1), column(2));
    }
}
