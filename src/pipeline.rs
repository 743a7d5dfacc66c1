//! The story: ingest → text → matrix → factorize → model, from one [`Config`]. No arithmetic here.
//!
//! ```
//! use topicmill::{config::Config, factorize::Silent, pipeline};
//! let mut config = Config::default();
//! config.factorize.n_topics = 6;
//! let inputs = [std::path::PathBuf::from("corpora/newsroom")];
//! let prepared = pipeline::prepare(&inputs, &config, &mut |_| true)?;
//! let model = pipeline::fit(prepared, &config, None, &mut Silent)?;
//! assert_eq!(model.topics(5, Default::default()).len(), 6);
//! # Ok::<(), topicmill::Error>(())
//! ```

mod estimate;
mod matrix_input;
mod read;
mod start;
mod transform;

pub use estimate::MemoryEstimate;
pub use matrix_input::is_matrix_input;
pub use read::{Progress, prepare};
use start::weighted_documents;
pub use start::{guide, read_start};
pub use transform::{TransformedDocument, transform};

use std::collections::BTreeMap;

use crate::Error;
use crate::config::Config;
use crate::factorize::{
    self, Canonical, Factorization, FactorizeError, FactorizeParams, Guidance, Observer, Start, canonicalise,
};
use crate::ingest::SkippedDocuments;
use crate::kernels::FactorMatrix;
use crate::matrix::{MatrixParams, WeightedMatrix, build};
use crate::model::{
    CorpusRecord, DocumentTable, FORMAT_VERSION, FitRecord, Kind, LanguageRecord, Manifest, MatrixModel, RunRecord,
    Status, TopicModel, WeightingRecord,
};
use crate::text::{AnalyzerSpec, Corpus, Detection};

/// Documents read, counted and weighted: ready to be factorised.
#[derive(Debug)]
pub struct Prepared {
    /// V and its terms.
    pub weighted: WeightedMatrix,
    /// Its columns.
    pub documents: DocumentTable,
    /// The analyser; none for data that came as a matrix.
    pub analyzer: Option<AnalyzerSpec>,
    /// How counts became weights.
    pub weighting: WeightingRecord,
    /// What was read.
    pub corpus: CorpusRecord,
    /// Documents left out.
    pub skipped: SkippedDocuments,
    /// Nonzeros before pruning.
    pub n_counted_nonzeros: usize,
    /// Bytes that reading and counting took beside what is left of them.
    pub reading_bytes: u64,
    /// What should be told: words with a weight that are no terms.
    pub warnings: Vec<String>,
}

/// What a source of documents gives before weighting.
struct Counted {
    corpus: Corpus,
    documents: DocumentTable,
    analyzer: Option<AnalyzerSpec>,
    /// The parameters, with words as the corpus' terms.
    matrix: MatrixParams,
    detection: Option<Detection>,
    skipped: SkippedDocuments,
    /// Most bytes of documents that were in memory at the same time.
    held_bytes: usize,
    digest: String,
}

impl Prepared {
    fn new(counted: Counted) -> Result<Self, Error> {
        let Counted { corpus, mut documents, analyzer, matrix, detection, skipped, held_bytes, digest } = counted;
        let weighted = build(&corpus, &matrix)?;
        for (document, row) in documents.rows.iter_mut().enumerate() {
            let is_empty = weighted.matrix.document(document).0.is_empty();
            row.status = if is_empty { Status::Empty } else { Status::Ok };
        }
        let n_documents = documents.rows.len();
        let is_known = |word: &String| weighted.terms.iter().any(|term| term.term == *word);
        let unknown = matrix.term_weights.keys().filter(|word| !is_known(word));
        let warning = |word| format!("term_weights: {word:?} is no term of the matrix and is left out");
        let warnings = unknown.map(warning).collect();
        let weighting = WeightingRecord {
            tf: matrix.tf,
            idf: matrix.idf,
            norm: matrix.norm,
            min_df: matrix.min_df,
            min_documents: matrix.min_df.documents(n_documents),
            max_documents: matrix.max_df.most_documents(n_documents),
        };
        let reasons = skipped.counts().iter().map(|(reason, n)| (reason.to_string(), *n)).collect();
        let record = CorpusRecord {
            digest,
            n_documents,
            n_empty: documents.rows.iter().filter(|row| row.status == Status::Empty).count(),
            n_tokens: corpus.n_tokens(),
            n_counted_terms: corpus.vocabulary.len(),
            n_terms: weighted.terms.len(),
            n_nonzeros: weighted.matrix.n_nonzeros(),
            n_unstemmed: corpus.n_unstemmed,
            language: detection.map(|detection| LanguageRecord {
                detected: detection.language,
                stop_word_share: detection.share,
                n_documents: detection.n_documents,
            }),
            skipped: reasons,
            skipped_documents: skipped.listed().iter().map(ToString::to_string).collect(),
        };
        let n_counted_nonzeros = corpus.n_nonzeros();
        let reading_bytes = held_bytes as u64 + estimate::counting_bytes(&corpus);
        Ok(Self {
            weighted,
            documents,
            analyzer,
            weighting,
            corpus: record,
            skipped,
            n_counted_nonzeros,
            reading_bytes,
            warnings,
        })
    }

