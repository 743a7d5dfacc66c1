//! topicmill turns a folder of documents into topics, document clusters and tables.
//!
//! It tokenizes documents into a sparse term-document matrix V with TF-IDF weights, factorises V ≈ W H by
//! KL-divergence non-negative matrix factorisation, and reads the words of each topic from W and the clusters of
//! documents from H. Same input, same bytes: on any number of threads and on every processor.
//!
//! V is terms × documents, W terms × topics, H topics × documents, everywhere. The modules stand in the order of the
//! data's path:
//!
//! ```
//! use topicmill::{config::Config, factorize::Silent, model::Ranking, pipeline};
//!
//! let mut config = Config::default();
//! config.factorize.n_topics = 6;
//! let inputs = [std::path::PathBuf::from("corpora/newsroom")];
//! let prepared = pipeline::prepare(&inputs, &config, &mut |_| true)?;
//! let model = pipeline::fit(prepared, &config, None, &mut Silent)?;
//! for topic in model.topics(10, Ranking::Probability) {
//!     println!("{} {:.3} {}", topic.id, topic.share, topic.label);
//! }
//! # Ok::<(), topicmill::Error>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[macro_use]
mod names;

// What are the documents? Sources, compression, character sets, formats.
pub mod ingest;
// What counts as a term? Tokenizer, normaliser, filters, n-grams, stems; counts.
pub mod text;
// Which numbers? Pruning and weighting of counts.
pub mod matrix;
// What are V ≈ W H? Objective, initialisation, solvers, stopping, observers.
pub mod factorize;
// What was learned, and how is it used again? Topics, clusters, new documents, the model directory.
pub mod model;
// Is it any good? Agreement with labels, stability.
pub mod evaluate;
// What should a person see? Terminal and Markdown.
pub mod report;
// What should a program get? CSV, TSV, JSON, npy, MatrixMarket.
pub mod export;
// The story ingest → … → model, from one configuration.
pub mod pipeline;
// The stages' parameters together: defaults < preset < file < flags.
pub mod config;
// Arguments, commands, progress, diagnostics.
#[cfg(feature = "cli")]
pub mod cli;
// The floor: loops over nonzeros, aligned factor storage, ordered reductions.
pub mod kernels;
// The other floor: files within bounds, outputs that appear whole, memory.
pub mod system;

mod error;
#[cfg(test)]
#[allow(unreachable_pub, reason = "shared with the tests of whole programs")]
#[path = "../tests/common/random.rs"]
mod random;

pub use error::Error;
