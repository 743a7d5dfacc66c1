//! The directory of a model or matrix: written beside its place and given its name at once, checked file by file when
//! read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use fs_err as fs;

use super::check::check_terms;
use super::manifest::{FORMAT_VERSION, Kind, Manifest};
use super::{DocumentTable, MatrixModel, MatrixTables, ModelError, TopicModel, npy, tsv};
use crate::factorize::Sweep;
use crate::kernels::FactorMatrix;
use crate::matrix::Term;
use crate::system::{
    MOST_SETTINGS_BYTES, MOST_TABLE_BYTES, Sibling, is_writable, read_bounded, read_text, write_synced,
};

const MANIFEST: &str = "manifest.json";
const TERMS: &str = "terms.tsv";
const DOCUMENTS: &str = "documents.tsv";
const TRACE: &str = "trace.csv";
const TERM_COLUMNS: [&str; 5] = ["term", "label", "df", "cf", "idf"];

/// W as an array, topics × terms.
pub const TOPIC_TERM: &str = "topic_term.npy";
/// H as an array, documents × topics.
pub const DOCUMENT_TOPIC: &str = "document_topic.npy";
/// V in MatrixMarket coordinates, terms × documents.
pub const MATRIX: &str = "matrix.mtx";

/// Refuses an output directory that may not be written, before any work: one that is an input or holds one, one that
/// exists (unless `force` is set and all in it is ours), one below a folder that cannot be written. Gives the directory
/// behind symbolic links.
pub fn check_output(output: &Path, inputs: &[PathBuf], force: bool) -> Result<PathBuf, ModelError> {
    let refuse = |problem: String, hint| Err(ModelError::Output { path: output.to_path_buf(), problem, hint });
    // Without a slash at its end, or a dot: what comes to lie beside it is named after it.
    let mut directory: PathBuf = output.components().collect();
    if !matches!(output.components().next_back(), Some(Component::Normal(_))) && !output.exists() {
        return refuse("is no name of a directory".into(), "choose another output with -o");
    }
    match fs::symlink_metadata(&directory) {
        Ok(_) if !directory.exists() => {
            return refuse("is a symbolic link to nothing".into(), "remove it, or choose another output with -o");
        }
        // A name that is too long, a parent that is a file.
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ModelError::io(output)(error)),
        _ => {}
    }
    if let Ok(real) = fs::canonicalize(output) {
        let holds_input =
            inputs.iter().filter_map(|input| fs::canonicalize(input).ok()).find(|input| input.starts_with(&real));
        if let Some(input) = holds_input {
            let problem = format!("is or holds the input {}", input.display());
            return refuse(problem, "choose another output with -o");
        }
        if fs::canonicalize(".").is_ok_and(|current| current == real) {
            let problem = "is the current directory, which a model would take the place of".into();
            return refuse(problem, "name a directory in it, such as -o model");
        }
        directory = real;
        if !is_writable(&directory) {
            return refuse("may not be written to".into(), "change its rights, or choose another output with -o");
        }
        match contents(&directory) {
            Contents::Nothing => {}
            Contents::Ours if force => {}
            Contents::More(file) if force => {
                let problem = format!("holds {file}, which topicmill did not write");
                return refuse(problem, "move it away, or choose another output with -o");
            }
            Contents::Ours | Contents::More(_) => {
                return refuse("already exists".into(), "replace it with --force, or choose another output with -o");
            }
            Contents::Foreign => {
                return refuse("exists and was not written by topicmill".into(), "choose another output with -o");
            }
        }
    }
    let parent = existing_parent(&directory);
    Sibling::create_in(&parent).map_err(ModelError::io(parent))?;
    Ok(directory)
}

/// What a directory holds.
enum Contents {
    Nothing,
    /// What this program wrote, and nothing else.
    Ours,
    /// A file besides what this program wrote.
    More(String),
    Foreign,
}

