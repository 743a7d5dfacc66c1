//! Names the files of a model or matrix directory, and says how each is written and read. The directory as a whole,
//! its digests and its replacement are the business of `directory.rs`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use super::check::check_terms;
pub use super::directory::{Fill, check_output, is_ours, load_manifest};
use super::directory::{MANIFEST, check_digest, check_present, damaged, read_file, read_text_of, write_directory};
use super::document_rows::read_parquet;
use super::documents::FIXED_COLUMNS;
use super::levels::n_nodes;
use super::manifest::{Kind, Manifest};
use super::tsv::{self, Dialect};
use super::{
    CorrelatedWord, DocumentTable, FactorRows, Factors, LevelWords, ModelError, RowFormat, Selection, StoredMatrix,
    Texts, TopicModel, npy,
};
use crate::factorize::{FactorMatrix, Iteration, Structure};
use crate::matrix::Term;
use crate::system::{MOST_TABLE_BYTES, digest_regular, read_bounded, read_head, read_text};

const TERMS: &str = "terms.tsv";
const DOCUMENTS: &str = "documents.tsv";
const CLUSTERS: &str = "clusters.tsv";
const CLUSTER_COLUMNS: [&str; 2] = ["id", "topic"];
const TRACE: &str = "trace.csv";
const NAMES: &str = "names.tsv";
const NAME_COLUMNS: [&str; 2] = ["topic", "name"];
const TOP_WORDS: &str = "top_words.tsv";
const TOP_WORD_COLUMNS: [&str; 4] = ["topic", "rank", "term", "correlation"];
/// Files with the best words of the nodes above the topics, the coarsest level first.
const LEVEL_WORDS: [&str; 7] = [
    "top_words_level_1.tsv",
    "top_words_level_2.tsv",
    "top_words_level_3.tsv",
    "top_words_level_4.tsv",
    "top_words_level_5.tsv",
    "top_words_level_6.tsv",
    "top_words_level_7.tsv",
];
const TERM_COLUMNS: [&str; 6] = ["term", "form", "df", "cf", "idf", "weight"];
/// The columns in the formats 1 and 2, which had no weights.
const TERM_COLUMNS_1: [&str; 5] = ["term", "label", "df", "cf", "idf"];
const TERM_COLUMNS_2: [&str; 5] = ["term", "form", "df", "cf", "idf"];

/// File that holds the transpose of W as an array, topics × terms.
pub const TOPIC_TERM: &str = "topic_term.npy";
/// File that holds the transpose of W of V, topics × terms, where `topic_term.npy` holds sharpened topics.
pub const FACTOR_TOPIC_TERM: &str = "factor_topic_term.npy";
/// File that holds the texts of the documents.
const TEXTS: &str = "texts.jsonl.gz";
/// File that says how the number of topics was chosen.
const SELECTION: &str = "selection.json";

/// File with what the form of the factorisation tells beside the arrays.
const STRUCTURE: &str = "structure.json";
/// File that holds the counts behind V in the same coordinates.
pub const COUNTS: &str = "counts.mtx";
/// File that holds V in MatrixMarket coordinates, terms × documents.
pub const MATRIX: &str = "matrix.mtx";

/// Writes a model and returns the path of its directory; with `force`, a directory that this program wrote is
/// replaced. If something that may not be replaced has appeared there since [`check_output`], the first free name of
/// `NAME-2`, `NAME-3` … is taken.
///
/// Fails before anything is written if [`load`] would refuse the model.
pub fn save(model: &TopicModel, directory: &Path, force: bool) -> Result<PathBuf, ModelError> {
    save_as(model, model.manifest.rows, directory, force)
}

