//! Documents that do not fit into memory: they are read, counted and weighted as those of a [`Dataset`] are, and kept
//! on disk in shards.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::advice::advice;
use super::batches::Pending;
use super::dataset::{Counted, Description, Sizes, term_weights};
use super::matrix_input::{Parameters, is_matrix_input};
use super::read::{Progress, count_documents, delimiters_told, unused_parameters};
use super::scratch::{Scratch, ScratchRows, of_file};
use super::shard_directory::{ShardDirectory, shard_name};
use super::shard_files::{ShardFiles, ShardWriter};
use super::sharded::ShardedCorpus;
use super::spill::{Spill, SpilledCorpus};
use crate::Error;
use crate::config::Config;
use crate::export::{write_matrix_market_head, write_matrix_market_part};
use crate::factorize::{
    Engine, FactorizeError, FactorizeParams, LocalShards, Rows, ShardDocuments, ShardSizes, ShardedFit, Shards,
};
use crate::ingest::{IngestError, OnDuplicate, SkippedDocuments, records};
use crate::kernels::release_unused_memory;
use crate::matrix::{Frequencies, Kept, MatrixError, Term, Weigher};
use crate::model::{CorpusRecord, DocumentTable, Kind, Status, StoredMatrix, WeightingRecord, store};
use crate::text::{Analyzer, AnalyzerSpec, TextError};

/// Documents of a shard where the parameters leave that open: V and H of two shards of abstracts then take some hundred
/// megabytes.
pub const SHARD_DOCUMENTS: usize = 65_536;

/// Documents on disk that were read, counted and weighted; their names and the terms are in memory. What a model is
/// made of them does not differ by a byte from what [`Plan`](super::Plan) makes of a [`Dataset`](super::Dataset) with
/// the same `shard_documents`, but for the record of duplicates, which are not looked for.
#[derive(Debug)]
pub struct ShardedDataset {
    holder: Holder,
    terms: Arc<Vec<Term>>,
    documents: Arc<DocumentTable>,
    analyzer: Option<AnalyzerSpec>,
    weighting: WeightingRecord,
    corpus: CorpusRecord,
    skipped: SkippedDocuments,
    n_counted_nonzeros: usize,
    config: Config,
    term_weights: Vec<f32>,
}

/// Who holds the shards.
enum Holder {
    /// This process, with rows of factors in the folder.
    Here(ShardFiles, Arc<Scratch>),
    /// Others.
    Others(Arc<dyn Engine + Send>),
}

impl ShardedDataset {
    /// Reads, counts and weights the documents of files and folders, as [`Dataset::read_watched`] does, with `scratch`
    /// as the folder for what is kept on disk. `config.factorize.shard_documents` says how many documents make a
    /// shard; 0 stands for [`SHARD_DOCUMENTS`]. Fails as [`Dataset::read_watched`] does, if the disk is full, or if
    /// something is asked for that needs all documents at once.
    ///
    /// [`Dataset::read_watched`]: super::Dataset::read_watched
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use topicmill::{config::Config, factorize::Silent, pipeline::{Plan, ShardedDataset, WarmStart}};
    /// let mut config = Config::default();
    /// config.factorize.n_topics = 6;
    /// let watch = &mut |_| ControlFlow::Continue(());
    /// let dataset = ShardedDataset::read(&["corpora/newsroom".into()], &config, &std::env::temp_dir(), watch)?;
    /// assert_eq!(Plan::of_shards(&dataset, &config.factorize, &WarmStart::None)?.run(&mut Silent)?.n_topics(), 6);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn read(
        inputs: &[PathBuf],
        config: &Config,
        scratch: &Path,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self, Error> {
        let config = in_shards(config)?;
        if is_matrix_input(inputs, &config.ingest)? {
            return Err(parameter("inputs", "a matrix", "documents where they are kept on disk"));
        }
        let scratch = Arc::new(Scratch::create_in(scratch).map_err(FactorizeError::Shard)?);
        let found = records(inputs, &config.ingest)?.map(Pending::from);
        let store = |analyzer: &Analyzer| {
            Ok(Spill::create(Arc::clone(&scratch), analyzer.unites_forms()).map_err(FactorizeError::Shard)?)
        };
        let (counted, looks) = count_documents(found, &config, None, watch, store)?;
        counted.check_documents()?;
        release_unused_memory();
        let is_cut = counted.analyzer.as_ref().is_some_and(|analyzer| analyzer.segment);
        let dataset = Self::new(counted, &scratch, config.clone()).map_err(|error| looks.advised(error, &config));
        release_unused_memory();
        let (mut dataset, mut told) = (dataset?, delimiters_told(inputs, &config));
        told.extend(looks.advice(&config, is_cut));
        dataset.advise(unused_parameters(&config), told);
        Ok(dataset)
    }

