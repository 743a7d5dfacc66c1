//! The Frobenius family: f(W, H) = ½ ‖V − W H‖²_F.
//!
//! Every method works on rows. With the other factor F fixed, its Gram matrix G = FᵀF (n_topics × n_topics) and b = Fᵀx for
//! the row x of V that a row a stands for, a row's part of the objective is ½ aᵀG a − bᵀa + ½ ‖x‖², so neither V nor WH is
//! ever dense. b costs 2 flops per nonzero and topic, G 2 flops per row and pair of topics, and a method a small multiple of
//! n_topics² per row. b is summed in f32, everything of size n_topics in f64 and in order: the same bits on any number of
//! threads and every kernel.

pub mod block_principal_pivoting;
pub mod hals;
pub mod multiplicative_update;
pub mod projected_gradient;

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;
use sprs::CsMatViewI;

use crate::factorize::dense::{Dense, sum_of_blocks};
use crate::factorize::kkt::violation;
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, Lanes, flatten, flatten_mut, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// FᵀF of a factor, n_topics × n_topics, in f64.
///
/// ```
/// use topicmill::{factorize::loss::frobenius::Gram, kernels::FactorMatrix};
/// let gram = Gram::new(&FactorMatrix::from_fn(2, 2, |row, topic| (row + topic) as f32));
/// assert_eq!((gram.at(0, 0), gram.at(0, 1), gram.at(1, 1)), (1.0, 2.0, 5.0));
/// ```
#[derive(Clone, Debug)]
pub struct Gram {
    values: Vec<f64>,
    n_topics: usize,
    largest_eigenvalue: OnceLock<f64>,
}

impl Gram {
    /// Of a factor with a row per term or document.
    pub fn new(factor: &FactorMatrix) -> Self {
        let n = factor.n_topics();
        let of_block = |rows: Range<usize>| {
            let mut sum = Dense::zeros(n, n);
            for row in rows {
                let row = factor.row_values(row);
                for (out, &a) in sum.data.chunks_exact_mut(n).zip(row).filter(|(_, a)| **a != 0.0) {
                    out.iter_mut().zip(row).for_each(|(out, &b)| *out += f64::from(a) * f64::from(b));
                }
            }
            sum
        };
        let values = sum_of_blocks(n, factor.n_rows(), of_block).data;
        Self { values, n_topics: n, largest_eigenvalue: OnceLock::new() }
    }

    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.n_topics
    }

    /// Adds to the diagonal.
    pub(in crate::factorize) fn add_diagonal(&mut self, values: &[f64]) {
        values.iter().enumerate().for_each(|(k, value)| self.values[k * self.n_topics + k] += value);
    }

    /// One entry.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.n_topics + column]
    }

    /// A row, which is a column as well.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_topics..(row + 1) * self.n_topics]
    }

    /// (G a)_k.
    pub(super) fn dot(&self, topic: usize, a: &[f64]) -> f64 {
        self.row(topic).iter().zip(a).map(|(g, a)| g * a).sum()
    }

    /// An upper bound of the eigenvalues, close to the largest: max_k (Gx)_k / x_k for the x of some power iterations (the
    /// bound of Collatz and Wielandt, which holds for every x > 0).
    pub(super) fn bound_of_eigenvalues(&self) -> f64 {
        *self.largest_eigenvalue.get_or_init(|| self.compute_bound())
    }

    fn compute_bound(&self) -> f64 {
        let mut x = vec![1.0; self.n_topics];
        let mut bound = f64::INFINITY;
        for _ in 0..20 {
            let product: Vec<f64> = (0..self.n_topics).map(|topic| self.dot(topic, &x)).collect();
            let ratios = product.iter().zip(&x).map(|(product, x)| product / x);
            bound = bound.min(ratios.fold(0.0, f64::max));
            let largest = product.iter().copied().fold(0.0, f64::max);
            if largest <= 0.0 {
                break;
            }
            // Away from zero, where the bound would divide by it.
            x = product.iter().map(|product| (product / largest).max(1e-6)).collect();
        }
        bound
    }
}

/// What improves a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// [`multiplicative_update`].
    MultiplicativeUpdate,
    /// [`hals`].
    Hals,
    /// [`projected_gradient`].
    ProjectedGradient,
    /// [`block_principal_pivoting`].
    BlockPrincipalPivoting,
}

impl Method {
    /// Improves `a` for G and b; entries end at or above the floor, but for the exact method, which has none. HALS alone
    /// knows penalties.
    pub fn improve(self, gram: &Gram, b: &[f64], floor: f64, shift: &Shift, a: &mut [f64]) {
        match self {
            Self::MultiplicativeUpdate => multiplicative_update::improve(gram, b, floor, a),
            Self::Hals => hals::improve(gram, b, floor, shift, a),
            Self::ProjectedGradient => projected_gradient::improve(gram, b, floor, a),
            Self::BlockPrincipalPivoting => block_principal_pivoting::solve(gram, b, a),
        }
    }
}

/// What penalties add to a row's objective, by topic; empty for none: Σ_k l_k a_k + q_k a_k²/2 + κ_k a_k²/(2 a_k before).
#[derive(Clone, Debug, Default)]
pub struct Shift {
    /// l.
    pub linear: Vec<f64>,
    /// q.
    pub quadratic: Vec<f64>,
    /// κ.
    pub relative: Vec<f64>,
}

