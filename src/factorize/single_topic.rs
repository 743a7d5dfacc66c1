//! Solves documents that have one topic each: the one that lowers the objective the most, with its best weight.
//!
//! With h the weight of topic w (a column of W with the sum s) in a document x, whose sum is n:
//!
//! ```text
//! divergence       h = n / s            a document costs least where Σ_t x_t ln(w_t / s) is largest
//! Frobenius norm   h = ⟨x, w⟩ / ‖w‖²    a document costs least where ⟨x, w⟩² / ‖w‖² is largest
//! ```

use std::sync::Arc;

use super::Loss;
use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, flatten_mut, to_logarithms, weighted_sum};

/// A solver for fixed topics, with the workspace of one thread. A clone is cheap, because it shares the topics.
#[derive(Clone, Debug)]
pub(super) struct SingleTopic {
    /// ln(W_tk / s_k) for the divergence, W for the Frobenius norm; terms × topics.
    scores: Arc<FactorMatrix>,
    /// s_k for the divergence, ‖w_k‖² for the Frobenius norm.
    sizes: Arc<[f64]>,
    loss: Loss,
    row: Vec<Lanes>,
}

impl SingleTopic {
    /// For the topics `w`, terms × topics.
    pub(super) fn new(w: &FactorMatrix, loss: Loss) -> Self {
        let (mut scores, n_topics) = (w.clone(), w.n_topics());
        let sizes = match loss {
            Loss::KullbackLeibler => {
                let sums = w.topic_sums();
                scores.each_padded_row(|_, row| {
                    let entries = &mut flatten_mut(row)[..n_topics];
                    for (entry, sum) in entries.iter_mut().zip(&sums) {
                        *entry = ((f64::from(*entry) / sum) as f32).max(f32::MIN_POSITIVE);
                    }
                    to_logarithms(Kernel::current(), row);
                    flatten_mut(row)[n_topics..].fill(0.0);
                });
                sums
            }
            Loss::Frobenius => {
                let mut squares = w.clone();
                squares.each_row(|_, row| row.iter_mut().for_each(|entry| *entry *= *entry));
                squares.topic_sums()
            }
        };
        let row = vec![Lanes::default(); w.lanes_per_row()];
        Self { scores: Arc::new(scores), sizes: sizes.into(), loss, row }
    }

    /// The topic of a document of `terms` (ascending) and their values, of equal ones the first, with its weight;
    /// `None` if no topic has any of its terms.
    pub(super) fn topic(&mut self, terms: &[u32], values: &[f32]) -> Option<(usize, f32)> {
        weighted_sum(Kernel::current(), &mut self.row, &self.scores, terms, values);
        let n: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let scores = flatten(&self.row)[..self.sizes.len()].iter().map(|&score| f64::from(score)).zip(&*self.sizes);
        let mut best: Option<(usize, f64, f64)> = None;
        for (topic, (score, &size)) in scores.enumerate().filter(|(_, (_, size))| **size > 0.0) {
            let (gain, weight) = match self.loss {
                // Zeros count as the smallest number that f32 holds with all digits, whose logarithm is −87.3: below
                // this mean all terms, or nearly all of a long document, are strange to the topic.
                Loss::KullbackLeibler if score <= n * -87.0 => continue,
                Loss::KullbackLeibler => (score, n / size),
                Loss::Frobenius => (score * score / size, score / size),
            };
            if weight > 0.0 && best.is_none_or(|(_, largest, _)| gain > largest) {
                best = Some((topic, gain, weight));
            }
        }
        best.map(|(topic, _, weight)| (topic, weight as f32))
    }

    /// Solves a document into its row of H.
    pub(super) fn solve(&mut self, terms: &[u32], values: &[f32], row: &mut [Lanes]) {
        row.fill(Lanes::default());
        if let Some((topic, weight)) = self.topic(terms, values) {
            flatten_mut(row)[topic] = weight;
        }
    }
}