fn contents(directory: &Path) -> Contents {
    let Ok(entries) = fs::read_dir(directory) else { return Contents::Foreign };
    let entries: Vec<(String, bool)> = entries
        .flatten()
        // What is no regular file is somebody's own, whatever its name.
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.file_type().is_ok_and(|t| t.is_file())))
        .collect();
    if entries.is_empty() {
        return Contents::Nothing;
    }
    let manifest = manifest_of(directory);
    if !is_our_manifest(&manifest) {
        return Contents::Foreign;
    }
    let is_known = |name: &str| name == MANIFEST || manifest["files"].get(name).is_some();
    match entries.into_iter().find(|(name, is_file)| !is_file || !is_known(name)) {
        Some((more, _)) => Contents::More(more),
        None => Contents::Ours,
    }
}

/// The manifest as it stands; null where there is none.
fn manifest_of(directory: &Path) -> serde_json::Value {
    let text = read_text(&directory.join(MANIFEST), MOST_SETTINGS_BYTES).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Whether this program wrote the directory.
pub fn is_ours(directory: &Path) -> bool {
    is_our_manifest(&manifest_of(directory))
}

fn is_our_manifest(manifest: &serde_json::Value) -> bool {
    manifest["program"].as_str().is_some_and(|program| program.starts_with("topicmill "))
        && manifest["format_version"].is_u64()
}

/// The nearest folder above `path` that exists.
fn existing_parent(path: &Path) -> PathBuf {
    let mut parent = path.parent();
    while let Some(folder) = parent {
        if folder.as_os_str().is_empty() {
            break;
        }
        // A link to nothing is there, and no folder: what is made below it fails, and better now.
        if fs::symlink_metadata(folder).is_ok() {
            return folder.to_path_buf();
        }
        parent = folder.parent();
    }
    PathBuf::from(".")
}

/// Writes a model and gives the directory that holds it: the one asked for, or, if something that may not be replaced
/// has come to lie there since [`check_output`], the first free one of `NAME-2`, `NAME-3` ….
///
/// A model that [`load`] would refuse is not written.
pub fn save(model: &TopicModel, directory: &Path, force: bool) -> Result<PathBuf, ModelError> {
    model.check().map_err(|problem| ModelError::Invalid(format!("the model cannot be stored: {problem}")))?;
    let files = vec![
        (TERMS, terms_to_tsv(&model.terms).into_bytes()),
        (DOCUMENTS, model.documents.to_tsv().into_bytes()),
        (TOPIC_TERM, npy::to_bytes(model.topic_terms())),
        (DOCUMENT_TOPIC, npy::to_bytes(model.document_topics())),
        (TRACE, trace_to_csv(&model.trace).into_bytes()),
    ];
    write_directory(directory, force, files, model.manifest.clone())
}

/// Writes a weighted matrix as [`save`] does a model; `matrix_market` is V as [`MATRIX`].
pub fn save_matrix(
    model: &MatrixModel,
    matrix_market: Vec<u8>,
    directory: &Path,
    force: bool,
) -> Result<PathBuf, ModelError> {
    let files = vec![
        (MATRIX, matrix_market),
        (TERMS, terms_to_tsv(&model.weighted.terms).into_bytes()),
        (DOCUMENTS, model.documents.to_tsv().into_bytes()),
    ];
    write_directory(directory, force, files, model.manifest.clone())
}

fn write_directory(
    directory: &Path,
    force: bool,
    files: Vec<(&str, Vec<u8>)>,
    mut manifest: Manifest,
) -> Result<PathBuf, ModelError> {
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
    let sibling = Sibling::create_in(parent).map_err(ModelError::io(parent))?;
    let new = sibling.new_path();
    fs::create_dir(&new).map_err(ModelError::io(&new))?;
    manifest.files = BTreeMap::new();
    let write = |name: &str, bytes: &[u8]| {
        let path = new.join(name);
        write_synced(&path, bytes).map_err(ModelError::io(path))
    };
    for (name, bytes) in files {
        manifest.files.insert(name.to_string(), blake3::hash(&bytes).to_hex().to_string());
        write(name, &bytes)?;
    }
    manifest.digest = manifest.own_digest();
    let mut text = serde_json::to_string_pretty(&manifest).map_err(|error| damaged(&new, error.to_string()))?;
    text.push('\n');
    write(MANIFEST, text.as_bytes())?;
    let mut number = 1;
    loop {
        let mut name = directory.as_os_str().to_os_string();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let place = PathBuf::from(name);
        // A rename replaces an empty directory and fails on any other: nobody's files are lost in between.
        let replaces = match contents(&place) {
            Contents::Ours if force && number == 1 => true,
            Contents::Nothing => false,
            _ if fs::symlink_metadata(&place).is_ok() => {
                number += 1;
                continue;
            }
            _ => false,
        };
        match sibling.publish_directory(&place, replaces) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return Err(ModelError::Io { path: place, error });
            }
            // Something has come to lie there in this moment: it is looked at anew.
            Err(_) if !replaces && fs::symlink_metadata(&place).is_ok() => {}
            Err(error) => return Err(ModelError::Io { path: place, error }),
        }
    }
}

