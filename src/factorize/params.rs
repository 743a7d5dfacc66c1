//! Parameters of the stage `factorize`.

use serde::{Deserialize, Serialize};

use super::FactorizeError;

/// How V is factorised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactorizeParams {
    /// Number of topics k (scikit-learn: n_components).
    pub n_topics: usize,
    /// Solver: `accelerated` (diagonal Newton steps), `newton` (coordinate Newton steps, to a stationary point) or `mu`
    /// (multiplicative updates, the reference).
    pub solver: Solver,
    /// Start: `nndsvda` (from a singular value decomposition), `clusters` (spherical k-means++ on documents) or `random`.
    pub init: Init,
    /// Starts, of which all but the best by objective are given up after a few iterations; where `init` leaves nothing to
    /// chance, those after the first are `clusters`.
    pub restarts: usize,
    /// Seed of every random number (scikit-learn: random_state).
    pub seed: u64,
    /// Most iterations; one is an update of H, then one of W (scikit-learn: max_iter).
    pub max_iterations: usize,
    /// Stop when the objective fell by less than this share over ten iterations; 0 runs them all (scikit-learn: tol).
    pub tolerance: f64,
    /// With `newton`, stop when the KKT residual is below this.
    pub kkt_tolerance: f64,
    /// Smallest entry of a factor during the fit, as a share of the factor's mean at the start; 0 lets entries reach
    /// zero, from where multiplicative updates never return.
    pub floor: f64,
}

impl Default for FactorizeParams {
    fn default() -> Self {
        Self {
            n_topics: 20,
            solver: Solver::Accelerated,
            init: Init::Nndsvda,
            restarts: 1,
            seed: 1,
            max_iterations: 200,
            tolerance: 3e-4,
            kkt_tolerance: 1e-4,
            floor: 1e-6,
        }
    }
}

/// Largest number of topics.
const MAX_TOPICS: usize = 1000;

/// Most starts.
const MAX_RESTARTS: usize = 1000;

impl FactorizeParams {
    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), FactorizeError> {
        let wrong = |key, found: String, expected: &str| {
            Err(FactorizeError::Parameter { key, found, expected: expected.to_string() })
        };
        if self.n_topics == 0 || self.n_topics > MAX_TOPICS {
            return wrong("n_topics", self.n_topics.to_string(), &format!("from 1 to {MAX_TOPICS}"));
        }
        if self.restarts == 0 || self.restarts > MAX_RESTARTS {
            return wrong("restarts", self.restarts.to_string(), &format!("from 1 to {MAX_RESTARTS}"));
        }
        if !(0.0..1.0).contains(&self.kkt_tolerance) {
            return wrong("kkt_tolerance", self.kkt_tolerance.to_string(), "at least 0 and below 1");
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
    /// Separable diagonal Newton steps: the default.
    Accelerated,
    /// Coordinate Newton steps over active topics, to a stationary point.
    Newton,
}

/// Where the solver starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Init {
    /// Clusters of documents by spherical k-means++.
    Clusters,
    /// Non-negative double singular value decomposition, zeros filled with the mean of V.
    Nndsvda,
    /// Uniform random numbers, scaled to the total of V.
    Random,
}
