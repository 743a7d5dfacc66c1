//! Projected gradient (`projected-gradient`).
//!
//! ```text
//! a ← max(floor, a − (G a − b) / L)          L an upper bound of the eigenvalues of G, ten times
//! ```
//!
//! a is a row of W or of the stored H; G and b are as in the family's header. A step of 1/L needs no line search,
//! because the objective of a row has curvature L at most. Cost beside b: 20 n_topics² flops per row.
//!
//! Guaranteed: the objective never rises; limits are stationary points. It is slower than `hals` and is offered as
//! the textbook method.
//!
//! Reference: C.-J. Lin, *Projected gradient methods for nonnegative matrix factorization*, 2007,
//! [doi:10.1162/neco.2007.19.10.2756](https://doi.org/10.1162/neco.2007.19.10.2756). Departure: the step length is
//! fixed, where the paper searches for one.

use super::gram::Gram;

/// Number of steps per row.
const STEPS: usize = 10;

/// Improves the row `a` by some steps along its projected gradient; `product` is a workspace.
pub fn improve(gram: &Gram, b: &[f64], floor: f64, a: &mut [f64], product: &mut Vec<f64>) {
    let bound = gram.bound_of_eigenvalues();
    if bound <= 0.0 {
        return a.fill(floor);
    }
    for _ in 0..STEPS {
        gram.times(a, product);
        let gradient = product.iter().zip(b).map(|(product, b)| product - b);
        a.iter_mut().zip(gradient).for_each(|(a, gradient)| *a = (*a - gradient / bound).max(floor));
    }
}
