//! Documents onto fixed topics: H with W fixed, one document at a time.
//!
//! Solves min f(W, h) over h ≥ 0 for one column h of H by multiplicative updates from the constant start
//! h_k = (Σ_t V_td) / Σ_kt W_tk, until max_k |h_k (s_k − N_k)| < 1e-4 · Σ_t V_td (the Karush-Kuhn-Tucker residual; s the
//! column sums of W, N as in the update) or 300 passes. The problem is convex, and a document's result does not depend
//! on its batch: the same function serves the end of a fit and new documents. (scikit-learn's `transform` starts from a
//! mean over the batch and stops for the batch as a whole.)

use rayon::prelude::*;

use crate::kernels::{FactorMatrix, Kernel, Lanes, RowPass, TopicScale, Wanted, flatten, flatten_mut};
use crate::matrix::TermDocumentMatrix;

/// Largest KKT residual of a solved document, as a share of its weight.
pub const FOLD_IN_TOLERANCE: f64 = 1e-4;

/// Most passes over a document.
pub const FOLD_IN_MAX_PASSES: usize = 300;

/// Entries are kept above this share of the document's weight during the passes, away from denormal numbers.
const FLOOR: f64 = 1e-12;

/// Entries below this share of the largest are zeros of the result.
const ZERO: f32 = 1e-6;

/// Solves documents against one W; holds the workspace of one thread.
///
/// ```
/// use topicmill::{factorize::FoldIn, kernels::FactorMatrix};
/// let w = FactorMatrix::from_fn(2, 2, |term, topic| if term == topic { 1.0 } else { 0.0 });
/// let mut h = FactorMatrix::zeros(1, 2);
/// FoldIn::new(&w).solve(&[1], &[3.0], h.row_mut(0));
/// assert_eq!(h.row_values(0), [0.0, 3.0]);
/// ```
#[derive(Debug)]
pub struct FoldIn<'a> {
    w: &'a FactorMatrix,
    w_sums: Vec<f64>,
    scale: TopicScale,
    kernel: Kernel,
    pass: RowPass,
}

impl<'a> FoldIn<'a> {
    /// For topics `w`, terms × topics.
    pub fn new(w: &'a FactorMatrix) -> Self {
        Self::with_sums(w, w.topic_sums())
    }

    /// For topics `w` whose column sums are known.
    pub fn with_sums(w: &'a FactorMatrix, w_sums: Vec<f64>) -> Self {
        Self {
            w,
            scale: TopicScale::new(&w_sums, 0.0),
            w_sums,
            kernel: Kernel::current(),
            pass: RowPass::new(w.n_topics()),
        }
    }

    /// Solves one document (`terms` ascending, their `values`) into `row`; gives the number of passes. A document without terms, or whose terms no topic has, gets zeros.
    pub fn solve(&mut self, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        let weight: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let total: f64 = self.w_sums.iter().sum();
        if weight <= 0.0 || total <= 0.0 {
            row.fill(Lanes::default());
            return 0;
        }
        let floor = (FLOOR * weight) as f32;
        let constant = (weight / total) as f32;
        flatten_mut(row)[..self.w_sums.len()].fill(constant.max(floor));
        self.scale.set_floor(floor);
        let mut passes = 0;
        while passes < FOLD_IN_MAX_PASSES {
            passes += 1;
            self.pass.run(self.kernel, row, self.w, terms, values, 0..terms.len(), Wanted::default());
            let residual = self.residual(row);
            self.pass.multiply(row, &self.scale);
            if residual < FOLD_IN_TOLERANCE * weight {
                break;
            }
        }
        clear_small(row, floor);
        passes
    }

    /// max_k |h_k (s_k − N_k)| of the last pass.
    fn residual(&self, row: &[Lanes]) -> f64 {
        let gradient = self.w_sums.iter().zip(self.pass.numerators());
        flatten(row)
            .iter()
            .zip(gradient)
            .map(|(&h, (s, n))| (f64::from(h) * (s - f64::from(*n))).abs())
            .fold(0.0, f64::max)
    }
}

/// Solves every document of V against the topics `w` (terms × topics) into the rows of `h` (documents × topics), in
/// parallel; see [`FoldIn::solve`].
pub fn solve_documents(v: &TermDocumentMatrix, w: &FactorMatrix, h: &mut FactorMatrix) {
    let w_sums = w.topic_sums();
    let lanes_per_row = h.lanes_per_row();
    h.lanes_mut().par_chunks_mut(lanes_per_row).enumerate().for_each_init(
        || FoldIn::with_sums(w, w_sums.clone()),
        |fold_in, (document, row)| {
            let (terms, values) = v.document(document);
            fold_in.solve(terms, values, row);
        },
    );
}

/// Sets entries to zero that are below a millionth of the largest, or at the floor.
fn clear_small(row: &mut [Lanes], floor: f32) {
    let row = flatten_mut(row);
    let largest = row.iter().copied().fold(0.0_f32, f32::max);
    let smallest = if largest > floor { largest * ZERO } else { f32::INFINITY };
    row.iter_mut().filter(|entry| **entry < smallest).for_each(|entry| *entry = 0.0);
}
