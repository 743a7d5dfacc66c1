//! Compares the objective of quality `best` with that of fastTopics' method.

use crate::common::fast_topics::fast_topics;
use crate::common::{matrix, shared};
use topicmill::factorize::{FactorizeParams, Origin, Silent, Solver, fit};

const TOPICS: usize = 10;

#[test]
fn best_ends_at_or_below_the_best_of_fast_topics() {
    let Some(folder) = shared("golden/nmf/bbc1000") else { return };
    let v = matrix(&folder.join("V.mtx.gz"));
    let oracle = (1..=3).map(|seed| fast_topics::<TOPICS>(&v, seed, 30, 30)).fold(f64::INFINITY, f64::min);
    // These are the parameters of `config/presets/best.toml`.
    let params = FactorizeParams {
        n_topics: TOPICS,
        solver: Solver::CoordinateNewton,
        restarts: 4,
        max_iterations: 500,
        tolerance: 1e-6,
        ..Default::default()
    };
    let best = fit(&v, &params, Origin::Init, &mut Silent).unwrap().trace.last().unwrap().objective;
    assert!(best <= oracle * (1.0 + 1e-4), "best {best}, fastTopics' method {oracle}");
}
