//! Reads documents into a dataset. They are decoded and counted in parallel, in fixed blocks, so that the result does
//! not depend on the number of threads.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::advice::advice;
use super::batches::{Pending, blocks, held_bytes, next_batch, skip};
use super::dataset::{Counted, Dataset};
use super::matrix_input::{is_matrix_input, read_matrix};
use super::sample::{Looks, Sample};
use super::texts::TextWriter;
use super::word_lists::{resolve_word_files, words_and_files};
use crate::Error;
use crate::config::Config;
use crate::ingest::{
    Document, IngestError, IngestParams, LABEL_COLUMN, MOST_COLUMNS, SkippedDocuments, records, unusual_delimiter,
};
use crate::kernels::release_unused_memory;
use crate::matrix::MatrixParams;
use crate::model::{DocumentTableBuilder, NewDocument, Texts};
use crate::system::Memory;
use crate::text::{
    Analyzer, AnalyzerSpec, BLOCK_DOCUMENTS, Corpus, CorpusBuilder, SurfaceBlock, TermCounter, TextError, TextParams,
    View,
};

/// Bytes that a document takes with its id, besides its counts; and bytes that must be free beyond that for reading
/// to go on.
const DOCUMENT_BYTES: u64 = 300;
const ROOM_BYTES: u64 = 32 << 20;

/// Number of blocks in a batch; they are counted in parallel.
const BATCH_BLOCKS: usize = 64;

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of documents counted.
    pub n_documents: usize,
    /// Number of documents left out.
    pub n_skipped: usize,
}

impl Dataset {
    /// Reads, counts and weights the documents of files and folders, or reads a ready matrix. Fails if a parameter is
    /// invalid, if an input cannot be read, or if no document or no term is left.
    pub fn read<P: AsRef<Path>>(inputs: &[P], config: &Config) -> Result<Self, Error> {
        let inputs: Vec<PathBuf> = inputs.iter().map(|input| input.as_ref().to_path_buf()).collect();
        Self::read_watched(&inputs, config, &mut |_| ControlFlow::Continue(()))
    }

