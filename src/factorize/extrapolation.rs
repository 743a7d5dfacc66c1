//! Extrapolation: an iteration starts beyond the point where the last one ended, in the direction in which it went.
//!
//! With X_t the factors after iteration t, the next iteration starts from
//!
//! ```text
//! Y = max(X_t / 2, X_t + β (X_t − X_{t−1}))        β = min(t / (t + 2), 0.98)
//! ```
//!
//! (Y. Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, 1983; for
//! alternating factorisation A. M. S. Ang, N. Gillis, *Accelerating nonnegative matrix factorization algorithms using
//! extrapolation*, Neural Computation 31 (2019), [doi:10.1162/neco_a_01157](https://doi.org/10.1162/neco_a_01157)).
//! If the objective at Y is higher than it was at the start of the last iteration, the next one starts from X_t
//! instead, and t counts from 0 again (B. O'Donoghue, E. Candès, *Adaptive restart for accelerated gradient schemes*,
//! 2015, [doi:10.1007/s10208-013-9150-3](https://doi.org/10.1007/s10208-013-9150-3)). So if no iteration raises the
//! objective, the sequence of objectives never rises. Zeros stay zero.
//!
//! It is used with steps that minimise exactly along each coordinate; those of `diagonal-newton` overshoot already
//! without it. It needs a copy of both factors.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::kernels::{BLOCK_ROWS, FactorMatrix, flatten, flatten_mut};

/// Largest β, which t / (t + 2) would otherwise bring up to 1.
const MOST: f32 = 0.98;

/// Smallest share of an entry that an extrapolation leaves, so that no positive entry becomes zero or negative.
const LEAST: f32 = 0.5;

/// The factors after the last iteration, and the number of extrapolations since the last return to them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extrapolation {
    last: Option<[FactorMatrix; 2]>,
    n_good: usize,
}

impl Extrapolation {
    /// Moves W and H from the point after an iteration to the point Y at which the next one starts.
    pub(super) fn extend(&mut self, factors: [&mut FactorMatrix; 2]) {
        let Some(last) = &mut self.last else {
            self.last = Some(factors.map(|factor| factor.clone()));
            return;
        };
        self.n_good += 1;
        let beta = (self.n_good as f32 / (self.n_good as f32 + 2.0)).min(MOST);
        for (factor, last) in factors.into_iter().zip(last) {
            let chunk = BLOCK_ROWS * factor.lanes_per_row().max(1);
            let blocks = factor.lanes_mut().par_chunks_mut(chunk).zip(last.lanes_mut().par_chunks_mut(chunk));
            blocks.for_each(|(now, last)| {
                for (now, last) in flatten_mut(now).iter_mut().zip(flatten_mut(last)) {
                    let before = std::mem::replace(last, *now);
                    let (beyond, least) = (*now + beta * (*now - before), LEAST * *now);
                    *now = if beyond > least { beyond } else { least };
                }
            });
        }
    }

    /// W and H after the last iteration; `None` if no iteration with exact steps has been done yet.
    pub(super) fn last(&self) -> Option<[&FactorMatrix; 2]> {
        self.last.as_ref().map(|[w, h]| [w, h])
    }

    /// Whether W and H stand at an extrapolated point.
    pub(super) fn has_extended(&self) -> bool {
        self.n_good > 0
    }

    /// Returns W and H to the point after the last iteration.
    pub(super) fn go_back(&mut self, factors: [&mut FactorMatrix; 2]) {
        if self.has_extended() {
            for (factor, last) in factors.into_iter().zip(self.last.iter().flatten()) {
                flatten_mut(factor.lanes_mut()).copy_from_slice(flatten(last.lanes()));
            }
        }
        self.n_good = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_in_the_direction_of_the_last_iteration_and_back() {
        let factor = |values: [f32; 3]| FactorMatrix::from_fn(1, 3, |_, topic| values[topic]);
        let mut extrapolation = Extrapolation::default();
        let (mut w, mut h) = (factor([1.0, 4.0, 1.0]), factor([1.0; 3]));
        extrapolation.extend([&mut w, &mut h]);
        assert_eq!(w.row_values(0), [1.0, 4.0, 1.0], "there is no direction yet");
        (w, h) = (factor([4.0, 1.0, 0.0]), factor([1.0; 3]));
        extrapolation.extend([&mut w, &mut h]);
        // β is 1/3: 4 becomes 4 + 3/3; 1 becomes 1 − 3/3 but at least its half; 0 stays 0.
        assert_eq!(w.row_values(0), [5.0, 0.5, 0.0]);
        extrapolation.go_back([&mut w, &mut h]);
        assert_eq!(w.row_values(0), [4.0, 1.0, 0.0]);
        assert!(!extrapolation.has_extended());
    }
}
