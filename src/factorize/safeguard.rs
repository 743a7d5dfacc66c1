//! The safeguard of diagonal Newton steps: it takes a safe step and lowers the step length after the objective has
//! risen.

use serde::{Deserialize, Serialize};

/// The step length γ as long as the objective falls.
const DAMPING: f32 = 1.9;

/// Number of iterations without a rise after which γ is raised again.
const RECOVERY: usize = 5;

/// A rise of the objective below this share of it may be rounding and is ignored.
const RISE: f64 = 1e-6;

/// The step length γ of diagonal Newton steps, which is lowered after the objective has risen.
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
    /// γ of the next iteration. `None` asks for a multiplicative iteration, which never raises the objective: for the
    /// first iteration, since the local model is poor far from a minimum, and after a rise.
    pub(super) fn damping(&self) -> Option<f32> {
        (!self.is_careful).then_some(self.damping)
    }

    /// Adapts γ to the relative fall of the objective in an iteration (`None` for the start).
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
