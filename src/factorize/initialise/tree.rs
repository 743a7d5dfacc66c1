//! The start from a tree, which splits the documents in two again and again.
//!
//! At first all documents are one leaf. Each time, the leaf whose split gains most is split: the gain is the fall of
//! the Kullback-Leibler divergence of its own documents with two topics in place of one (see `split`), and each
//! document goes to the topic in which its weight is larger. Once there are as many leaves as topics, they are used
//! as the clusters of `cluster`. A split is computed once per leaf, so that all cost O(nnz · log n_topics) if splits
//! are even.
//!
//! D. Kuang, H. Park, *Fast rank-2 nonnegative matrix factorization for hierarchical document clustering*, KDD 2013,
//! [doi:10.1145/2487575.2487606](https://doi.org/10.1145/2487575.2487606). Departures: the loss is the divergence,
//! and the gain takes the place of their score, which is computed from a leaf's words.

use super::cluster::from_assignment;
use super::split::{Halves, split};
use crate::factorize::Start;
use crate::matrix::TermDocumentMatrix;

/// Some documents, with the halves into which they would be split.
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

/// A start from the `n_topics` leaves of a tree.
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
