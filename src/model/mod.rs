//! What was learned, and how is it used again? This stage holds a fitted model, reads topics and clusters from it,
//! finds the topics of new documents, and stores it as a directory.

mod check;
mod checkpoint;
mod clusters;
mod dates;
mod directory;
mod document_rows;
mod documents;
mod error;
mod explain;
mod factors;
mod grouping;
mod hashed;
mod levels;
mod manifest;
mod naming;
pub mod npy;
#[cfg(feature = "parquet")]
mod parquet_rows;
pub mod store;
mod ranking;
mod residual;
mod search;
mod selection;
mod text_column;
mod topics;
mod transform;
mod texts;
pub mod tsv;
mod views;

pub use checkpoint::{
    FitIdentity, checkpoint_path, read_checkpoint, read_sharded_checkpoint, read_sharded_state, write_checkpoint,
    write_sharded_checkpoint,
};
pub use clusters::{Cluster, TypicalDocument};
pub use dates::{Dates, Resolution};
pub use document_rows::RowFormat;
pub use documents::{DocumentRow, DocumentTable, DocumentTableBuilder, NewDocument, Status, UniqueIds};
pub use error::ModelError;
pub use explain::{ExplainedWord, Explanation};
pub use factors::{FactorRows, Factors};
pub use grouping::{By, DEFAULT_QUANTILES, Group, Grouping};
pub(crate) use levels::{mean_topics, summed};
pub use manifest::{
    CoherenceRecord, CorpusRecord, DuplicatesRecord, FORMAT_VERSION, FitRecord, Kind, LanguageRecord, Manifest,
    RunRecord, SharpeningRecord, StabilityRecord, WeightingRecord,
};
pub use ranking::{CorrelatedWord, LevelWords, rank_by_correlation, rank_shards_by_correlation};
pub use residual::Expectation;
pub use search::{FoundWord, WordTopic};
pub use selection::{Candidate, Change, Selection, TriedNumber};
pub use texts::Texts;
pub use topics::{RELEVANCE_LAMBDA, Ranking, TopWord, Topic};
pub use transform::{DocumentTopics, Transformer};
pub use views::TopicValues;
pub(crate) use views::words_alone;

use std::sync::Arc;

use ndarray::ArrayView2;

use crate::factorize::{FactorMatrix, Iteration, Structure};
use crate::matrix::Term;

/// A fitted model in canonical form.
///
/// `w` (terms × topics) holds p(term | topic) in its columns; `h` (stored documents × topics) holds weights whose scale
/// is V's: a row divided by its sum is p(topic | document).
#[derive(Clone, Debug)]
pub struct TopicModel {
    /// The terms, one per row of V and W.
    pub terms: Arc<Vec<Term>>,
    /// The documents, one per column of V and row of H.
    pub documents: Arc<DocumentTable>,
    /// W, terms × topics.
    pub w: Arc<FactorMatrix>,
    /// H, stored documents × topics.
    pub h: FactorMatrix,
    /// The factors of V that sharpened topics come from; `None` if topics were not sharpened, and `w` and `h` are the
    /// factors.
    pub factors: Option<Factors>,
    /// The topic of each document, under which its words are the most probable
    /// ([`Classifier`](crate::factorize::Classifier)), `None` for one without terms; `None` if topics were not
    /// sharpened, and documents belong to the topic of their largest share.
    pub assigned: Option<Vec<Option<usize>>>,
    /// The best words of each topic by [`Ranking::Correlation`], which were ranked at the fit; `None` for a model of an
    /// older format.
    pub correlated: Option<Vec<Vec<CorrelatedWord>>>,
    /// The best words of the nodes of each level above the topics, the coarsest first; empty unless there is a
    /// hierarchy.
    pub level_words: LevelWords,
    /// The names that somebody gave to topics; `None` if nobody did, and topics are named by their words.
    pub names: Option<Vec<String>>,
    /// The texts of the documents; `None` unless they were to be kept.
    pub texts: Option<Arc<Texts>>,
    /// How the number of topics was chosen; `None` if it was given.
    pub selection: Option<Selection>,
    /// What the form of the factorisation tells beside W and H; `None` for the plain form, and where that is all.
    pub structure: Option<Structure>,
    /// The objective after each iteration of the fit.
    pub trace: Vec<Iteration>,
    /// The record of how the model was made.
    pub manifest: Manifest,
}

impl TopicModel {
    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.w.n_topics()
    }

    /// The row of H of the document with this id; `None` if there is no such document.
    ///
    /// ```
    /// use topicmill::model::TopicModel;
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let id = model.documents.row(1).id;
    /// let shares = model.document_shares(model.document(id).unwrap());
    /// assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn document(&self, id: &str) -> Option<usize> {
        self.documents.rows().position(|row| row.id == id)
    }

    /// p(term | topic), topics × terms, as a view of W without a copy.
    pub fn topic_terms(&self) -> ArrayView2<'_, f32> {
        self.w.view().reversed_axes()
    }

    /// Weights of topics in documents, documents × topics, in the scale of V, as a view of H without a copy.
    /// `document_topics · topic_terms` approximates Vᵀ.
    pub fn document_topics(&self) -> ArrayView2<'_, f32> {
        self.h.view()
    }

    /// Weight of each topic over all documents, Σ_d H_kd, in the unit of V.
    pub fn topic_masses(&self) -> Vec<f64> {
        self.h.topic_sums()
    }
}

/// What a matrix directory holds besides the matrix.
#[derive(Clone, Debug)]
pub struct StoredMatrix {
    /// The terms, one per row of V.
    pub terms: Vec<Term>,
    /// The documents, one per column of V.
    pub documents: DocumentTable,
    /// The texts of the documents; `None` unless they were to be kept.
    pub texts: Option<Texts>,
    /// The record of how the matrix was made.
    pub manifest: Manifest,
}
