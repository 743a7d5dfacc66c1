//! Reads ready matrices as inputs: MatrixMarket files, and directories that `vectorize` wrote.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashMap;

use super::dataset::{Counted, Dataset};
use super::word_lists::words_and_files;
use crate::Error;
use crate::config::Config;
use crate::factorize::MissingEntries;
use crate::ingest::{
    IngestError, IngestParams, MatrixSize, SkippedDocuments, is_matrix, read_matrix_market, read_names,
};
use crate::matrix::{EntryCounts, Idf, MatrixError, MatrixParams, Norm, Term, Tf};
use crate::model::{
    CorpusRecord, DocumentTable, DocumentTableBuilder, Manifest, ModelError, NewDocument, StoredMatrix, store,
};
use crate::system::Memory;
use crate::text::{Corpus, CountBlock, TextParams, Vocabulary};
use crate::wording::thousands;

/// Whether the input is a ready matrix and not documents. Fails if a matrix is not the only input, or if a file
/// cannot be opened.
pub fn is_matrix_input(inputs: &[PathBuf], params: &IngestParams) -> Result<bool, Error> {
    let mut found = false;
    for input in inputs {
        found |= store::is_matrix_directory(input) || is_matrix(input, params)?;
    }
    if found && inputs.len() > 1 {
        return Err(MatrixError::NotAlone.into());
    }
    Ok(found)
}

/// A ready matrix: its entries by document, the names of its terms and documents, and, if `vectorize` wrote it, its
/// stored tables.
pub(super) struct ReadyMatrix {
    pub(super) terms: Vec<String>,
    pub(super) rows: Vec<Vec<(u32, f32)>>,
    pub(super) documents: DocumentTable,
    pub(super) stored: Option<StoredMatrix>,
    /// The counts behind the entries of a matrix that `vectorize` wrote, by document; `None` if they were not stored.
    pub(super) counts: Option<Vec<Vec<(u32, f32)>>>,
    /// The terms that are missing of each document; empty if all is known.
    missing: Vec<Vec<u32>>,
    digest: String,
}

impl ReadyMatrix {
    /// Refuses a matrix with missing entries.
    pub(super) fn complete(self) -> Result<Self, Error> {
        match self.missing.is_empty() {
            true => Ok(self),
            false => Err(MatrixError::Missing.into()),
        }
    }
}

/// A matrix may have this many rows and columns together, and this many more per entry. Beyond that nearly all of
/// them are empty, and a tiny file could make the program allocate millions of rows.
const EMPTY_ROWS: usize = 1 << 21;
const EMPTY_ROWS_PER_ENTRY: usize = 16;

/// Bytes of memory per row or column with its name, and per entry, while a matrix is read.
const ROW_BYTES: u64 = 400;
const ENTRY_BYTES: u64 = 48;

/// Refuses a matrix that needs more memory than there is, or that is nearly empty, since a few bytes of header can
/// announce any size. If the user has set a bound on memory, only the bound counts.
pub(super) fn accept(path: &Path, MatrixSize { n_rows, n_columns, n_entries }: MatrixSize) -> Result<(), Error> {
    let n_names = n_rows + n_columns;
    let what = format!("the {n_rows} × {n_columns} matrix of {}", path.display());
    let needed = (ROW_BYTES * n_names as u64).saturating_add(ENTRY_BYTES.saturating_mul(n_entries as u64));
    let is_hollow = n_names > EMPTY_ROWS.saturating_add(EMPTY_ROWS_PER_ENTRY.saturating_mul(n_entries));
    if is_hollow && !Memory::current().is_given {
        return Err(MatrixError::Hollow { what, n_entries }.into());
    }
    Error::check_memory(what, needed)
}