/// Times that a model is read anew if it was replaced while it was read.
const MOST_READINGS: usize = 20;

/// Reads a model and checks every file against the manifest. A model that is replaced meanwhile is read anew, so that
/// what comes back is one of both.
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
    let expected = (terms.len(), documents.rows.len(), n_topics);
    if (n_terms, h.n_rows(), h.n_topics()) != expected {
        let problem = format!(
            "arrays of {n_terms} terms, {} documents and {} topics do not fit the tables",
            h.n_rows(),
            h.n_topics()
        );
        return Err(damaged(directory, problem));
    }
    let model = TopicModel { terms, documents, w, h, trace, manifest };
    model.check().map_err(|problem| damaged(directory, problem))?;
    Ok(model)
}

/// Reads what a directory that [`save_matrix`] wrote says of its matrix, which the caller reads and has found to be
/// `n_terms` × `n_documents`; the matrix' digest is checked too.
pub fn load_matrix_tables(directory: &Path, n_terms: usize, n_documents: usize) -> Result<MatrixTables, ModelError> {
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
    Ok(MatrixTables { terms, documents, manifest })
}

/// Whether a directory is one that [`save_matrix`] wrote, if with a damaged manifest: what reads it will say so.
pub fn is_matrix_directory(path: &Path) -> bool {
    path.join(MATRIX).is_file() && path.join(TERMS).is_file() && path.join(MANIFEST).is_file()
}

/// Reads and checks `manifest.json`.
pub fn load_manifest(directory: &Path) -> Result<Manifest, ModelError> {
    let foreign = |problem: &str| ModelError::NotAModel { path: directory.to_path_buf(), problem: problem.into() };
    if !directory.exists() {
        return Err(foreign("no such directory"));
    }
    let path = directory.join(MANIFEST);
    if !path.exists() {
        return Err(foreign("is not a model: it has no manifest.json"));
    }
    let text = read_text(&path, MOST_SETTINGS_BYTES).map_err(ModelError::io(&path))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| damaged(&path, format!("is cut off or edited: {error}")))?;
    match value["program"].as_str() {
        Some(program) if program.starts_with("topicmill ") => {}
        None if value["format_version"].is_u64() => return Err(damaged(&path, "has lost the key program".into())),
        _ => return Err(foreign("its manifest.json was not written by topicmill")),
    }
    match value["format_version"].as_u64() {
        Some(version) if version > FORMAT_VERSION => {
            return Err(ModelError::Newer { path: directory.to_path_buf(), found: version });
        }
        Some(1..) => {}
        _ => return Err(damaged(&path, "has no format version".into())),
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| damaged(&path, format!("is cut off or edited: {error}")))?;
    if manifest.own_digest() != manifest.digest {
        return Err(damaged(&path, "has been edited: its digest does not fit".into()));
    }
    Ok(manifest)
}

fn read_file(directory: &Path, manifest: &Manifest, name: &str) -> Result<Vec<u8>, ModelError> {
    let path = directory.join(name);
    if !path.exists() {
        return Err(damaged(&path, "is missing".into()));
    }
    let bytes = read_bounded(&path, MOST_TABLE_BYTES).map_err(ModelError::io(&path))?;
    if manifest.files.get(name).map(String::as_str) != Some(blake3::hash(&bytes).to_hex().as_str()) {
        return Err(damaged(&path, "is cut off or edited: its digest is not the manifest's".into()));
    }
    Ok(bytes)
}

