//! Documents that others read: each shard of them is counted where it is, the terms of all shards are added up, and
//! each shard is weighted where it is. What is made of them does not differ from what is made of documents on disk.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::batches::{Pending, skip};
use super::dataset::{Counted, Sizes};
use super::read::{check_views, choose_analyzer, count, matrix_params, unused_parameters};
use super::sample::{Looks, Sample};
use super::sharded_dataset::{SHARD_DOCUMENTS, ShardedDataset, in_shards};
use super::texts::TextWriter;
use crate::Error;
use crate::config::Config;
use crate::factorize::{Engine, FactorizeError};
use crate::ingest::{Document, IngestParams, SkippedDocuments};
use crate::matrix::{EntryCounts, Frequencies, Kept, MatrixParams, SparseRows, Term, Weigher, Weighting, encode_shard};
use crate::model::{DocumentTableBuilder, NewDocument};
use crate::text::{Analyzer, AnalyzerSpec, CountBlock, Detection, TermCounts, count_alone};

/// What those who hold documents need to know to count them.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Recipe {
    spec: AnalyzerSpec,
    ingest: IngestParams,
}

/// Counts documents in the same way wherever they are.
#[derive(Debug)]
pub struct ShardCounter {
    analyzer: Analyzer,
    ingest: IngestParams,
}

impl ShardCounter {
    /// Reads what [`CountingElsewhere::recipe`] wrote. Fails for another text.
    pub fn new(recipe: &str) -> Result<Self, Error> {
        let Recipe { spec, ingest } = serde_json::from_str(recipe).map_err(unreadable)?;
        Ok(Self { analyzer: Analyzer::new(spec)?, ingest })
    }

    /// Counts the documents of a shard.
    pub fn count(&self, documents: Vec<Document>) -> Result<CountedShard, Error> {
        let (views, ingest) = (&self.analyzer.spec().views, &self.ingest);
        let pending = documents.into_iter().map(Pending::Given).collect();
        let (terms, block, (documents, errors)) =
            count_alone(&self.analyzer, |counter| count(pending, counter, &mut TextWriter::new(false), views, ingest));
        // Documents that are given do not fail: they are decoded already.
        if let Some(error) = errors.into_iter().next() {
            skip(error, ingest)?;
        }
        let documents = documents.into_iter().map(|(document, digest, n_tokens)| {
            let Document { id, title, label, source, metadata, .. } = document;
            CountedDocument { id, title, label, source, metadata, digest: *digest.as_bytes(), n_tokens }
        });
        Ok(CountedShard { terms, block, documents: documents.collect() })
    }
}

/// A document without its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CountedDocument {
    id: String,
    title: String,
    label: Option<String>,
    source: String,
    metadata: Vec<(String, String)>,
    digest: [u8; 32],
    n_tokens: u64,
}

/// A shard whose documents were counted, with terms of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountedShard {
    terms: TermCounts,
    block: CountBlock,
    documents: Vec<CountedDocument>,
}

impl CountedShard {
    /// The shard as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`CountedShard::to_bytes`] wrote. Fails for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        postcard::from_bytes(bytes).map_err(unreadable)
    }

    /// Its terms, to be added to those of other shards ([`TermCounts::merge`]).
    pub fn terms(&self) -> &TermCounts {
        &self.terms
    }

    /// Weights the documents, and returns them with the shard as [`encode_shard`] writes it.
    pub fn weighted(self, weigher: &ShardWeigher) -> Result<(DocumentsOfShard, Vec<u8>), Error> {
        let ShardWeigher { weigher, numbers } = weigher;
        let other = weigher.n_terms() as u32;
        let number = |term: &String| numbers.get(term).copied().unwrap_or(other);
        let known: Vec<u32> = self.terms.terms.iter().map(|counted| number(&counted.term)).collect();
        let mut block = self.block;
        block.terms.iter_mut().for_each(|term| *term = known[*term as usize]);
        let weighed: (SparseRows, EntryCounts) =
            weigher.weigh(&block).map_err(|(document, error)| weigher.locate(error, document))?;
        let (rows, counts) = weighed;
        let is_empty = rows.indptr.windows(2).map(|pair| pair[0] == pair[1]).collect();
        let bytes = encode_shard(&rows, &counts, weigher.n_terms());
        Ok((DocumentsOfShard { documents: self.documents, is_empty, n_nonzeros: rows.data.len() }, bytes))
    }
}

