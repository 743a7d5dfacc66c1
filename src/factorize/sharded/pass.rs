//! A pass over all shards, which loads the next one while one is worked on.

use super::shards::{ShardDocuments, Shards};
use crate::factorize::FactorizeError;

/// Calls `work` for each shard in order, with its number, but without counts. Fails with the first error of `work`, or
/// if a shard cannot be loaded.
pub fn each_shard(
    shards: &dyn Shards,
    work: impl FnMut(usize, ShardDocuments) -> Result<(), FactorizeError> + Send,
) -> Result<(), FactorizeError> {
    visit(shards, false, work)
}

/// As [`each_shard`], with counts if they are asked for.
pub(super) fn visit(
    shards: &dyn Shards,
    with_counts: bool,
    mut work: impl FnMut(usize, ShardDocuments) -> Result<(), FactorizeError> + Send,
) -> Result<(), FactorizeError> {
    let n_shards = shards.n_shards();
    let load = |shard: usize| (shard < n_shards).then(|| shards.load(shard, with_counts)).transpose();
    let (mut shard, mut loaded) = (0, load(0)?);
    while let Some(documents) = loaded {
        let (done, next) = rayon::join(|| work(shard, documents), || load(shard + 1));
        done?;
        (shard, loaded) = (shard + 1, next?);
    }
    Ok(())
}
