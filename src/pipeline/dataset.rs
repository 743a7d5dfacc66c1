//! V with all that is known of its terms and documents. A fit needs nothing else, whether V comes from texts or from
//! a ready matrix.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::config::Config;
use crate::export::write_matrix_market;
use crate::factorize::MissingEntries;
use crate::ingest::{SkipReason, SkippedDocuments};
use crate::matrix::{
    EntryCounts, MatrixError, MatrixParams, SparseRows, Term, TermDocumentMatrix, WeightedMatrix, build,
};
use crate::model::{
    CorpusRecord, Dates, DocumentTable, FitRecord, Kind, LanguageRecord, Manifest, Status, Texts, WeightingRecord,
    store,
};
use crate::text::{AnalyzerSpec, Corpus, Detection, View};

/// Documents that were read, counted and weighted. A dataset can be factorised many times, with other numbers of
/// topics or other seeds.
///
/// ```
/// use topicmill::{config::Config, pipeline::Dataset};
/// let dataset = Dataset::from_texts(["a ship at sea", "the sea, the ship", "bread and butter"], &Config::default())?;
/// assert_eq!(dataset.matrix.n_documents(), 3);
/// assert_eq!(dataset.terms[0].form, "bread");
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    /// V, terms × documents.
    pub matrix: TermDocumentMatrix,
    /// The count behind each entry of V, in the order of V's documents; `None` for a matrix that was stored without
    /// counts.
    pub counts: Option<EntryCounts>,
    /// The terms, one for each row of V.
    pub terms: Arc<Vec<Term>>,
    /// The documents, one for each column of V.
    pub documents: Arc<DocumentTable>,
    /// The entries of V that are not known; `None` if all are.
    pub missing: Option<Arc<MissingEntries>>,
    /// The texts of the documents; `None` unless they were to be kept.
    pub texts: Option<Arc<Texts>>,
    /// The analyser; `None` for a matrix that did not come from texts.
    pub analyzer: Option<AnalyzerSpec>,
    /// How counts became weights.
    pub weighting: WeightingRecord,
    /// What was read.
    pub corpus: CorpusRecord,
    /// Documents left out.
    pub skipped: SkippedDocuments,
    /// The configuration that the documents were read with. Its section `factorize` is ignored, because each fit
    /// brings its own.
    pub config: Config,
    /// Number of nonzeros before pruning.
    pub n_counted_nonzeros: usize,
    /// Bytes of memory that reading and counting took beside what the dataset keeps.
    pub(super) reading_bytes: u64,
}

/// Counted documents whose counts are not weighted yet.
pub(super) struct Counted<C> {
    pub(super) corpus: C,
    pub(super) documents: DocumentTable,
    pub(super) texts: Option<Texts>,
    pub(super) analyzer: Option<AnalyzerSpec>,
    /// The resolved parameters, in which words are given as terms of the corpus.
    pub(super) matrix: MatrixParams,
    pub(super) detection: Option<Detection>,
    pub(super) skipped: SkippedDocuments,
    /// Largest number of bytes of documents that were in memory at the same time.
    pub(super) held_bytes: usize,
    pub(super) digest: String,
}

/// Numbers of a corpus, for its record.
pub(super) struct Sizes {
    pub(super) n_tokens: u64,
    pub(super) n_unstemmed: usize,
    pub(super) n_counted_terms: usize,
    pub(super) n_nonzeros: usize,
}

impl<C> Counted<C> {
    /// Fails if there are no documents.
    pub(super) fn check_documents(&self) -> Result<(), Error> {
        if !self.documents.is_empty() {
            return Ok(());
        }
        let counts = self.skipped.counts().iter().filter(|(reason, _)| **reason != SkipReason::Hidden);
        let skipped = counts.map(|(_, n)| n).sum();
        let first = self.skipped.listed().iter().find(|skipped| skipped.reason != SkipReason::Hidden);
        Err(Error::NoDocuments { skipped, first: first.map(ToString::to_string) })
    }

    /// The corpus, and all that is known beside it.
    pub(super) fn split(self) -> (C, Counted<()>) {
        let Self { corpus, documents, texts, analyzer, matrix, detection, skipped, held_bytes, digest } = self;
        (corpus, Counted { corpus: (), documents, texts, analyzer, matrix, detection, skipped, held_bytes, digest })
    }

