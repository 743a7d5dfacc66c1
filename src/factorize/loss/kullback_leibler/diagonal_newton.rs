//! Diagonal Newton steps for the KL-divergence (`diagonal-newton`), separable by topic: the default.
//!
//! For a row a of one factor (a document's column of H, or a term's row of W), the rows F_e of the other factor at its
//! nonzeros x_e, their sums σ_e, and the column sums s of the other factor:
//!
//! ```text
//! v_e = ⟨a, F_e⟩     N_k = Σ_e (x_e / v_e) F_ek     Q_k = Σ_e (x_e σ_e / v_e²) F_ek     ā = mean(a)
//! a_k ← max(floor, a_k / 5, a_k + γ (N_k − s_k)(a_k + c ā) / (N_k + c ā Q_k)),    c = ½, γ = 1.9
//! ```
//!
//! N − s is the negative gradient. The divisor comes from the lemma of Lee and Seung on the local quadratic model: for any
//! u > 0, diag((Mu)_k / u_k) − M is positive semidefinite, M the Hessian. u = a gives the metric of multiplicative updates,
//! tiny steps for tiny entries; u = 1 that of P. Pham, J. Cohen, T. Chonavel, *A fast multiplicative updates algorithm for
//! non-negative matrix factorization*, 2023, [arXiv:2303.17992](https://arxiv.org/abs/2303.17992), slow while rows are dense;
//! u = a + c ā lies between. Zeros do not lock. An entry falls to a fifth at most, since the model is blind to the pole of f
//! at v = 0; without that bound f rose by up to 130 % in a step on planted data, with it never.
//!
//! An iteration is two steps for every document and one for every term; the first iteration is multiplicative, since the
//! model is poor far away. Cost: 18 flops per nonzero and topic, 6 divisions per nonzero. In memory as multiplicative updates.
//!
//! Guaranteed: entries at or above the floor; the same bits on any number of threads and every kernel. The objective
//! fell in every iteration ever seen, but need not: the local model is majorised, not f. A rise by more than a millionth halves
//! γ − 1 and is followed by a multiplicative iteration (`factorize/safeguard.rs`); γ recovers after five good iterations.

use super::multiplicative_update;
use crate::factorize::safeguard::Safeguard;
use crate::kernels::Step;

/// Steps per document and iteration: a second one costs less than another iteration and gains nearly as much.
const DOCUMENT_STEPS: usize = 2;

/// The steps of documents and of terms in the next iteration.
pub(in crate::factorize) fn steps(safeguard: &Safeguard) -> [Step; 2] {
    let Some(damping) = safeguard.damping() else { return multiplicative_update::steps() };
    [Step::DiagonalNewton { damping, passes: DOCUMENT_STEPS }, Step::DiagonalNewton { damping, passes: 1 }]
}
