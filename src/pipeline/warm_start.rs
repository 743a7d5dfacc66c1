//! Prepares what a fit gets besides its matrix: factors from a directory, seed words and excluded words from the
//! configuration, and weights of documents.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashMap;

use super::dataset::Dataset;
use crate::Error;
use crate::factorize::{FactorMatrix, FactorizeError, FactorizeParams, Guidance, Loss, Start, solve_documents};
use crate::ingest::{IngestError, OnDuplicate};
use crate::matrix::TermDocumentMatrix;
use crate::model::{DocumentRow, ModelError, store};
use crate::text::Analyzer;
use crate::wording::counted;

/// Topics that exist before a fit, for it to start from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WarmStart {
    /// No topics: the parameters decide where the fit starts.
    #[default]
    None,
    /// The factors of a model directory, or one's own: `topic_term.npy` (topics × terms) and `document_topic.npy`
    /// (documents × topics). Their number of topics is that of the fit, whatever the parameters say.
    Factors {
        /// The directory.
        directory: PathBuf,
        /// Number of topics that the caller expects, if any; another one is refused.
        n_topics: Option<usize>,
    },
    /// The topics in a directory (`topic_term.npy`, topics × terms) become the first topics. They are not changed,
    /// while others are found beside them; their terms are found by name in `terms.tsv`.
    Frozen(PathBuf),
}

/// Reads `topic_term.npy` (topics × terms) and `document_topic.npy` (documents × topics), f32 or f64, from a
/// directory: a model, or arrays of the user's own. If the directory names its terms, they must be those of the
/// matrix, in the same order. Without `document_topic.npy`, the documents are solved for the given topics.
pub(super) fn read_start(directory: &Path, dataset: &Dataset, loss: Loss) -> Result<Start, Error> {
    let w = read_topics(directory, dataset)?;
    let v = &dataset.matrix;
    if let Some(h) = store::read_start_rows(directory, (v.n_documents(), w.n_topics()))? {
        return Ok(Start { w, h });
    }
    Ok(solved_start(v, w, loss))
}

/// Topics with the documents solved for them.
pub(super) fn solved_start(v: &TermDocumentMatrix, w: FactorMatrix, loss: Loss) -> Start {
    let mut h = FactorMatrix::zeros(v.n_documents(), w.n_topics());
    let w = Arc::new(w);
    solve_documents(v, Arc::clone(&w), &mut h, loss);
    Start { w: Arc::unwrap_or_clone(w), h }
}

/// Reads `topic_term.npy` (topics × terms) from a directory as W, terms × topics; see [`read_start`]. Of a model with
/// sharpened topics, these are the factors of V.
fn read_topics(directory: &Path, dataset: &Dataset) -> Result<FactorMatrix, Error> {
    let factors = directory.join(store::FACTOR_TOPIC_TERM);
    let topic_term = store::read_npy(&if factors.is_file() { factors } else { directory.join(store::TOPIC_TERM) })?;
    let wrong = |problem| Err(ModelError::Start { path: directory.to_path_buf(), problem }.into());
    let terms = &*dataset.terms;
    if let Some(names) = store::read_term_names(directory)? {
        let same = names.len() == terms.len() && names.iter().zip(terms).all(|(name, term)| *name == term.term);
        if !same {
            let (its, theirs) = (counted(names.len(), "term"), counted(terms.len(), "term"));
            let terms = directory.join("terms.tsv");
            let way_out = format!("--vocabulary {} makes them so", terms.display());
            return wrong(format!("its {its} are not the {theirs} of the documents: {way_out}"));
        }
    }
    let (n_topics, n_terms) = (topic_term.n_rows(), topic_term.n_topics());
    if n_terms != terms.len() {
        return wrong(format!("topic_term.npy is {n_topics} × {n_terms}, the matrix has {} terms", terms.len()));
    }
    Ok(FactorMatrix::from_fn(n_terms, n_topics, |term, topic| topic_term.get(topic, term)))
}