/// The documents of a shard without their entries, for the table of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentsOfShard {
    documents: Vec<CountedDocument>,
    is_empty: Vec<bool>,
    n_nonzeros: usize,
}

impl DocumentsOfShard {
    /// The documents as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`DocumentsOfShard::to_bytes`] wrote. Fails for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        postcard::from_bytes(bytes).map_err(unreadable)
    }

    /// Number of entries of V.
    pub fn n_nonzeros(&self) -> usize {
        self.n_nonzeros
    }
}

/// Weights counted shards in the same way wherever they are.
#[derive(Debug)]
pub struct ShardWeigher {
    weigher: Weigher,
    /// The number of each term.
    numbers: HashMap<String, u32>,
}

impl ShardWeigher {
    fn new(terms: Vec<Term>, weighting: Weighting) -> Self {
        let numbers = (0..).zip(&terms).map(|(number, term)| (term.term.clone(), number)).collect();
        Self { weigher: Weigher::of_terms(terms, weighting), numbers }
    }

    /// The terms and how they are weighted, as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(&(self.weigher.terms(), self.weigher.weighting())).unwrap_or_default()
    }

    /// Reads what [`ShardWeigher::to_bytes`] wrote. Fails for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (terms, weighting) = postcard::from_bytes(bytes).map_err(unreadable)?;
        Ok(Self::new(terms, weighting))
    }

    /// Number of terms.
    pub fn n_terms(&self) -> usize {
        self.weigher.n_terms()
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    FactorizeError::Shard(std::io::Error::other(format!("what was sent cannot be read: {error}"))).into()
}

/// Fewest documents of a shard, unless it is asked for fewer: what is said of one is as long as for a large one.
const LEAST_SHARD: usize = 4096;

/// Counting and weighting documents that others hold, as the one sees it who asks for it.
///
/// ```
/// use topicmill::{Config, Dataset, ingest::Document, pipeline::{CountingElsewhere, ShardCounter}};
/// let config = Config::default();
/// let texts = ["ships at sea", "the sea and ships", "bread and butter", "butter on bread"];
/// let documents: Vec<Document> = texts.iter().map(|text| Document::new(*text, *text)).collect();
/// let counting = CountingElsewhere::new(documents.clone(), documents.len(), &config)?;
/// let counted = ShardCounter::new(&counting.recipe()?)?.count(documents)?;
/// let weigher = counting.weigher(counted.terms())?;
/// let here = Dataset::from_texts(texts, &config)?.matrix;
/// assert_eq!(weigher.n_terms(), here.n_terms());
/// assert_eq!(counted.weighted(&weigher)?.0.n_nonzeros(), here.n_nonzeros());
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Debug)]
pub struct CountingElsewhere {
    config: Config,
    analyzer: Analyzer,
    matrix: MatrixParams,
    detection: Option<Detection>,
    looks: Looks,
}

impl CountingElsewhere {
    /// Chooses how documents are counted, by the first of them and their number. Where
    /// `config.factorize.shard_documents` is 0, a shard has as many documents as leave work for 64 machines, but not
    /// fewer than 4,096 nor more than [`SHARD_DOCUMENTS`]. Fails if a parameter is invalid, or asks for what
    /// needs all documents at once.
    pub fn new(first: Vec<Document>, n_documents: usize, config: &Config) -> Result<Self, Error> {
        let mut config = config.clone();
        if config.factorize.shard_documents == 0 {
            config.factorize.shard_documents = 1 << (n_documents / 64).clamp(LEAST_SHARD, SHARD_DOCUMENTS).ilog2();
        }
        let config = in_shards(&config)?;
        let mut first = first.into_iter().map(Pending::Given);
        let (analyzer, Sample { detection, looks, .. }) = choose_analyzer(&config, None, &mut first)?;
        let matrix = matrix_params(&config, &analyzer)?;
        matrix.check()?;
        Ok(Self { config, analyzer, matrix, detection, looks })
    }

