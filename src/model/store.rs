//! Names the files of a model or matrix directory, and says how each is written and read. The directory as a whole,
//! its digests and its replacement are the business of `directory.rs`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::check::check_terms;
use super::directory::{Fill, MANIFEST, damaged, read_file, read_text_of, write_directory};
pub use super::directory::{check_output, is_ours, load_manifest};
use super::documents::FIXED_COLUMNS;
use super::manifest::{Kind, Manifest};
use super::tsv::{self, Dialect};
use super::{DocumentTable, ModelError, StoredMatrix, TopicModel, npy};
use crate::factorize::{FactorMatrix, Iteration};
use crate::matrix::Term;
use crate::system::{MOST_TABLE_BYTES, read_bounded, read_head, read_text};

const TERMS: &str = "terms.tsv";
const DOCUMENTS: &str = "documents.tsv";
const TRACE: &str = "trace.csv";
const TERM_COLUMNS: [&str; 5] = ["term", "form", "df", "cf", "idf"];
/// Names of the same columns in format 1.
const TERM_COLUMNS_1: [&str; 5] = ["term", "label", "df", "cf", "idf"];

/// File that holds the transpose of W as an array, topics × terms.
pub const TOPIC_TERM: &str = "topic_term.npy";
/// File that holds H as an array, documents × topics.
pub const DOCUMENT_TOPIC: &str = "document_topic.npy";
/// File that holds V in MatrixMarket coordinates, terms × documents.
pub const MATRIX: &str = "matrix.mtx";