/// The guidance for a fit: the `frozen` topics, and the seed words and excluded words of the parameters as numbers of
/// terms. Also returns a warning for every word that is not a term; fails if no seed word of a topic is one.
pub(super) fn guidance(
    dataset: &Dataset,
    params: &FactorizeParams,
    frozen: Option<FactorMatrix>,
) -> Result<(Guidance, Vec<String>), Error> {
    if params.seeds.is_empty() && params.excluded.is_empty() {
        return Ok((Guidance { frozen, ..Guidance::default() }, Vec::new()));
    }
    let analyzer = dataset.analyzer.clone().map(Analyzer::new).transpose()?;
    let numbers: HashMap<&str, u32> =
        dataset.terms.iter().enumerate().map(|(number, term)| (term.term.as_str(), number as u32)).collect();
    let mut warnings = Vec::new();
    let mut lists = |key: &str, lists: &[Vec<String>]| -> Vec<Vec<u32>> {
        let mut find = |topic: usize, word: &String| {
            let term = analyzer.as_ref().map_or_else(|| word.clone(), |analyzer| analyzer.term_of(word));
            let found = numbers.get(term.as_str()).copied();
            if found.is_none() {
                warnings
                    .push(format!("{key}: {word:?} of list {} is no term of the matrix and is left out", topic + 1));
            }
            found
        };
        let list = |(topic, words): (usize, &Vec<String>)| {
            let mut terms: Vec<u32> = words.iter().filter_map(|word| find(topic, word)).collect();
            terms.sort_unstable();
            terms.dedup();
            terms
        };
        lists.iter().enumerate().map(list).collect()
    };
    let seeds = lists("seeds", &params.seeds);
    let excluded = lists("excluded", &params.excluded);
    for (topic, words) in params.seeds.iter().enumerate() {
        if seeds[topic].is_empty() && !words.is_empty() {
            return Err(FactorizeError::Parameter {
                key: "seeds",
                found: format!("{} in list {}, none of them a term of the matrix", words.join(", "), topic + 1),
                expected: "a word of the documents at least".into(),
            }
            .into());
        }
    }
    Ok((Guidance { frozen, seeds, excluded }, warnings))
}

/// The weights of documents: those that a column of the metadata has, if the parameters name one, divided by the
/// sizes of groups of duplicates, if these are to be weighted; `None` if all documents count alike.
pub(super) fn document_weights(dataset: &Dataset, params: &FactorizeParams) -> Result<Option<Vec<f32>>, Error> {
    let given = given_weights(dataset, params)?;
    if dataset.config.ingest.duplicates != OnDuplicate::Weight {
        return Ok(given);
    }
    if params.loss != Loss::KullbackLeibler {
        let (found, expected) = (format!("weight with {}", params.loss), "keep or drop, but for kullback-leibler");
        return Err(IngestError::Parameter { key: "duplicates", found, expected }.into());
    }
    let mut weights = dataset.duplicates().weights(dataset.matrix.n_documents());
    weights.iter_mut().zip(given.iter().flatten()).for_each(|(weight, given)| *weight *= given);
    Ok(Some(weights))
}

/// The weights of documents that the parameters name a column of the metadata for.
fn given_weights(dataset: &Dataset, params: &FactorizeParams) -> Result<Option<Vec<f32>>, Error> {
    let Some(name) = &params.document_weights else { return Ok(None) };
    let wrong =
        |found: String, expected: String| FactorizeError::Parameter { key: "document_weights", found, expected };
    let columns = &dataset.documents.columns;
    let column = columns.iter().position(|column| column == name).ok_or_else(|| {
        let known = if columns.is_empty() { "none is there".to_string() } else { columns.join(", ") };
        wrong(name.clone(), format!("a column of the documents' metadata ({known})"))
    })?;
    let weight = |row: DocumentRow<'_>| {
        let text = row.value(column).trim();
        let weight = text.parse().ok().filter(|weight| (1e-6..=1e6).contains(weight));
        weight.ok_or_else(|| wrong(format!("{text:?} for document {}", row.id), "a number from 1e-6 to 1e6".into()))
    };
    Ok(Some(dataset.documents.rows().map(weight).collect::<Result<_, _>>()?))
}