/// As [`save`], with the rows of documents in another form than the record of the model says.
pub fn save_as(model: &TopicModel, rows: RowFormat, directory: &Path, force: bool) -> Result<PathBuf, ModelError> {
    model.check().map_err(|problem| ModelError::Invalid(format!("the model cannot be stored: {problem}")))?;
    let h = |range| Ok(model.h.rows(range));
    let mut files: Vec<(&str, Box<Fill<'_>>)> = vec![
        (TERMS, Box::new(|out| write_terms(&model.terms, out))),
        (DOCUMENTS, Box::new(|out| model.documents.write(out))),
        (TOPIC_TERM, Box::new(|out| npy::write(model.topic_terms(), out))),
        (rows.document_topic(), Box::new(|out| rows.write(&model.documents, model.n_topics(), &h, out))),
        (TRACE, Box::new(|out| write_trace(&model.trace, out))),
    ];
    if let Some(factors) = &model.factors {
        files.push((FACTOR_TOPIC_TERM, Box::new(|out| npy::write(factors.w.view().reversed_axes(), out))));
        files.push((
            rows.factor_document_topic(),
            Box::new(|out| factors.h.write_as(rows, &model.documents, factors.w.n_topics(), out)),
        ));
    }
    if let Some(texts) = &model.texts {
        files.push((TEXTS, Box::new(|out| texts.write(out))));
    }
    if let Some(assigned) = &model.assigned {
        files.push((CLUSTERS, Box::new(|out| write_clusters(&model.documents, assigned, out))));
    }
    if let Some(selection) = &model.selection {
        files.push((SELECTION, Box::new(|out| write_selection(selection, out))));
    }
    if let Some(structure) = &model.structure {
        files.push((STRUCTURE, Box::new(|out| Ok(serde_json::to_writer(out, structure)?))));
    }
    if let Some(names) = &model.names {
        files.push((NAMES, Box::new(|out| write_names(names, out))));
    }
    if let Some(words) = &model.correlated {
        files.push((TOP_WORDS, Box::new(|out| write_top_words(&model.terms, words, out))));
    }
    for (name, words) in LEVEL_WORDS.iter().zip(&model.level_words) {
        files.push((name, Box::new(|out| write_top_words(&model.terms, words, out))));
    }
    write_directory(directory, force, &files, Manifest { rows, ..model.manifest.clone() })
}

