//! Configures random tests. They use a fixed seed, so that they give the same result each time, unless these
//! variables say otherwise:
//!
//! * `TOPICMILL_TEST_SEED`: a number, or `random` for a new seed each time; else [`SEED`].
//! * `TOPICMILL_TEST_REPEAT`: a factor for the number of cases; else 1.
//!
//! proptest's files of failed cases are neither read nor written: a case that failed once becomes a test with a name.

use proptest::test_runner::{Config, RngSeed};

/// The seed of every random test by default.
const SEED: u64 = 20_260;

/// The configuration of a random test of `cases` cases.
pub fn random_cases(cases: u32) -> Config {
    let variable = |name| std::env::var(name).ok();
    let seed = match variable("TOPICMILL_TEST_SEED") {
        Some(word) if word == "random" => RngSeed::Random,
        Some(number) => RngSeed::Fixed(number.parse().expect("TOPICMILL_TEST_SEED is a number or `random`")),
        None => RngSeed::Fixed(SEED),
    };
    let repeat = variable("TOPICMILL_TEST_REPEAT").map_or(1, |n| n.parse().expect("TOPICMILL_TEST_REPEAT is a number"));
    Config { cases: cases * repeat, rng_seed: seed, failure_persistence: None, ..Config::default() }
}
