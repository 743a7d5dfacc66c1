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

/// A tree of splits. It has the start of every number of topics up to that of its leaves, because a tree with fewer
/// leaves is the same tree before its last splits.
pub struct Tree<'v> {
    v: &'v TermDocumentMatrix,
    seed: u64,
    /// Each split, in order: the number of the leaf that was split, and the documents that left it for the leaf behind
    /// it.
    splits: Vec<(usize, Vec<u32>)>,
}

impl<'v> Tree<'v> {
    /// Splits the documents until there are `n_leaves` leaves, or no leaf can be split any more.
    pub fn grow(v: &'v TermDocumentMatrix, n_leaves: usize, seed: u64) -> Self {
        Self::grow_where(v, n_leaves, seed, &|_| true)
    }

    /// As [`grow`](Self::grow), but leaves whose documents `holds` does not let be split stay as they are.
    pub(in crate::factorize) fn grow_where(
        v: &'v TermDocumentMatrix,
        n_leaves: usize,
        seed: u64,
        holds: &dyn Fn(&[usize]) -> bool,
    ) -> Self {
        let all: Vec<usize> = (0..v.n_documents()).filter(|&document| !v.document(document).0.is_empty()).collect();
        let mut leaves = vec![split(v, &all, seed)];
        let mut splits = Vec::new();
        let gain = |leaf: &Option<Halves>| leaf.as_ref().map_or(f64::NEG_INFINITY, |halves| halves.gain);
        while leaves.len() < n_leaves {
            let most = |best: usize, i: usize| if gain(&leaves[i]) > gain(&leaves[best]) { i } else { best };
            let best = (0..leaves.len()).fold(0, most);
            let Some(Halves { documents: [left, right], .. }) = leaves[best].take() else { break };
            if !holds(&[&left[..], &right].concat()) {
                continue;
            }
            let (left, of_right) = rayon::join(|| split(v, &left, seed), || split(v, &right, seed));
            splits.push((best, right.into_iter().map(|document| document as u32).collect()));
            leaves[best] = left;
            leaves.insert(best + 1, of_right);
        }
        Self { v, seed, splits }
    }

    /// The start from the `n_topics` leaves that there were after the first splits.
    pub fn start(&self, n_topics: usize) -> Start {
        let mut leaf_of = vec![0_u32; self.v.n_documents()];
        for (leaf, leaving) in self.splits.iter().take(n_topics.saturating_sub(1)) {
            leaf_of.iter_mut().filter(|number| **number as usize > *leaf).for_each(|number| *number += 1);
            leaving.iter().for_each(|&document| leaf_of[document as usize] = *leaf as u32 + 1);
        }
        from_assignment(self.v, &leaf_of, n_topics, self.seed)
    }

    /// Number of leaves.
    pub(in crate::factorize) fn n_leaves(&self) -> usize {
        self.splits.len() + 1
    }
}

/// A start from the `n_topics` leaves of a tree.
pub fn tree(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    Tree::grow(v, n_topics, seed).start(n_topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_tree_holds_the_smaller_ones() {
        let triplets: Vec<_> = (0..400).map(|i| (i * 7919 % 40, i / 10, 1.0 + (i % 3) as f32)).collect();
        let v = TermDocumentMatrix::from_triplets(40, 41, &triplets).expect("entries are in range");
        let large = Tree::grow(&v, 12, 3);
        for n_topics in 1..=12 {
            assert_eq!(large.start(n_topics), tree(&v, n_topics, 3), "{n_topics}");
        }
    }

    #[test]
    fn documents_without_a_common_term_get_a_leaf_each() {
        let triplets: Vec<_> = (0..10).map(|term| (term, term % 5, 1.0 + term as f32)).collect();
        let v = TermDocumentMatrix::from_triplets(10, 5, &triplets).expect("entries are in range");
        for seed in 0..20 {
            assert_eq!(Tree::grow(&v, 5, seed).splits.len(), 4);
        }
    }

    #[test]
    fn topics_differ_even_where_documents_do_not() {
        let triplets: Vec<_> = (0..12).map(|i| (i % 4, i / 4, 1.0)).collect();
        let v = TermDocumentMatrix::from_triplets(4, 3, &triplets).expect("entries are in range");
        let w = tree(&v, 3, 1).w;
        let column = |topic| (0..4).map(|term| w.get(term, topic)).collect::<Vec<_>>();
        assert!(column(0) != column(1) && column(1) != column(2), "{:?} {:?} {:?}", column(0), column(1), column(2));
    }
}
