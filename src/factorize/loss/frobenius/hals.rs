//! Hierarchical alternating least squares (`hals`): the default of the Frobenius family.
//!
//! ```text
//! a_k ← max(floor, a_k + (b_k − (G a)_k) / G_kk)          for k = 1 … n_topics, one after another, twice
//! ```
//!
//! a is a row of W or of the stored H; G and b are as in the family's header. The method is usually written column by
//! column, for all rows at once. This loop gives the same result row by row, because G and b are fixed. There are two
//! rounds, because computing b costs more than a round (N. Gillis, F. Glineur, *Accelerated multiplicative updates
//! and hierarchical ALS algorithms for nonnegative matrix factorization*, 2012,
//! [doi:10.1162/NECO_a_00256](https://doi.org/10.1162/NECO_a_00256)).
//!
//! With penalties, l_k + q_k a_k is subtracted from the numerator and q_k is added to the divisor:
//! q is part of the diagonal of G, and l of b.
//!
//! Rows take their steps side by side, in f32 (see [`Panel`]). Cost beside b: 4 n_topics² flops
//! per row. Guaranteed: the objective never rises but by rounding, because every step is the exact minimum along its
//! coordinate; limits are stationary points.
//!
//! Reference: A. Cichocki, A.-H. Phan, *Fast local algorithms for large scale nonnegative matrix and tensor
//! factorizations*, 2009, [doi:10.1587/transfun.E92.A.708](https://doi.org/10.1587/transfun.E92.A.708).

use super::gram::Gram;
use super::penalties::Penalty;
use crate::kernels::{Kernel, Lanes, LeastSquares, Panel};

/// Number of rounds over the topics of a row.
const ROUNDS: usize = 2;

/// The problem that all rows of a factor have in common.
pub(super) fn problem(gram: &Gram, penalty: &Penalty, floor: f32) -> LeastSquares {
    let mut gram = gram.clone();
    gram.add_diagonal(&penalty.quadratic);
    LeastSquares::new(gram.values(), &penalty.linear, &penalty.relative, floor)
}

/// Improves the rows of a panel, and writes them to `rows` of a factor. A row of V that is empty becomes zeros.
pub(super) fn improve(
    kernel: Kernel,
    problem: &LeastSquares,
    panel: &mut Panel,
    rows: &mut [Lanes],
    lanes_per_row: usize,
    is_empty: impl Fn(usize) -> bool,
) {
    panel.descend(kernel, problem, ROUNDS);
    for (lane, row) in rows.chunks_exact_mut(lanes_per_row).enumerate() {
        match is_empty(lane) {
            true => row.fill(Lanes::default()),
            false => panel.write(lane, row),
        }
    }
}
