//! Passes over the shards, as data: what is done with each shard, and what it says.

mod arrange;
mod as_text;
mod assign;
mod correlate;
mod expect;
mod first_look;
mod iterate;
mod objective;
mod pairs;
mod solve;
mod tokens;

pub use arrange::Arrange;
pub use assign::Assign;
pub(super) use assign::assigned;
pub use correlate::{Correlate, Shares};
pub use expect::Expect;
pub use first_look::FirstLook;
pub(super) use first_look::decode_sample;
pub use iterate::Iterate;
pub use objective::Objective;
pub use pairs::Pairs;
pub use solve::{Solve, Solved};
pub use tokens::Tokens;

use serde::{Deserialize, Serialize};

use super::block::{Block, RowSet};
use super::said::Said;
use crate::factorize::FactorizeError;

/// A pass over the shards, with all that a shard needs to know for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Pass<'a> {
    /// The sums over V, a sample of its documents, and the start of H.
    FirstLook(FirstLook),
    /// The document step of an iteration, and what the term step needs.
    Iterate(Iterate),
    /// The objective.
    Objective(Objective<'a>),
    /// Documents are solved for fixed topics.
    Solve(Solve<'a>),
    /// The canonical form of the rows of the factors.
    Arrange(Arrange<'a>),
    /// The number of tokens.
    Tokens(Tokens<'a>),
    /// What documents say of a mixture of topics.
    Expect(Expect<'a>),
    /// The topic of each document, and the last order of the rows.
    Assign(Assign<'a>),
    /// How terms and topics go together over documents.
    Correlate(Correlate<'a>),
    /// How often terms stand in documents together.
    Pairs(Pairs),
}

impl Pass<'_> {
    /// The pass as bytes, for those who hold the shards.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in a pass is without a form in bytes.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`Pass::to_bytes`] wrote. Fails for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactorizeError> {
        postcard::from_bytes(bytes).map_err(|error| FactorizeError::Statistics(format!("are asked for by {error}")))
    }

    /// Runs the pass over a shard.
    pub fn run(&mut self, block: &mut Block) -> Result<Said, FactorizeError> {
        match self {
            Self::FirstLook(pass) => pass.run(block),
            Self::Iterate(pass) => pass.run(block),
            Self::Objective(pass) => pass.run(block),
            Self::Solve(pass) => pass.run(block),
            Self::Arrange(pass) => pass.run(block),
            Self::Tokens(pass) => pass.run(block),
            Self::Expect(pass) => pass.run(block),
            Self::Assign(pass) => pass.run(block),
            Self::Correlate(pass) => pass.run(block),
            Self::Pairs(pass) => pass.run(block),
        }
    }

    /// Whether it needs the counts behind the entries of V.
    pub fn needs_counts(&self) -> bool {
        match self {
            Self::Tokens(_) | Self::Expect(_) | Self::Assign(_) => true,
            Self::Solve(pass) => matches!(pass.of, Solved::Counts(_)),
            Self::Correlate(pass) => matches!(pass.shares, Shares::Posterior { .. }),
            Self::FirstLook(_) | Self::Iterate(_) | Self::Objective(_) | Self::Arrange(_) | Self::Pairs(_) => false,
        }
    }

    /// The rows of H that it reads.
    pub fn reads(&self) -> &'static [RowSet] {
        match self {
            Self::Iterate(_) | Self::Objective(_) | Self::Arrange(_) => &[RowSet::Factors],
            Self::Correlate(pass) if matches!(pass.shares, Shares::Factors) => &[RowSet::Factors],
            Self::Assign(_) => &[RowSet::Factors, RowSet::Topics],
            Self::FirstLook(_) | Self::Solve(_) | Self::Tokens(_) | Self::Expect(_) | Self::Correlate(_) => &[],
            Self::Pairs(_) => &[],
        }
    }

    /// The rows of H that it writes.
    pub fn writes(&self) -> &'static [RowSet] {
        match self {
            Self::FirstLook(_) | Self::Iterate(_) | Self::Arrange(_) => &[RowSet::Factors],
            Self::Solve(pass) => match pass.of {
                Solved::Weights => &[RowSet::Factors],
                Solved::Counts(_) => &[RowSet::Topics],
            },
            Self::Assign(_) => &[RowSet::Factors, RowSet::Topics],
            Self::Objective(_) | Self::Tokens(_) | Self::Expect(_) | Self::Correlate(_) | Self::Pairs(_) => &[],
        }
    }
}