/// The document step: updates every row of the stored H with W fixed. Gives f(W, H) − ½ ‖V‖² of the factors before the step.
pub fn document_step(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    h: &mut FactorMatrix,
    floor: f32,
    method: Method,
    shift: &Shift,
) -> f64 {
    let parts = half_step(v.by_document(), w, h, floor, method, shift);
    parts.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum()
}

/// The term step: updates every row of W with H fixed.
pub fn term_step(
    v: &TermDocumentMatrix,
    w: &mut FactorMatrix,
    h: &FactorMatrix,
    floor: f32,
    method: Method,
    shift: &Shift,
) {
    half_step(v.by_term(), h, w, floor, method, shift);
}

/// Updates every row; gives ½ aᵀG a − bᵀa of each before.
fn half_step(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    floor: f32,
    method: Method,
    shift: &Shift,
) -> Vec<f64> {
    let improve = |gram: &Gram, row: &Row<'_>, a: &mut [f64]| {
        let before = row.objective(gram, a);
        method.improve(gram, row.b, f64::from(floor), shift, a);
        before
    };
    visit(rows, other, factor, improve)
}

/// f(W, H) = ½ ‖V − W H‖²_F, in squares of V's unit; `w` is terms × topics, `h` documents × topics. O(nnz · n_topics).
///
/// ```
/// use topicmill::factorize::loss::frobenius::objective;
/// use topicmill::{kernels::FactorMatrix, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(2, 1, &[(0, 0, 2.0)])?;
/// let (w, h) = (FactorMatrix::from_fn(2, 1, |_, _| 1.0), FactorMatrix::from_fn(1, 1, |_, _| 1.0));
/// assert_eq!(objective(&v, &w, &h), 0.5 * ((2.0 - 1.0_f64).powi(2) + 1.0));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn objective(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix) -> f64 {
    let parts = visit(v.by_document(), w, &mut h.clone(), |gram, row, a| row.objective(gram, a));
    parts.chunks(BLOCK_ROWS).map(|block| block.iter().sum::<f64>()).sum::<f64>() + half_squares(v)
}

/// ½ ‖V‖²_F.
pub(in crate::factorize) fn half_squares(v: &TermDocumentMatrix) -> f64 {
    let square = |&value: &f32| f64::from(value) * f64::from(value);
    0.5 * v.by_document().data().chunks(BLOCK_ROWS).map(|block| block.iter().map(square).sum::<f64>()).sum::<f64>()
}

/// The largest violation of the Karush-Kuhn-Tucker conditions: with the gradient g = G a − b of a row, |a g| / ‖x‖² for an
/// entry above its factor's floor, (b / (G a) − 1)₊ for one at or below it.
pub(in crate::factorize) fn kkt_residual(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    h: &FactorMatrix,
    floors: (f32, f32),
) -> f64 {
    let worst = |gram: &Gram, row: &Row<'_>, a: &[f64], floor: f32| {
        let squares: f64 = row.values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let entry = |topic: usize| violation(a[topic], f64::from(floor), gram.dot(topic, a), row.b[topic], squares);
        (0..a.len()).map(entry).fold(0.0, f64::max)
    };
    let documents = visit(v.by_document(), w, &mut h.clone(), |gram, row, a| worst(gram, row, a, floors.1));
    let terms = visit(v.by_term(), h, &mut w.clone(), |gram, row, a| worst(gram, row, a, floors.0));
    documents.into_iter().chain(terms).fold(0.0, f64::max)
}

/// What a row of V gives.
struct Row<'a> {
    /// b = Fᵀx.
    b: &'a [f64],
    /// The nonzeros of x.
    values: &'a [f32],
}

impl Row<'_> {
    /// ½ aᵀG a − bᵀa.
    fn objective(&self, gram: &Gram, a: &[f64]) -> f64 {
        let entry = |(topic, (a_k, b)): (usize, (&f64, &f64))| a_k * (0.5 * gram.dot(topic, a) - b);
        a.iter().zip(self.b).enumerate().map(entry).sum()
    }
}

/// Calls `change` for every row of `factor` that stands for a row with nonzeros; gives what it gives. The others become zero.
fn visit(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    change: impl Fn(&Gram, &Row<'_>, &mut [f64]) -> f64 + Sync,
) -> Vec<f64> {
    let (gram, kernel, n_topics) = (Gram::new(other), Kernel::current(), other.n_topics());
    let (pointers, indices, values) = (rows.indptr(), rows.indices(), rows.data());
    let pointers = pointers.raw_storage();
    let lanes_per_row = factor.lanes_per_row();
    let workspace = || (vec![Lanes::default(); lanes_per_row], vec![0.0; n_topics], vec![0.0; n_topics]);
    let visit = |(sums, b, a): &mut (Vec<Lanes>, Vec<f64>, Vec<f64>), (at, row): (usize, &mut [Lanes])| {
        let range = pointers[at] as usize..pointers[at + 1] as usize;
        if range.is_empty() {
            row.fill(Lanes::default());
            return 0.0;
        }
        weighted_sum(kernel, sums, other, &indices[range.clone()], &values[range.clone()]);
        b.iter_mut().zip(flatten(sums)).for_each(|(to, &from)| *to = f64::from(from));
        a.iter_mut().zip(flatten(row)).for_each(|(to, &from)| *to = f64::from(from));
        let result = change(&gram, &Row { b, values: &values[range] }, a);
        flatten_mut(row).iter_mut().zip(a.iter()).for_each(|(to, &from)| *to = from as f32);
        result
    };
    let rows = factor.lanes_mut().par_chunks_mut(lanes_per_row).enumerate().with_min_len(64);
    rows.map_init(workspace, visit).collect()
}