fn read_text_of(directory: &Path, manifest: &Manifest, name: &str) -> Result<String, ModelError> {
    let bytes = read_file(directory, manifest, name)?;
    String::from_utf8(bytes).map_err(|_| damaged(&directory.join(name), "is not UTF-8".into()))
}

fn read_array(directory: &Path, manifest: &Manifest, name: &str) -> Result<FactorMatrix, ModelError> {
    npy::from_bytes(&read_file(directory, manifest, name)?).map_err(|problem| damaged(&directory.join(name), problem))
}

/// Reads an array that need not be part of a model, such as a start of one's own.
pub fn read_npy(path: &Path) -> Result<FactorMatrix, ModelError> {
    let bytes = read_bounded(path, MOST_TABLE_BYTES).map_err(ModelError::io(path))?;
    npy::from_bytes(&bytes).map_err(|problem| ModelError::Start { path: path.to_path_buf(), problem })
}

/// The terms of a directory, without regard to digests; none if it has no `terms.tsv`.
pub fn read_term_names(directory: &Path) -> Result<Option<Vec<String>>, ModelError> {
    let path = directory.join(TERMS);
    if !path.exists() {
        return Ok(None);
    }
    let text = read_text(&path, MOST_TABLE_BYTES).map_err(ModelError::io(&path))?;
    Ok(Some(tsv::rows(&text).skip(1).filter_map(|row| row.into_iter().next()).collect()))
}

fn damaged(path: &Path, problem: String) -> ModelError {
    ModelError::Damaged { path: path.to_path_buf(), problem }
}

fn terms_to_tsv(terms: &[Term]) -> String {
    let mut out = String::new();
    tsv::push_row(&mut out, TERM_COLUMNS);
    for term in terms {
        let numbers = [term.df.to_string(), term.cf.to_string(), term.idf.to_string()];
        let [df, cf, idf] = numbers.each_ref().map(String::as_str);
        tsv::push_row(&mut out, [term.term.as_str(), term.label.as_str(), df, cf, idf]);
    }
    out
}

fn terms_from_tsv(directory: &Path, manifest: &Manifest) -> Result<Vec<Term>, ModelError> {
    let text = read_text_of(directory, manifest, TERMS)?;
    let path = directory.join(TERMS);
    let mut rows = tsv::rows(&text);
    if rows.next().is_none_or(|header| header != TERM_COLUMNS) {
        return Err(damaged(&path, format!("has another header than {TERM_COLUMNS:?}")));
    }
    let parse = |row: Vec<String>| -> Option<Term> {
        let [term, label, df, cf, idf] = <[String; 5]>::try_from(row).ok()?;
        Some(Term { term, label, df: df.parse().ok()?, cf: cf.parse().ok()?, idf: idf.parse().ok()? })
    };
    rows.enumerate()
        .map(|(i, row)| parse(row).ok_or_else(|| damaged(&path, format!("line {}: expected {TERM_COLUMNS:?}", i + 2))))
        .collect()
}

fn documents_from_tsv(directory: &Path, manifest: &Manifest) -> Result<DocumentTable, ModelError> {
    let text = read_text_of(directory, manifest, DOCUMENTS)?;
    DocumentTable::from_tsv(&text).map_err(|problem| damaged(&directory.join(DOCUMENTS), problem))
}

fn trace_to_csv(trace: &[Sweep]) -> String {
    let mut out = String::from("iteration,objective,change\n");
    for sweep in trace {
        let change = sweep.change.map_or(String::new(), |change| format!("{change:e}"));
        out.push_str(&format!("{},{},{change}\n", sweep.iteration, sweep.objective));
    }
    out
}

fn trace_from_csv(text: &str) -> Result<Vec<Sweep>, String> {
    let parse = |line: &str| -> Option<Sweep> {
        let mut fields = line.split(',');
        let iteration = fields.next()?.parse().ok()?;
        let objective = fields.next()?.parse().ok()?;
        let change = match fields.next()? {
            "" => None,
            change => Some(change.parse().ok()?),
        };
        Some(Sweep { iteration, objective, change })
    };
    let rows = text.lines().skip(1).enumerate();
    rows.map(|(i, line)| parse(line).ok_or_else(|| format!("line {}: expected iteration,objective,change", i + 2)))
        .collect()
}
