//! Documents of few topics: a row of the stored H with a given [sparseness](crate::factorize::sparseness).
//!
//! ```text
//! min ½ aᵀG a − bᵀa      over a ≥ 0 of this sparseness, with G and b as in the family's header
//! ```
//!
//! A row is its shares u, which sum to 1, times its best scale bᵀu / uᵀG u. Shares take projected gradient steps to the
//! nearest point of their sparseness, each as long as does not raise the objective. The problem is not convex; the
//! descent begins with the solution without sparseness, and with what the row is already, if it has a sparseness, so
//! that the objective never rises.

use super::block_principal_pivoting;
use super::gram::Gram;
use crate::factorize::sparseness::nearest;

/// Most steps, and the relative fall of the objective below which a row has arrived.
const STEPS: usize = 30;
const SMALLEST_FALL: f64 = 1e-7;

/// Improves the row `a`; a row of one topic only is solved without a sparseness. `product` is a workspace.
pub fn improve(gram: &Gram, b: &[f64], sparseness: f64, a: &mut [f64], product: &mut Vec<f64>) {
    let mut fresh = a.to_vec();
    block_principal_pivoting::solve(gram, b, &mut fresh, product);
    let (Some(from_fresh), Some(from_given)) =
        (descend(gram, b, sparseness, &fresh, product), descend(gram, b, sparseness, a, product))
    else {
        return a.copy_from_slice(&fresh);
    };
    // The solution that a new document gets is preferred where both are as good.
    let best = if from_given.objective < from_fresh.objective { from_given } else { from_fresh };
    a.iter_mut().zip(&best.shares).for_each(|(a, share)| *a = best.scale * share);
}

/// Shares with their best scale.
struct Scaled {
    shares: Vec<f64>,
    scale: f64,
    objective: f64,
}

impl Scaled {
    fn new(gram: &Gram, b: &[f64], shares: Vec<f64>, product: &mut Vec<f64>) -> Self {
        gram.times(&shares, product);
        let square: f64 = shares.iter().zip(&*product).map(|(u, gu)| u * gu).sum();
        let along: f64 = shares.iter().zip(b).map(|(u, b)| u * b).sum();
        let scale = if square > 0.0 { (along / square).max(0.0) } else { 0.0 };
        Self { shares, scale, objective: scale * (0.5 * scale * square - along) }
    }
}

/// The best row that a descent from `a` finds; `None` if `a` is nothing, or has one topic only to choose from.
fn descend(gram: &Gram, b: &[f64], sparseness: f64, a: &[f64], product: &mut Vec<f64>) -> Option<Scaled> {
    let (sum, bound) = (a.iter().sum::<f64>(), gram.bound_of_eigenvalues());
    if a.len() < 2 || sum <= 0.0 || bound <= 0.0 {
        return None;
    }
    let first = nearest(a.iter().map(|a| a / sum).collect(), sparseness);
    let (mut best, mut length) = (Scaled::new(gram, b, first, product), 1.0 / bound);
    for _ in 0..STEPS {
        let row: Vec<f64> = best.shares.iter().map(|share| best.scale * share).collect();
        gram.times(&row, product);
        let gradient = product.iter().zip(b).map(|(product, b)| product - b);
        let moved: Vec<f64> = row.iter().zip(gradient).map(|(a, gradient)| (a - length * gradient).max(0.0)).collect();
        let sum: f64 = moved.iter().sum();
        let next = (sum > 0.0).then(|| {
            let shares = nearest(moved.iter().map(|a| a / sum).collect(), sparseness);
            Scaled::new(gram, b, shares, product)
        });
        match next.filter(|next| next.objective < best.objective) {
            Some(next) => {
                let has_arrived = best.objective - next.objective <= SMALLEST_FALL * next.objective.abs();
                (best, length) = (next, length * 1.5);
                if has_arrived {
                    break;
                }
            }
            None if length * bound < 1e-3 => break,
            None => length *= 0.5,
        }
    }
    Some(best)
}
