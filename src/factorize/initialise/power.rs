//! The products of power iterations: V times a tall matrix, and the conditioning of the result, both in f32.
//!
//! Both use [`weighted_sum`], which gives the same bits on every kernel. f32 suffices for finding a subspace, because
//! its basis is made orthonormal, and V is projected on it, in f64 afterwards.

use sprs::CsMatViewI;

use crate::factorize::dense::{Dense, sum_of_blocks};
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, LANES, Lanes, weighted_sum};

/// Number of rows whose products are added in f32 before their sum goes into f64.
const GRAM_ROWS: usize = 64;

/// A column is treated as dependent on the columns before it if less than this share of its squared norm is left.
const DEPENDENT: f64 = 1e-6;

/// Columns of length 1 may be multiplied by this much, beyond which rounding is all that is left of them.
const MOST_GROWTH: f64 = 1e12;

/// A sparse matrix times a tall one, row by row: `rows.rows() × right.n_topics()`.
pub(super) fn multiply(rows: CsMatViewI<'_, f32, u32, u64>, right: &FactorMatrix) -> FactorMatrix {
    let indptr = rows.indptr();
    let (pointers, indices, data) = (indptr.raw_storage(), rows.indices(), rows.data());
    fill_rows(rows.rows(), right.n_topics(), |kernel, row, out| {
        let range = pointers[row] as usize..pointers[row + 1] as usize;
        weighted_sum(kernel, out, right, &indices[range.clone()], &data[range]);
    })
}

/// A matrix with the same span and nearly orthonormal columns: A R⁻¹, where AᵀA = RᵀR (Cholesky).
pub(super) fn conditioned(a: &FactorMatrix) -> FactorMatrix {
    let gram = gram(a);
    let n = a.n_topics();
    let inverse = inverse_root(&gram, false).or_else(|| inverse_root(&gram, true));
    let inverse = inverse.unwrap_or_else(|| FactorMatrix::zeros(n, n));
    let columns: Vec<u32> = (0..a.n_topics() as u32).collect();
    fill_rows(a.n_rows(), a.n_topics(), |kernel, row, out| {
        weighted_sum(kernel, out, &inverse, &columns, a.row_values(row));
    })
}

fn fill_rows(n_rows: usize, n_columns: usize, fill: impl Fn(Kernel, usize, &mut [Lanes]) + Sync) -> FactorMatrix {
    let (kernel, mut product) = (Kernel::current(), FactorMatrix::zeros(n_rows, n_columns));
    product.each_padded_row(|row, out| fill(kernel, row, out));
    product
}

/// AᵀA, summed in f32 over blocks of 64 rows, whose sums are added in f64 in order.
fn gram(a: &FactorMatrix) -> Dense {
    let (n, kernel) = (a.n_topics(), Kernel::current());
    sum_of_blocks(n, a.n_rows(), |block| {
        let mut sum = Dense::zeros(n, n);
        let mut out = vec![Lanes::default(); a.lanes_per_row()];
        for start in block.clone().step_by(GRAM_ROWS) {
            let rows: Vec<u32> = (start as u32..block.end.min(start + GRAM_ROWS) as u32).collect();
            for column in 0..n {
                let values: Vec<f32> = rows.iter().map(|&row| a.get(row as usize, column)).collect();
                weighted_sum(kernel, &mut out, a, &rows, &values);
                let products = out.iter().flat_map(|lanes| lanes.0);
                let sums = &mut sum.data[column * n..(column + 1) * n];
                sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += f64::from(product));
            }
        }
        sum
    })
}

/// R⁻¹ of the Cholesky factorisation RᵀR of a Gram matrix. The pivot of a column that depends on those before it has
/// a lower bound. Where many do, as where V has a lower rank than there are columns, the inverse grows without bound
/// all the same: then there is none, unless those columns are kept `apart`, so that no other is made orthogonal to
/// them.
fn inverse_root(gram: &Dense, apart: bool) -> Option<FactorMatrix> {
    let n = gram.n_columns;
    let lengths: Vec<f64> = (0..n).map(|i| gram.data[i * n + i].sqrt()).collect();
    let mut root = gram.clone();
    for i in 0..n {
        let square = root.data[i * n + i];
        let rest = square - (0..i).map(|k| root.data[k * n + i].powi(2)).sum::<f64>();
        let pivot = if square > 0.0 { rest.max(DEPENDENT * square).sqrt() } else { 1.0 };
        root.data[i * n + i] = pivot;
        let is_apart = apart && rest <= DEPENDENT * square;
        for j in i + 1..n {
            if is_apart {
                root.data[i * n + j] = 0.0;
                continue;
            }
            let product: f64 = (0..i).map(|k| root.data[k * n + i] * root.data[k * n + j]).sum();
            root.data[i * n + j] = (root.data[i * n + j] - product) / pivot;
        }
    }
    // The columns of R⁻¹ follow by back substitution.
    let mut inverse = FactorMatrix::zeros(n, n);
    let mut column = vec![0.0_f64; n];
    for j in 0..n {
        column[j] = 1.0 / root.data[j * n + j];
        for i in (0..j).rev() {
            let product: f64 = (i + 1..=j).map(|k| root.data[i * n + k] * column[k]).sum();
            column[i] = -product / root.data[i * n + i];
        }
        // Also false for what is no number.
        if !(0..=j).all(|i| (column[i] * lengths[i]).abs() < MOST_GROWTH) {
            return None;
        }
        (0..=j).for_each(|i| inverse.set(i, j, column[i] as f32));
    }
    Some(inverse)
}

const _: () = assert!(BLOCK_ROWS.is_multiple_of(GRAM_ROWS) && GRAM_ROWS.is_multiple_of(LANES), "blocks of blocks");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_dependent_columns_keep_their_span() {
        let direction = |row: usize, d: usize| ((row * (2 * d + 3) * 29 % 31) as f32 - 15.0) * 0.1;
        let weight = |column: usize, d: usize| ((column * (d + 5) * 13 % 17) as f32 - 8.0) * 0.3;
        let entry = |row, column| (0..6).map(|d| direction(row, d) * weight(column, d)).sum::<f32>();
        let a = FactorMatrix::from_fn(500, 40, entry);
        let gram = gram(&conditioned(&conditioned(&a)));
        assert!(gram.data.iter().all(|x| x.is_finite() && x.abs() < 10.0), "{:?}", gram.data);
        let trace: f64 = (0..40).map(|i| gram.row(i)[i]).sum();
        assert!(trace > 5.9, "six directions are left: {trace}");
    }

    #[test]
    fn conditioning_makes_columns_orthonormal_and_survives_dependent_ones() {
        let entry = |row: usize, column: usize| match column {
            3 => 0.0,
            4 => 2.0 * ((row * 17 % 23) as f32 - 11.0),
            _ => 10.0_f32.powi(column as i32) * ((row * (column + 1) * 17 % 23) as f32 - 11.0),
        };
        let a = FactorMatrix::from_fn(3000, 5, entry);
        let conditioned = conditioned(&a);
        let gram = gram(&conditioned);
        for i in 0..3 {
            for j in 0..3 {
                assert!((gram.row(i)[j] - f64::from(i == j)).abs() < 1e-4, "{:?}", gram.data);
            }
        }
        assert!(gram.data.iter().all(|x| x.is_finite() && x.abs() < 1.1));
    }
}