/// Writes a model and returns the path of its directory; with `force`, a directory that this program wrote is
/// replaced. If something that may not be replaced has appeared there since [`check_output`], the first free name of
/// `NAME-2`, `NAME-3` … is taken.
///
/// Fails before anything is written if [`load`] would refuse the model.
pub fn save(model: &TopicModel, directory: &Path, force: bool) -> Result<PathBuf, ModelError> {
    model.check().map_err(|problem| ModelError::Invalid(format!("the model cannot be stored: {problem}")))?;
    let files: [(&str, &Fill<'_>); 5] = [
        (TERMS, &|out| write_terms(&model.terms, out)),
        (DOCUMENTS, &|out| model.documents.write(out)),
        (TOPIC_TERM, &|out| npy::write(model.topic_terms(), out)),
        (DOCUMENT_TOPIC, &|out| npy::write(model.document_topics(), out)),
        (TRACE, &|out| write_trace(&model.trace, out)),
    ];
    write_directory(directory, force, &files, model.manifest.clone())
}

/// Writes a weighted matrix, as [`save`] writes a model; `write_matrix` must write V in MatrixMarket coordinates.
pub fn save_matrix(
    terms: &[Term],
    documents: &DocumentTable,
    manifest: Manifest,
    write_matrix: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    directory: &Path,
    force: bool,
) -> Result<PathBuf, ModelError> {
    let files: [(&str, &Fill<'_>); 3] =
        [(MATRIX, write_matrix), (TERMS, &|out| write_terms(terms, out)), (DOCUMENTS, &|out| documents.write(out))];
    write_directory(directory, force, &files, manifest)
}

impl TopicModel {
    /// Writes the model as a new directory and returns its path. Fails if the directory exists and is not empty;
    /// [`save`] can replace one.
    ///
    /// ```
    /// use topicmill::model::TopicModel;
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let folder = std::env::temp_dir().join(format!("topicmill-example-{}", std::process::id()));
    /// let written = model.save(&folder)?;
    /// assert_eq!(TopicModel::load(&written)?.n_topics(), model.n_topics());
    /// # std::fs::remove_dir_all(written).unwrap();
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<PathBuf, ModelError> {
        let directory = check_output(directory.as_ref(), &[], false)?;
        save(self, &directory, false)
    }

    /// Reads a model directory; see [`load`].
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, ModelError> {
        load(directory.as_ref())
    }
}

/// A model is read at most this often if other runs keep replacing it; then the last error is returned.
const MOST_READINGS: usize = 20;

/// Reads a model and checks every file against the manifest. If another run replaces the model meanwhile, it is read
/// again, so that the result never mixes the files of two models.
///
/// ```
/// use topicmill::model::{Ranking, store};
/// let model = store::load("tests/golden/model-v1".as_ref())?;
/// assert_eq!(model.topics(3, Ranking::Probability).len(), model.n_topics());
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn load(directory: &Path) -> Result<TopicModel, ModelError> {
    for _ in 1..MOST_READINGS {
        let manifest = load_manifest(directory)?;
        let digest = manifest.digest.clone();
        match load_once(directory, manifest) {
            Err(ModelError::Damaged { .. } | ModelError::Io { .. })
                if load_manifest(directory).map_or(true, |manifest| manifest.digest != digest) => {}
            result => return result,
        }
    }
    load_once(directory, load_manifest(directory)?)
}

fn load_once(directory: &Path, manifest: Manifest) -> Result<TopicModel, ModelError> {
    if manifest.kind != Kind::Model {
        let problem = "holds a matrix, not a model".to_string();
        return Err(ModelError::NotAModel { path: directory.to_path_buf(), problem });
    }
    let terms = terms_from_tsv(directory, &manifest)?;
    let documents = documents_from_tsv(directory, &manifest)?;
    let topic_term = read_array(directory, &manifest, TOPIC_TERM)?;
    let h = read_array(directory, &manifest, DOCUMENT_TOPIC)?;
    let trace_path = directory.join(TRACE);
    let trace =
        trace_from_csv(&read_text_of(directory, &manifest, TRACE)?).map_err(|problem| damaged(&trace_path, problem))?;
    let (n_terms, n_topics) = (topic_term.n_topics(), topic_term.n_rows());
    let w = FactorMatrix::from_fn(n_terms, n_topics, |term, topic| topic_term.get(topic, term));
    let model = TopicModel { terms: terms.into(), documents: documents.into(), w: w.into(), h, trace, manifest };
    model.check().map_err(|problem| damaged(directory, problem))?;
    Ok(model)
}

/// Reads the tables of a directory that [`save_matrix`] wrote, and checks the digest of its matrix. The caller reads
/// the matrix itself and says that it is `n_terms` × `n_documents`; tables of other sizes are an error.
pub fn load_matrix_tables(directory: &Path, n_terms: usize, n_documents: usize) -> Result<StoredMatrix, ModelError> {
    let manifest = load_manifest(directory)?;
    read_file(directory, &manifest, MATRIX)?;
    let terms = terms_from_tsv(directory, &manifest)?;
    check_terms(&terms).map_err(|problem| damaged(&directory.join(TERMS), problem))?;
    if let Some(analyzer) = &manifest.analyzer {
        analyzer.check().map_err(|error| damaged(&directory.join(MANIFEST), error.to_string()))?;
    }
    let documents = documents_from_tsv(directory, &manifest)?;
    if (terms.len(), documents.rows.len()) != (n_terms, n_documents) {
        let problem = format!(
            "a matrix of {n_terms} × {n_documents}, tables of {} terms and {} documents",
            terms.len(),
            documents.rows.len()
        );
        return Err(damaged(directory, problem));
    }
    Ok(StoredMatrix { terms, documents, manifest })
}

/// Whether a directory has the files that [`save_matrix`] writes. A damaged manifest is not noticed here, so that
/// reading the directory can report it.
pub fn is_matrix_directory(path: &Path) -> bool {
    path.join(MATRIX).is_file() && path.join(TERMS).is_file() && path.join(MANIFEST).is_file()
}

fn read_array(directory: &Path, manifest: &Manifest, name: &str) -> Result<FactorMatrix, ModelError> {
    npy::from_bytes(&read_file(directory, manifest, name)?).map_err(|problem| damaged(&directory.join(name), problem))
}

/// Reads an array that need not belong to a model, such as a start that the user made.
pub fn read_npy(path: &Path) -> Result<FactorMatrix, ModelError> {
    let bytes = read_bounded(path, MOST_TABLE_BYTES).map_err(ModelError::io(path))?;
    npy::from_bytes(&bytes).map_err(|problem| ModelError::Start { path: path.to_path_buf(), problem })
}

/// The names of the rows of a directory's arrays, without regard to digests; `None` if it has no `terms.tsv`.
pub fn read_term_names(directory: &Path) -> Result<Option<Vec<String>>, ModelError> {
    let path = directory.join(TERMS);
    if !path.exists() {
        return Ok(None);
    }
    if let Some(names) = read_names(&path)? {
        return Ok(Some(names));
    }
    // A table of one's own has a header too, and a name as the first field of each line.
    let text = read_text(&path, MOST_TABLE_BYTES).map_err(ModelError::io(&path))?;
    Ok(Some(tsv::rows(&text, Dialect::Escaped).skip(1).filter_map(|row| row.into_iter().next()).collect()))
}

/// The first column of a `terms.tsv` or `documents.tsv` of either format; `None` if the file is no such table, as its
/// header says.
pub fn read_names(path: &Path) -> Result<Option<Vec<String>>, ModelError> {
    let head = read_head(path, 256).map_err(ModelError::io(path))?;
    let is_ours = |columns: &[&str]| head.starts_with(columns.join("\t").as_bytes());
    let is_documents = is_ours(&FIXED_COLUMNS);
    if !(is_documents || is_ours(&TERM_COLUMNS) || is_ours(&TERM_COLUMNS_1)) {
        return Ok(None);
    }
    let text = read_text(path, MOST_TABLE_BYTES).map_err(ModelError::io(path))?;
    // The header of documents.tsv is the same in both formats: the manifest beside it tells them apart.
    let is_format_1 = match is_documents {
        true => {
            path.parent().is_some_and(|folder| load_manifest(folder).is_ok_and(|manifest| manifest.format_version == 1))
        }
        false => is_ours(&TERM_COLUMNS_1),
    };
    let dialect = if is_format_1 { Dialect::Escaped } else { Dialect::Quoted };
    Ok(Some(tsv::rows(&text, dialect).skip(1).filter_map(|row| row.into_iter().next()).collect()))
}

fn write_terms(terms: &[Term], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = tsv::Writer::new(out);
    rows.write_row(TERM_COLUMNS)?;
    for term in terms {
        let numbers = [term.df.to_string(), term.cf.to_string(), term.idf.to_string()];
        let [df, cf, idf] = numbers.each_ref().map(String::as_str);
        rows.write_row([term.term.as_str(), term.form.as_str(), df, cf, idf])?;
    }
    rows.finish()
}

fn terms_from_tsv(directory: &Path, manifest: &Manifest) -> Result<Vec<Term>, ModelError> {
    let text = read_text_of(directory, manifest, TERMS)?;
    let path = directory.join(TERMS);
    let mut rows = tsv::rows(&text, manifest.dialect());
    let columns = if manifest.dialect() == Dialect::Escaped { TERM_COLUMNS_1 } else { TERM_COLUMNS };
    if rows.next().is_none_or(|header| header != columns) {
        return Err(damaged(&path, format!("has another header than {columns:?}")));
    }
    let parse = |row: Vec<String>| -> Option<Term> {
        let [term, form, df, cf, idf] = <[String; 5]>::try_from(row).ok()?;
        Some(Term { term, form, df: df.parse().ok()?, cf: cf.parse().ok()?, idf: idf.parse().ok()? })
    };
    rows.enumerate()
        .map(|(i, row)| parse(row).ok_or_else(|| damaged(&path, format!("row {}: expected {columns:?}", i + 2))))
        .collect()
}

fn documents_from_tsv(directory: &Path, manifest: &Manifest) -> Result<DocumentTable, ModelError> {
    let text = read_text_of(directory, manifest, DOCUMENTS)?;
    DocumentTable::from_tsv(&text, manifest.dialect()).map_err(|problem| damaged(&directory.join(DOCUMENTS), problem))
}

fn write_trace(trace: &[Iteration], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "iteration,objective,change")?;
    trace.iter().try_for_each(|Iteration { number, objective, change }| {
        let change = change.map_or(String::new(), |change| format!("{change:e}"));
        writeln!(out, "{number},{objective},{change}")
    })
}

fn trace_from_csv(text: &str) -> Result<Vec<Iteration>, String> {
    let parse = |line: &str| -> Option<Iteration> {
        let mut fields = line.split(',');
        let number = fields.next()?.parse().ok()?;
        let objective = fields.next()?.parse().ok()?;
        let change = match fields.next()? {
            "" => None,
            change => Some(change.parse().ok()?),
        };
        Some(Iteration { number, objective, change })
    };
    let rows = text.lines().skip(1).enumerate();
    rows.map(|(i, line)| parse(line).ok_or_else(|| format!("line {}: expected iteration,objective,change", i + 2)))
        .collect()
}
