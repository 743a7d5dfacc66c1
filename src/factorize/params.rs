//! Parameters of the stage `factorize`.

use serde::{Deserialize, Serialize};

use super::FactorizeError;

/// How V is factorised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactorizeParams {
    /// Number of topics k (scikit-learn: n_components).
    pub n_topics: usize,
    /// Solver: `mu`, multiplicative updates for the KL-divergence.
    pub solver: Solver,
    /// Start: `nndsvda` (deterministic, from a singular value decomposition) or `random`.
    pub init: Init,
    /// Seed of every random number (scikit-learn: random_state).
    pub seed: u64,
    /// Most iterations; one is an update of H, then one of W (scikit-learn: max_iter).
    pub max_iterations: usize,
    /// Stop when the objective fell by less than this share over ten iterations; 0 runs them all (scikit-learn: tol).
    pub tolerance: f64,
    /// Smallest entry of a factor during the fit, as a share of the factor's mean at the start; 0 lets entries reach
    /// zero, from where multiplicative updates never return.
    pub floor: f64,
}

impl Default for FactorizeParams {
    fn default() -> Self {
        Self {
            n_topics: 20,
            solver: Solver::Mu,
            init: Init::Nndsvda,
            seed: 1,
            max_iterations: 200,
            tolerance: 1e-5,
            floor: 1e-6,
        }
    }
}

/// Largest number of topics.
const MAX_TOPICS: usize = 1000;

impl FactorizeParams {
    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), FactorizeError> {
        let wrong = |key, found: String, expected: &str| {
            Err(FactorizeError::Parameter { key, found, expected: expected.to_string() })
        };
        if self.n_topics == 0 || self.n_topics > MAX_TOPICS {
            return wrong("n_topics", self.n_topics.to_string(), &format!("from 1 to {MAX_TOPICS}"));
        }
        if self.max_iterations == 0 {
            return wrong("max_iterations", "0".into(), "at least 1");
        }
        if !(0.0..1.0).contains(&self.tolerance) {
            return wrong("tolerance", self.tolerance.to_string(), "at least 0 and below 1");
        }
        if !(0.0..=0.01).contains(&self.floor) {
            return wrong("floor", self.floor.to_string(), "from 0 to 0.01");
        }
        Ok(())
    }
}

/// The method that lowers the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Solver {
    /// Multiplicative updates (Lee & Seung): monotone, the reference.
    Mu,
}

/// Where the solver starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Init {
    /// Non-negative double singular value decomposition, zeros filled with the mean of V.
    Nndsvda,
    /// Uniform random numbers, scaled to the total of V.
    Random,
}