pub(super) fn read(input: &Path, params: &IngestParams) -> Result<ReadyMatrix, Error> {
    let stored = store::is_matrix_directory(input);
    let path = if stored { input.join(store::MATRIX) } else { input.to_path_buf() };
    let matrix = read_matrix_market(&path, |size| accept(&path, size))?;
    let transposed = params.transposed && !stored;
    let (n_terms, n_documents) =
        if transposed { (matrix.n_columns, matrix.n_rows) } else { (matrix.n_rows, matrix.n_columns) };
    let mut places = matrix.missing;
    if let Some(mask) = params.mask.as_deref() {
        if stored {
            let (found, expected) = (mask.display().to_string(), "none for a matrix that vectorize wrote");
            return Err(IngestError::Parameter { key: "mask", found, expected }.into());
        }
        places.extend(masked(mask, matrix.n_rows, matrix.n_columns)?);
    }
    if stored && !places.is_empty() {
        return Err(MatrixError::Missing.into());
    }
    let mut hasher = Digest::default();
    for (row, column) in &mut places {
        if transposed {
            std::mem::swap(row, column);
        }
        hasher.add(*row, *column, f32::NAN);
    }
    let triplets: Vec<(u32, u32, f32)> = matrix
        .entries
        .into_iter()
        .map(|(row, column, value)| if transposed { (column, row, value) } else { (row, column, value) })
        .inspect(|(term, document, value)| {
            hasher.add(*term, *document, *value);
        })
        .collect();
    let digest = hasher.finish();
    if stored {
        let tables = store::load_matrix_tables(input, n_terms, n_documents)?;
        let terms = tables.terms.iter().map(|term| term.term.clone()).collect();
        let rows = rows_of(&triplets, n_documents);
        let counts = match tables.manifest.files.contains_key(store::COUNTS) {
            true => Some(counts_behind(&rows, &input.join(store::COUNTS))?),
            false => None,
        };
        let documents = tables.documents.clone();
        let missing = Vec::new();
        return Ok(ReadyMatrix { terms, rows, documents, stored: Some(tables), counts, missing, digest });
    }
    let terms = names(params.term_names.as_deref(), n_terms, "terms")?;
    let ids = names(params.document_names.as_deref(), n_documents, "documents")?;
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let documents = rows_of_table((1..=ids.len()).map(|i| format!("{file}:{i}")), &ids);
    let mut rows = rows_of(&triplets, n_documents);
    let missing = missing_of(&mut rows, places, n_terms);
    Ok(ReadyMatrix { terms, rows, documents, stored: None, counts: None, missing, digest })
}

/// The missing terms of each document, whose entries are taken out of `rows`; empty if nothing is missing.
fn missing_of(rows: &mut [Vec<(u32, f32)>], places: Vec<(u32, u32)>, n_terms: usize) -> Vec<Vec<u32>> {
    if places.is_empty() {
        return Vec::new();
    }
    let mut missing = vec![Vec::new(); rows.len()];
    places.into_iter().filter(|(term, _)| (*term as usize) < n_terms).for_each(|(term, document)| {
        missing[document as usize].push(term);
    });
    for (row, missing) in rows.iter_mut().zip(&mut missing) {
        missing.sort_unstable();
        missing.dedup();
        row.retain(|(term, _)| missing.binary_search(term).is_err());
    }
    missing
}

/// The places of a mask, which must have the size of the matrix.
fn masked(path: &Path, n_rows: usize, n_columns: usize) -> Result<Vec<(u32, u32)>, Error> {
    let mask = read_matrix_market(path, |size| accept(path, size))?;
    if (mask.n_rows, mask.n_columns) != (n_rows, n_columns) {
        let found = format!("{} × {}", mask.n_rows, mask.n_columns);
        return Err(MatrixError::Mask {
            path: path.to_path_buf(), found, expected: format!("{n_rows} × {n_columns}")
        }
        .into());
    }
    Ok(mask.entries.into_iter().map(|(row, column, _)| (row, column)).chain(mask.missing).collect())
}

/// The documents of a matrix: all that is known of them is where they stand and what they are called.
fn rows_of_table(sources: impl Iterator<Item = String>, ids: &[String]) -> DocumentTable {
    let mut documents = DocumentTableBuilder::default();
    for (source, id) in sources.zip(ids) {
        let document = NewDocument { title: id.clone(), id: id.clone(), source, ..NewDocument::default() };
        documents.push(document, Vec::new());
    }
    documents.finish()
}

