//! topicmill turns a folder of documents into topics, document clusters and tables.
//!
//! It tokenizes documents into a sparse term-document matrix V with TF-IDF weights, factorises V ≈ W H by
//! KL-divergence non-negative matrix factorisation, and reads the words of each topic from W and the clusters of
//! documents from H. Same input, same bytes: on any number of threads and on every processor.
//!
//! ```
//! use topicmill::{Config, Dataset, FactorizeParams, Ranking, Silent, TopicModel, fit};
//!
//! let texts = ["a ship at sea", "the sea and the ship", "bread and butter", "the butter on the bread"];
//! let dataset = Dataset::from_texts(texts, &Config::default())?;
//! let model = fit(&dataset, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent)?;
//! for topic in model.topics(3, Ranking::Probability) {
//!     println!("{} {:.3} {}", topic.id, topic.share, topic.name);
//! }
//! let new = model.transform(&["butter from the ship"])?;
//! assert_eq!(new[0].shares().len(), 2);
//! # Ok::<(), topicmill::Error>(())
//! ```
//!
//! # Overview
//!
//! * Files, folders, tables, a matrix, or texts in memory become a [`Dataset`]: [`read`](Dataset::read),
//!   [`from_texts`](Dataset::from_texts), [`from_documents`](Dataset::from_documents).
//! * Every parameter with its default stands in [`Config`], a section per stage; [`config::ConfigSources`] lays
//!   presets, a file and overrides over it.
//! * Topics come of [`fit`], or of a [`pipeline::Plan`], which tells memory and warnings before it runs. A
//!   [`factorize::Observer`] sees the progress and may end it.
//! * Words of topics, clusters and shares of documents are methods of [`TopicModel`]: [`topics`](TopicModel::topics),
//!   [`clusters`](TopicModel::clusters), [`document_shares`](TopicModel::document_shares).
//! * Topics of new documents come of [`TopicModel::transform`], of a [`model::Transformer`] for many batches, or of
//!   [`pipeline::transform`] for files.
//! * [`TopicModel::save`] and [`TopicModel::load`] keep a model on disk; [`model::store`] has more to say.
//! * [`evaluate::Evaluation`] measures the agreement with labels.
//! * [`export::content`] makes tables for other programs, written by an [`export::TableFormat`]; [`report`] is text for
//!   people.
//! * V ≈ W H alone is [`factorize::fit`] of a [`matrix::TermDocumentMatrix`] into [`factorize::FactorMatrix`] factors.
//! * [`factorize::Fit`] is a fit that can be interrupted and resumed; [`factorize::TermStatistics`] are for documents
//!   that lie elsewhere.
//!
//! The [`cookbook`] has a page for each of the common tasks. V is terms × documents, W terms × topics, H topics ×
//! documents, everywhere. Every error is an [`Error`], with a [hint](Error::hint) where there is a way out.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[macro_use]
mod names;
mod wording;

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
#[doc(hidden)]
pub mod cli;
// The floor: loops over nonzeros, aligned factor storage, ordered reductions.
#[doc(hidden)]
pub mod kernels;
// The other floor: files within bounds, outputs that appear whole, memory.
pub mod system;

mod error;
#[cfg(test)]
#[allow(unreachable_pub, reason = "shared with the tests of whole programs")]
#[path = "../tests/common/random.rs"]
mod random;

pub mod cookbook;

pub use config::Config;
pub use error::Error;
pub use factorize::{FactorizeParams, Silent};
pub use model::{Ranking, TopicModel};
pub use pipeline::{Dataset, fit};
// Arrays of the public interface are of these crates.
pub use {ndarray, sprs};