    /// The records of how counts became weights, and of what was read.
    pub(super) fn records(&self, terms: &[Term], sizes: &Sizes, config: &Config) -> (WeightingRecord, CorpusRecord) {
        let Self { documents, matrix, detection, skipped, digest, .. } = self;
        let n_documents = documents.len();
        let is_known = |word: &String| terms.iter().any(|term| term.term == *word);
        let unknown = matrix.term_weights.keys().filter(|word| !is_known(word));
        let warning = |word| format!("term_weights: {word:?} is no term of the matrix and is left out");
        let mut warnings: Vec<String> = unknown.map(warning).collect();
        let views = AnalyzerSpec::views_of(self.analyzer.as_ref());
        let is_empty = |view: &&View| !terms.iter().any(|term| view.value(&term.term).is_some());
        let no_value = |view: &View| format!("views: {} has no value that enough documents share", view.name);
        warnings.extend(views.iter().filter(is_empty).map(no_value));
        let date_column = config.ingest.date_column.as_deref();
        warnings.extend(Dates::of(documents, None, date_column).err().map(|error| format!("date_column: {error}")));
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
            digest: digest.clone(),
            n_documents,
            n_empty: documents.rows().filter(|row| row.status == Status::Empty).count(),
            n_tokens: sizes.n_tokens,
            n_counted_terms: sizes.n_counted_terms,
            n_terms: terms.len(),
            n_nonzeros: sizes.n_nonzeros,
            n_unstemmed: sizes.n_unstemmed,
            duplicates: None,
            language: detection.as_ref().map(|detection| LanguageRecord {
                detected: detection.language,
                without_list: detection.without_list.map(str::to_string),
                stop_word_share: detection.share,
                n_documents: detection.n_documents,
                others: detection.others.iter().cloned().collect(),
            }),
            skipped: reasons,
            skipped_documents: skipped.listed().iter().map(ToString::to_string).collect(),
            warnings,
            advice: Vec::new(),
        };
        (weighting, record)
    }
}

impl Dataset {
    pub(super) fn new(counted: Counted<Corpus>, config: &Config) -> Result<Self, Error> {
        let corpus = &counted.corpus;
        let (n_tokens, n_unstemmed, n_counted_nonzeros) = (corpus.n_tokens(), corpus.n_unstemmed, corpus.n_nonzeros());
        let (n_counted_terms, counting_bytes) = (corpus.vocabulary.len(), counting_bytes(corpus));
        let (corpus, mut meta) = counted.split();
        let WeightedMatrix { matrix: v, counts, terms } = build(corpus, &meta.matrix)?;
        meta.documents.set_statuses(|document| match v.document(document).0.is_empty() {
            true => Status::Empty,
            false => Status::Ok,
        });
        let sizes = Sizes { n_tokens, n_unstemmed, n_counted_terms, n_nonzeros: v.n_nonzeros() };
        let (weighting, corpus) = meta.records(&terms, &sizes, config);
        Ok(Self {
            matrix: v,
            counts: Some(counts),
            terms: terms.into(),
            documents: meta.documents.into(),
            missing: None,
            texts: meta.texts.map(Arc::new),
            analyzer: meta.analyzer,
            weighting,
            corpus,
            skipped: meta.skipped,
            config: config.clone(),
            n_counted_nonzeros,
            reading_bytes: meta.held_bytes as u64 + counting_bytes,
        })
    }

    /// The dates of the documents, from the column that the configuration names, or that looks like dates.
    pub fn dates(&self) -> Option<Dates> {
        self.description().dates()
    }

    /// The same terms in some of the documents, without their texts.
    pub(super) fn subset(&self, documents: &[usize]) -> Result<Self, Error> {
        let v = &self.matrix;
        let (mut rows, mut counts) = (SparseRows::default(), self.counts.as_ref().map(|_| EntryCounts::default()));
        for &document in documents {
            rows.push(v.entries(document));
            if let (Some(counts), Some(all)) = (&mut counts, &self.counts) {
                counts.extend(all.range(v.document_range(document)));
            }
        }
        Ok(Self {
            matrix: TermDocumentMatrix::from_documents(v.n_terms(), rows)?,
            counts,
            documents: self.documents.subset(documents).into(),
            texts: None,
            ..self.clone()
        })
    }

    /// Refuses missing entries, where there is no place for them.
    pub(super) fn check_complete(&self) -> Result<(), Error> {
        match self.missing {
            Some(_) => Err(MatrixError::Missing.into()),
            None => Ok(()),
        }
    }