    /// Like [`Dataset::read`], but calls `watch` with the progress after every batch. If `watch` returns `Break`,
    /// reading fails with [`Error::Interrupted`].
    pub fn read_watched(
        inputs: &[PathBuf],
        config: &Config,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self, Error> {
        config.check()?;
        if is_matrix_input(inputs, &config.ingest)? {
            return read_matrix(inputs, config);
        }
        let found = records(inputs, &config.ingest)?.map(Pending::from);
        let mut dataset = Self::of_documents(found, config, None, watch)?;
        dataset.corpus.advice.splice(0..0, delimiters_told(inputs, config));
        Ok(dataset)
    }

    /// Counts and weights texts. Their ids are the numbers from 1 on.
    ///
    /// ```
    /// use topicmill::{config::Config, pipeline::Dataset};
    /// let dataset = Dataset::from_texts(["one text", "another text"], &Config::default())?;
    /// assert_eq!(dataset.documents.row(1).id, "2");
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn from_texts<T: AsRef<str>>(
        texts: impl IntoIterator<Item = T, IntoIter: Send>,
        config: &Config,
    ) -> Result<Self, Error> {
        let numbered = (1_u64..).zip(texts).map(|(number, text)| Document::new(number.to_string(), text.as_ref()));
        Self::from_documents(numbered, config)
    }

    /// Counts and weights documents from memory: [`Document`]s, or tuples (id, text) or (id, text, label, metadata),
    /// where metadata are pairs of a name and a value. What [`IngestParams::strip`] names is taken off their texts.
    ///
    /// ```
    /// use topicmill::{config::Config, pipeline::Dataset};
    /// let documents = [
    ///     ("a", "ships at sea", Some("travel"), vec![("date", "2024-05-01")]),
    ///     ("b", "bread and butter", None, vec![]),
    /// ];
    /// let dataset = Dataset::from_documents(documents, &Config::default())?;
    /// assert_eq!(dataset.documents.columns, ["date"]);
    /// assert_eq!(dataset.documents.row(0).label, "travel");
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn from_documents<D: Into<Document>>(
        documents: impl IntoIterator<Item = D, IntoIter: Send>,
        config: &Config,
    ) -> Result<Self, Error> {
        Self::from_documents_watched(documents, config, &mut |_| ControlFlow::Continue(()))
    }

    /// Like [`Dataset::from_documents`], but calls `watch` with the progress after every batch. If `watch` returns
    /// `Break`, reading fails with [`Error::Interrupted`].
    pub fn from_documents_watched<D: Into<Document>>(
        documents: impl IntoIterator<Item = D, IntoIter: Send>,
        config: &Config,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self, Error> {
        config.check()?;
        let found = documents.into_iter().map(|document| Pending::Given(document.into()));
        Self::of_documents(found, config, None, watch)
    }

    pub(super) fn of_documents(
        found: impl Iterator<Item = Pending> + Send,
        config: &Config,
        analyzer: Option<AnalyzerSpec>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self, Error> {
        let (counted, looks) = count_documents(found, config, analyzer, watch, |_| Ok(InMemory::default()))?;
        counted.check_documents()?;
        // Freed memory is given back at both peaks: after the per-thread counters are dropped, and after the counts
        // have become V.
        release_unused_memory();
        let dataset = Self::new(counted, config);
        release_unused_memory();
        let mut dataset = dataset.map_err(|error| looks.advised(error, config))?;
        dataset.corpus.warnings.extend(unused_parameters(config));
        dataset = dataset.with_duplicates()?;
        release_unused_memory();
        let is_cut = dataset.analyzer.as_ref().is_some_and(|analyzer| analyzer.segment);
        dataset.corpus.advice = looks.advice(config, is_cut);
        let more = advice(&dataset.description());
        dataset.corpus.advice.extend(more);
        Ok(dataset)
    }
}

/// Sentences on parameters that are for matrices alone.
pub(super) fn unused_parameters(config: &Config) -> Vec<String> {
    let params = &config.ingest;
    let given = [
        ("term_names", params.term_names.is_some()),
        ("document_names", params.document_names.is_some()),
        ("transposed", params.transposed),
        ("mask", params.mask.is_some()),
    ];
    let unused = given.into_iter().filter(|(_, is_given)| *is_given);
    unused.map(|(key, _)| format!("{key} has no use: the documents are no matrix")).collect()
}

/// Sentences on tables whose fields are separated by something else than their names say.
pub(super) fn delimiters_told(inputs: &[PathBuf], config: &Config) -> Vec<String> {
    let told = |path: &PathBuf| {
        let delimiter = unusual_delimiter(path, &config.ingest)?;
        let name = path.display();
        Some(format!("{name}: fields are separated by {delimiter:?}; --delimiter says otherwise"))
    };
    inputs.iter().rev().filter_map(told).collect()
}

/// Where counted blocks are kept until all documents are known.
pub(super) trait BlockStore: Send {
    /// All blocks, with a common vocabulary.
    type Corpus;

    /// Adds the next block.
    fn push(&mut self, block: SurfaceBlock) -> Result<(), Error>;

    /// Is called after every batch, while no block is counted.
    fn after_batch(&mut self, builder: &CorpusBuilder<'_>) -> Result<(), Error>;

    /// Merges the blocks.
    fn finish(self, builder: CorpusBuilder<'_>) -> Result<Self::Corpus, Error>;

    /// The phrases that were learned.
    fn phrases(corpus: &Self::Corpus) -> Vec<String>;
}

/// Blocks in memory.
#[derive(Default)]
struct InMemory(Vec<SurfaceBlock>);

impl BlockStore for InMemory {
    type Corpus = Corpus;

    fn push(&mut self, block: SurfaceBlock) -> Result<(), Error> {
        self.0.push(block);
        Ok(())
    }

    fn after_batch(&mut self, _: &CorpusBuilder<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn finish(self, builder: CorpusBuilder<'_>) -> Result<Corpus, Error> {
        Ok(builder.finish(self.0))
    }

    fn phrases(corpus: &Corpus) -> Vec<String> {
        corpus.phrases.clone()
    }
}

/// Looks at the first documents, and returns this analyser, or else that of the configuration for them; and the
/// documents that were looked at.
pub(super) fn choose_analyzer(
    config: &Config,
    analyzer: Option<AnalyzerSpec>,
    source: &mut dyn Iterator<Item = Pending>,
) -> Result<(Analyzer, Sample), Error> {
    let text = if analyzer.is_some() { config.text.clone() } else { resolve_word_files(&config.text)? };
    let sample = Sample::read(&text, source, &config.ingest)?;
    let text = TextParams { segmentation: sample.looks.segmentation(&text), ..text };
    let spec = match analyzer {
        // Phrases are learned from all documents anew.
        Some(spec) if config.text.phrases.is_some() => AnalyzerSpec { phrases: Vec::new(), ..spec },
        Some(spec) => spec,
        None => with_separators(text.resolve(sample.language)?, &sample.documents),
    };
    Ok((Analyzer::new(spec)?, sample))
}

/// The parameters of weighting, in which words are given as terms of the analyser.
pub(super) fn matrix_params(config: &Config, analyzer: &Analyzer) -> Result<MatrixParams, Error> {
    let vocabulary = words_and_files(&config.matrix.vocabulary, "matrix.vocabulary")?;
    let weights = config.matrix.term_weights.iter();
    Ok(MatrixParams {
        vocabulary: vocabulary.iter().map(|word| analyzer.term_of(word)).collect(),
        term_weights: weights.map(|(word, weight)| (analyzer.term_of(word), *weight)).collect(),
        ..config.matrix.resolved(false)
    })
}

/// Decodes and counts documents, with this analyser if there is one, or else that of the configuration; `store` makes
/// the place for the counted blocks, once the analyser is known.
pub(super) fn count_documents<S: BlockStore>(
    mut source: impl Iterator<Item = Pending> + Send,
    config: &Config,
    analyzer: Option<AnalyzerSpec>,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    store: impl FnOnce(&Analyzer) -> Result<S, Error>,
) -> Result<(Counted<S::Corpus>, Looks), Error> {
    let (analyzer, Sample { detection, looks, documents, skipped, .. }) =
        choose_analyzer(config, analyzer, &mut source)?;
    let matrix = matrix_params(config, &analyzer)?;
    let mut source = documents.into_iter().map(Pending::Decoded).chain(source);

    let mut gathered = Gathered::new(store(&analyzer)?, skipped);
    let builder = CorpusBuilder::new(&analyzer).learning_phrases(config.text.phrases);
    let mut batch = next_batch(&mut source, BATCH_BLOCKS * BLOCK_DOCUMENTS);
    let mut counted = Vec::new();
    let (mut held, mut most_held) = (held_bytes(&batch), 0);
    // One batch is read, the one before it counted, and the one before that gathered, all at the same time.
    while !batch.is_empty() || !counted.is_empty() {
        let work = std::mem::take(&mut batch);
        let (read, (counts, result)) = rayon::join(
            || next_batch(&mut source, BATCH_BLOCKS * BLOCK_DOCUMENTS),
            || {
                let gather = || counted.drain(..).try_for_each(|block| gathered.push(block, &config.ingest));
                rayon::join(|| count_batch(work, &builder, &config.ingest), gather)
            },
        );
        result?;
        gathered.store.after_batch(&builder)?;
        let held_before = std::mem::replace(&mut held, held_bytes(&read));
        most_held = most_held.max(held + held_before);
        (batch, counted) = (read, counts);
        let progress = Progress { n_documents: gathered.documents.n_documents(), n_skipped: gathered.skipped.len() };
        // The table of documents grows by doubling, so as much memory as it takes now must still be free.
        let next = DOCUMENT_BYTES * progress.n_documents as u64 + ROOM_BYTES;
        Error::check_memory(format!("reading more than {} documents", progress.n_documents), Memory::taken() + next)?;
        if watch(progress).is_break() {
            return Err(Error::Interrupted);
        }
    }
    let corpus = gathered.store.finish(builder)?;
    check_views(analyzer.spec(), &gathered.documents)?;
    let counted = Counted {
        documents: gathered.documents.finish(),
        texts: config.ingest.keep_texts.then_some(Texts::Memory(gathered.texts)),
        matrix,
        analyzer: Some(AnalyzerSpec { phrases: S::phrases(&corpus), ..analyzer.spec().clone() }),
        detection,
        skipped: gathered.skipped,
        corpus,
        held_bytes: most_held,
        digest: gathered.hasher.finalize().to_hex().to_string(),
    };
    Ok((counted, looks))
}

/// The analyser's description with the separators that the first documents show.
fn with_separators(spec: AnalyzerSpec, documents: &[Document]) -> AnalyzerSpec {
    let of_view = |view: View| {
        let column = view.column.clone();
        view.with_separator_of(documents.iter().filter_map(|document| document.cell(&column)))
    };
    AnalyzerSpec { views: spec.views.into_iter().map(of_view).collect(), ..spec }
}

/// Refuses a view of a column that no document has.
pub(super) fn check_views(spec: &AnalyzerSpec, documents: &DocumentTableBuilder) -> Result<(), Error> {
    let columns = documents.columns();
    let is_unknown = |view: &&View| !columns.contains(&view.column) && view.column != LABEL_COLUMN;
    match spec.views.iter().find(is_unknown) {
        Some(View { column, .. }) if documents.n_documents() > 0 => {
            Err(TextError::NoColumn { column: column.clone(), columns: columns.to_vec() }.into())
        }
        _ => Ok(()),
    }
}

/// A block of documents, counted by one thread.
struct CountedBlock {
    counts: SurfaceBlock,
    documents: Vec<(Document, blake3::Hash, u64)>,
    /// The texts, compressed, if they are kept.
    texts: Vec<u8>,
    errors: Vec<IngestError>,
}

fn count_batch(batch: Vec<Pending>, builder: &CorpusBuilder<'_>, params: &IngestParams) -> Vec<CountedBlock> {
    let count = |block| {
        let mut texts = TextWriter::new(params.keep_texts);
        let views = &builder.analyzer().spec().views;
        let (counts, (documents, errors)) = builder.count(|counter| count(block, counter, &mut texts, views, params));
        CountedBlock { counts, documents, texts: texts.finish(), errors }
    };
    blocks(batch, BLOCK_DOCUMENTS).into_par_iter().map(count).collect()
}

/// Decodes and counts the documents of a block. Returns each with its digest and its number of tokens but without its
/// text, which goes to `texts`, and the errors of those that failed.
pub(super) fn count(
    block: Vec<Pending>,
    counter: &mut TermCounter<'_>,
    texts: &mut TextWriter,
    views: &[View],
    params: &IngestParams,
) -> (Vec<(Document, blake3::Hash, u64)>, Vec<IngestError>) {
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    for pending in block {
        match pending.decode(params) {
            Ok(mut document) => {
                let values = View::terms_of(views, |column| document.cell(column));
                let n_tokens = counter.add_with(&document.text, &values);
                texts.add(&document.id, &document.text);
                let mut hasher = blake3::Hasher::new();
                let label = document.label.as_ref().unwrap_or(const { &String::new() });
                for part in [&document.id, label, &document.text].into_iter().chain(&values) {
                    hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
                }
                document.text = String::new();
                documents.push((document, hasher.finalize(), n_tokens));
            }
            Err(error) => errors.push(error),
        }
    }
    (documents, errors)
}

/// The results of all blocks so far, in the order of the documents.
struct Gathered<S> {
    store: S,
    documents: DocumentTableBuilder,
    texts: Vec<u8>,
    skipped: SkippedDocuments,
    hasher: blake3::Hasher,
}

impl<S: BlockStore> Gathered<S> {
    fn new(store: S, skipped: SkippedDocuments) -> Self {
        let (documents, texts) = (DocumentTableBuilder::default(), Vec::new());
        Self { store, documents, texts, skipped, hasher: blake3::Hasher::new() }
    }

    fn push(&mut self, block: CountedBlock, params: &IngestParams) -> Result<(), Error> {
        for error in block.errors {
            self.skipped.push(skip(error, params)?);
        }
        for (document, hash, n_tokens) in block.documents {
            self.hasher.update(hash.as_bytes());
            let Document { id, title, label, source, metadata, .. } = document;
            let label = label.unwrap_or_default();
            self.documents.push(NewDocument { id, label, title, source, n_tokens }, metadata);
            if self.documents.n_columns() > MOST_COLUMNS {
                let table = std::mem::take(&mut self.documents).finish();
                let last = table.rows().next_back();
                return Err(IngestError::Broken {
                    place: last.map_or_else(String::new, |row| row.source.to_string()),
                    problem: format!("the rows so far have more than {MOST_COLUMNS} different fields"),
                    hint: Some("take out the fields whose names differ from row to row".into()),
                }
                .into());
            }
        }
        self.texts.extend(block.texts);
        self.store.push(block.counts)
    }
}