/// blake3 of the entries of a matrix, in the order in which they were given.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Digest {
    fn add(&mut self, term: u32, document: u32, value: f32) {
        self.0.update(&term.to_le_bytes()).update(&document.to_le_bytes()).update(&value.to_le_bytes());
    }

    fn finish(self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// Reads the counts behind the entries of a matrix. Fails if they are not those of its entries.
fn counts_behind(rows: &[Vec<(u32, f32)>], path: &Path) -> Result<Vec<Vec<(u32, f32)>>, Error> {
    let matrix = read_matrix_market(path, |size| accept(path, size))?;
    let damaged =
        || ModelError::Damaged { path: path.to_path_buf(), problem: "has not the entries of the matrix".into() };
    if matrix.n_columns != rows.len() {
        return Err(damaged().into());
    }
    let counts = rows_of(&matrix.entries, rows.len());
    let terms = |rows: &[(u32, f32)]| rows.iter().map(|(term, _)| *term).collect::<Vec<_>>();
    match rows.iter().zip(&counts).all(|(row, counts)| terms(row) == terms(counts)) {
        true => Ok(counts),
        false => Err(damaged().into()),
    }
}

/// The counts of the entries that a dataset has kept of its stored matrix, whose terms are `names`.
fn kept_counts(dataset: &Dataset, names: &[String], stored: &[Vec<(u32, f32)>]) -> EntryCounts {
    let mut counts = EntryCounts::default();
    for (document, row) in stored.iter().enumerate() {
        let count_of: HashMap<&str, f32> =
            row.iter().map(|&(term, count)| (names[term as usize].as_str(), count)).collect();
        let name = |&term: &u32| dataset.terms[term as usize].term.as_str();
        counts.extend(dataset.matrix.document(document).0.iter().map(|term| count_of[name(term)]));
    }
    counts
}

/// Reads a ready matrix. One that `vectorize` wrote keeps its analyser, weighting and term statistics.
pub(super) fn read_matrix(inputs: &[PathBuf], config: &Config) -> Result<Dataset, Error> {
    of_matrix(read(&inputs[0], &config.ingest)?, config)
}

impl Dataset {
    /// A ready matrix from memory, as one from a file: `counts` has the entries of each document as (number of a term,
    /// value), those at the same place being added, `terms` the names of the terms, and `ids` those of the documents,
    /// which are the numbers from 1 on where it is `None`. Fails if a value is negative or not finite, if an entry lies
    /// outside, if two terms have the same name, or if there are not as many ids as documents.
    ///
    /// ```
    /// use topicmill::{Config, Dataset};
    /// let counts = vec![vec![(0, 2.0), (1, 1.0)], vec![(1, 3.0)]];
    /// let dataset = Dataset::from_counts(vec!["ship".into(), "sea".into()], None, counts, &Config::default())?;
    /// assert_eq!(dataset.matrix.document(1), (&[1][..], &[3.0][..]));
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn from_counts(
        mut terms: Vec<String>,
        ids: Option<Vec<String>>,
        counts: Vec<Vec<(u32, f32)>>,
        config: &Config,
    ) -> Result<Self, Error> {
        config.check()?;
        let (n_terms, n_documents) = (terms.len(), counts.len());
        let mut ids = ids.unwrap_or_else(|| numbers(n_documents));
        terms.iter_mut().chain(&mut ids).for_each(clean);
        if ids.len() != n_documents {
            let (file, found) = ("the matrix".to_string(), ids.len());
            return Err(MatrixError::Names { file, what: "documents", found, expected: n_documents }.into());
        }
        let mut hasher = Digest::default();
        let mut rows = counts;
        for (document, row) in rows.iter_mut().enumerate() {
            for &(term, value) in &*row {
                let place = (term as usize + 1, document + 1);
                if term as usize >= n_terms {
                    let (term, document) = place;
                    return Err(MatrixError::Outside { term, document, n_terms, n_documents }.into());
                }
                if !(value >= 0.0 && value.is_finite()) {
                    let (term, document) = place;
                    return Err(MatrixError::Entry { term, document, value: value.into() }.into());
                }
                hasher.add(term, document as u32, value);
            }
            merge(row);
        }
        let documents = rows_of_table(ids.iter().map(|_| String::new()), &ids);
        let digest = hasher.finish();
        let missing = Vec::new();
        of_matrix(ReadyMatrix { terms, rows, documents, stored: None, counts: None, missing, digest }, config)
    }
}

fn of_matrix(matrix: ReadyMatrix, config: &Config) -> Result<Dataset, Error> {
    let ReadyMatrix { terms, rows, mut documents, stored, counts, missing, digest } = matrix;
    let Parameters { recorded, applied: matrix, unused } = match &stored {
        Some(stored) => Parameters::of_stored(config, &stored.manifest)?,
        None => Parameters::of_foreign(config),
    };
    let mut block = CountBlock { indptr: vec![0], ..Default::default() };
    for (place, row) in rows.iter().enumerate() {
        block.terms.extend(row.iter().map(|(term, _)| *term));
        block.counts.extend(row.iter().map(|(_, value)| *value));
        block.indptr.push(block.terms.len() as u64);
        block.n_tokens.push(match stored {
            Some(_) => documents.row(place).n_tokens,
            None => row.iter().map(|(_, value)| f64::from(*value)).sum::<f64>() as u64,
        });
    }
    documents.set_n_tokens(block.n_tokens.clone());
    let names_of_all = if missing.is_empty() { Vec::new() } else { terms.clone() };
    let vocabulary: Vocabulary = terms.iter().collect();
    if vocabulary.len() < terms.len() {
        let twice = (0..terms.len()).find(|&i| vocabulary.get(&terms[i]) != Some(i as u32)).unwrap_or(0);
        return Err(MatrixError::NameTwice { name: terms[twice].clone() }.into());
    }
    let corpus = Corpus { vocabulary, blocks: vec![block], ..Corpus::default() };
    let analyzer = stored.as_ref().and_then(|stored| stored.manifest.analyzer.clone());
    let vocabulary = words_and_files(&matrix.vocabulary, "matrix.vocabulary")?;
    let matrix = MatrixParams { vocabulary, ..matrix };
    // While the matrix was read, each entry was in memory together with its row and column.
    let held_bytes = corpus.n_nonzeros() * size_of::<(u32, u32, f32)>();
    let (detection, skipped) = (None, SkippedDocuments::default());
    let texts = stored.as_ref().and_then(|stored| stored.texts.clone());
    let counted = Counted { corpus, documents, texts, analyzer, matrix, detection, skipped, held_bytes, digest };
    let mut dataset = Dataset::new(counted, &recorded)?;
    dataset.corpus.warnings.extend(unused);
    if !missing.is_empty() {
        let missing = among(&dataset.terms, &names_of_all, missing);
        let n_missing = thousands(missing.len() as u64);
        dataset.corpus.warnings.push(format!("entries of the matrix that are missing, and no zeros: {n_missing}"));
        dataset.missing = Some(Arc::new(missing));
    }
    if let Some(StoredMatrix { terms, manifest: record, .. }) = stored {
        let names: Vec<String> = terms.iter().map(|term| term.term.clone()).collect();
        dataset.counts = counts.map(|counts| kept_counts(&dataset, &names, &counts));
        let known: HashMap<&str, _> = terms.iter().map(|term| (term.term.as_str(), term)).collect();
        for term in Arc::make_mut(&mut dataset.terms) {
            if let Some(known) = known.get(term.term.as_str()) {
                // `term.idf` is the user's extra weight here (idf = none); it multiplies the stored idf.
                *term = Term { idf: term.idf * known.idf, weight: term.weight * known.weight, ..(*known).clone() };
            }
        }
        let applied = dataset.weighting;
        dataset.weighting = record.weighting;
        dataset.weighting.min_documents = dataset.weighting.min_documents.max(applied.min_documents);
        dataset.weighting.max_documents = dataset.weighting.max_documents.min(applied.max_documents);
        let (n_terms, n_nonzeros, n_empty) =
            (dataset.corpus.n_terms, dataset.corpus.n_nonzeros, dataset.corpus.n_empty);
        let mut warnings = record.corpus.warnings.clone();
        warnings.append(&mut dataset.corpus.warnings);
        dataset.corpus = CorpusRecord { n_terms, n_nonzeros, n_empty, warnings, ..record.corpus };
    }
    Ok(dataset)
}

/// Missing terms of documents by their numbers in a dataset, which need not have all of them.
fn among(terms: &[Term], names: &[String], missing: Vec<Vec<u32>>) -> MissingEntries {
    let numbers: HashMap<&str, u32> = (0..).zip(terms).map(|(number, term)| (term.term.as_str(), number)).collect();
    let number = |term: u32| numbers.get(names[term as usize].as_str()).copied();
    MissingEntries::new(
        terms.len(),
        missing.into_iter().map(|of_document| of_document.into_iter().filter_map(number).collect()).collect(),
    )
}

/// What a configuration means for a ready matrix.
pub(super) struct Parameters {
    /// What the model's record says: nothing that was not applied.
    pub(super) recorded: Config,
    /// How the matrix is pruned and weighted.
    pub(super) applied: MatrixParams,
    /// Sentences on parameters that have no use.
    pub(super) unused: Vec<String>,
}

impl Parameters {
    /// For a matrix of somebody else.
    fn of_foreign(config: &Config) -> Self {
        let recorded = Config {
            ingest: of_matrices(&config.ingest),
            text: TextParams::default(),
            matrix: config.matrix.clone(),
            factorize: config.factorize.clone(),
        };
        let unused = unused(config, &recorded, "a matrix holds no texts");
        Self { applied: config.matrix.resolved(true), recorded, unused }
    }

    /// For a matrix that `vectorize` wrote, whose own parameters are recorded. Bounds and weights of terms can be
    /// asked for beyond them; parameters that are the stored ones are in the matrix already. Fails if the matrix is
    /// to be weighted, named or turned anew.
    pub(super) fn of_stored(config: &Config, manifest: &Manifest) -> Result<Self, Error> {
        let mut recorded = Config {
            ingest: manifest.params("ingest")?,
            text: manifest.params("text")?,
            matrix: manifest.params("matrix")?,
            factorize: config.factorize.clone(),
        };
        let (asked, weighting) = (&config.matrix, &manifest.weighting);
        let is_weighted_alike = [Tf::Auto, Tf::Raw, weighting.tf].contains(&asked.tf)
            && [Idf::Auto, Idf::None, weighting.idf].contains(&asked.idf)
            && [Norm::None, weighting.norm].contains(&asked.norm);
        if !is_weighted_alike {
            return Err(MatrixError::Weighted.into());
        }
        let IngestParams { term_names, document_names, transposed, .. } = &config.ingest;
        let stored = (&recorded.ingest.term_names, &recorded.ingest.document_names, &recorded.ingest.transposed);
        let is_named = term_names.is_some() || document_names.is_some() || *transposed;
        if is_named && (term_names, document_names, transposed) != stored {
            return Err(MatrixError::Named.into());
        }
        let mut applied = MatrixParams { tf: Tf::Raw, idf: Idf::None, norm: Norm::None, ..asked.clone() };
        let (own, default) = (&mut recorded.matrix, MatrixParams::default());
        beyond(&mut applied.min_df, &mut own.min_df, default.min_df);
        beyond(&mut applied.max_df, &mut own.max_df, default.max_df);
        beyond(&mut applied.max_terms, &mut own.max_terms, default.max_terms);
        beyond(&mut applied.vocabulary, &mut own.vocabulary, default.vocabulary);
        beyond(&mut applied.term_weights, &mut own.term_weights, default.term_weights);
        let applied = applied.resolved(true);
        if weighting.norm != Norm::None && !applied.is_identity() {
            return Err(MatrixError::Normed.into());
        }
        let unused = unused(config, &recorded, "the matrix was made with its own");
        Ok(Self { recorded, applied, unused })
    }
}

/// A parameter that is asked for beyond a stored one is recorded; the stored one is not applied again.
fn beyond<P: PartialEq + Clone>(asked: &mut P, stored: &mut P, default: P) {
    if *asked == *stored {
        *asked = default;
    } else if *asked != default {
        *stored = asked.clone();
    }
}

/// The parameters of reading that mean something for a matrix; the others by default.
fn of_matrices(params: &IngestParams) -> IngestParams {
    IngestParams {
        format: params.format,
        on_error: params.on_error,
        transposed: params.transposed,
        term_names: params.term_names.clone(),
        document_names: params.document_names.clone(),
        mask: params.mask.clone(),
        ..IngestParams::default()
    }
}

/// A sentence on each stage whose parameters are neither the defaults nor the recorded ones, and so have no use.
fn unused(config: &Config, recorded: &Config, why: &str) -> Vec<String> {
    let stages = [
        ("ingest", config.ingest == of_matrices(&config.ingest) || config.ingest == recorded.ingest),
        ("text", config.text == TextParams::default() || config.text == recorded.text),
    ];
    let unused = stages.into_iter().filter(|(_, is_used)| !is_used);
    unused.map(|(stage, _)| format!("the parameters of {stage} for documents have no use: {why}")).collect()
}

/// Sorts the entries by document and term, adds up those at the same place, and drops zeros.
fn rows_of(triplets: &[(u32, u32, f32)], n_documents: usize) -> Vec<Vec<(u32, f32)>> {
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_documents];
    for &(term, document, value) in triplets {
        rows[document as usize].push((term, value));
    }
    rows.iter_mut().for_each(merge);
    rows
}

/// Sorts a row by term, adds up entries at the same place, and drops zeros.
fn merge(row: &mut Vec<(u32, f32)>) {
    crate::text::merge_terms(row);
    row.retain(|(_, value)| *value > 0.0);
}

/// The names of what has none: the numbers from 1 on.
fn numbers(n: usize) -> Vec<String> {
    (1..=n).map(|i| i.to_string()).collect()
}

fn names(file: Option<&Path>, n: usize, what: &'static str) -> Result<Vec<String>, Error> {
    let Some(file) = file else {
        return Ok(numbers(n));
    };
    // A table of a model, such as terms.tsv, names its rows in the first column.
    let mut names = match store::read_names(file)? {
        Some(names) => names,
        None => read_names(file, n)?,
    };
    if names.len() != n {
        let (file, found) = (file.display().to_string(), names.len());
        return Err(MatrixError::Names { file, what, found, expected: n }.into());
    }
    names.iter_mut().for_each(clean);
    Ok(names)
}

/// Takes carriage returns out of a name, since no table can give one back.
fn clean(name: &mut String) {
    if name.contains('\r') {
        *name = name.replace('\r', " ");
    }
}
