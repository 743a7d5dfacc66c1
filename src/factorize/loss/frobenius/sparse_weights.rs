//! Documents of few topics: a row of the stored H with a given sparseness after P. Hoyer, *Non-negative matrix
//! factorization with sparseness constraints*, JMLR 5, 2004.
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
const STEPS: usize = 20;
const SMALLEST_FALL: f64 = 1e-5;

/// How far the sparseness of a row may be from the one that is asked for.
const NEAR: f64 = 1e-5;

/// Improves the row `a` of a fit; a row of one topic only is solved without a sparseness. `product` is a workspace.
pub fn improve(gram: &Gram, b: &[f64], sparseness: f64, a: &mut [f64], product: &mut Vec<f64>) {
    let sum: f64 = a.iter().sum();
    let given = (sum > 0.0 && is_sparse(a, sparseness)).then(|| {
        let shares = a.iter().map(|a| a / sum).collect();
        Scaled::new(gram, b, shares, product)
    });
    block_principal_pivoting::solve(gram, b, a, product);
    let Some(fresh) = descend(gram, b, sparseness, a, product) else { return };
    let best = match given {
        Some(given) if given.objective < fresh.objective => refine(gram, b, sparseness, given, product),
        _ => fresh,
    };
    best.write(a);
}

/// Brings `a`, the solution without a sparseness, to the sparseness; a row of one topic only stays as it is.
pub(super) fn solve(gram: &Gram, b: &[f64], sparseness: f64, a: &mut [f64], product: &mut Vec<f64>) {
    if let Some(best) = descend(gram, b, sparseness, a, product) {
        best.write(a);
    }
}

/// Whether a row has the sparseness, as one that was solved before has.
fn is_sparse(a: &[f64], sparseness: f64) -> bool {
    let (root, sum) = ((a.len() as f64).sqrt(), a.iter().sum::<f64>());
    let norm = a.iter().map(|a| a * a).sum::<f64>().sqrt();
    ((root - sum / norm) / (root - 1.0) - sparseness).abs() < NEAR
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

    fn write(&self, a: &mut [f64]) {
        a.iter_mut().zip(&self.shares).for_each(|(a, share)| *a = self.scale * share);
    }
}

/// The best row that a descent from `a` finds; `None` if `a` is nothing, or has one topic only to choose from.
fn descend(gram: &Gram, b: &[f64], sparseness: f64, a: &[f64], product: &mut Vec<f64>) -> Option<Scaled> {
    let sum: f64 = a.iter().sum();
    if a.len() < 2 || sum <= 0.0 || gram.bound_of_eigenvalues() <= 0.0 {
        return None;
    }
    let first = nearest(a.iter().map(|a| a / sum).collect(), sparseness);
    let first = Scaled::new(gram, b, first, product);
    Some(refine(gram, b, sparseness, first, product))
}

/// The row that projected gradient steps lead to.
fn refine(gram: &Gram, b: &[f64], sparseness: f64, mut best: Scaled, product: &mut Vec<f64>) -> Scaled {
    let shortest = 1e-3 / gram.bound_of_eigenvalues();
    let mut length = 1e3 * shortest;
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
            None if length < shortest => break,
            None => length *= 0.5,
        }
    }
    best
}
