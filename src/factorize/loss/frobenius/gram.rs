//! The Gram matrix of a factor, which replaces the factor in every step of the Frobenius family.

use std::ops::Range;
use std::sync::OnceLock;

use crate::factorize::dense::{Dense, sum_of_blocks};
use crate::kernels::{FactorMatrix, Kernel, products_of_columns};

/// The Gram matrix FᵀF of a factor F, n_topics × n_topics, in f64.
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
    /// The Gram matrix of a factor with a row per term or document.
    pub fn new(factor: &FactorMatrix) -> Self {
        let n = factor.n_topics();
        let values = sum_of_blocks(n, factor.n_rows(), |rows| sum_of_rows(factor, rows)).data;
        Self { values, n_topics: n, largest_eigenvalue: OnceLock::new() }
    }

    /// As [`Gram::new`], but products are summed in f32 over 64 rows at a time: exact to some 1e-7 of an entry, and an
    /// order of magnitude faster.
    pub(super) fn in_f32(factor: &FactorMatrix) -> Self {
        let (n, kernel) = (factor.n_topics(), Kernel::current());
        let of_block = |rows| Dense { data: products_of_columns(kernel, factor, rows), n_columns: n };
        Self::from_values(sum_of_blocks(n, factor.n_rows(), of_block).data, n)
    }

    /// The Gram matrix with these n_topics × n_topics entries, which were summed over shards.
    pub(super) fn from_values(values: Vec<f64>, n_topics: usize) -> Self {
        Self { values, n_topics, largest_eigenvalue: OnceLock::new() }
    }

    /// All entries, row after row.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.n_topics
    }

    /// Adds numbers to the diagonal, one per topic or none.
    pub(in crate::factorize) fn add_diagonal(&mut self, values: &[f64]) {
        values.iter().enumerate().for_each(|(k, value)| self.values[k * self.n_topics + k] += value);
    }

    /// The entry of two topics.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.n_topics + column]
    }

    /// A row, which is also a column, because the matrix is symmetric.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_topics..(row + 1) * self.n_topics]
    }

    /// The product G a, each entry added in order of topics.
    pub(super) fn times(&self, a: &[f64], product: &mut Vec<f64>) {
        product.clear();
        product.resize(self.n_topics, 0.0);
        // Whole rows are added, since G is symmetric; zeros, of which a has many, add nothing.
        for (topic, &a) in a.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            product.iter_mut().zip(self.row(topic)).for_each(|(sum, g)| *sum += g * a);
        }
    }

    /// The entry (G a)_k of a product, for k = `topic`.
    pub(super) fn dot(&self, topic: usize, a: &[f64]) -> f64 {
        self.row(topic).iter().zip(a).map(|(g, a)| g * a).sum()
    }

    /// An upper bound of the eigenvalues, close to the largest one: max_k (Gx)_k / x_k, where x comes from some power
    /// iterations (the bound of Collatz and Wielandt, which holds for every x > 0).
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
            // x is kept away from zero, because the bound divides by it.
            x = product.iter().map(|product| (product / largest).max(1e-6)).collect();
        }
        bound
    }
}

fn sum_of_rows(factor: &FactorMatrix, rows: Range<usize>) -> Dense {
    let n = factor.n_topics();
    let mut sum = Dense::zeros(n, n);
    for row in rows {
        let row = factor.row_values(row);
        for (out, &a) in sum.data.chunks_exact_mut(n).zip(row).filter(|(_, a)| **a != 0.0) {
            out.iter_mut().zip(row).for_each(|(out, &b)| *out += f64::from(a) * f64::from(b));
        }
    }
    sum
}
