//! Folding in under the Frobenius norm: documents are solved exactly for fixed topics.
//!
//! Some rounds of coordinate descent, for many documents side by side, find the topics that a document has. Block
//! principal pivoting goes on from there: it exchanges the few that were wrong, and solves for the rest exactly. Where
//! documents are to be sparse, that solution is brought to their sparseness.

use std::sync::Arc;

use super::gram::Gram;
use super::penalties::{Penalty, fold_in_penalty};
use super::{block_principal_pivoting, hals, sparse_weights};
use crate::factorize::FactorizeParams;
use crate::factorize::documents::Documents;
use crate::kernels::{FactorMatrix, Kernel, Lanes, LeastSquares, Panel, flatten, flatten_mut, weighted_sum};

/// Number of rounds of coordinate descent. With more, pivoting would have a little less to do.
const ROUNDS: usize = 8;

/// Solves documents for fixed topics, up to [`PANEL_ROWS`](crate::kernels::PANEL_ROWS) of them together. What one gets
/// does not depend on the others.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct DocumentSolver {
    /// The Gram matrix of W, with quadratic penalties on its diagonal.
    gram: Arc<Gram>,
    /// The linear penalties, which are subtracted from b.
    linear: Arc<[f64]>,
    problem: Arc<LeastSquares>,
    /// The sparseness that each document is to have; 0 is none.
    sparseness: f64,
    panel: Panel,
    /// b of each document of the panel.
    products: Vec<Lanes>,
    product: Vec<f64>,
}

impl DocumentSolver {
    pub(in crate::factorize) fn new(w: &FactorMatrix, params: &FactorizeParams) -> Self {
        let mut penalty = fold_in_penalty(w, params);
        let mut gram = Gram::new(w);
        gram.add_diagonal(&penalty.quadratic);
        penalty.quadratic.clear();
        let problem = hals::problem(&gram, &penalty, 0.0);
        let Penalty { linear, .. } = penalty;
        let panel = Panel::new(&problem);
        Self {
            gram: Arc::new(gram),
            linear: linear.into(),
            problem: Arc::new(problem),
            sparseness: params.document_sparseness,
            panel,
            products: Vec::new(),
            product: Vec::new(),
        }
    }

    /// Solves documents into `rows`, of which the first has the number `first`.
    pub(in crate::factorize) fn solve(
        &mut self,
        kernel: Kernel,
        w: &FactorMatrix,
        documents: &impl Documents,
        first: usize,
        rows: &mut [Lanes],
    ) {
        let lanes_per_row = w.lanes_per_row();
        self.products.clear();
        self.products.resize(rows.len(), Lanes::default());
        let nothing = vec![Lanes::default(); lanes_per_row];
        let mut buffer = Vec::new();
        for (lane, b) in self.products.chunks_exact_mut(lanes_per_row).enumerate() {
            let (terms, values) = documents.document(first + lane, &mut buffer);
            weighted_sum(kernel, b, w, terms, values);
            self.panel.set(lane, b, &nothing);
        }
        self.panel.descend(kernel, &self.problem, ROUNDS);
        for (lane, row) in rows.chunks_exact_mut(lanes_per_row).enumerate() {
            self.panel.write(lane, row);
            let b = &flatten(&self.products[lane * lanes_per_row..])[..w.n_topics()];
            let mut b: Vec<f64> = b.iter().map(|&b| f64::from(b)).collect();
            b.iter_mut().zip(self.linear.iter()).for_each(|(b, linear)| *b -= linear);
            let mut a: Vec<f64> = flatten(row)[..w.n_topics()].iter().map(|&a| f64::from(a)).collect();
            block_principal_pivoting::solve(&self.gram, &b, &mut a, &mut self.product);
            if self.sparseness > 0.0 {
                sparse_weights::solve(&self.gram, &b, self.sparseness, &mut a, &mut self.product);
            }
            flatten_mut(row).iter_mut().zip(a).for_each(|(to, from)| *to = from as f32);
        }
    }
}