    /// Number of documents of a shard.
    pub fn shard_documents(&self) -> usize {
        self.config.factorize.shard_documents
    }

    /// How documents are counted, for a [`ShardCounter`].
    pub fn recipe(&self) -> Result<String, Error> {
        let recipe = Recipe { spec: self.analyzer.spec().clone(), ingest: self.config.ingest.clone() };
        serde_json::to_string(&recipe).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Chooses and weights the terms of all shards together. Fails if none is left.
    pub fn weigher(&self, counts: &TermCounts) -> Result<ShardWeigher, Error> {
        let TermCounts { terms, n_documents, .. } = counts;
        let n_documents = *n_documents as usize;
        let (df, cf) = terms.iter().map(|term| (term.df, term.cf as f64)).unzip();
        let frequencies = Frequencies::of_counts(df, cf);
        let find = |name: &str| terms.binary_search_by(|term| term.term.as_str().cmp(name)).ok();
        let kept = Kept::new(&self.matrix, &frequencies, n_documents, |name| find(name).map(|at| at as u32));
        let kept = kept.map_err(|error| self.looks.advised(error.into(), &self.config))?;
        let strings = |number: u32| {
            let term = &terms[number as usize];
            (term.term.clone(), term.form().to_string())
        };
        let views = &self.analyzer.spec().views;
        let weigher = Weigher::new(&self.matrix, &frequencies, n_documents, kept, views, strings);
        let weighting = weigher.weighting();
        Ok(ShardWeigher::new(weigher.into_terms(), weighting))
    }

    /// The dataset of all documents, which the engine holds, by the documents of its shards in their order. Fails if
    /// there are none, or none with a term.
    pub fn dataset(
        self,
        counts: &TermCounts,
        weigher: ShardWeigher,
        shards: impl IntoIterator<Item = DocumentsOfShard>,
        engine: Arc<dyn Engine + Send>,
    ) -> Result<ShardedDataset, Error> {
        let (mut documents, mut is_empty, mut n_nonzeros) = (DocumentTableBuilder::default(), Vec::new(), 0);
        let mut hasher = blake3::Hasher::new();
        for shard in shards {
            is_empty.extend(shard.is_empty);
            n_nonzeros += shard.n_nonzeros;
            for document in shard.documents {
                let CountedDocument { id, title, label, source, metadata, digest, n_tokens } = document;
                hasher.update(&digest);
                documents.push(NewDocument { id, label: label.unwrap_or_default(), title, source, n_tokens }, metadata);
            }
        }
        check_views(self.analyzer.spec(), &documents)?;
        let Self { config, analyzer, matrix, detection, looks } = self;
        let is_cut = analyzer.spec().segment;
        let counted = Counted {
            corpus: (),
            documents: documents.finish(),
            texts: None,
            analyzer: Some(analyzer.spec().clone()),
            matrix,
            detection,
            skipped: SkippedDocuments::default(),
            held_bytes: 0,
            digest: hasher.finalize().to_hex().to_string(),
        };
        counted.check_documents()?;
        let sizes = Sizes {
            n_tokens: counts.n_tokens,
            n_unstemmed: counts.terms.iter().map(|term| term.n_unstemmed()).sum(),
            n_counted_terms: counts.terms.len(),
            n_nonzeros,
        };
        let (terms, n_counted) = (weigher.weigher.into_terms(), counts.n_nonzeros as usize);
        let dataset = ShardedDataset::of_others(counted, terms, &is_empty, sizes, n_counted, engine, config.clone());
        let mut dataset = dataset.map_err(|error| looks.advised(error, &config))?;
        dataset.advise(unused_parameters(&config), looks.advice(&config, is_cut));
        Ok(dataset)
    }
}