    /// The weight of each term; none if each is 1.
    pub(super) fn term_weights(&self) -> Vec<f32> {
        term_weights(&self.terms)
    }

    /// Writes the weighted matrix as a directory, which a fit takes as input in place of the documents. Returns the
    /// path of the directory, which can differ from `directory` as with [`store::save`].
    pub fn save(&self, directory: &Path, force: bool) -> Result<PathBuf, Error> {
        self.check_complete()?;
        let directory = &store::check_output(directory, &[], force)?;
        let manifest = self.manifest(&self.config, Kind::Matrix, None)?;
        let v = &self.matrix;
        let mut files: Vec<(&str, Box<store::Fill<'_>>)> = vec![(
            store::MATRIX,
            Box::new(|out| write_matrix_market(v, |document| v.document(document).1.iter().copied(), out)),
        )];
        if let Some(counts) = &self.counts {
            files.push((
                store::COUNTS,
                Box::new(|out| write_matrix_market(v, |document| counts.range(v.document_range(document)), out)),
            ));
        }
        Ok(store::save_matrix(&self.terms, &self.documents, self.texts.as_deref(), manifest, files, directory, force)?)
    }

    /// What is known of the documents and terms.
    pub fn description(&self) -> Description<'_> {
        Description {
            terms: &self.terms,
            documents: &self.documents,
            texts: self.texts.as_ref(),
            analyzer: self.analyzer.as_ref(),
            weighting: &self.weighting,
            corpus: &self.corpus,
            skipped: &self.skipped,
            n_counted_nonzeros: self.n_counted_nonzeros,
            config: &self.config,
        }
    }

    /// The record of a matrix or, with `fit`, of a model that is made from this dataset.
    pub(super) fn manifest(&self, config: &Config, kind: Kind, fit: Option<FitRecord>) -> Result<Manifest, Error> {
        self.description().manifest(config, kind, fit)
    }
}

/// What is known of documents and terms, wherever V is.
#[derive(Clone, Copy, Debug)]
pub struct Description<'d> {
    /// The terms, one for each row of V.
    pub terms: &'d Arc<Vec<Term>>,
    /// The documents, one for each column of V.
    pub documents: &'d Arc<DocumentTable>,
    /// The texts of the documents; `None` unless they were to be kept.
    pub texts: Option<&'d Arc<Texts>>,
    /// The analyser; `None` for a matrix that did not come from texts.
    pub analyzer: Option<&'d AnalyzerSpec>,
    /// How counts became weights.
    pub weighting: &'d WeightingRecord,
    /// What was read.
    pub corpus: &'d CorpusRecord,
    /// Documents left out.
    pub skipped: &'d SkippedDocuments,
    /// Number of nonzeros before pruning.
    pub n_counted_nonzeros: usize,
    /// The configuration that the documents were read with.
    pub config: &'d Config,
}

impl Description<'_> {
    /// The dates of the documents, from the column that the configuration names, or that looks like dates.
    pub fn dates(&self) -> Option<Dates> {
        Dates::of(self.documents, None, self.config.ingest.date_column.as_deref()).ok().flatten()
    }

    /// The record of a matrix or, with `fit`, of a model.
    pub(super) fn manifest(&self, config: &Config, kind: Kind, fit: Option<FitRecord>) -> Result<Manifest, Error> {
        let config = serde_json::to_value(config).map_err(|error| Error::Internal(error.to_string()))?;
        let (analyzer, weighting) = (self.analyzer.cloned(), self.weighting.clone());
        Ok(Manifest::new(kind, config, analyzer, weighting, self.corpus.clone(), fit))
    }
}

/// The weight of each term; none if each is 1.
pub(super) fn term_weights(terms: &[Term]) -> Vec<f32> {
    match terms.iter().all(|term| term.weight == 1.0) {
        true => Vec::new(),
        false => terms.iter().map(|term| term.weight as f32).collect(),
    }
}

/// Bytes that counting holds per distinct word, in the tables of about two threads (each thread has its own).
const COUNTED_TERM: u64 = 220;

/// Bytes that counting holds per document and distinct word in it.
const COUNT: u64 = 8;

/// Bytes of memory that counting took.
fn counting_bytes(corpus: &Corpus) -> u64 {
    COUNT * corpus.n_nonzeros() as u64 + COUNTED_TERM * corpus.vocabulary.len() as u64
}
