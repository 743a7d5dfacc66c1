//! What the diagonal Newton steps learn from how the objective went: whether to be careful, and how far to step.

use serde::{Deserialize, Serialize};

/// γ while all goes well.
const DAMPING: f32 = 1.9;

/// Good iterations after which γ is raised again.
const RECOVERY: usize = 5;

/// Relative rise of the objective that is answered; a smaller one may be rounding.
const RISE: f64 = 1e-6;

/// The step length γ of diagonal Newton steps, lowered where the objective has risen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Safeguard {
    damping: f32,
    n_good: usize,
    is_careful: bool,
}

impl Default for Safeguard {
    fn default() -> Self {
        Self { damping: DAMPING, n_good: 0, is_careful: true }
    }
}

impl Safeguard {
    /// γ of the next iteration; none where that has to be multiplicative, which never raises the objective: the first,
    /// since the local model is poor far away, and the one after a rise.
    pub(super) fn damping(&self) -> Option<f32> {
        (!self.is_careful).then_some(self.damping)
    }

    /// Takes note of the relative fall of the objective in an iteration, none for the start.
    pub(super) fn observe(&mut self, change: Option<f64>) {
        self.is_careful = change.is_some_and(|change| change < -RISE);
        if self.is_careful {
            self.damping = 1.0 + (self.damping - 1.0) / 2.0;
            self.n_good = 0;
        } else if self.damping < DAMPING {
            self.n_good += 1;
            if self.n_good.is_multiple_of(RECOVERY) {
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
        let mut safeguard = Safeguard::default();
        assert_eq!(safeguard.damping(), None, "the first iteration is multiplicative");
        safeguard.observe(None);
        assert_eq!(safeguard.damping(), Some(1.9));
        safeguard.observe(Some(-0.01));
        assert_eq!(safeguard.damping(), None);
        safeguard.observe(Some(0.02));
        assert_eq!(safeguard.damping(), Some(1.45));
        (0..4).for_each(|_| safeguard.observe(Some(0.01)));
        assert_eq!(safeguard.damping(), Some(1.9));
    }
}
