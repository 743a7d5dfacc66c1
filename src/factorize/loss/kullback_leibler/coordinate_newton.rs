//! Coordinate Newton steps for the KL-divergence (`coordinate-newton`), which lower the objective by a last per
//! mille.
//!
//! The rows of both factors descend along one coordinate after another with exact second derivatives. They visit only
//! the active topics: those that are not zero, and those that a step would take away from zero (`kernels::coordinate`
//! has the formulas, and the check that keeps the objective of a row from rising). A row is visited once per
//! iteration.
//!
//! References: C.-J. Hsieh, I. S. Dhillon, *Fast coordinate descent methods with variable selection for non-negative
//! matrix factorization*, KDD 2011, [doi:10.1145/2020408.2020577](https://doi.org/10.1145/2020408.2020577); X. Lin,
//! P. C. Boutros, *Optimization and expansion of non-negative matrix factorization*, 2020,
//! [doi:10.1186/s12859-019-3312-5](https://doi.org/10.1186/s12859-019-3312-5). Departures: only active topics are
//! visited; a step that lowers a coordinate is damped only in rows whose objective would have risen.
//!
//! The first iterations are those of `diagonal-newton`, because in a dense row all K coordinates are active. Then
//! entries at the floor become zeros, the floor is removed, and each iteration starts beyond the point where the last
//! one ended (`factorize::extrapolation`). Cost of an iteration: 4 flops per nonzero and topic on either side to find
//! the active topics, then about 4 flops and a division per nonzero and active topic (late in a fit a fifth of all
//! topics), and two logarithms per nonzero.
//!
//! Guaranteed: once these steps have begun, the objective never rises by more than rounding; entries can leave zero;
//! limits are stationary points (the fit stops when the KKT residual is below its tolerance); any number of threads
//! and every kernel give the same bits. A step needs a term's whole row of V at once, so that it cannot work on
//! shards of documents.

use super::diagonal_newton;
use crate::factorize::state::State;
use crate::kernels::{FactorMatrix, Step, flatten_mut};

/// Number of diagonal Newton iterations at the beginning: while rows are dense, a coordinate step costs as much as
/// many of them.
const DIAGONAL_ITERATIONS: usize = 6;

/// The steps of documents and of terms in the next iteration.
pub(in crate::factorize) fn steps(state: &State) -> [Step; 2] {
    if state.n_iterations() < DIAGONAL_ITERATIONS {
        return diagonal_newton::steps(&state.safeguard);
    }
    [Step::CoordinateNewton { passes: 1 }; 2]
}

/// Before the first coordinate step, entries at the floor become zeros and the floor is removed, because these steps
/// can leave zero.
pub(in crate::factorize) fn prepare(state: &mut State) {
    if state.n_iterations() == DIAGONAL_ITERATIONS {
        clear_floor(&mut state.w, state.floors.0);
        clear_floor(&mut state.h, state.floors.1);
        state.floors = (0.0, 0.0);
    }
}

/// Whether a coordinate step has been taken.
pub(in crate::factorize) fn has_begun(state: &State) -> bool {
    state.n_iterations() > DIAGONAL_ITERATIONS
}

/// Sets entries at or below the floor to zero. A row that has no other entries stays unchanged, so that it does not
/// become zero as a whole.
pub(super) fn clear_floor(factor: &mut FactorMatrix, floor: f32) {
    let lanes_per_row = factor.lanes_per_row();
    for row in factor.lanes_mut().chunks_mut(lanes_per_row) {
        let row = flatten_mut(row);
        if row.iter().any(|&entry| entry > floor) {
            row.iter_mut().filter(|entry| **entry <= floor).for_each(|entry| *entry = 0.0);
        }
    }
}
