//! Runs the stages in order: ingest → text → matrix → factorize → model. This stage does no arithmetic, but it alone
//! decides how the stages work together, so that the library and the program make the same model of the same
//! documents.
//!
//! ```
//! use topicmill::{config::Config, factorize::Silent, pipeline::{Dataset, fit}};
//! let mut config = Config::default();
//! config.factorize.n_topics = 6;
//! let dataset = Dataset::read(&["corpora/newsroom"], &config)?;
//! let model = fit(&dataset, &config.factorize, &mut Silent)?;
//! assert_eq!(model.topics(5, Default::default()).len(), 6);
//! # Ok::<(), topicmill::Error>(())
//! ```

mod advice;
mod batches;
mod checkpoints;
mod counted_shard;
mod dataset;
mod estimate;
mod explain;
mod evaluate;
mod explorer;
mod fitted;
mod frozen;
mod hygiene;
mod impute;
mod inputs;
mod joined;
mod matrix_input;
mod names_of_topics;
mod picture;
mod plan;
mod read;
mod residual;
mod runs;
mod sample;
mod scratch;
mod search;
mod selection;
mod shard_directory;
mod shard_files;
mod sharded;
mod sharded_dataset;
mod sharpening;
mod spill;
mod stranger;
mod texts;
mod transform;
mod update;
mod warm_start;
mod word_lists;

pub use checkpoints::{gives_way, settle_checkpoint};
pub use counted_shard::{CountedShard, CountingElsewhere, DocumentsOfShard, ShardCounter, ShardWeigher};
pub use dataset::{Dataset, Description};
pub use estimate::MemoryEstimate;
pub use evaluate::evaluate;
pub use explain::{explain, find_document};
pub use explorer::{DEFAULT_SHOWN, ExplorerOptions, explorer};
pub use impute::impute;
pub use inputs::Inputs;
pub use joined::{joined, stored_counts, term_counts};
pub use matrix_input::is_matrix_input;
pub use names_of_topics::{parse_names, read_names};
pub use picture::{Picture, picture};
pub use plan::{Plan, fit};
pub use read::Progress;
pub use residual::{DocumentResidual, EntryResidual, PartResidual, Residual, residual, residual_table};
pub use search::{FoundDocument, find_words, search_documents, search_json};
pub use selection::{DEFAULT_NUMBERS, choose, read_selection, save_selection, select};
pub use shard_directory::{ShardDirectory, is_shard_directory};
pub use sharded_dataset::{SHARD_DOCUMENTS, ShardedDataset};
pub use transform::{
    Transformation, TransformedDocument, TransformingModel, ingest_params, transform, transform_table,
    transforming_models,
};
pub use update::{Update, keep_version, update};
pub use warm_start::WarmStart;
