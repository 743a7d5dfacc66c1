//! What shards answer to a pass: sums over their documents, and lists in their order.

use serde::{Deserialize, Serialize};

use crate::factorize::{BlockSums, FactorizeError, Summand};
use crate::kernels::FactorMatrix;

/// What documents say. Of two shards, sums are added and lists put one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Sums by term and topic.
    pub matrices: Vec<FactorMatrix>,
    /// Other sums, in lists of those that belong together.
    pub numbers: Vec<Vec<f64>>,
    /// Numbers of documents.
    pub counts: Vec<u64>,
    /// A list in the order of documents, as the pass encodes it.
    pub list: Vec<u8>,
}

impl Said {
    /// The lists of numbers. Fails if there are more or fewer than a pass has.
    pub(super) fn numbers<const N: usize>(self) -> Result<[Vec<f64>; N], FactorizeError> {
        self.numbers.try_into().map_err(|_| of_another_pass())
    }

    /// The first number of the first list.
    pub(super) fn number(&self) -> Result<f64, FactorizeError> {
        self.numbers.first().and_then(|list| list.first()).copied().ok_or_else(of_another_pass)
    }
}

fn of_another_pass() -> FactorizeError {
    FactorizeError::Statistics("are those of another pass".into())
}

impl BlockSums<Said> {
    /// The sums as bytes, for the one who adds them up.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing that is said is without a form in bytes.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`BlockSums::to_bytes`] wrote. Fails for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactorizeError> {
        postcard::from_bytes(bytes).map_err(|error| FactorizeError::Statistics(format!("cannot be read: {error}")))
    }
}

impl Summand for Said {
    fn add(&mut self, other: &Self) {
        self.matrices.iter_mut().zip(&other.matrices).for_each(|(sums, parts)| sums.add(parts));
        let numbers = self.numbers.iter_mut().flatten().zip(other.numbers.iter().flatten());
        numbers.for_each(|(sum, part)| *sum += part);
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, part)| *sum += part);
        self.list.extend_from_slice(&other.list);
    }
}
