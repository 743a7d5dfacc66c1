//! The largest singular values and vectors of V, by a randomised range finder with a fixed seed.
//!
//! N. Halko, P.-G. Martinsson, J. A. Tropp, *Finding structure with randomness*, SIAM Review 53 (2011),
//! [doi:10.1137/090771806](https://doi.org/10.1137/090771806): Y = (V Vᵀ)^q V Ω with q = 5 power iterations and a
//! random sign matrix Ω of n_values + 10 columns. If V is small, at most 256 by 4,096, Ω has as many columns as the
//! smaller side of V, and the result is exact. The iterations run in f32, each with one conditioning. An orthonormal
//! basis Q and the eigenvectors of the small Gram matrix of QᵀV are then computed in f64. All sums have a fixed
//! order.

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;
use sprs::CsMatViewI;

use super::power;
use crate::factorize::dense::{Dense, symmetric_eigen};
use crate::factorize::random::{Stream, row_generator};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Number of columns of Ω in addition to one per singular value, which make the range more accurate.
const OVERSAMPLING: usize = 10;
/// Number q of power iterations.
const POWER_ITERATIONS: usize = 5;
/// The decomposition is exact if the smaller side of V is at most this, and the larger at most sixteen times as much.
const EXACT_BELOW: usize = 256;

/// A truncated singular value decomposition V ≈ Σ_j σ_j u_j v_jᵀ, with σ in descending order.
#[derive(Clone, Debug, PartialEq)]
pub struct TruncatedSvd {
    /// The singular values σ.
    pub values: Vec<f64>,
    /// The left singular vectors u, terms × values.
    pub left: FactorMatrix,
    /// The right singular vectors v, documents × values.
    pub right: FactorMatrix,
}

/// The `n_values` largest singular values of V with their vectors; fewer if the rank of V is lower. O(nnz · n_values)
/// per power iteration.
pub fn truncated_svd(v: &TermDocumentMatrix, n_values: usize, seed: u64) -> TruncatedSvd {
    let smaller = v.n_terms().min(v.n_documents());
    let exact = smaller <= EXACT_BELOW && v.n_terms().max(v.n_documents()) <= 16 * EXACT_BELOW;
    let width = if exact { smaller } else { (n_values + OVERSAMPLING).min(smaller) };
    let mut signs = FactorMatrix::zeros(v.n_documents(), width);
    for document in 0..v.n_documents() {
        let mut generator = row_generator(seed, Stream::SingularVectors, document);
        for first in (0..width).step_by(64) {
            let bits = generator.next_u64();
            (first..width.min(first + 64)).for_each(|column| {
                signs.set(document, column, if bits >> (column - first) & 1 == 1 { 1.0 } else { -1.0 });
            });
        }
    }
    let iterations = if width == smaller { 0 } else { POWER_ITERATIONS };
    for _ in 0..iterations {
        let range = power::conditioned(&power::multiply(v.by_term(), &signs));
        signs = power::multiply(v.by_document(), &range);
    }
    if iterations > 0 {
        signs = power::conditioned(&signs);
    }
    // From here on in f64: the columns then lie in the range of V to rounding, however low its rank is.
    let basis = multiply(v.by_term(), width, |row| signs.row_values(row)).basis();
    drop(signs);
    // B = QᵀV is held as its transpose VᵀQ (documents × width); B Bᵀ = U Σ² Uᵀ.
    let projected = multiply(v.by_document(), basis.n_columns, |row| basis.row(row));
    let (squares, vectors) = symmetric_eigen(projected.gram());
    let largest = squares.first().copied().unwrap_or(0.0);
    let rank = squares.iter().take(n_values).take_while(|&&square| square > largest * 1e-14).count();
    let values: Vec<f64> = squares[..rank].iter().map(|square| square.sqrt()).collect();
    let left = basis.times_scaled(&vectors, &vec![1.0; rank]);
    drop(basis);
    if rank == 0 {
        let none = |n_rows| FactorMatrix::zeros(n_rows, 0);
        return TruncatedSvd { values, left: none(v.n_terms()), right: none(v.n_documents()) };
    }
    let reciprocals: Vec<f64> = values.iter().map(|value| 1.0 / value).collect();
    TruncatedSvd { left, right: projected.times_scaled(&vectors, &reciprocals), values }
}

/// A sparse matrix times a tall one of `n_columns` columns, whose rows `right` returns; computed row by row in f64.
fn multiply<'a, T: Copy + Into<f64> + 'a>(
    rows: CsMatViewI<'_, f32, u32, u64>,
    n_columns: usize,
    right: impl Fn(usize) -> &'a [T] + Sync,
) -> Dense {
    let mut product = Dense::zeros(rows.rows(), n_columns);
    if n_columns == 0 {
        return product;
    }
    let indptr = rows.indptr();
    let (pointers, indices, data) = (indptr.raw_storage(), rows.indices(), rows.data());
    product.data.par_chunks_mut(n_columns).enumerate().for_each(|(row, out)| {
        for at in pointers[row] as usize..pointers[row + 1] as usize {
            let value = f64::from(data[at]);
            out.iter_mut().zip(right(indices[at] as usize)).for_each(|(sum, &x)| *sum += value * x.into());
        }
    });
    product
}
