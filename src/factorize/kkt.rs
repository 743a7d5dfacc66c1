//! How far factors are from a stationary point: the Karush-Kuhn-Tucker residual.

use rayon::prelude::*;

use super::Loss;
use super::loss::frobenius;
use crate::kernels::{BLOCK_ROWS, FactorMatrix, Kernel, RowPass, Wanted};
use crate::matrix::TermDocumentMatrix;

/// The largest violation of the conditions for a minimum over documents, terms and topics; 0 at a stationary point, no unit.
///
/// With the gradients g = s − N (for a column of H: s the column sums of W and N_k = Σ_t W_tk V_td / (WH)_td; mirrored for a
/// row of W), a minimum has a ≥ 0, g ≥ 0 and a g = 0. A positive entry violates them by |a g| / Σ V of its row, a share of
/// the row's weight; an entry of 0 by (N/s − 1)₊, the relative gain of leaving zero. Entries at or below `floors`, of W and
/// of H, count as zeros. For the Frobenius norm, with the gradient g = G a − b (see `loss::frobenius`), a positive entry
/// violates by |a g| / Σ V² of its row, one of 0 by (b/(G a) − 1)₊. O(nnz · n_topics), as an iteration of multiplicative updates.
///
/// ```
/// use topicmill::{factorize::{Loss, kkt_residual}, kernels::FactorMatrix, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(1, 1, &[(0, 0, 6.0)])?;
/// let factor = |value| FactorMatrix::from_fn(1, 1, |_, _| value);
/// assert_eq!(kkt_residual(&v, &factor(2.0), &factor(3.0), (0.0, 0.0), Loss::KullbackLeibler), 0.0);
/// // WH = 4 in place of 6: g = 2 − 6 / 4 · 2 = −1, so |a g| / Σ V = 2 · 1 / 6.
/// assert!((kkt_residual(&v, &factor(2.0), &factor(2.0), (0.0, 0.0), Loss::KullbackLeibler) - 1.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn kkt_residual(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix, floors: (f32, f32), loss: Loss) -> f64 {
    if loss == Loss::Frobenius {
        return frobenius::kkt_residual(v, w, h, floors);
    }
    let documents = worst(v.n_documents(), |d| v.document(d), h, w, floors.1);
    let terms = worst(v.n_terms(), |t| v.term(t), w, h, floors.0);
    documents.max(terms)
}

/// The worst of the rows of `factor`.
fn worst<'v>(
    n_rows: usize,
    nonzeros: impl Fn(usize) -> (&'v [u32], &'v [f32]) + Sync,
    factor: &FactorMatrix,
    other: &FactorMatrix,
    floor: f32,
) -> f64 {
    let (kernel, sums) = (Kernel::current(), other.topic_sums());
    let worst = |pass: &mut RowPass, row: usize| {
        let (indices, values) = nonzeros(row);
        let weight: f64 = values.iter().map(|&x| f64::from(x)).sum();
        if weight <= 0.0 {
            return 0.0;
        }
        pass.run(kernel, factor.row(row), other, indices, values, 0..indices.len(), Wanted::default());
        let entries = factor.row_values(row).iter().zip(pass.numerators()).zip(&sums);
        let violations = entries.map(|((&a, &numerator), &sum)| {
            violation(f64::from(a), f64::from(floor), sum, f64::from(numerator), weight)
        });
        violations.fold(0.0, f64::max)
    };
    // A maximum does not depend on the order.
    let rows = (0..n_rows).into_par_iter().with_min_len(BLOCK_ROWS / 4);
    rows.map_init(|| RowPass::new(factor.n_topics()), worst).reduce(|| 0.0, f64::max)
}

/// The violation of an entry with the gradient `plus` − `minus`, in a row of a size.
pub(super) fn violation(a: f64, floor: f64, plus: f64, minus: f64, size: f64) -> f64 {
    match a > floor {
        true if size > 0.0 => (a * (plus - minus)).abs() / size,
        false if plus > 0.0 => (minus / plus - 1.0).max(0.0),
        _ => 0.0,
    }
}
