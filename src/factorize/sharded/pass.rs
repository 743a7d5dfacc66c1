//! A pass over all shards, which loads the next one while one is worked on.

use super::shards::{ShardDocuments, Shards};
use crate::factorize::FactorizeError;

/// Calls `work` for each shard in order, with its number. Fails with the first error of `work`, or if a shard cannot
/// be loaded.
pub fn each_shard(
    shards: &dyn Shards,
    mut work: impl FnMut(usize, ShardDocuments) -> Result<(), FactorizeError> + Send,
) -> Result<(), FactorizeError> {
    let n_shards = shards.n_shards();
    let load = |shard: usize| (shard < n_shards).then(|| shards.load(shard)).transpose();
    let (mut shard, mut loaded) = (0, load(0)?);
    while let Some(documents) = loaded {
        let (done, next) = rayon::join(|| work(shard, documents), || load(shard + 1));
        done?;
        (shard, loaded) = (shard + 1, next?);
    }
    Ok(())
}
