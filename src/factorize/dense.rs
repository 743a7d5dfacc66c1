//! Small dense linear algebra in f64 with a fixed order of additions: products of tall matrices by blocks of rows,
//! and the eigenvectors of a small symmetric matrix.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::{BLOCK_ROWS, FactorMatrix, flatten_mut};

/// Number of blocks of rows whose Gram matrices are held at once, which bounds the memory for them.
const GRAM_BLOCKS: usize = 16;

/// If the smallest eigenvalue of AᵀA is above this share of the largest, one round gives a basis that is orthonormal
/// to 1e-10.
const WELL_CONDITIONED: f64 = 1e-6;

/// A dense matrix of f64, stored row after row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::factorize) struct Dense {
    pub(in crate::factorize) data: Vec<f64>,
    pub(in crate::factorize) n_columns: usize,
}

impl Dense {
    pub(in crate::factorize) fn zeros(n_rows: usize, n_columns: usize) -> Self {
        Self { data: vec![0.0; n_rows * n_columns], n_columns }
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.n_columns..(row + 1) * self.n_columns]
    }

    /// AᵀA (n_columns × n_columns), summed over fixed blocks of rows in order.
    pub(super) fn gram(&self) -> Dense {
        let n = self.n_columns;
        sum_of_blocks(n, self.data.len() / n.max(1), |rows| gram_of_block(&self.data[rows.start * n..rows.end * n], n))
    }

    /// A·B for a small B with n_columns rows, computed row by row.
    pub(super) fn times(&self, right: &Dense) -> Dense {
        let n_rows = self.data.len() / self.n_columns.max(1);
        let mut product = Dense::zeros(n_rows, right.n_columns);
        product.data.par_chunks_mut(right.n_columns).zip(self.data.par_chunks(self.n_columns)).for_each(
            |(out, row)| {
                for (&a, b) in row.iter().zip(right.data.chunks_exact(right.n_columns)) {
                    out.iter_mut().zip(b).for_each(|(sum, value)| *sum += a * value);
                }
            },
        );
        product
    }

    /// A·B·diag(scale) in f32, for as many first columns of B as there are scales.
    pub(super) fn times_scaled(&self, right: &Dense, scale: &[f64]) -> FactorMatrix {
        let n_rows = self.data.len() / self.n_columns.max(1);
        let mut product = FactorMatrix::zeros(n_rows, scale.len());
        if scale.is_empty() {
            return product;
        }
        let lanes_per_row = product.lanes_per_row();
        let rows = product.lanes_mut().par_chunks_mut(lanes_per_row).zip(self.data.par_chunks(self.n_columns));
        rows.for_each_init(
            || vec![0.0; scale.len()],
            |sums, (out, row)| {
                sums.fill(0.0);
                for (&a, b) in row.iter().zip(right.data.chunks_exact(right.n_columns)) {
                    sums.iter_mut().zip(b).for_each(|(sum, value)| *sum += a * value);
                }
                let scaled = sums.iter().zip(scale).map(|(sum, scale)| (sum * scale) as f32);
                flatten_mut(out).iter_mut().zip(scaled).for_each(|(to, value)| *to = value);
            },
        );
        product
    }

    /// An orthonormal basis of the span of the columns; directions shorter than `1e-7` of the longest are left out.
    ///
    /// It is A · U Λ^(−1/2) with AᵀA = U Λ Uᵀ, which needs no pivoting and reveals the rank. A second round follows
    /// if some direction is so short that its rounding would show.
    pub(super) fn basis(&self) -> Dense {
        let mut basis = self.clone();
        for _ in 0..2 {
            let (values, vectors) = symmetric_eigen(basis.gram());
            let largest = values.first().copied().unwrap_or(0.0);
            let rank = values.iter().take_while(|&&value| value > largest * 1e-14 && value > 0.0).count();
            let mut scaled = Dense::zeros(vectors.n_columns, rank);
            for row in 0..vectors.n_columns {
                for (column, value) in values[..rank].iter().enumerate() {
                    scaled.data[row * rank + column] = vectors.row(row)[column] / value.sqrt();
                }
            }
            if rank == 0 {
                return Dense { data: Vec::new(), n_columns: 0 };
            }
            basis = basis.times(&scaled);
            if values[rank - 1] > largest * WELL_CONDITIONED {
                break;
            }
        }
        basis
    }
}

/// The sum of n × n matrices, one for each block of [`BLOCK_ROWS`] rows, added in order. Only a few of the matrices
/// are held at once.
pub(in crate::factorize) fn sum_of_blocks(
    n: usize,
    n_rows: usize,
    of_block: impl Fn(Range<usize>) -> Dense + Sync,
) -> Dense {
    let mut total = Dense::zeros(n, n);
    let starts: Vec<usize> = (0..n_rows).step_by(BLOCK_ROWS).collect();
    for starts in starts.chunks(GRAM_BLOCKS) {
        let blocks = starts.par_iter().map(|&first| of_block(first..n_rows.min(first + BLOCK_ROWS)));
        for block in blocks.collect::<Vec<Dense>>() {
            total.data.iter_mut().zip(&block.data).for_each(|(sum, value)| *sum += value);
        }
    }
    total
}

