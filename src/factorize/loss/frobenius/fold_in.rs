//! Folding in under the Frobenius norm: documents are solved exactly for fixed topics, by block principal pivoting.

use std::sync::Arc;

use super::block_principal_pivoting;
use super::gram::Gram;
use super::penalties::fold_in_penalty;
use crate::factorize::FactorizeParams;
use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, flatten_mut, weighted_sum};

/// Solves documents for fixed topics.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct DocumentSolver {
    /// The Gram matrix of W, with quadratic penalties on its diagonal.
    gram: Arc<Gram>,
    /// The linear penalties, which are subtracted from b.
    linear: Arc<[f64]>,
}

impl DocumentSolver {
    pub(in crate::factorize) fn new(w: &FactorMatrix, params: &FactorizeParams) -> Self {
        let penalty = fold_in_penalty(w, params);
        let mut gram = Gram::new(w);
        gram.add_diagonal(&penalty.quadratic);
        Self { gram: Arc::new(gram), linear: penalty.linear.into() }
    }

    /// Solves one document into `row`; returns 1, because the solution is exact after one round.
    pub(in crate::factorize) fn solve(
        &mut self,
        kernel: Kernel,
        w: &FactorMatrix,
        terms: &[u32],
        values: &[f32],
        row: &mut [Lanes],
    ) -> usize {
        weighted_sum(kernel, row, w, terms, values);
        let mut b: Vec<f64> = flatten(row)[..w.n_topics()].iter().map(|&b| f64::from(b)).collect();
        b.iter_mut().zip(self.linear.iter()).for_each(|(b, linear)| *b -= linear);
        let mut a = vec![0.0; b.len()];
        block_principal_pivoting::solve(&self.gram, &b, &mut a);
        flatten_mut(row).iter_mut().zip(a).for_each(|(to, from)| *to = from as f32);
        1
    }
}
