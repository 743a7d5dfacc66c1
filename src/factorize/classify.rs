//! Assigns documents to topics: to each the topic under which its words are the most probable.
//!
//! The shares of a document say how many of its words belong to each topic, word by word; which topic the document as
//! a whole belongs to is another question. Its answer is argmax_k Σ_t C_td ln φ_tk, the largest posterior of a
//! mixture of topics of equal weights with the document as its unit ([`sharpen`](super::sharpen)), at any
//! temperature.

use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, flatten_mut, to_logarithms, weighted_sum};
use std::sync::Arc;

/// Assigns documents, with the workspace of one thread. A clone is cheap, because it shares the topics.
///
/// ```
/// use topicmill::factorize::{Classifier, FactorMatrix};
/// let phi = FactorMatrix::from_fn(2, 2, |term, topic| if term == topic { 0.9 } else { 0.1 });
/// let mut classifier = Classifier::new(phi);
/// assert_eq!(classifier.topic(&[0, 1], &[1.0, 2.0]), Some(1));
/// assert_eq!(classifier.topic(&[], &[]), None);
/// ```
#[derive(Clone, Debug)]
pub struct Classifier {
    /// ln φ, terms × topics.
    logarithms: Arc<FactorMatrix>,
    /// Whether a topic has the term.
    known: Arc<[bool]>,
    row: Vec<Lanes>,
    kernel: Kernel,
}

impl Classifier {
    /// For the topics φ (terms × topics), p(term | topic), without zeros but for terms that no topic has.
    pub fn new(mut phi: FactorMatrix) -> Self {
        let kernel = Kernel::current();
        let n_topics = phi.n_topics();
        let known = (0..phi.n_rows()).map(|term| phi.row_values(term).iter().any(|value| *value > 0.0)).collect();
        phi.each_padded_row(|_, row| {
            flatten_mut(row).iter_mut().for_each(|value| *value = value.max(f32::MIN_POSITIVE));
            to_logarithms(kernel, row);
            flatten_mut(row)[n_topics..].fill(0.0);
        });
        let row = vec![Lanes::default(); phi.lanes_per_row()];
        Self { logarithms: Arc::new(phi), known, row, kernel }
    }

    /// The topic of a document of `terms` (ascending) and their counts, of equal ones the first; `None` if no topic
    /// has any of its terms.
    pub fn topic(&mut self, terms: &[u32], counts: &[f32]) -> Option<usize> {
        if !terms.iter().any(|&term| self.known[term as usize]) {
            return None;
        }
        weighted_sum(self.kernel, &mut self.row, &self.logarithms, terms, counts);
        let scores = &flatten(&self.row)[..self.logarithms.n_topics()];
        Some((1..scores.len()).fold(0, |best, topic| if scores[topic] > scores[best] { topic } else { best }))
    }
}