/// Writes a weighted matrix, as [`save`] writes a model, with the texts of its documents if they are kept; `matrices`
/// must write V, and the counts behind it if they are known, in MatrixMarket coordinates ([`MATRIX`], [`COUNTS`]).
pub fn save_matrix(
    terms: &[Term],
    documents: &DocumentTable,
    texts: Option<&Texts>,
    manifest: Manifest,
    matrices: Vec<(&str, Box<Fill<'_>>)>,
    directory: &Path,
    force: bool,
) -> Result<PathBuf, ModelError> {
    let mut files = matrices;
    files.push((TERMS, Box::new(|out| write_terms(terms, out))));
    files.push((DOCUMENTS, Box::new(|out| documents.write(out))));
    if let Some(texts) = texts {
        files.push((TEXTS, Box::new(|out| texts.write(out))));
    }
    write_directory(directory, force, &files, manifest)
}

/// Writes files that are neither of a model nor of a matrix, with a manifest, as [`save`] writes a model.
pub fn save_files(
    files: &[(&str, Box<Fill<'_>>)],
    manifest: Manifest,
    directory: &Path,
    force: bool,
) -> Result<PathBuf, ModelError> {
    write_directory(directory, force, files, manifest)
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
        let what = if manifest.kind == Kind::Shards { "shards of documents" } else { "a matrix" };
        let problem = format!("holds {what}, not a model");
        return Err(ModelError::NotAModel { path: directory.to_path_buf(), problem });
    }
    let terms = terms_from_tsv(directory, &manifest)?;
    let documents = documents_from_tsv(directory, &manifest)?;
    let w = of_topics(&read_array(directory, &manifest, TOPIC_TERM)?);
    let shape = (documents.len(), w.n_topics());
    let h = match manifest.rows {
        RowFormat::Npy => read_array(directory, &manifest, manifest.rows.document_topic())?,
        RowFormat::Parquet => parquet_rows(directory, &manifest, manifest.rows.document_topic(), shape)?,
    };
    let has = |name: &str| manifest.files.contains_key(name);
    let factors = match has(FACTOR_TOPIC_TERM) {
        true => Some(Factors {
            w: of_topics(&read_array(directory, &manifest, FACTOR_TOPIC_TERM)?),
            h: factor_rows(directory, &manifest, shape)?,
        }),
        false => None,
    };
    let assigned = match has(CLUSTERS) {
        true => Some(clusters_from_tsv(directory, &manifest, documents.len(), w.n_topics())?),
        false => None,
    };
    let correlated = match has(TOP_WORDS) {
        true => Some(top_words_from_tsv(directory, &manifest, &terms, TOP_WORDS, w.n_topics())?),
        false => None,
    };
    let names = match has(NAMES) {
        true => Some(names_from_tsv(directory, &manifest)?),
        false => None,
    };
    let texts = texts_of(directory, &manifest).map(Into::into);
    let selection = match has(SELECTION) {
        true => Some(selection_from_json(directory, &manifest)?),
        false => None,
    };
    let structure = match has(STRUCTURE) {
        true => Some(structure_from_json(directory, &manifest, (terms.len(), w.n_topics(), documents.len()))?),
        false => None,
    };
    let mut level_words = LevelWords::new();
    if let Some(Structure::Hierarchical { levels }) = &structure {
        for (name, nodes) in LEVEL_WORDS.iter().zip(levels) {
            level_words.push(top_words_from_tsv(directory, &manifest, &terms, name, n_nodes(nodes))?);
        }
    }
    let trace_path = directory.join(TRACE);
    let trace =
        trace_from_csv(&read_text_of(directory, &manifest, TRACE)?).map_err(|problem| damaged(&trace_path, problem))?;
    let (terms, documents, w) = (terms.into(), documents.into(), w.into());
    let model = TopicModel {
        terms,
        documents,
        w,
        h,
        factors,
        assigned,
        correlated,
        level_words,
        names,
        texts,
        selection,
        structure,
        trace,
        manifest,
    };
    model.check().map_err(|problem| damaged(directory, problem))?;
    Ok(model)
}

/// The rows of H of V, of this shape (documents, topics). An array stays where it is.
fn factor_rows(directory: &Path, manifest: &Manifest, shape: (usize, usize)) -> Result<FactorRows, ModelError> {
    let name = manifest.rows.factor_document_topic();
    match manifest.rows {
        RowFormat::Npy => FactorRows::in_file(&directory.join(name), manifest.files.get(name), shape),
        RowFormat::Parquet => Ok(FactorRows::Memory(parquet_rows(directory, manifest, name, shape)?)),
    }
}

fn parquet_rows(
    directory: &Path,
    manifest: &Manifest,
    name: &str,
    shape: (usize, usize),
) -> Result<FactorMatrix, ModelError> {
    let path = directory.join(name);
    check_present(&path)?;
    check_digest(&path, &digest_regular(&path).map_err(ModelError::io(&path))?, manifest.files.get(name))?;
    read_parquet(&path, shape).map_err(|problem| damaged(&path, problem))
}

fn selection_from_json(directory: &Path, manifest: &Manifest) -> Result<Selection, ModelError> {
    let text = read_text_of(directory, manifest, SELECTION)?;
    Selection::from_json(&text).map_err(|problem| damaged(&directory.join(SELECTION), problem))
}

fn structure_from_json(
    directory: &Path,
    manifest: &Manifest,
    (n_terms, n_topics, n_documents): (usize, usize, usize),
) -> Result<Structure, ModelError> {
    let text = read_text_of(directory, manifest, STRUCTURE)?;
    let wrong = |problem: String| damaged(&directory.join(STRUCTURE), problem);
    let structure: Structure = serde_json::from_str(&text).map_err(|problem| wrong(problem.to_string()))?;
    structure.check(n_terms, n_topics, n_documents).map_err(wrong)?;
    Ok(structure)
}

/// Reads the tables of a directory that [`save_matrix`] wrote, and checks the digest of its matrix. The caller reads
/// the matrix itself and says that it is `n_terms` × `n_documents`; tables of other sizes are an error.
pub fn load_matrix_tables(directory: &Path, n_terms: usize, n_documents: usize) -> Result<StoredMatrix, ModelError> {
    let manifest = load_manifest(directory)?;
    read_file(directory, &manifest, MATRIX)?;
    if manifest.files.contains_key(COUNTS) {
        read_file(directory, &manifest, COUNTS)?;
    }
    let tables = load_tables(directory, manifest)?;
    let found = (tables.terms.len(), tables.documents.len());
    if found != (n_terms, n_documents) {
        let problem =
            format!("a matrix of {n_terms} × {n_documents}, tables of {} terms and {} documents", found.0, found.1);
        return Err(damaged(directory, problem));
    }
    Ok(tables)
}

/// Reads the tables of terms and documents of a directory that is no model, which has this record.
pub fn load_tables(directory: &Path, manifest: Manifest) -> Result<StoredMatrix, ModelError> {
    let terms = terms_from_tsv(directory, &manifest)?;
    check_terms(&terms).map_err(|problem| damaged(&directory.join(TERMS), problem))?;
    if let Some(analyzer) = &manifest.analyzer {
        analyzer.check().map_err(|error| damaged(&directory.join(MANIFEST), error.to_string()))?;
    }
    let documents = documents_from_tsv(directory, &manifest)?;
    Ok(StoredMatrix { terms, documents, texts: texts_of(directory, &manifest), manifest })
}

/// The texts of a directory; `None` if they were not kept.
fn texts_of(directory: &Path, manifest: &Manifest) -> Option<Texts> {
    let digest = manifest.files.get(TEXTS)?;
    Some(Texts::File { path: directory.join(TEXTS), digest: digest.clone() })
}

fn write_selection(selection: &Selection, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, selection)?;
    out.write_all(b"\n")
}

/// Whether a directory has the files that [`save_matrix`] writes. A damaged manifest is not noticed here, so that
/// reading the directory can report it.
pub fn is_matrix_directory(path: &Path) -> bool {
    path.join(MATRIX).is_file() && path.join(TERMS).is_file() && path.join(MANIFEST).is_file()
}

/// W, terms × topics, from topics × terms.
fn of_topics(topic_term: &FactorMatrix) -> FactorMatrix {
    FactorMatrix::from_fn(topic_term.n_topics(), topic_term.n_rows(), |term, topic| topic_term.get(topic, term))
}

fn read_array(directory: &Path, manifest: &Manifest, name: &str) -> Result<FactorMatrix, ModelError> {
    npy::from_bytes(&read_file(directory, manifest, name)?).map_err(|problem| damaged(&directory.join(name), problem))
}

/// Reads the rows of documents (documents × topics) with which a fit starts, from a model directory or one with arrays
/// of the user's own, without regard to digests: H of V, if the topics were sharpened. `None` if there are none.
pub fn read_start_rows(directory: &Path, shape: (usize, usize)) -> Result<Option<FactorMatrix>, ModelError> {
    let is_sharpened = directory.join(FACTOR_TOPIC_TERM).is_file();
    for &format in RowFormat::ALL {
        let name = if is_sharpened { format.factor_document_topic() } else { format.document_topic() };
        let path = directory.join(name);
        if path.is_file() {
            return match format {
                RowFormat::Npy => read_npy(&path),
                RowFormat::Parquet => read_parquet(&path, shape).map_err(|problem| ModelError::Start { path, problem }),
            }
            .map(Some);
        }
    }
    Ok(None)
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
    if !(is_documents || is_ours(&TERM_COLUMNS_2) || is_ours(&TERM_COLUMNS_1)) {
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
        let numbers = [term.df.to_string(), term.cf.to_string(), term.idf.to_string(), term.weight.to_string()];
        let [df, cf, idf, weight] = numbers.each_ref().map(String::as_str);
        rows.write_row([term.term.as_str(), term.form.as_str(), df, cf, idf, weight])?;
    }
    rows.finish()
}

fn terms_from_tsv(directory: &Path, manifest: &Manifest) -> Result<Vec<Term>, ModelError> {
    let text = read_text_of(directory, manifest, TERMS)?;
    let path = directory.join(TERMS);
    let mut rows = tsv::rows(&text, manifest.dialect());
    let columns: &[&str] = match manifest.format_version {
        1 => &TERM_COLUMNS_1,
        2 => &TERM_COLUMNS_2,
        _ => &TERM_COLUMNS,
    };
    if rows.next().is_none_or(|header| header != columns) {
        return Err(damaged(&path, format!("has another header than {columns:?}")));
    }
    let parse = |mut row: Vec<String>| -> Option<Term> {
        let weight = if columns.len() == 6 { row.pop()?.parse().ok()? } else { 1.0 };
        let [term, form, df, cf, idf] = <[String; 5]>::try_from(row).ok()?;
        Some(Term { term, form, df: df.parse().ok()?, cf: cf.parse().ok()?, idf: idf.parse().ok()?, weight })
    };
    rows.enumerate()
        .map(|(i, row)| parse(row).ok_or_else(|| damaged(&path, format!("row {}: expected {columns:?}", i + 2))))
        .collect()
}

fn documents_from_tsv(directory: &Path, manifest: &Manifest) -> Result<DocumentTable, ModelError> {
    let text = read_text_of(directory, manifest, DOCUMENTS)?;
    DocumentTable::from_tsv(&text, manifest.dialect()).map_err(|problem| damaged(&directory.join(DOCUMENTS), problem))
}

fn write_clusters(documents: &DocumentTable, assigned: &[Option<usize>], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = tsv::Writer::new(out);
    rows.write_row(CLUSTER_COLUMNS)?;
    for (row, topic) in documents.rows().zip(assigned) {
        rows.write_row([row.id, &topic.map_or_else(String::new, |topic| topic.to_string())])?;
    }
    rows.finish()
}

/// Reads the topic of each document, which is empty for one without terms.
fn clusters_from_tsv(
    directory: &Path,
    manifest: &Manifest,
    n_documents: usize,
    n_topics: usize,
) -> Result<Vec<Option<usize>>, ModelError> {
    let text = read_text_of(directory, manifest, CLUSTERS)?;
    let path = directory.join(CLUSTERS);
    let mut rows = tsv::rows(&text, manifest.dialect());
    if rows.next().is_none_or(|header| header != CLUSTER_COLUMNS) {
        return Err(damaged(&path, format!("has another header than {CLUSTER_COLUMNS:?}")));
    }
    let parse = |row: Vec<String>| match row.as_slice() {
        [_, topic] if topic.is_empty() => Some(None),
        [_, topic] => topic.parse().ok().filter(|topic| *topic < n_topics).map(Some),
        _ => None,
    };
    let topics: Option<Vec<Option<usize>>> = rows.map(parse).collect();
    topics.filter(|topics| topics.len() == n_documents).ok_or_else(|| {
        damaged(&path, format!("has no topic below {n_topics} or none for each of {n_documents} documents"))
    })
}

fn write_top_words(terms: &[Term], words: &[Vec<CorrelatedWord>], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = tsv::Writer::new(out);
    rows.write_row(TOP_WORD_COLUMNS)?;
    for (topic, words) in words.iter().enumerate() {
        for (rank, word) in words.iter().enumerate() {
            let term = &terms[word.term].term;
            let numbers = [topic.to_string(), (rank + 1).to_string(), word.correlation.to_string()];
            let [topic, rank, correlation] = numbers.each_ref().map(String::as_str);
            rows.write_row([topic, rank, term, correlation])?;
        }
    }
    rows.finish()
}

fn top_words_from_tsv(
    directory: &Path,
    manifest: &Manifest,
    terms: &[Term],
    name: &str,
    n_topics: usize,
) -> Result<Vec<Vec<CorrelatedWord>>, ModelError> {
    let text = read_text_of(directory, manifest, name)?;
    let numbers: HashMap<&str, usize> = terms.iter().enumerate().map(|(i, term)| (term.term.as_str(), i)).collect();
    let mut words = vec![Vec::new(); n_topics];
    let mut add = |row: Vec<String>| -> Option<()> {
        let [topic, rank, term, correlation] = <[String; 4]>::try_from(row).ok()?;
        let of_topic: &mut Vec<CorrelatedWord> = words.get_mut(topic.parse::<usize>().ok()?)?;
        let correlation: f64 = correlation.parse().ok().filter(|x: &f64| x.is_finite())?;
        let term = *numbers.get(term.as_str())?;
        let is_next = rank.parse() == Ok(of_topic.len() + 1) && of_topic.iter().all(|word| word.term != term);
        is_next.then(|| of_topic.push(CorrelatedWord { term, correlation }))
    };
    for (i, row) in tsv::rows(&text, manifest.dialect()).enumerate().skip(1) {
        add(row)
            .ok_or_else(|| damaged(&directory.join(name), format!("row {}: expected {TOP_WORD_COLUMNS:?}", i + 1)))?;
    }
    Ok(words)
}

fn write_names(names: &[String], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = tsv::Writer::new(out);
    rows.write_row(NAME_COLUMNS)?;
    for (topic, name) in names.iter().enumerate() {
        rows.write_row([topic.to_string().as_str(), name])?;
    }
    rows.finish()
}

/// The names that topics of a directory were given; `None` if they were not, or if it is no model's.
pub fn read_topic_names(directory: &Path) -> Result<Option<Vec<String>>, ModelError> {
    match directory.join(NAMES).is_file() {
        true => names_from_tsv(directory, &load_manifest(directory)?).map(Some),
        false => Ok(None),
    }
}

/// Reads the names of topics, each in its row.
fn names_from_tsv(directory: &Path, manifest: &Manifest) -> Result<Vec<String>, ModelError> {
    let text = read_text_of(directory, manifest, NAMES)?;
    let wrong = |row: usize| damaged(&directory.join(NAMES), format!("row {row}: expected {NAME_COLUMNS:?}"));
    let rows = tsv::rows(&text, manifest.dialect()).enumerate().skip(1);
    rows.map(|(row, fields)| match <[String; 2]>::try_from(fields) {
        Ok([topic, name]) if topic.parse() == Ok(row - 1) => Ok(name),
        _ => Err(wrong(row + 1)),
    })
    .collect()
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