    /// Adds warnings, and advice before that which follows from the documents.
    pub(super) fn advise(&mut self, warnings: Vec<String>, told: Vec<String>) {
        self.corpus.warnings.extend(warnings);
        self.corpus.advice = told;
        let more = advice(&self.description());
        self.corpus.advice.extend(more);
    }

    fn new(counted: Counted<SpilledCorpus>, scratch: &Arc<Scratch>, config: Config) -> Result<Self, Error> {
        let (corpus, meta) = counted.split();
        let params = &meta.matrix;
        params.check()?;
        let n_documents = corpus.n_documents;
        let mut frequencies = Frequencies::new(corpus.n_terms);
        let mut n_counted_nonzeros = 0;
        corpus.each_group(|blocks| {
            n_counted_nonzeros += blocks.iter().map(|block| block.terms.len()).sum::<usize>();
            blocks.iter().for_each(|block| frequencies.add(block));
            Ok(())
        })?;
        let known = corpus.numbers_of(&params.vocabulary)?;
        let kept = Kept::new(params, &frequencies, n_documents, |name| known.get(name).copied())?;
        let numbers: Vec<u32> = kept.numbers().collect();
        let strings = corpus.strings_of(&numbers)?;
        let string = |number: u32| numbers.binary_search(&number).map(|at| strings[at].clone()).unwrap_or_default();
        let views = AnalyzerSpec::views_of(meta.analyzer.as_ref());
        let weigher = Weigher::new(params, &frequencies, n_documents, kept, views, string);
        drop((frequencies, strings));
        let mut writer = ShardWriter::new(scratch, weigher.n_terms(), config.factorize.shard_documents);
        let mut is_empty = Vec::with_capacity(n_documents);
        corpus.each_group(|blocks| {
            let weighed: Vec<_> = blocks.par_iter().map(|block| weigher.weigh(block)).collect();
            for block in weighed {
                let (rows, counts) = block.map_err(|(at, error)| weigher.locate(error, is_empty.len() + at))?;
                is_empty.extend(rows.indptr.windows(2).map(|pair| pair[0] == pair[1]));
                writer.push(&rows, &counts).map_err(FactorizeError::Shard)?;
            }
            Ok(())
        })?;
        let (n_tokens, n_unstemmed, n_counted_terms) = (corpus.n_tokens, corpus.n_unstemmed, corpus.n_terms);
        drop(corpus);
        let shards = writer.finish().map_err(FactorizeError::Shard)?;
        let sizes = Sizes { n_tokens, n_unstemmed, n_counted_terms, n_nonzeros: shards.sizes().n_nonzeros };
        let holder = Holder::Here(shards, Arc::clone(scratch));
        Self::of_parts(meta, weigher.into_terms(), &is_empty, sizes, n_counted_nonzeros, holder, config)
    }

    /// The dataset of documents that were counted and weighted. Fails if there are no entries.
    fn of_parts(
        mut meta: Counted<()>,
        terms: Vec<Term>,
        is_empty: &[bool],
        sizes: Sizes,
        n_counted_nonzeros: usize,
        holder: Holder,
        config: Config,
    ) -> Result<Self, Error> {
        if sizes.n_nonzeros == 0 {
            return Err(MatrixError::NoEntries { n_terms: terms.len(), n_documents: meta.documents.len() }.into());
        }
        meta.documents.set_statuses(|document| if is_empty[document] { Status::Empty } else { Status::Ok });
        let (weighting, corpus) = meta.records(&terms, &sizes, &config);
        let term_weights = term_weights(&terms);
        Ok(Self {
            holder,
            terms: Arc::new(terms),
            documents: Arc::new(meta.documents),
            analyzer: meta.analyzer,
            weighting,
            corpus,
            skipped: meta.skipped,
            n_counted_nonzeros,
            config,
            term_weights,
        })
    }

    /// The dataset of documents that others have counted and weighted, and hold.
    pub(super) fn of_others(
        meta: Counted<()>,
        terms: Vec<Term>,
        is_empty: &[bool],
        sizes: Sizes,
        n_counted_nonzeros: usize,
        engine: Arc<dyn Engine + Send>,
        config: Config,
    ) -> Result<Self, Error> {
        Self::of_parts(meta, terms, is_empty, sizes, n_counted_nonzeros, Holder::Others(engine), config)
    }

