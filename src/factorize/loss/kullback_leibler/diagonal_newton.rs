//! Diagonal Newton steps for the KL-divergence (`diagonal-newton`), separable by topic: the default solver.
//!
//! Let a be a row of one factor (a document's column of H, or a term's row of W), x_e its nonzeros in V, F_e the rows
//! of the other factor at these nonzeros, σ_e the sums of the F_e, and s the column sums of the other factor:
//!
//! ```text
//! v_e = ⟨a, F_e⟩     N_k = Σ_e (x_e / v_e) F_ek     Q_k = Σ_e (x_e σ_e / v_e²) F_ek     ā = mean(a)
//! a_k ← max(floor, a_k / 5, a_k + γ (N_k − s_k)(a_k + c ā) / (N_k + c ā Q_k)),    c = ½, γ = 1.9
//! ```
//!
//! N − s is the negative gradient. The divisor follows from the lemma of Lee and Seung on the local quadratic model
//! with Hessian M: for any u > 0, diag((Mu)_k / u_k) − M is positive semidefinite. u = a gives the metric of
//! multiplicative updates, whose steps are tiny for tiny entries. u = 1 gives that of P. Pham, J. Cohen, T. Chonavel,
//! *A fast multiplicative updates algorithm for non-negative matrix factorization*, 2023,
//! [arXiv:2303.17992](https://arxiv.org/abs/2303.17992), which is slow while rows are dense. u = a + c ā lies between
//! them. Entries can leave zero. An entry falls to a fifth at most, because the quadratic model does not see the pole
//! of f at v = 0; without that bound f rose by up to 130 % in a step on planted data, with it never.
//!
//! An iteration takes two steps for every document and one for every term. The first iteration is multiplicative,
//! because the model is poor far from a minimum. Cost: 18 flops per nonzero and topic, 6 divisions per nonzero. It
//! needs as much memory as multiplicative updates.
//!
//! Guaranteed: entries stay at or above the floor; any number of threads and every kernel give the same bits. The
//! objective has fallen in every iteration that was observed, but this is not guaranteed, because the step majorises
//! the local model and not f. A rise by more than a millionth halves γ − 1 and is followed by a multiplicative
//! iteration (`factorize/safeguard.rs`); γ recovers after five good iterations.

use super::multiplicative_update;
use crate::factorize::safeguard::Safeguard;
use crate::kernels::Step;

/// Number of steps per document in an iteration: a second step costs less than another iteration and gains nearly as
/// much.
const DOCUMENT_STEPS: usize = 2;

/// The steps of documents and of terms in the next iteration.
pub(in crate::factorize) fn steps(safeguard: &Safeguard) -> [Step; 2] {
    let Some(damping) = safeguard.damping() else { return multiplicative_update::steps() };
    [Step::DiagonalNewton { damping, passes: DOCUMENT_STEPS }, Step::DiagonalNewton { damping, passes: 1 }]
}
