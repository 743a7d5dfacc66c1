//! A fit whose documents stand in shards: fixed ranges of documents, which are visited one after another, and of which
//! two are in memory at a time. W stays in memory, and the rows of H where the caller keeps them, such as on disk.
//!
//! A fit asks for passes over the shards ([`Pass`]), and an [`Engine`] runs them: [`LocalShards`] in this process.
//!
//! An iteration takes the document step of a shard as a fused fit does, and adds what the shard says of the terms
//! ([`TermStatistics`](super::TermStatistics)); the term step is taken from the sum. All sums over documents are taken
//! shard by shard in a fixed order, so that the bits of a model depend on the number of documents of a shard
//! (`shard_documents`), but not on where shards are held, or by whom.
//!
//! Not every method can work like this: [`ShardedFit::check`] names those that need all documents at once.

mod block;
mod canonical;
mod descent;
mod engine;
mod local;
pub mod pass;
mod said;
mod sharpen;
mod shards;
mod start;
mod steps;

pub use block::{Block, RowSet};
pub use canonical::ShardedFactors;
pub use descent::{ShardedCheckpoint, ShardedFit};
pub use engine::Engine;
pub use local::LocalShards;
pub use pass::Pass;
pub use said::Said;
pub use shards::{MemoryRows, MemoryShards, Rows, ShardDocuments, ShardSizes, Shards};
pub use sharpen::{ShardedMixture, ShardedSharpening, ShardedTopics};
pub use start::SAMPLE_ENTRIES;