    /// The configuration that the documents were read with, with the number of documents of a shard.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Bytes of the shards on disk; 0 if others hold them.
    pub fn disk_bytes(&self) -> u64 {
        match &self.holder {
            Holder::Here(shards, _) => shards.n_bytes,
            Holder::Others(_) => 0,
        }
    }

    /// Most entries of V in a shard that is in memory here.
    pub(super) fn most_entries(&self) -> usize {
        match &self.holder {
            Holder::Here(shards, _) => shards.most_entries(),
            Holder::Others(_) => 0,
        }
    }

    /// How many there are of what.
    pub(super) fn sizes(&self) -> ShardSizes {
        match &self.holder {
            Holder::Here(shards, _) => shards.sizes(),
            Holder::Others(engine) => engine.sizes(),
        }
    }

    /// The shards in files. Fails if others hold them.
    fn files(&self) -> Result<&ShardFiles, Error> {
        match &self.holder {
            Holder::Here(shards, _) => Ok(shards),
            Holder::Others(_) => Err(FactorizeError::Shard(io::Error::other("other processes hold them")).into()),
        }
    }

    /// Documents in a directory of shards, which is read as it is; rows of factors go to a folder in `scratch`. Only
    /// `config.factorize` is applied. Fails if the directory is damaged, or if `config` asks for other shards, terms or
    /// weights than it has.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use topicmill::{config::Config, pipeline::{ShardDirectory, ShardedDataset}};
    /// let (config, scratch) = (Config::default(), tempfile::tempdir().unwrap());
    /// let watch = &mut |_| ControlFlow::Continue(());
    /// let dataset = ShardedDataset::read(&["corpora/newsroom".into()], &config, scratch.path(), watch)?;
    /// let written = dataset.save_shards(&scratch.path().join("shards"), false)?;
    /// let again = ShardedDataset::open(ShardDirectory::open(&written)?, &config, scratch.path())?;
    /// assert_eq!(again.description().terms, dataset.description().terms);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn open(directory: ShardDirectory, config: &Config, scratch: &Path) -> Result<Self, Error> {
        config.check()?;
        let StoredMatrix { terms, documents, manifest, .. } = directory.tables()?;
        let Parameters { mut recorded, applied, unused } = Parameters::of_stored(config, &manifest)?;
        let sizes = directory.sizes();
        if !applied.is_identity() {
            return Err(MatrixError::Shards.into());
        }
        if ![0, sizes.shard_documents].contains(&config.factorize.shard_documents) {
            let (found, expected) = (
                config.factorize.shard_documents.to_string(),
                format!("{}, which the shards have", sizes.shard_documents),
            );
            return Err(FactorizeError::Parameter { key: "shard_documents", found, expected }.into());
        }
        recorded.factorize.shard_documents = sizes.shard_documents;
        ShardedFit::check(&FactorizeParams {
            n_topics: recorded.factorize.n_topics.max(1),
            ..recorded.factorize.clone()
        })?;
        let mut corpus = manifest.corpus;
        corpus.warnings.extend(unused);
        let scratch = Arc::new(Scratch::create_in(scratch).map_err(FactorizeError::Shard)?);
        let term_weights = term_weights(&terms);
        Ok(Self {
            holder: Holder::Here(directory.files, scratch),
            terms: Arc::new(terms),
            documents: Arc::new(documents),
            analyzer: manifest.analyzer,
            weighting: manifest.weighting,
            corpus,
            skipped: SkippedDocuments::default(),
            n_counted_nonzeros: sizes.n_nonzeros,
            config: recorded,
            term_weights,
        })
    }

    /// The same documents, whose shards others hold.
    pub fn held_by(self, engine: Arc<dyn Engine + Send>) -> Self {
        Self { holder: Holder::Others(engine), ..self }
    }

    /// Writes the shards with the tables of terms and documents as a directory, as
    /// [`Dataset::save`](super::Dataset::save) writes a matrix.
    pub fn save_shards(&self, directory: &Path, force: bool) -> Result<PathBuf, Error> {
        let directory = &store::check_output(directory, &[], force)?;
        let manifest = self.description().manifest(&self.config, Kind::Shards, None)?;
        let paths = self.files()?.paths();
        let names: Vec<String> = (0..paths.len()).map(shard_name).collect();
        let copied = |path: &PathBuf, out: &mut dyn io::Write| {
            let mut file = std::fs::File::open(path).map_err(of_file(path))?;
            io::copy(&mut file, out).map(drop)
        };
        let files = names.iter().zip(paths).map(|(name, path)| {
            let fill: Box<store::Fill<'_>> = Box::new(move |out| copied(path, out));
            (name.as_str(), fill)
        });
        let files = files.collect();
        Ok(store::save_matrix(&self.terms, &self.documents, None, manifest, files, directory, force)?)
    }

    /// What is known of the documents and terms.
    pub fn description(&self) -> Description<'_> {
        Description {
            terms: &self.terms,
            documents: &self.documents,
            texts: None,
            analyzer: self.analyzer.as_ref(),
            weighting: &self.weighting,
            corpus: &self.corpus,
            skipped: &self.skipped,
            n_counted_nonzeros: self.n_counted_nonzeros,
            config: &self.config,
        }
    }

    /// Writes the weighted matrix as a directory, as [`Dataset::save`](super::Dataset::save) does, one shard after
    /// another.
    pub fn save(&self, directory: &Path, force: bool) -> Result<PathBuf, Error> {
        let directory = &store::check_output(directory, &[], force)?;
        // How a fit would divide the documents says nothing of the matrix.
        let factorize = FactorizeParams { shard_documents: 0, ..self.config.factorize.clone() };
        let config = Config { factorize, ..self.config.clone() };
        let manifest = self.description().manifest(&config, Kind::Matrix, None)?;
        let shards = self.files()?;
        let files: Vec<(&str, Box<store::Fill<'_>>)> = vec![
            (store::MATRIX, Box::new(|out| Self::write(shards, false, out))),
            (store::COUNTS, Box::new(|out| Self::write(shards, true, out))),
        ];
        Ok(store::save_matrix(&self.terms, &self.documents, None, manifest, files, directory, force)?)
    }

    /// Writes the matrix, or the counts behind its entries.
    fn write(shards: &ShardFiles, are_counts: bool, out: &mut dyn io::Write) -> io::Result<()> {
        let sizes = shards.sizes();
        write_matrix_market_head(sizes.n_terms, sizes.n_documents, sizes.n_nonzeros, out)?;
        for shard in 0..sizes.n_shards() {
            let (first, ShardDocuments { v, counts }) = (sizes.documents(shard).start, shards.load(shard, are_counts)?);
            match counts.filter(|_| are_counts) {
                Some(counts) => write_matrix_market_part(&v, first, |d| counts.range(v.document_range(d)), out)?,
                None => write_matrix_market_part(&v, first, |d| v.document(d).1.iter().copied(), out)?,
            }
        }
        Ok(())
    }

    /// Calls `work` with the documents, and with rows of so many topics on disk.
    pub(super) fn in_shards<T>(
        &self,
        n_topics: usize,
        work: impl FnOnce(ShardedCorpus<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let corpus = |engine| ShardedCorpus {
            engine,
            term_weights: &self.term_weights,
            terms: &self.terms,
            analyzer: self.analyzer.as_ref(),
        };
        match &self.holder {
            Holder::Here(shards, scratch) => {
                let new_rows = || -> Result<Arc<dyn Rows>, FactorizeError> {
                    Ok(Arc::new(ScratchRows::create(scratch, n_topics)?))
                };
                work(corpus(&LocalShards::new(shards, new_rows()?, Some(new_rows()?))))
            }
            Holder::Others(engine) => work(corpus(&**engine)),
        }
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here(..) => "Here",
            Self::Others(_) => "Others",
        })
    }
}

/// The configuration of documents in shards, with the number of documents of each. Refuses by name what needs all
/// documents at once.
pub(super) fn in_shards(config: &Config) -> Result<Config, Error> {
    let mut config = config.clone();
    if config.factorize.shard_documents == 0 {
        config.factorize.shard_documents = SHARD_DOCUMENTS;
    }
    config.check()?;
    if config.text.phrases.is_some() {
        let (key, found, expected) = ("phrases", "given".into(), "none where documents are kept on disk");
        return Err(TextError::Parameter { key, found, expected }.into());
    }
    if config.ingest.keep_texts {
        return Err(parameter("keep_texts", "true", "false where documents are kept on disk"));
    }
    if config.ingest.duplicates != OnDuplicate::Keep {
        return Err(parameter("duplicates", config.ingest.duplicates.name(), "keep where documents are kept on disk"));
    }
    ShardedFit::check(&config.factorize)?;
    Ok(config)
}

fn parameter(key: &'static str, found: &str, expected: &'static str) -> Error {
    IngestError::Parameter { key, found: found.into(), expected }.into()
}
