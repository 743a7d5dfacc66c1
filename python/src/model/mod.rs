//! A fitted model.

mod documents;
mod files;
mod measures;
mod tables;
mod updates;

use std::sync::{Arc, OnceLock};

use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyList;
use topicmill::ingest::{Document, IngestParams};
use topicmill::model::{DocumentTopics, RELEVANCE_LAMBDA, Ranking, Topic, TopicModel};
use topicmill::pipeline::{Inputs, ingest_params};

use crate::documents::Documents;
use crate::errors::{OrRaise, parameter_error};
use crate::work::quick;

/// A table, its JSON, its text, and notes.
type Told<'py> = (Bound<'py, PyList>, String, String, Vec<String>);

/// A fitted model.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct Model {
    model: Arc<TopicModel>,
    /// Made when it is first needed.
    transformer: OnceLock<Arc<topicmill::model::Transformer>>,
}

#[pymethods]
impl Model {
    #[getter]
    fn n_topics(&self) -> usize {
        self.model.n_topics()
    }

    #[getter]
    fn n_documents(&self) -> usize {
        self.model.documents.len()
    }

    /// Whether the model has an analyser, and was not fitted to a matrix.
    #[getter]
    fn has_analyzer(&self) -> bool {
        self.model.manifest.analyzer.is_some()
    }

    /// The terms, as they are counted.
    #[getter]
    fn terms(&self) -> Vec<&str> {
        self.model.terms.iter().map(|term| term.term.as_str()).collect()
    }

    #[getter]
    fn topic_names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        quick(py, || self.model.topic_names())
    }

    /// p(term | topic), topics × terms.
    fn topic_term<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.model.topic_terms().as_standard_layout().into_owned().into_pyarray(py)
    }

    /// Weights of topics in documents, documents × topics.
    fn document_topic<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.model.document_topics().to_owned().into_pyarray(py)
    }

    /// The topic of each document, −1 for one without terms.
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let assignments = quick(py, || self.model.assignments())?;
        Ok(PyArray1::from_iter(py, assignments.into_iter().map(number)))
    }

    /// The manifest as JSON: how the model was made.
    fn manifest(&self) -> PyResult<String> {
        let json = serde_json::to_string(&self.model.manifest);
        json.map_err(|error| topicmill::Error::Internal(error.to_string())).or_raise()
    }

    /// The objective by iteration.
    fn trace(&self) -> Vec<f64> {
        self.model.trace.iter().map(|iteration| iteration.objective).collect()
    }

    /// How the number of topics was chosen, as JSON; None if it was given.
    fn selection(&self) -> Option<String> {
        let selection = self.model.selection.as_ref();
        selection.map(|selection| topicmill::export::selection_json(selection).to_string())
    }

    /// For each level above the topics, the coarsest first, the node of each topic.
    #[getter]
    fn levels(&self) -> Vec<Vec<u32>> {
        self.model.upper_levels().to_vec()
    }

    /// The model whose topics are the nodes of a level; None for the model itself.
    fn at_level(&self, py: Python<'_>, level: Option<usize>) -> PyResult<Self> {
        match level {
            None => Ok(Self { model: Arc::clone(&self.model), transformer: OnceLock::new() }),
            Some(level) => Ok(Self::new(quick(py, || self.model.at_level(level))?.or_raise()?)),
        }
    }

    /// The model with names for some topics; None for names by words again.
    fn rename(&self, names: Option<Vec<(usize, String)>>) -> PyResult<Self> {
        let model = TopicModel::clone(&self.model);
        Ok(Self::new(match names {
            None => TopicModel { names: None, ..model },
            Some(names) => model.rename(names).or_raise()?,
        }))
    }
}

impl Model {
    pub(crate) fn new(model: TopicModel) -> Self {
        Self { model: Arc::new(model), transformer: OnceLock::new() }
    }

    /// The parameters that new documents are read with: those of the model's own.
    fn params(&self) -> PyResult<IngestParams> {
        ingest_params(&self.model).or_raise()
    }

    fn ranking(&self, asked: Option<&str>) -> PyResult<Ranking> {
        let asked: Option<Ranking> = asked.map(|name| named(name, "ranking")).transpose()?;
        self.model.ranking(asked).or_raise()
    }

    /// Topics with their best words. It is called on the threads of the pool.
    fn ranked(&self, n_words: usize, ranking: Option<&str>, lambda: Option<f64>) -> PyResult<Vec<Topic>> {
        match (ranking, lambda) {
            (None | Some("relevance"), Some(lambda)) if (0.0..=1.0).contains(&lambda) => {
                Ok(self.model.topics_by_relevance(n_words, lambda))
            }
            (None | Some("relevance"), Some(lambda)) => {
                Err(parameter_error(&format!("lambda_ is {lambda}, expected from 0 to 1"), None))
            }
            (Some(other), Some(_)) => {
                let default = format!("whose default is {RELEVANCE_LAMBDA}");
                Err(parameter_error(
                    &format!("lambda_ is for the ranking relevance, {default}, and not for {other}"),
                    None,
                ))
            }
            (ranking, None) => Ok(self.model.topics(n_words, self.ranking(ranking)?)),
        }
    }
}

/// Documents in memory as the library takes them, which are copied for that.
fn copied(documents: Option<&Documents>, params: &IngestParams) -> PyResult<Option<Vec<Document>>> {
    documents.map(|documents| Ok(documents.new_documents(params)?.collect())).transpose()
}

/// What is read: documents in memory, or else files and folders.
fn inputs<'i>(documents: Option<&'i Vec<Document>>, paths: &'i [std::path::PathBuf]) -> Inputs<'i> {
    match documents {
        Some(documents) => Inputs::Documents(documents),
        None => Inputs::Paths(paths),
    }
}

fn number(topic: Option<usize>) -> i64 {
    topic.map_or(-1, |topic| topic as i64)
}

/// Weights of documents × topics, topics with −1 for none, and shares of unknown words, as arrays.
type TopicArrays<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

fn arrays<'py>(py: Python<'py>, n_topics: usize, topics: &[DocumentTopics]) -> TopicArrays<'py> {
    let mut weights = ndarray::Array2::zeros((topics.len(), n_topics));
    for (mut row, topics) in weights.rows_mut().into_iter().zip(topics) {
        row.iter_mut().zip(&topics.weights).for_each(|(place, weight)| *place = *weight);
    }
    let labels = PyArray1::from_iter(py, topics.iter().map(|topics| number(topics.topic)));
    let unknown = PyArray1::from_iter(py, topics.iter().map(|topics| topics.unknown_share));
    (weights.into_pyarray(py), labels, unknown)
}

/// A value by its name.
fn named<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, parameter: &str) -> PyResult<T> {
    name.parse().map_err(|problem| parameter_error(&format!("{parameter}: {problem}"), None))
}
