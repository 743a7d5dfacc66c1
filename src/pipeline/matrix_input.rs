//! Reads ready matrices as inputs: MatrixMarket files, and directories that `vectorize` wrote.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashMap;

use super::dataset::{Counted, Dataset};
use super::word_lists::words_and_files;
use crate::Error;
use crate::config::Config;
use crate::ingest::{IngestParams, MatrixSize, SkippedDocuments, is_matrix, read_matrix_market, read_names};
use crate::matrix::{Idf, MatrixError, MatrixParams, Norm, Term, Tf};
use crate::model::{CorpusRecord, DocumentRow, DocumentTable, DocumentTableBuilder, Status, StoredMatrix, store};
use crate::system::Memory;
use crate::text::{Corpus, CountBlock, Vocabulary};

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
    digest: String,
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
fn accept(path: &Path, MatrixSize { n_rows, n_columns, n_entries }: MatrixSize) -> Result<(), Error> {
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
    let mut hasher = blake3::Hasher::new();
    let triplets: Vec<(u32, u32, f32)> = matrix
        .entries
        .into_iter()
        .map(|(row, column, value)| if transposed { (column, row, value) } else { (row, column, value) })
        .inspect(|(term, document, value)| {
            hasher.update(&term.to_le_bytes()).update(&document.to_le_bytes()).update(&value.to_le_bytes());
        })
        .collect();
    let digest = hasher.finalize().to_hex().to_string();
    if stored {
        let tables = store::load_matrix_tables(input, n_terms, n_documents)?;
        let terms = tables.terms.iter().map(|term| term.term.clone()).collect();
        let rows = rows_of(&triplets, n_documents);
        return Ok(ReadyMatrix { terms, rows, documents: tables.documents.clone(), stored: Some(tables), digest });
    }
    let terms = names(params.term_names.as_deref(), n_terms, "terms")?;
    let ids = names(params.document_names.as_deref(), n_documents, "documents")?;
    let mut documents = DocumentTableBuilder::default();
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for (i, id) in ids.into_iter().enumerate() {
        let source = format!("{file}:{}", i + 1);
        let row = DocumentRow {
            title: id.clone(),
            id,
            label: String::new(),
            source,
            n_tokens: 0,
            status: Status::Ok,
            metadata: Vec::new(),
        };
        documents.push(row, Vec::new());
    }
    Ok(ReadyMatrix {
        terms,
        rows: rows_of(&triplets, n_documents),
        documents: documents.finish(),
        stored: None,
        digest,
    })
}

/// Reads a ready matrix. One that `vectorize` wrote keeps its analyser, weighting and term statistics.
pub(super) fn read_matrix(inputs: &[PathBuf], config: &Config) -> Result<Dataset, Error> {
    let ReadyMatrix { terms, rows, mut documents, stored, digest } = read(&inputs[0], &config.ingest)?;
    let matrix = &config.matrix.resolved(true);
    if stored.is_some() && (matrix.tf, matrix.idf, matrix.norm) != (Tf::Raw, Idf::None, Norm::None) {
        return Err(MatrixError::Weighted.into());
    }
    if let Some(stored) = &stored {
        if stored.manifest.weighting.norm != Norm::None && !matrix.is_identity() {
            return Err(MatrixError::Normed.into());
        }
        let named = config.ingest.term_names.is_some() || config.ingest.document_names.is_some();
        if named || config.ingest.transposed {
            return Err(MatrixError::Named.into());
        }
    }
    let mut block = CountBlock { indptr: vec![0], ..Default::default() };
    for (row, document) in rows.iter().zip(&mut documents.rows) {
        block.terms.extend(row.iter().map(|(term, _)| *term));
        block.counts.extend(row.iter().map(|(_, value)| *value));
        block.indptr.push(block.terms.len() as u64);
        if stored.is_none() {
            document.n_tokens = row.iter().map(|(_, value)| f64::from(*value)).sum::<f64>() as u64;
        }
        block.n_tokens.push(document.n_tokens);
    }
    let vocabulary: Vocabulary = terms.iter().collect();
    if vocabulary.len() < terms.len() {
        let twice = (0..terms.len()).find(|&i| vocabulary.get(&terms[i]) != Some(i as u32)).unwrap_or(0);
        return Err(MatrixError::NameTwice { name: terms[twice].clone() }.into());
    }
    let corpus = Corpus { vocabulary, forms: Vec::new(), blocks: vec![block], n_unstemmed: 0 };
    let analyzer = stored.as_ref().and_then(|stored| stored.manifest.analyzer.clone());
    let vocabulary = words_and_files(&matrix.vocabulary, "matrix.vocabulary")?;
    let matrix = MatrixParams { vocabulary, ..matrix.clone() };
    // While the matrix was read, each entry was in memory together with its row and column.
    let held_bytes = corpus.n_nonzeros() * size_of::<(u32, u32, f32)>();
    let (detection, skipped) = (None, SkippedDocuments::default());
    let counted = Counted { corpus, documents, analyzer, matrix, detection, skipped, held_bytes, digest };
    let mut dataset = Dataset::new(counted, config)?;
    if let Some(StoredMatrix { terms, manifest: record, .. }) = stored {
        let known: HashMap<&str, _> = terms.iter().map(|term| (term.term.as_str(), term)).collect();
        for term in Arc::make_mut(&mut dataset.terms) {
            if let Some(known) = known.get(term.term.as_str()) {
                // `term.idf` is the user's extra weight here (idf = none); it multiplies the stored idf.
                *term = Term { idf: term.idf * known.idf, ..(*known).clone() };
            }
        }
        let applied = dataset.weighting;
        dataset.weighting = record.weighting;
        dataset.weighting.min_documents = dataset.weighting.min_documents.max(applied.min_documents);
        dataset.weighting.max_documents = dataset.weighting.max_documents.min(applied.max_documents);
        let (n_terms, n_nonzeros, n_empty) =
            (dataset.corpus.n_terms, dataset.corpus.n_nonzeros, dataset.corpus.n_empty);
        let warnings = dataset.warnings.clone();
        dataset.corpus = CorpusRecord { n_terms, n_nonzeros, n_empty, warnings, ..record.corpus };
    }
    Ok(dataset)
}

/// Sorts the entries by document and term, adds up those at the same place, and drops zeros.
fn rows_of(triplets: &[(u32, u32, f32)], n_documents: usize) -> Vec<Vec<(u32, f32)>> {
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_documents];
    for &(term, document, value) in triplets {
        rows[document as usize].push((term, value));
    }
    for row in &mut rows {
        crate::text::merge_terms(row);
        row.retain(|(_, value)| *value > 0.0);
    }
    rows
}

fn names(file: Option<&Path>, n: usize, what: &'static str) -> Result<Vec<String>, Error> {
    let Some(file) = file else {
        return Ok((1..=n).map(|i| i.to_string()).collect());
    };
    let mut names = read_names(file, n)?;
    // A table that this program wrote, such as terms.tsv, begins with a header, which is not a name.
    if names.len() == n + 1 && names.first().is_some_and(|first| first == "term" || first == "id") {
        names.remove(0);
    }
    if names.len() != n {
        let (file, found) = (file.display().to_string(), names.len());
        return Err(MatrixError::Names { file, what, found, expected: n }.into());
    }
    // No table can give a carriage return back.
    names.iter_mut().filter(|name| name.contains('\r')).for_each(|name| *name = name.replace('\r', " "));
    Ok(names)
}
