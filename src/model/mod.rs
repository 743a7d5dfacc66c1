//! What was learned, and how is it used again? Topics, clusters, new documents, the model directory.

mod check;
mod clusters;
mod documents;
mod manifest;
pub mod npy;
pub mod store;
mod topics;
mod transform;
pub mod tsv;

pub use clusters::{Cluster, TypicalDocument};
pub use documents::{DocumentRow, DocumentTable, DocumentTableBuilder, Status, UniqueIds};
pub use manifest::{
    CorpusRecord, FORMAT_VERSION, FitRecord, Kind, LanguageRecord, Manifest, RunRecord, WeightingRecord,
};
pub use topics::{Ranking, TopWord, Topic};
pub use transform::{DocumentTopics, Transformer};

use std::path::PathBuf;

use ndarray::ArrayView2;

use crate::factorize::Sweep;
use crate::kernels::FactorMatrix;
use crate::matrix::{Term, WeightedMatrix};

/// A fitted model in canonical form.
///
/// `w` (terms × topics) holds p(term | topic) in its columns; `h` (stored documents × topics) holds weights whose scale
/// is V's: a row divided by its sum is p(topic | document).
#[derive(Clone, Debug)]
pub struct TopicModel {
    /// Rows of V.
    pub terms: Vec<Term>,
    /// Columns of V.
    pub documents: DocumentTable,
    /// W, terms × topics.
    pub w: FactorMatrix,
    /// H, stored documents × topics.
    pub h: FactorMatrix,
    /// The objective by iteration.
    pub trace: Vec<Sweep>,
    /// How it came about.
    pub manifest: Manifest,
}

impl TopicModel {
    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.w.n_topics()
    }

    /// p(term | topic), topics × terms: a view, nothing is copied.
    pub fn topic_terms(&self) -> ArrayView2<'_, f32> {
        self.w.view().reversed_axes()
    }

    /// Weights of topics in documents, documents × topics, in the scale of V: a view, nothing is copied.
    /// `document_topics · topic_terms` approximates Vᵀ.
    pub fn document_topics(&self) -> ArrayView2<'_, f32> {
        self.h.view()
    }

    /// Weight of each topic over all documents, Σ_d H_kd, in the unit of V.
    pub fn topic_masses(&self) -> Vec<f64> {
        self.h.topic_sums()
    }
}

/// A weighted matrix with everything that is known about its rows and columns.
#[derive(Clone, Debug)]
pub struct MatrixModel {
    /// V and its terms.
    pub weighted: WeightedMatrix,
    /// Columns of V.
    pub documents: DocumentTable,
    /// How it came about.
    pub manifest: Manifest,
}

/// What a matrix directory holds besides the matrix.
#[derive(Clone, Debug)]
pub struct MatrixTables {
    /// Rows of V.
    pub terms: Vec<Term>,
    /// Columns of V.
    pub documents: DocumentTable,
    /// How it came about.
    pub manifest: Manifest,
}

/// Why a model could not be stored, loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Not a directory that this program wrote.
    #[error("{}: {problem}", path.display())]
    NotAModel {
        /// The directory.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// Written by a later version.
    #[error("{}: has format version {found}, this program reads up to {FORMAT_VERSION}", path.display())]
    Newer {
        /// The directory.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// A file is missing, cut off or changed.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected.
        problem: String,
    },
    /// Factors that cannot be a start.
    #[error("{}: {problem}", path.display())]
    Start {
        /// The file or directory.
        path: PathBuf,
        /// What was found and what was expected.
        problem: String,
    },
    /// The output directory is taken.
    #[error("{}: {problem}", path.display())]
    Output {
        /// The directory.
        path: PathBuf,
        /// What is in the way.
        problem: String,
        /// The way out.
        hint: &'static str,
    },
    /// The model makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The model cannot read what it was given.
    #[error("{0}")]
    Transform(String),
}

impl ModelError {
    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAModel { .. } => Some("name a directory that `topicmill fit` wrote".into()),
            Self::Newer { .. } => Some("use the version of topicmill that wrote it".into()),
            Self::Damaged { .. } => Some("restore the directory from a copy, or fit again".into()),
            Self::Start { .. } => Some(
                "give topic_term.npy, topics × terms, and document_topic.npy, documents × topics, as f4 or f8 in C order".into(),
            ),
            Self::Output { hint, .. } => Some((*hint).into()),
            _ => None,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}
