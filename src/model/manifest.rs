//! `manifest.json`: how a directory came about, and the digests of its files.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ModelError;
use super::tsv::Dialect;

use crate::factorize::StopReason;
use crate::matrix::{DocumentFrequency, Idf, Norm, Tf};
use crate::text::{AnalyzerSpec, Language};

/// Version of the directory's format.
pub const FORMAT_VERSION: u64 = 2;

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fitted model.
    Model,
    /// A weighted matrix.
    Matrix,
}

names!(Kind { Model = "model", Matrix = "matrix" });

/// The record of a directory. All but `run` is the same for equal runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format of the directory.
    pub format_version: u64,
    /// Program and version that wrote it.
    pub program: String,
    /// What it holds.
    pub kind: Kind,
    /// The effective configuration.
    pub config: serde_json::Value,
    /// The analyser, complete; none for data that came as a matrix.
    pub analyzer: Option<AnalyzerSpec>,
    /// The weighting, with resolved bounds.
    pub weighting: WeightingRecord,
    /// What was read.
    pub corpus: CorpusRecord,
    /// How the fit went; none for a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<FitRecord>,
    /// blake3 of every other file of the directory.
    pub files: BTreeMap<String, String>,
    /// blake3 of this record without `digest` and `run`.
    pub digest: String,
    /// Times, threads and paths of the machine; outside every digest.
    pub run: RunRecord,
}

/// How counts became weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightingRecord {
    /// Weight of a count.
    pub tf: Tf,
    /// Weight of a term.
    pub idf: Idf,
    /// Norm of a document.
    pub norm: Norm,
    /// Lower bound of df as asked for.
    pub min_df: DocumentFrequency,
    /// Lower bound in documents (inclusive).
    pub min_documents: f64,
    /// Upper bound in documents (inclusive).
    pub max_documents: f64,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRecord {
    /// blake3 over ids, labels and texts of all documents (of a matrix, over its entries).
    pub digest: String,
    /// Documents, those without terms included.
    pub n_documents: usize,
    /// Documents without a term of the vocabulary.
    pub n_empty: usize,
    /// Tokens that passed the filters.
    pub n_tokens: u64,
    /// Distinct terms before pruning.
    pub n_counted_terms: usize,
    /// Terms of the vocabulary.
    pub n_terms: usize,
    /// Nonzeros of V.
    pub n_nonzeros: usize,
    /// Distinct words that the stemmer failed on.
    pub n_unstemmed: usize,
    /// How the language was recognised, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageRecord>,
    /// Documents left out, counted by reason.
    pub skipped: BTreeMap<String, usize>,
    /// The first thousand of each reason.
    pub skipped_documents: Vec<String>,
    /// Parameters of reading that had no use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How the language was recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageRecord {
    /// What was recognised.
    pub detected: Option<Language>,
    /// Share of words on the stop list of the best language.
    pub stop_word_share: f64,
    /// Documents looked at.
    pub n_documents: usize,
}

/// How a fit went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitRecord {
    /// Number of topics.
    pub n_topics: usize,
    /// Seed of every random number.
    pub seed: u64,
    /// blake3 of the factors that were given as a start; none if the configuration's `init` made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Iterations done.
    pub n_iterations: usize,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Objective of the start.
    pub first_objective: f64,
    /// Objective after the last iteration.
    pub last_objective: f64,
    /// Objective of the canonical form, with H solved afresh.
    pub final_objective: f64,
    /// Largest violation of the Karush-Kuhn-Tucker conditions after the last iteration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kkt_residual: Option<f64>,
    /// The topics in the order in which documents are solved, where it is another than theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold_in_order: Option<Vec<usize>>,
    /// Parameters of the fit that had no use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What differs between equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Inputs as they were named.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Start, in seconds since 1970 (UTC).
    #[serde(default)]
    pub started: u64,
    /// Seconds by stage.
    #[serde(default)]
    pub seconds: BTreeMap<String, f64>,
    /// Threads.
    #[serde(default)]
    pub threads: usize,
}

impl Manifest {
    /// A record of this program and version; files and digest are filled in when it is written.
    pub(crate) fn new(
        kind: Kind,
        config: serde_json::Value,
        analyzer: Option<AnalyzerSpec>,
        weighting: WeightingRecord,
        corpus: CorpusRecord,
        fit: Option<FitRecord>,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            program: concat!("topicmill ", env!("CARGO_PKG_VERSION")).to_string(),
            kind,
            config,
            analyzer,
            weighting,
            corpus,
            fit,
            files: BTreeMap::new(),
            digest: String::new(),
            run: RunRecord::default(),
        }
    }

    /// How the tables of the directory are written.
    pub(super) fn dialect(&self) -> Dialect {
        if self.format_version == 1 { Dialect::Escaped } else { Dialect::Quoted }
    }

    /// The parameters of a stage (`ingest`, `text`, `matrix` or `factorize`), as they were in effect; the defaults where the
    /// configuration has none. A record that cannot be read is an error, since its defaults would be another run.
    pub fn params<P: DeserializeOwned>(&self, stage: &str) -> Result<P, ModelError> {
        let params = self.config.get(stage).cloned().unwrap_or_else(|| serde_json::json!({}));
        serde_json::from_value(params).map_err(|error| {
            ModelError::Invalid(format!("the record of the parameters of {stage} cannot be read: {error}"))
        })
    }

    /// blake3 of the record without `digest` and `run`.
    pub(super) fn own_digest(&self) -> String {
        let mut bare = self.clone();
        bare.digest = String::new();
        bare.run = RunRecord::default();
        let bytes = serde_json::to_vec(&bare).unwrap_or_default();
        blake3::hash(&bytes).to_hex().to_string()
    }
}