fn gram_of_block(rows: &[f64], n: usize) -> Dense {
    let mut gram = Dense::zeros(n, n);
    // Four rows are added at a time, so that each sum is loaded and stored once for all four.
    for four in rows.chunks(4 * n) {
        let row = |i: usize| four.get(i * n..(i + 1) * n).unwrap_or(&[]);
        let padding = vec![0.0; if four.len() < 4 * n { n } else { 0 }];
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| if row(i).is_empty() { &padding[..] } else { row(i) });
        for i in 0..n {
            let (ai, bi, ci, di) = (a[i], b[i], c[i], d[i]);
            let others = a[i..].iter().zip(&b[i..]).zip(c[i..].iter().zip(&d[i..]));
            for (sum, ((a, b), (c, d))) in gram.data[i * n + i..(i + 1) * n].iter_mut().zip(others) {
                *sum += (ai * a + bi * b) + (ci * c + di * d);
            }
        }
    }
    for i in 0..n {
        for j in 0..i {
            gram.data[i * n + j] = gram.data[j * n + i];
        }
    }
    gram
}

/// The eigenvalues (descending) and eigenvectors (columns) of a symmetric matrix, by cyclic Jacobi rotations.
///
/// Reference: G. H. Golub, C. F. Van Loan, *Matrix Computations*, §8.5.
pub(super) fn symmetric_eigen(mut a: Dense) -> (Vec<f64>, Dense) {
    let n = a.n_columns;
    let mut vectors = Dense::zeros(n, n);
    (0..n).for_each(|i| vectors.data[i * n + i] = 1.0);
    let norm: f64 = a.data.iter().map(|x| x * x).sum();
    for _ in 0..60 {
        let off: f64 =
            (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))).map(|(p, q)| a.data[p * n + q].powi(2)).sum();
        if off <= norm * 1e-30 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a.data[j * n + j].total_cmp(&a.data[i * n + i]).then(i.cmp(&j)));
    let values = order.iter().map(|&i| a.data[i * n + i]).collect();
    let mut sorted = Dense::zeros(n, n);
    // `vectors` holds the eigenvectors as rows, and the result has them as columns.
    for (column, &i) in order.iter().enumerate() {
        for row in 0..n {
            sorted.data[row * n + column] = vectors.data[i * n + row];
        }
    }
    (values, sorted)
}

/// Makes the entry `a[p][q]` zero by one rotation; `vectors` holds the eigenvectors as rows.
fn rotate(a: &mut Dense, vectors: &mut Dense, p: usize, q: usize) {
    let n = a.n_columns;
    let apq = a.data[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a.data[q * n + q] - a.data[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for i in 0..n {
        let (aip, aiq) = (a.data[i * n + p], a.data[i * n + q]);
        a.data[i * n + p] = c * aip - s * aiq;
        a.data[i * n + q] = s * aip + c * aiq;
    }
    rotate_rows(&mut a.data, n, p, q, c, s);
    rotate_rows(&mut vectors.data, n, p, q, c, s);
}

fn rotate_rows(data: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    let (head, tail) = data.split_at_mut(q * n);
    for (x, y) in head[p * n..(p + 1) * n].iter_mut().zip(&mut tail[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn eigenvectors_rebuild_the_matrix(n in 1_usize..9, entries in prop::collection::vec(-3.0_f64..3.0, 81)) {
            let mut a = Dense::zeros(n, n);
            for i in 0..n {
                for j in 0..n {
                    a.data[i * n + j] = entries[i * 9 + j] + entries[j * 9 + i];
                }
            }
            let (values, vectors) = symmetric_eigen(a.clone());
            prop_assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
            for i in 0..n {
                for j in 0..n {
                    let rebuilt: f64 = (0..n).map(|k| vectors.row(i)[k] * values[k] * vectors.row(j)[k]).sum();
                    prop_assert!((rebuilt - a.row(i)[j]).abs() < 1e-10);
                    let unit: f64 = (0..n).map(|k| vectors.row(k)[i] * vectors.row(k)[j]).sum();
                    prop_assert!((unit - f64::from(i == j)).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn a_basis_is_orthonormal_and_has_the_rank(rows in 4_usize..40, entries in prop::collection::vec(-1.0_f64..1.0, 120)) {
            let mut a = Dense::zeros(rows, 4);
            for i in 0..rows {
                for j in 0..3 { a.data[i * 4 + j] = entries[i * 3 + j]; }
                a.data[i * 4 + 3] = 2.0 * entries[i * 3] - entries[i * 3 + 1];
            }
            let basis = a.basis();
            prop_assert!(basis.n_columns <= 3);
            let gram = basis.gram();
            for i in 0..basis.n_columns {
                for j in 0..basis.n_columns {
                    prop_assert!((gram.row(i)[j] - f64::from(i == j)).abs() < 1e-9);
                }
            }
        }
    }
}
