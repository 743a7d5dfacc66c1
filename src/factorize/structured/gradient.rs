//! The gradient of the objective by W, as the difference P − N of two parts that are not negative:
//!
//! ```text
//! divergence       N = (V / WH) Hᵀ    P = 1 sᵀ, where s are the sums of H over documents
//! Frobenius norm   N = V Hᵀ           P = W H Hᵀ
//! ```

use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::statistics::Shard;
use crate::factorize::{Loss, loss};
use crate::kernels::FactorMatrix;

/// N and P, terms × topics.
pub(super) struct Gradient {
    pub(super) numerators: FactorMatrix,
    pub(super) denominators: FactorMatrix,
}

impl Gradient {
    /// The parts for W and H of a state. O(nnz · n_topics).
    pub(super) fn new(problem: &Problem<'_>, state: &State) -> Self {
        let (v, w) = (&*problem.v, &state.w);
        let objectives = vec![0.0; v.n_documents()];
        let (block_documents, first_block) = (v.n_documents(), 0);
        let shard = Shard { v, h: &state.h, objectives: &objectives, block_documents, first_block };
        // What multiplicative updates need of the documents are the parts of the gradient.
        let statistics = loss::term_statistics(problem, w, &shard, loss::multiplicative(problem.params.loss));
        let Some(Ok(totals)) = statistics.map(|statistics| statistics.totals(1)) else {
            unreachable!("multiplicative updates have statistics, and there is one block")
        };
        let mut numerators = FactorMatrix::zeros(w.n_rows(), w.n_topics());
        numerators.each_padded_row(|term, row| row.copy_from_slice(totals.numerators(term)));
        let (sums, gram) = (totals.columns().sums, totals.gram());
        let mut denominators = FactorMatrix::zeros(w.n_rows(), w.n_topics());
        denominators.each_row(|term, row| {
            let entries = w.row_values(term);
            for (topic, value) in row.iter_mut().enumerate() {
                *value = match problem.params.loss {
                    Loss::KullbackLeibler => sums[topic] as f32,
                    Loss::Frobenius => {
                        let of_topic = gram[topic * entries.len()..].iter();
                        entries.iter().zip(of_topic).map(|(&entry, g)| f64::from(entry) * g).sum::<f64>() as f32
                    }
                };
            }
        });
        Self { numerators, denominators }
    }
}
