//! Reads the topics that are to be frozen, and places their words among the terms of other documents.

use std::path::Path;

use hashbrown::HashMap;

use super::dataset::Dataset;
use crate::Error;
use crate::factorize::FactorMatrix;
use crate::model::{ModelError, store};
use crate::report::percent;
use crate::wording::{counted, thousands};

/// The share of a frozen topic that is spread evenly over all terms while others are sharpened, where its own is not
/// known.
const UNKNOWN_SMOOTHING: f64 = 0.01;

/// A part of a topic that is missing is told from this share on.
const TOLD_SHARE: f64 = 0.005;

/// Topics that a fit keeps as they are.
pub(super) struct FrozenTopics {
    /// Their factors, terms of the dataset × topics.
    pub(super) factors: FactorMatrix,
    /// What the directory shows of them, with the smoothing of each; the factors themselves where topics were not
    /// sharpened.
    pub(super) shown: (FactorMatrix, Vec<f64>),
    /// The names that they were given.
    pub(super) names: Option<Vec<String>>,
    /// Sentences on words of theirs that the dataset lacks.
    pub(super) warnings: Vec<String>,
}

/// Reads `topic_term.npy` (topics × terms) of a directory, and the factors of V where it has sharpened topics. Terms
/// are found by their names in `terms.tsv`; without it they must be those of the dataset. What the dataset lacks of a
/// topic is left out, and the rest keeps the sum of the whole. Fails if nothing is left of a topic.
pub(super) fn read_frozen(directory: &Path, dataset: &Dataset) -> Result<FrozenTopics, Error> {
    let wrong = |problem| Error::from(ModelError::Start { path: directory.to_path_buf(), problem });
    let shown = store::read_npy(&directory.join(store::TOPIC_TERM))?;
    let factors = directory.join(store::FACTOR_TOPIC_TERM);
    let factors = if factors.is_file() { Some(store::read_npy(&factors)?) } else { None };
    for array in [Some(&shown), factors.as_ref()].into_iter().flatten() {
        if let Some(value) = array.first_invalid() {
            return Err(wrong(format!("its topics hold {value}, expected finite numbers of at least 0")));
        }
    }
    let places = Places::new(directory, dataset, shown.n_topics())?;
    let warnings = places.missing(&shown).map_err(wrong)?;
    let names = store::read_topic_names(directory)?;
    if names.as_ref().is_some_and(|names| names.len() != shown.n_rows()) {
        return Err(wrong("it has other names than topics".into()));
    }
    let Some(factors) = factors else {
        let factors = places.among(&shown);
        let smoothing = vec![UNKNOWN_SMOOTHING; factors.n_topics()];
        return Ok(FrozenTopics { shown: (factors.clone(), smoothing), factors, names, warnings });
    };
    places.missing(&factors).map_err(wrong)?;
    let record = store::load_manifest(directory)?.fit.and_then(|fit| fit.sharpening);
    let smoothing = record.map_or_else(Vec::new, |record| record.smoothing);
    let size = (shown.n_rows(), shown.n_topics());
    if (factors.n_rows(), factors.n_topics()) != size || smoothing.len() != size.0 {
        return Err(wrong("its topics are not those of its factors".into()));
    }
    Ok(FrozenTopics { factors: places.among(&factors), shown: (places.among(&shown), smoothing), names, warnings })
}

/// Where the terms of a dataset stand in arrays of other terms.
struct Places<'d> {
    /// For each term of the dataset its column in the arrays.
    columns: Vec<Option<usize>>,
    /// The names of the columns; `None` if they are the terms of the dataset.
    names: Option<Vec<String>>,
    directory: &'d Path,
}

impl<'d> Places<'d> {
    fn new(directory: &'d Path, dataset: &Dataset, n_columns: usize) -> Result<Self, Error> {
        let terms = &*dataset.terms;
        let names = store::read_term_names(directory)?;
        let is_same = |names: &Vec<String>| names.iter().eq(terms.iter().map(|term| &term.term));
        let n_named = names.as_ref().map_or(terms.len(), Vec::len);
        if n_columns != n_named {
            let whose = if names.is_some() { "terms.tsv names" } else { "without terms.tsv there must be" };
            let problem = format!("topic_term.npy has {n_columns} terms, {whose} {n_named}");
            return Err(ModelError::Start { path: directory.to_path_buf(), problem }.into());
        }
        let Some(names) = names.filter(|names| !is_same(names)) else {
            return Ok(Self { columns: (0..n_columns).map(Some).collect(), names: None, directory });
        };
        let numbers = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect::<HashMap<&str, usize>>();
        let columns: Vec<Option<usize>> = terms.iter().map(|term| numbers.get(term.term.as_str()).copied()).collect();
        drop(numbers);
        Ok(Self { columns, names: Some(names), directory })
    }

    /// The part of each topic, a row of the array, that the dataset has.
    fn kept(&self, topic_term: &FactorMatrix) -> Vec<f64> {
        let sum = |topic: usize, columns: &mut dyn Iterator<Item = usize>| -> f64 {
            columns.map(|column| f64::from(topic_term.get(topic, column))).sum()
        };
        let part = |topic| {
            let all = sum(topic, &mut (0..topic_term.n_topics()));
            let kept = sum(topic, &mut self.columns.iter().flatten().copied());
            if all > 0.0 { kept / all } else { 1.0 }
        };
        (0..topic_term.n_rows()).map(part).collect()
    }

    /// An array topics × its terms as terms of the dataset × topics, each with the sum that it had.
    fn among(&self, topic_term: &FactorMatrix) -> FactorMatrix {
        // Where no term is missing the bits stay what they are, since a frozen topic does not change.
        let scales: Vec<f64> = match &self.names {
            None => vec![1.0; topic_term.n_rows()],
            Some(_) => {
                self.kept(topic_term).into_iter().map(|part| if part > 0.0 { 1.0 / part } else { 1.0 }).collect()
            }
        };
        FactorMatrix::from_fn(self.columns.len(), topic_term.n_rows(), |term, topic| {
            let value = self.columns[term].map_or(0.0, |column| topic_term.get(topic, column));
            if scales[topic] == 1.0 { value } else { (f64::from(value) * scales[topic]) as f32 }
        })
    }

    /// Sentences on what is missing. Fails with one on a topic of which nothing is left.
    fn missing(&self, topic_term: &FactorMatrix) -> Result<Vec<String>, String> {
        let Some(names) = &self.names else { return Ok(Vec::new()) };
        let kept = self.kept(topic_term);
        if let Some(topic) = kept.iter().position(|part| *part <= 0.0) {
            return Err(format!("no word of its topic {topic} is a term of these documents"));
        }
        let n_missing = names.len() - self.columns.iter().flatten().count();
        if n_missing == 0 {
            return Ok(Vec::new());
        }
        let told = kept.iter().enumerate().filter(|(_, part)| 1.0 - **part >= TOLD_SHARE);
        let parts: Vec<String> =
            told.map(|(topic, part)| format!("{} of topic {topic}", percent(1.0 - part))).collect();
        let parts = if parts.is_empty() { "hardly anything of a topic".into() } else { parts.join(", ") };
        Ok(vec![format!(
            "{}: {} of its {} do not occur in these documents, or too rarely, and are left out: {parts}",
            self.directory.display(),
            thousands(n_missing as u64),
            counted(names.len(), "term"),
        )])
    }
}
