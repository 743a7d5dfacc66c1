//! From inputs to a weighted matrix: documents are decoded and counted in parallel, in fixed blocks.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::matrix_input::{is_matrix_input, read_matrix};
use super::{Counted, Prepared};
use crate::Error;
use crate::config::{Config, ConfigError};
use crate::ingest::{
    Document, IngestError, IngestParams, MOST_COLUMNS, OnError, Record, SkipReason, Skipped, SkippedDocuments, records,
};
use crate::kernels::release_unused_memory;
use crate::matrix::MatrixParams;
use crate::model::{DocumentRow, DocumentTableBuilder, Status};
use crate::system::{MOST_SETTINGS_BYTES, Memory, read_bounded};
use crate::text::{
    Analyzer, BLOCK_DOCUMENTS, Corpus, CorpusBuilder, Detection, Language, LanguageChoice, LanguageDetector,
    SurfaceBlock, TermCounter, TextParams,
};

/// Documents that the language is recognised from.
const SAMPLE_DOCUMENTS: usize = 1000;

/// Documents that are decoded at once while a language is recognised.
const SAMPLE_BATCH: usize = 125;

/// Bytes of text that are held while a language is recognised.
const SAMPLE_BYTES: usize = 64 << 20;

/// Bytes of text that a batch holds; one batch is read while another is counted.
const HELD_BYTES: usize = 16 << 20;

/// What a document takes with its id, besides its counts; and what reading needs beside that to go on.
const DOCUMENT_BYTES: u64 = 300;
const ROOM_BYTES: u64 = 32 << 20;

/// Blocks that are counted side by side.
const BATCH_BLOCKS: usize = 64;

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents counted.
    pub n_documents: usize,
    /// Documents left out.
    pub n_skipped: usize,
}

