//! The record `manifest.json`: how a directory was made, and the digests of its files.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::tsv::Dialect;
use super::{ModelError, RowFormat};

use crate::factorize::StopReason;
use crate::matrix::{DocumentFrequency, Idf, Norm, Tf};
use crate::text::{AnalyzerSpec, Language};

/// Format version of the directories that this program writes. It reads this one and all older ones.
pub const FORMAT_VERSION: u64 = 3;

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fitted model.
    Model,
    /// A weighted matrix.
    Matrix,
    /// What is known of numbers of topics.
    Selection,
    /// A weighted matrix in shards of documents.
    Shards,
}

names!(Kind { Model = "model", Matrix = "matrix", Selection = "selection", Shards = "shards" });

/// The record of a directory. Equal runs give equal records, except for `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format version of the directory.
    pub format_version: u64,
    /// Program and version that wrote it.
    pub program: String,
    /// What the directory holds.
    pub kind: Kind,
    /// The effective configuration, by stage.
    pub config: serde_json::Value,
    /// The complete analyser, with which new documents are read; `None` for a matrix that did not come from texts.
    pub analyzer: Option<AnalyzerSpec>,
    /// How counts became weights, with the bounds as numbers of documents.
    pub weighting: WeightingRecord,
    /// What was read.
    pub corpus: CorpusRecord,
    /// How the fit went; `None` for a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<FitRecord>,
    /// The form of the rows of documents.
    #[serde(default, skip_serializing_if = "RowFormat::is_default")]
    pub rows: RowFormat,
    /// blake3 of every other file of the directory.
    pub files: BTreeMap<String, String>,
    /// blake3 of this record without `digest` and `run`.
    pub digest: String,
    /// Times, threads and paths. No digest covers them, because they differ between equal runs.
    pub run: RunRecord,
}

/// How counts became weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightingRecord {
    /// How a count becomes a weight.
    pub tf: Tf,
    /// How the document frequency of a term becomes its weight.
    pub idf: Idf,
    /// The norm that the weights of a document are divided by.
    pub norm: Norm,
    /// Lower bound on the document frequency of a term, as it was given.
    pub min_df: DocumentFrequency,
    /// The lower bound that was in effect, as a number of documents (inclusive).
    pub min_documents: f64,
    /// The upper bound that was in effect, as a number of documents (inclusive).
    pub max_documents: f64,
}

/// What was read, and what was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRecord {
    /// blake3 over ids, labels and texts of all documents (of a matrix, over its entries).
    pub digest: String,
    /// Number of documents, including those without terms.
    pub n_documents: usize,
    /// Number of documents without a term of the vocabulary.
    pub n_empty: usize,
    /// Number of tokens that passed the filters.
    pub n_tokens: u64,
    /// Number of distinct terms before pruning.
    pub n_counted_terms: usize,
    /// Number of terms of the vocabulary.
    pub n_terms: usize,
    /// Number of nonzeros of V.
    pub n_nonzeros: usize,
    /// Number of distinct words for which the stemmer failed.
    pub n_unstemmed: usize,
    /// How the language was recognised; `None` if the parameters did not ask for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageRecord>,
    /// Documents that are nearly the same as others; `None` if nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<DuplicatesRecord>,
    /// Number of documents left out, by reason.
    pub skipped: BTreeMap<String, usize>,
    /// The first thousand documents left out for each reason.
    pub skipped_documents: Vec<String>,
    /// Sentences about parameters of reading that had no effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Sentences on what looks wrong with the documents, each with a way out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<String>,
}

/// Documents that are nearly the same as others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicatesRecord {
    /// Number of groups.
    pub n_groups: usize,
    /// Documents that are like an earlier one.
    pub n_copies: usize,
    /// Documents that have the same terms as an earlier one, as often.
    pub n_equal: usize,
    /// The ids of the largest groups, twenty at most, and of each ten at most.
    pub groups: Vec<Vec<String>>,
}

/// How the language was recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageRecord {
    /// The language; `None` if it was not sure, or had no list of stop words.
    pub detected: Option<Language>,
    /// English name of a language without a list of stop words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_list: Option<String>,
    /// Share of words that are on the list of stop words of the language, or on the best list if there is none.
    pub stop_word_share: f64,
    /// Number of documents that were looked at.
    pub n_documents: usize,
    /// Number of these documents in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<Language, usize>,
}

