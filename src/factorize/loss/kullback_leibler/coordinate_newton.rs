//! Coordinate Newton steps for the KL-divergence (`coordinate-newton`): for the last per mille.
//!
//! Rows of both factors descend along one coordinate after another with exact second derivatives, over the active topics:
//! those that are not zero, and those that want to leave zero (`kernels::coordinate` has the formulas and the check that
//! keeps the objective of a row from rising). A row is visited once per iteration.
//!
//! References: C.-J. Hsieh, I. S. Dhillon, *Fast coordinate descent methods with variable selection for non-negative matrix
//! factorization*, KDD 2011, [doi:10.1145/2020408.2020577](https://doi.org/10.1145/2020408.2020577); X. Lin, P. C. Boutros,
//! *Optimization and expansion of non-negative matrix factorization*, 2020,
//! [doi:10.1186/s12859-019-3312-5](https://doi.org/10.1186/s12859-019-3312-5). Departures: the active set; a step that
//! lowers a coordinate is damped only in rows whose objective would have risen.
//!
//! The first iterations are those of `diagonal-newton`, since a dense row costs K coordinates; then entries at the floor become
//! zeros, there is no floor any more, and each iteration starts beyond where the last one ended (`factorize::extrapolation`). Cost of an iteration: 4 flops per nonzero and topic and side for the active set,
//! then about 4 flops and a division per nonzero and active topic (a fifth of all, late), two logarithms per nonzero.
//!
//! Guaranteed: the objective never rises by more than rounding once these steps have begun; zeros do not lock; limits are
//! stationary points (the fit stops when the KKT residual is below its tolerance); the same bits on any number of threads
//! and every kernel. A term's whole row of V is needed at once: not for data out of core.

use super::diagonal_newton;
use crate::factorize::state::State;
use crate::kernels::{FactorMatrix, Step, flatten_mut};

/// Iterations of diagonal Newton steps before: a coordinate step of a dense row costs as much as many of those.
const DIAGONAL_ITERATIONS: usize = 6;

/// The steps of documents and of terms in the next iteration. At the first coordinate step entries at the floor become
/// zeros, since this method can leave zero, and there is no floor from then on.
pub(in crate::factorize) fn steps(state: &mut State) -> [Step; 2] {
    if state.n_iterations() < DIAGONAL_ITERATIONS {
        return diagonal_newton::steps(&state.safeguard);
    }
    if state.n_iterations() == DIAGONAL_ITERATIONS {
        clear_floor(&mut state.w, state.floors.0);
        clear_floor(&mut state.h, state.floors.1);
        state.floors = (0.0, 0.0);
    }
    [Step::CoordinateNewton { passes: 1 }; 2]
}

/// Whether a coordinate step has been made.
pub(in crate::factorize) fn has_begun(state: &State) -> bool {
    state.n_iterations() > DIAGONAL_ITERATIONS
}

/// Makes entries at or below the floor zeros, in rows that have others.
fn clear_floor(factor: &mut FactorMatrix, floor: f32) {
    let lanes_per_row = factor.lanes_per_row();
    for row in factor.lanes_mut().chunks_mut(lanes_per_row) {
        let row = flatten_mut(row);
        if row.iter().any(|&entry| entry > floor) {
            row.iter_mut().filter(|entry| **entry <= floor).for_each(|entry| *entry = 0.0);
        }
    }
}
