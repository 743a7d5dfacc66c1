//! Those who run passes over the shards of a fit: this process, or others on its behalf.

use std::sync::Arc;

use super::block::RowSet;
use super::pass::Pass;
use super::said::Said;
use super::shards::{Rows, ShardSizes, Shards};
use crate::factorize::FactorizeError;

/// Holds the shards and the rows of H of a fit, wherever that is, and runs passes over them.
///
/// A fit is a sequence of passes, each of which is data: it can be sent to whoever holds the shards. What a pass finds
/// is added up as [`BlockSums`](crate::factorize::BlockSums) of [`Said`] by the number of the shard, so that it has the
/// same bits for all engines.
pub trait Engine: Sync {
    /// How many there are of what.
    fn sizes(&self) -> ShardSizes;

    /// Runs a pass over all shards, and returns the sum of what they say. The pass is as it was afterwards. Fails if a
    /// shard or a row cannot be read or written, or if numbers overflow; the rows that the pass writes are of no use
    /// then.
    fn run(&self, pass: &mut Pass<'_>) -> Result<Said, FactorizeError>;

    /// The rows of a set.
    fn rows(&self, set: RowSet) -> Result<Arc<dyn Rows>, FactorizeError>;

    /// The shards, if this process holds all of them.
    fn shards_here(&self) -> Option<&dyn Shards> {
        None
    }
}
