//! Folding in: documents are solved for fixed topics (H with W fixed), one document at a time.
//!
//! For each column h of H this solves min f(W, h) over h ≥ 0, for the loss of the fit. The problem is convex, and the
//! result for a document does not depend on its batch, so that the same function serves the end of a fit and new
//! documents. (scikit-learn's `transform` starts from a mean over the batch and stops for the batch as a whole.)
//!
//! Within the tolerance the result depends on the order in which topics are worked on. A model shows its topics by
//! mass, which is known only once documents are solved. So the order of work can differ from the order of topics, and
//! a model stores it.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::documents::Documents;
use super::loss::DocumentSolver;
use super::{FactorizeParams, Loss};
use crate::kernels::{FactorMatrix, Kernel, Lanes, PANEL_ROWS, flatten, flatten_mut};
use crate::matrix::TermDocumentMatrix;

/// Entries below this share of a document's largest weight become zeros.
const ZERO: f32 = 1e-6;

/// Solves documents for one fixed W, with the workspace of one thread. A clone is cheap, because it shares W.
///
/// ```
/// use topicmill::factorize::{FactorMatrix, FoldIn, Loss};
/// let w = FactorMatrix::from_fn(2, 2, |term, topic| if term == topic { 1.0 } else { 0.0 });
/// for loss in [Loss::KullbackLeibler, Loss::Frobenius] {
///     let mut weights = [0.0; 2];
///     FoldIn::new(w.clone(), loss).solve(&[1], &[3.0], &mut weights);
///     assert_eq!(weights, [0.0, 3.0]);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct FoldIn {
    /// W with its topics in the order of work.
    w: Arc<FactorMatrix>,
    /// The topic of W at each place of the order of work; `None` if that is the order of W.
    order: Option<Arc<[usize]>>,
    /// The weights of some documents in the order of work, with their padding.
    rows: Vec<Lanes>,
    kernel: Kernel,
    solver: DocumentSolver,
}

impl FoldIn {
    /// For the topics `w` (terms × topics) and a loss, without penalties.
    pub fn new(w: impl Into<Arc<FactorMatrix>>, loss: Loss) -> Self {
        Self::for_params(w, &FactorizeParams { loss, ..FactorizeParams::default() })
    }

    /// For the topics `w` (terms × topics) of a fit with these parameters, whose penalties on documents apply here as
    /// well.
    pub fn for_params(w: impl Into<Arc<FactorMatrix>>, params: &FactorizeParams) -> Self {
        Self::with_topics(w.into(), params, None)
    }

    /// As [`FoldIn::for_params`], but works on topics in `order`, which must have each topic once.
    pub fn in_order(w: &FactorMatrix, params: &FactorizeParams, order: &[usize]) -> Self {
        Self::with_topics(Arc::new(w.permuted(order)), params, Some(order.into()))
    }

    fn with_topics(w: Arc<FactorMatrix>, params: &FactorizeParams, order: Option<Arc<[usize]>>) -> Self {
        let solver = DocumentSolver::new(&w, params);
        Self { w, order, rows: Vec::new(), kernel: Kernel::current(), solver }
    }

    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.w.n_topics()
    }

    /// The row of W of one term, by topic.
    pub fn term_row(&self, term: usize) -> Vec<f32> {
        let row = self.w.row_values(term);
        let Some(order) = &self.order else { return row.to_vec() };
        let mut by_topic = vec![0.0; row.len()];
        order.iter().zip(row).for_each(|(&topic, &value)| by_topic[topic] = value);
        by_topic
    }

    /// Solves one document (`terms` ascending, their `values`) into `weights`, one for each topic; returns the number
    /// of rounds. A document without terms, or whose terms no topic has, gets zeros.
    pub fn solve(&mut self, terms: &[u32], values: &[f32], weights: &mut [f32]) -> usize {
        let rounds = self.solve_rows(&(terms, values), 0..1);
        self.write(0, weights);
        rounds
    }

    /// Solves a range of documents; returns the number of rounds for the last of them.
    fn solve_rows(&mut self, documents: &impl Documents, range: Range<usize>) -> usize {
        let Self { w, rows, kernel, solver, .. } = self;
        rows.clear();
        rows.resize(range.len() * w.lanes_per_row(), Lanes::default());
        let rounds = solver.solve(*kernel, w, documents, range.start, rows);
        rows.chunks_exact_mut(w.lanes_per_row()).for_each(clear_small);
        rounds
    }

    /// Writes the weights of one of the documents that were solved.
    fn write(&self, document: usize, weights: &mut [f32]) {
        let lanes_per_row = self.w.lanes_per_row();
        let solved = &flatten(&self.rows[document * lanes_per_row..])[..self.w.n_topics()];
        match &self.order {
            None => weights.copy_from_slice(solved),
            Some(order) => order.iter().zip(solved).for_each(|(&topic, &weight)| weights[topic] = weight),
        }
    }
}

/// Solves every document of V for the topics `w` (terms × topics) into the rows of `h` (documents × topics), in
/// parallel; see [`FoldIn::solve`].
pub fn solve_documents(v: &TermDocumentMatrix, w: impl Into<Arc<FactorMatrix>>, h: &mut FactorMatrix, loss: Loss) {
    solve_with(&FoldIn::new(w, loss), h, v);
}

/// As [`solve_documents`], with topics and loss as `fold_in` holds them.
pub(super) fn solve_with(fold_in: &FoldIn, h: &mut FactorMatrix, documents: &impl Documents) {
    let (lanes_per_row, n_topics) = (h.lanes_per_row(), h.n_topics());
    h.lanes_mut().par_chunks_mut(PANEL_ROWS * lanes_per_row).enumerate().for_each_init(
        || fold_in.clone(),
        |fold_in, (panel, rows)| {
            let first = panel * PANEL_ROWS;
            fold_in.solve_rows(documents, first..first + rows.len() / lanes_per_row);
            for (i, row) in rows.chunks_exact_mut(lanes_per_row).enumerate() {
                fold_in.write(i, &mut flatten_mut(row)[..n_topics]);
            }
        },
    );
}

/// Sets entries to zero that are below a millionth of the largest one.
fn clear_small(row: &mut [Lanes]) {
    let row = flatten_mut(row);
    let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
    row.iter_mut().filter(|entry| **entry < smallest).for_each(|entry| *entry = 0.0);
}
