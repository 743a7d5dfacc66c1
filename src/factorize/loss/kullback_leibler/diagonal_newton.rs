//! Accelerated updates for the KL-divergence (`accelerated`): a separable diagonal Newton step.
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
//! γ − 1 and is followed by a multiplicative iteration ([`Guard`]); γ recovers after five good iterations.

use crate::kernels::Step;

/// Steps per document and iteration.
const DOCUMENT_STEPS: usize = 2;

/// γ while all goes well.
const DAMPING: f32 = 1.9;

/// Good iterations after which γ is raised again.
const RECOVERY: usize = 5;

/// Rise of the objective, relative, that is answered.
const RISE: f64 = 1e-6;

/// Chooses the steps of an iteration from how the objective went.
#[derive(Clone, Debug)]
pub struct Guard {
    damping: f32,
    good: usize,
    is_careful: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self { damping: DAMPING, good: 0, is_careful: true }
    }
}

impl Guard {
    /// The steps of documents and of terms in the next iteration.
    pub fn steps(&self) -> (Step, Step) {
        if self.is_careful {
            return super::multiplicative_update::steps();
        }
        let damping = self.damping;
        (Step::Accelerated { damping, passes: DOCUMENT_STEPS }, Step::Accelerated { damping, passes: 1 })
    }

    /// Takes note of the relative fall of the objective in an iteration, none for the start.
    pub fn observe(&mut self, change: Option<f64>) {
        self.is_careful = change.is_some_and(|change| change < -RISE);
        if self.is_careful {
            self.damping = 1.0 + (self.damping - 1.0) / 2.0;
            self.good = 0;
        } else if self.damping < DAMPING {
            self.good += 1;
            if self.good.is_multiple_of(RECOVERY) {
                self.damping = (1.0 + 2.0 * (self.damping - 1.0)).min(DAMPING);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_answered_by_care_and_forgotten_in_time() {
        let damping = |guard: &Guard| match guard.steps().1 {
            Step::Accelerated { damping, .. } => Some(damping),
            _ => None,
        };
        let mut guard = Guard::default();
        assert_eq!(damping(&guard), None, "the first iteration is multiplicative");
        guard.observe(None);
        assert_eq!(damping(&guard), Some(1.9));
        guard.observe(Some(-0.01));
        assert_eq!(damping(&guard), None);
        guard.observe(Some(0.02));
        assert_eq!(damping(&guard), Some(1.45));
        (0..4).for_each(|_| guard.observe(Some(0.01)));
        assert_eq!(damping(&guard), Some(1.9));
    }
}