/// How a fit went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitRecord {
    /// Number of topics.
    pub n_topics: usize,
    /// Seed of every random number.
    pub seed: u64,
    /// blake3 of the factors that were given as a start or as frozen topics; `None` if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Number of iterations done.
    pub n_iterations: usize,
    /// Why the fit ended.
    pub stop_reason: StopReason,
    /// Objective of the start.
    pub first_objective: f64,
    /// Objective after the last iteration.
    pub last_objective: f64,
    /// Objective of the factors in canonical form; H is solved again for it unless topics are sharpened.
    pub final_objective: f64,
    /// Objective of what one topic explains: for the divergence the outer product of the sums of V's rows and columns
    /// over its total, which is the best of rank one; for squared errors nothing at all, half the sum of V's squares.
    /// `None` for a model of an older format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_objective: Option<f64>,
    /// Largest violation of the Karush-Kuhn-Tucker conditions after the last iteration; `None` if it was not
    /// measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kkt_residual: Option<f64>,
    /// The topics in the order in which documents are solved; `None` if that is the order of the topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold_in_order: Option<Vec<usize>>,
    /// How topics were sharpened; `None` if they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpening: Option<SharpeningRecord>,
    /// Coherence of the topics; `None` for a model of an older format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coherence: Option<CoherenceRecord>,
    /// How well runs on other documents find the topics again; `None` without runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stability: Option<StabilityRecord>,
    /// Sentences about parameters of the fit that had no effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How topics were sharpened; see [`crate::factorize::sharpen`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharpeningRecord {
    /// Number of rounds.
    pub n_rounds: usize,
    /// Likelihood of the start.
    pub first_likelihood: f64,
    /// Likelihood after the last round.
    pub last_likelihood: f64,
    /// Pseudo-count of each term in each topic, which is less than asked for where that would have lost a topic.
    pub pseudo_count: f64,
    /// The share of each topic that is spread evenly over all terms.
    pub smoothing: Vec<f64>,
}

/// Coherence of the ten first words of each topic in the documents of the fit; see
/// [`CoherenceMeasure`](crate::evaluate::CoherenceMeasure). A topic of fewer than two words has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoherenceRecord {
    /// NPMI over documents.
    pub npmi: Vec<Option<f64>>,
    /// U_Mass.
    pub u_mass: Vec<Option<f64>>,
    /// The median over the pairs of words of the Jaccard similarity of their documents. Near 1: the words of a passage
    /// that was copied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlap: Vec<Option<f64>>,
}

/// How well runs on other documents find the topics again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StabilityRecord {
    /// Number of runs, each on a half of the documents drawn at random.
    pub n_runs: usize,
    /// For each topic, the mean over the runs of the Jaccard similarity of its twenty first words to those of the topic
    /// that it is matched with.
    pub topics: Vec<f64>,
    /// Whether the topics are a consensus of the runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_consensus: bool,
}

/// What differs between equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The command as it was typed, word by word; empty if no command made the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Inputs as the user named them.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Time of the start, in seconds since 1970 (UTC).
    #[serde(default)]
    pub started: u64,
    /// Seconds by stage.
    #[serde(default)]
    pub seconds: BTreeMap<String, f64>,
    /// Number of threads.
    #[serde(default)]
    pub threads: usize,
}

impl Manifest {
    /// A record with this program and version. Files and digests are filled in when the directory is written.
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
            rows: RowFormat::default(),
            files: BTreeMap::new(),
            digest: String::new(),
            run: RunRecord::default(),
        }
    }

    /// Whether it is of a model whose fit was ended early: by a time limit, or by somebody.
    pub fn ended_early(&self) -> bool {
        self.fit.as_ref().is_some_and(|fit| fit.stop_reason.is_early())
    }

    /// How the tables of the directory are written.
    pub(super) fn dialect(&self) -> Dialect {
        if self.format_version == 1 { Dialect::Escaped } else { Dialect::Quoted }
    }

    /// The parameters of a stage (`ingest`, `text`, `matrix` or `factorize`) that were in effect, or its defaults if
    /// the record lacks the stage. Fails if the record cannot be read, because defaults in its place would describe
    /// another run.
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