    /// The matrix with its record, to be stored.
    pub fn into_matrix(self, config: &Config) -> Result<MatrixModel, Error> {
        let manifest = self.manifest(config, Kind::Matrix, None)?;
        Ok(MatrixModel { weighted: self.weighted, documents: self.documents, manifest })
    }

    fn manifest(&self, config: &Config, kind: Kind, fit: Option<FitRecord>) -> Result<Manifest, Error> {
        Ok(Manifest {
            format_version: FORMAT_VERSION,
            program: concat!("topicmill ", env!("CARGO_PKG_VERSION")).to_string(),
            kind,
            config: serde_json::to_value(config).map_err(|error| Error::Internal(error.to_string()))?,
            analyzer: self.analyzer.clone(),
            weighting: self.weighting.clone(),
            corpus: self.corpus.clone(),
            fit,
            files: BTreeMap::new(),
            digest: String::new(),
            run: RunRecord::default(),
        })
    }
}

/// Factorises a prepared matrix, from `start` or the start that the configuration names, into a model in canonical
/// form.
pub fn fit(
    prepared: Prepared,
    config: &Config,
    start: Option<Start>,
    observer: &mut dyn Observer,
) -> Result<TopicModel, Error> {
    let Some(start) = start else {
        let guidance = guide(&prepared, config, None)?.0;
        return fit_guided(prepared, config, &guidance, observer);
    };
    check_memory(&prepared, &config.factorize)?;
    let given = digest(&[&start.w, &start.h]);
    let weighted = weighted_documents(&prepared, config)?;
    let v = weighted.as_ref().unwrap_or(&prepared.weighted.matrix);
    let factorization = factorize::factorize(v, start, &config.factorize, observer)?;
    model(prepared, config, factorization, Some(given))
}

/// As [`fit`], with topics that are given in part; [`guide`] finds the configuration's words in the matrix.
pub fn fit_guided(
    prepared: Prepared,
    config: &Config,
    guidance: &Guidance,
    observer: &mut dyn Observer,
) -> Result<TopicModel, Error> {
    check_memory(&prepared, &config.factorize)?;
    let weighted = weighted_documents(&prepared, config)?;
    let v = weighted.as_ref().unwrap_or(&prepared.weighted.matrix);
    let factorization = factorize::fit_guided(v, &config.factorize, guidance, observer)?;
    let given = guidance.frozen.as_ref().map(|frozen| digest(&[frozen]));
    model(prepared, config, factorization, given)
}

/// Refuses a fit that takes more memory than there is, before it begins.
fn check_memory(prepared: &Prepared, params: &FactorizeParams) -> Result<(), Error> {
    let what = format!("finding {} topics", params.n_topics);
    Error::check_memory(what, MemoryEstimate::new(prepared, params).total())
}

/// The model of a factorization; `given` is the digest of factors that came from outside.
fn model(
    prepared: Prepared,
    config: &Config,
    factorization: Factorization,
    given_digest: Option<String>,
) -> Result<TopicModel, Error> {
    let v = &prepared.weighted.matrix;
    let Factorization { w, h, trace, stop_reason, kkt_residual, given } = factorization;
    let Canonical { w, h, fold_in_order } = canonicalise(v, w, h, &config.factorize, given);
    let final_objective = factorize::objective(v, &w, &h, config.factorize.loss);
    for (what, factor) in [("W", &w), ("H", &h)] {
        if let Some(value) = factor.first_invalid() {
            return Err(FactorizeError::Overflow { what, value }.into());
        }
    }
    if !final_objective.is_finite() {
        return Err(FactorizeError::NotFinite { iteration: trace.len(), objective: final_objective }.into());
    }
    let objective = |sweep: Option<&crate::factorize::Sweep>| sweep.map_or(f64::NAN, |sweep| sweep.objective);
    let record = FitRecord {
        n_topics: w.n_topics(),
        seed: config.factorize.seed,
        start: given_digest,
        n_iterations: trace.len().saturating_sub(1),
        stop_reason,
        kkt_residual,
        fold_in_order,
        first_objective: objective(trace.first()),
        last_objective: objective(trace.last()),
        final_objective,
    };
    let manifest = prepared.manifest(config, Kind::Model, Some(record))?;
    Ok(TopicModel { terms: prepared.weighted.terms, documents: prepared.documents, w, h, trace, manifest })
}

/// blake3 of factors in rows.
fn digest(factors: &[&FactorMatrix]) -> String {
    let mut hasher = blake3::Hasher::new();
    for factor in factors {
        factor.view().iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
    }
    hasher.finalize().to_hex().to_string()
}