/// Reads, counts and weights the documents of `inputs`; `go_on` is told the progress and answers whether to go on.
pub fn prepare(
    inputs: &[PathBuf],
    config: &Config,
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Result<Prepared, Error> {
    config.check()?;
    if is_matrix_input(inputs, &config.ingest)? {
        return read_matrix(inputs, config);
    }
    let counted = count_documents(inputs, config, go_on)?;
    if counted.documents.rows.is_empty() {
        let counts = counted.skipped.counts().iter().filter(|(reason, _)| **reason != SkipReason::Hidden);
        let skipped = counts.map(|(_, n)| n).sum();
        let first = counted.skipped.listed().iter().find(|skipped| skipped.reason != SkipReason::Hidden);
        return Err(Error::NoDocuments { skipped, first: first.map(ToString::to_string) });
    }
    // Twice: once counting is over, and once its counts have become a matrix.
    release_unused_memory();
    let prepared = Prepared::new(counted);
    release_unused_memory();
    prepared
}

/// A document found, decoded or not.
pub(super) enum Pending {
    Found(Record),
    Decoded(Document),
    Failed(IngestError),
}

impl Pending {
    pub(super) fn decode(self, params: &IngestParams) -> Result<Document, IngestError> {
        match self {
            Self::Found(record) => record.load(params),
            Self::Decoded(document) => Ok(document),
            Self::Failed(error) => Err(error),
        }
    }

    /// Bytes of text that it holds in memory.
    fn held_bytes(&self) -> usize {
        match self {
            Self::Found(record) => record.held_bytes(),
            Self::Decoded(document) => document.text.len(),
            Self::Failed(_) => 0,
        }
    }
}

impl From<Result<Record, IngestError>> for Pending {
    fn from(found: Result<Record, IngestError>) -> Self {
        match found {
            Ok(record) => Self::Found(record),
            Err(error) => Self::Failed(error),
        }
    }
}

/// A bad document is skipped, unless the parameters or its nature forbid.
pub(super) fn skip(error: IngestError, params: &IngestParams) -> Result<Skipped, IngestError> {
    match error.skip() {
        Some(skipped) if params.on_error == OnError::Skip || skipped.reason == SkipReason::Hidden => {
            Ok(skipped.clone())
        }
        _ => Err(error),
    }
}

/// The next documents of a source, bounded in number and in bytes held.
pub(super) fn next_batch(source: &mut dyn Iterator<Item = Pending>, n: usize) -> Vec<Pending> {
    let mut held = 0;
    let mut batch = Vec::new();
    while batch.len() < n && held < HELD_BYTES {
        let Some(pending) = source.next() else { break };
        held += pending.held_bytes();
        batch.push(pending);
    }
    batch
}

fn held_bytes(batch: &[Pending]) -> usize {
    batch.iter().map(Pending::held_bytes).sum()
}

fn count_documents(
    inputs: &[PathBuf],
    config: &Config,
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Result<Counted, Error> {
    let text = resolve_word_files(&config.text)?;
    let vocabulary = words_and_files(&config.matrix.vocabulary, "matrix.vocabulary")?;
    let mut source = records(inputs, &config.ingest)?.map(Pending::from);
    let Sample { language, detection, documents, skipped } = recognise(&text, &mut source, &config.ingest)?;
    let mut gathered = Gathered { skipped, ..Gathered::default() };
    let analyzer = Analyzer::new(text.resolve(language)?)?;
    let mut source = documents.into_iter().map(Pending::Decoded).chain(source);

    let builder = CorpusBuilder::new(&analyzer);
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
        let held_before = std::mem::replace(&mut held, held_bytes(&read));
        most_held = most_held.max(held + held_before);
        (batch, counted) = (read, counts);
        let progress = Progress { n_documents: gathered.documents.n_documents(), n_skipped: gathered.skipped.len() };
        // Tables grow by doubling: as much again as they have must be there.
        let next = DOCUMENT_BYTES * progress.n_documents as u64 + ROOM_BYTES;
        Error::check_memory(format!("reading more than {} documents", progress.n_documents), Memory::taken() + next)?;
        if !go_on(progress) {
            return Err(Error::Interrupted);
        }
    }
    let corpus: Corpus = builder.finish(gathered.blocks);
    let weights = config.matrix.term_weights.iter();
    Ok(Counted {
        corpus,
        documents: gathered.documents.finish(),
        matrix: MatrixParams {
            vocabulary: vocabulary.iter().map(|word| analyzer.term_of(word)).collect(),
            term_weights: weights.map(|(word, weight)| (analyzer.term_of(word), *weight)).collect(),
            ..config.matrix.clone()
        },
        analyzer: Some(analyzer.spec().clone()),
        detection,
        skipped: gathered.skipped,
        held_bytes: most_held,
        digest: gathered.hasher.finalize().to_hex().to_string(),
    })
}

/// The first documents of a source, and the language that they are in.
#[derive(Default)]
struct Sample {
    language: Option<Language>,
    /// How it was recognised; none where the parameters say it.
    detection: Option<Detection>,
    documents: Vec<Document>,
    skipped: SkippedDocuments,
}

/// Recognises the language, if it is to be, from as many documents as that takes.
fn recognise(
    text: &TextParams,
    source: &mut dyn Iterator<Item = Pending>,
    params: &IngestParams,
) -> Result<Sample, IngestError> {
    let mut sample = Sample::default();
    match text.language {
        LanguageChoice::Language(language) => return Ok(Sample { language: Some(language), ..sample }),
        LanguageChoice::None => return Ok(sample),
        LanguageChoice::Auto => {}
    }
    let (mut detector, mut held) = (LanguageDetector::new(), 0);
    while sample.documents.len() < SAMPLE_DOCUMENTS && held < SAMPLE_BYTES {
        let found = next_batch(source, (SAMPLE_DOCUMENTS - sample.documents.len()).min(SAMPLE_BATCH));
        if found.is_empty() {
            break;
        }
        let decoded: Vec<_> = found.into_par_iter().map(|pending| pending.decode(params)).collect();
        for document in decoded {
            match document {
                Ok(document) => {
                    detector.add(&document.text);
                    held += document.text.len();
                    sample.documents.push(document);
                }
                Err(error) => sample.skipped.push(skip(error, params)?),
            }
        }
    }
    let detection = detector.detect();
    Ok(Sample { language: detection.language, detection: Some(detection), ..sample })
}

/// A block of documents, counted by one thread.
struct CountedBlock {
    counts: SurfaceBlock,
    documents: Vec<(Document, blake3::Hash, u64)>,
    errors: Vec<IngestError>,
}

fn count_batch(batch: Vec<Pending>, builder: &CorpusBuilder<'_>, params: &IngestParams) -> Vec<CountedBlock> {
    let mut blocks: Vec<Vec<Pending>> = Vec::new();
    for pending in batch {
        match blocks.last_mut() {
            Some(block) if block.len() < BLOCK_DOCUMENTS => block.push(pending),
            _ => blocks.push(vec![pending]),
        }
    }
    let count = |block| {
        let (counts, (documents, errors)) = builder.count(|counter| count(block, counter, params));
        CountedBlock { counts, documents, errors }
    };
    blocks.into_par_iter().map(count).collect()
}

/// The documents of a block, each with its digest and its number of tokens, and what went wrong.
fn count(
    block: Vec<Pending>,
    counter: &mut TermCounter<'_>,
    params: &IngestParams,
) -> (Vec<(Document, blake3::Hash, u64)>, Vec<IngestError>) {
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    for pending in block {
        match pending.decode(params) {
            Ok(mut document) => {
                let n_tokens = counter.add(&document.text);
                let mut hasher = blake3::Hasher::new();
                for part in [&document.id, document.label.as_ref().unwrap_or(&String::new()), &document.text] {
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

/// What all blocks so far have given.
#[derive(Default)]
struct Gathered {
    blocks: Vec<SurfaceBlock>,
    documents: DocumentTableBuilder,
    skipped: SkippedDocuments,
    hasher: blake3::Hasher,
}

impl Gathered {
    fn push(&mut self, block: CountedBlock, params: &IngestParams) -> Result<(), IngestError> {
        for error in block.errors {
            self.skipped.push(skip(error, params)?);
        }
        for (document, hash, n_tokens) in block.documents {
            self.hasher.update(hash.as_bytes());
            let (row, metadata) = document_row(document, n_tokens);
            self.documents.push(row, metadata);
            if self.documents.n_columns() > MOST_COLUMNS {
                let last = std::mem::take(&mut self.documents).finish().rows.pop();
                return Err(IngestError::Broken {
                    place: last.map_or_else(String::new, |row| row.source),
                    problem: format!("the rows so far have more than {MOST_COLUMNS} different fields"),
                    hint: Some("take out the fields whose names differ from row to row".into()),
                });
            }
        }
        self.blocks.push(block.counts);
        Ok(())
    }
}

/// A document's row without its metadata, and these.
fn document_row(document: Document, n_tokens: u64) -> (DocumentRow, Vec<(String, String)>) {
    let Document { id, title, label, source, metadata, .. } = document;
    let label = label.unwrap_or_default();
    (DocumentRow { id, label, title, source, n_tokens, status: Status::Ok, metadata: Vec::new() }, metadata)
}

/// Stop words that stand in files, read; what is left are languages, `auto` and words.
fn resolve_word_files(text: &TextParams) -> Result<TextParams, Error> {
    let mut resolved = text.clone();
    resolved.stopwords.clear();
    resolved.extra_stopwords.clear();
    for entry in &text.stopwords {
        if entry == "auto" || entry.parse::<Language>().is_ok() {
            resolved.stopwords.push(entry.clone());
        } else {
            resolved.extra_stopwords.extend(words_of(Path::new(entry), "text.stopwords")?);
        }
    }
    resolved.extra_stopwords.extend(words_and_files(&text.extra_stopwords, "text.extra_stopwords")?);
    Ok(resolved)
}

/// Words, and the words of the files among them.
pub(super) fn words_and_files(entries: &[String], key: &str) -> Result<Vec<String>, ConfigError> {
    let mut words = Vec::new();
    for entry in entries {
        // A word stays a word, whatever files lie about.
        if entry.contains(['/', '\\']) || entry.ends_with(".txt") || entry.contains('.') && Path::new(entry).is_file() {
            words.extend(words_of(Path::new(entry), key)?);
        } else {
            words.push(entry.clone());
        }
    }
    Ok(words)
}

fn words_of(path: &Path, key: &str) -> Result<Vec<String>, ConfigError> {
    if !path.exists() {
        return Err(ConfigError::Value {
            place: key.to_string(),
            problem: format!("{:?} is no file, nor a language where one may stand", path.display().to_string()),
        });
    }
    let bytes = read_bounded(path, MOST_SETTINGS_BYTES)
        .map_err(|error| ConfigError::Io { path: path.display().to_string(), error })?;
    let text = crate::ingest::decode(&bytes, None);
    let words = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(words.map(str::to_string).collect())
}
