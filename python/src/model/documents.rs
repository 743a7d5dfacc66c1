//! What a model says of documents: new ones, and those of the fit.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;
use topicmill::Error;
use topicmill::export::explanation_json;
use topicmill::ingest::Document;
use topicmill::model::{ModelError, Transformer};
use topicmill::pipeline::{
    TransformedDocument, TransformingModel, explain, find_document, find_words, search_documents, search_json,
    transform, transform_table,
};
use topicmill::report::{self, Style};

use super::{Model, TopicArrays, arrays, copied, inputs};
use crate::columns::columns;
use crate::documents::Documents;
use crate::errors::{OrRaise, data_error};
use crate::factors::Csr;
use crate::sentences::{in_python, left_out};
use crate::work::work;

/// Documents that are transformed between two looks at whether work is to end.
const BATCH_DOCUMENTS: usize = 4096;

#[pymethods]
impl Model {
    /// Weights, topics and shares of unknown words of new documents in memory.
    fn transform<'py>(&self, py: Python<'py>, documents: &Documents) -> PyResult<TopicArrays<'py>> {
        let params = self.params()?;
        let topics = work(py, None, None, |watched| {
            let transformer = self.transformer().or_raise()?;
            let (mut source, mut topics) = (documents.new_documents(&params)?, Vec::new());
            loop {
                let batch: Vec<Document> =
                    source.by_ref().take(BATCH_DOCUMENTS).map(|document| document.prepared(&params)).collect();
                if batch.is_empty() {
                    return PyResult::Ok(topics);
                }
                let with_values = |document: &'_ Document| transformer.values_of(|column| document.cell(column));
                let viewed: Vec<_> =
                    batch.iter().map(|document| (document.text.as_str(), with_values(document))).collect();
                topics.extend(transformer.documents(&viewed).or_raise()?);
                if watched.tell("transforming", topics.len(), None).is_break() {
                    return Err(Error::Interrupted).or_raise();
                }
            }
        })??;
        Ok(arrays(py, self.model.n_topics(), &topics))
    }

    /// As `transform`, for counts: a CSR matrix of documents × terms of the model.
    fn transform_counts<'py>(&self, py: Python<'py>, x: Csr<'py>) -> PyResult<TopicArrays<'py>> {
        let (n_columns, n_terms) = (x.n_columns(), self.model.terms.len());
        if n_columns != n_terms {
            let problem = format!("the matrix has {n_columns} columns, the model {n_terms} terms");
            return Err(data_error(&problem, Some("its columns are the model's `terms`, in their order")));
        }
        let documents = x.counts()?;
        let topics = work(py, None, None, |watched| {
            let (transformer, mut topics) = (self.transformer()?, Vec::new());
            for batch in documents.chunks(BATCH_DOCUMENTS) {
                topics.extend(transformer.term_counts(batch)?);
                if let ControlFlow::Break(()) = watched.tell("transforming", topics.len(), Some(documents.len())) {
                    return Err(Error::Interrupted);
                }
            }
            Ok(topics)
        })?;
        Ok(arrays(py, self.model.n_topics(), &topics.or_raise()?))
    }

    /// A row for each new document, with its topic and its shares or weights; and notes.
    #[pyo3(signature = (documents=None, paths=Vec::new(), shares=true))]
    fn assign<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        shares: bool,
    ) -> PyResult<(Bound<'py, PyList>, Vec<String>)> {
        let params = self.params()?;
        let (table, notes) = work(py, None, None, |watched| {
            let documents = copied(documents, &params)?;
            let mut batches = transform(&self.model, inputs(documents.as_ref(), &paths), &params).or_raise()?;
            let mut found: Vec<TransformedDocument> = Vec::new();
            for batch in batches.by_ref() {
                found.extend(batch.or_raise()?);
                if watched.tell("transforming", found.len(), None).is_break() {
                    return Err(Error::Interrupted).or_raise();
                }
            }
            let mut notes = left_out(batches.skipped());
            let advice = batches.advice(|_| "the model".to_string());
            notes.extend(advice.iter().map(|advice| in_python(advice)));
            let shown = TransformingModel::new(String::new(), &self.model);
            PyResult::Ok((transform_table(&[shown], &found, shares), notes))
        })??;
        Ok((columns(py, &table)?, notes))
    }

    /// Why a text has its topics, as JSON and as text.
    fn explain(&self, py: Python<'_>, id: &str, text: &str, is_stripped: bool) -> PyResult<(String, String)> {
        let document = Document::new(id, text);
        let document = if is_stripped { document } else { document.prepared(&self.params()?) };
        work(py, None, None, |_| {
            let explanation = explain(&self.model, &document.text)?;
            let json = explanation_json(&self.model, id, &document.text, &explanation);
            let mark = |place: usize, word: &str| format!("{word}[{}]", place + 1);
            let text = report::explanation(&self.model, id, &document.text, &explanation, Style::PLAIN, &mark);
            Ok::<_, Error>((json.to_string(), text))
        })?
        .or_raise()
    }

    /// Id and text of a document by its id (the only one, without an id), in documents or in the texts that the model
    /// keeps.
    #[pyo3(signature = (id, documents=None, paths=Vec::new()))]
    fn find(
        &self,
        py: Python<'_>,
        id: Option<&str>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
    ) -> PyResult<(String, String)> {
        let params = self.params()?;
        let document = work(py, None, None, |_| {
            let documents = copied(documents, &params)?;
            find_document(&self.model, inputs(documents.as_ref(), &paths), &params, id).or_raise()
        })??;
        Ok((document.id, document.text))
    }

    /// Words of the model, and documents that have them, as JSON and as text; and notes. Fails if it has none of the
    /// words.
    #[pyo3(signature = (words, documents=None, paths=Vec::new(), n_results=10))]
    fn search(
        &self,
        py: Python<'_>,
        words: Vec<String>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        n_results: usize,
    ) -> PyResult<(String, String, Vec<String>)> {
        let params = self.params()?;
        let model = &self.model;
        work(py, None, None, |_| {
            let documents = copied(documents, &params)?;
            let (found, mut notes) = find_words(model, &words, n_results).or_raise()?;
            if found.is_empty() {
                return Err(data_error(&notes.join("\n"), None));
            }
            let terms: Vec<usize> = found.iter().map(|word| word.term).collect();
            let read = inputs(documents.as_ref(), &paths);
            let searched = search_documents(model, &terms, read, &params, n_results).or_raise()?;
            let text: Vec<String> = found.iter().map(|found| report::word(model, found, Style::PLAIN)).collect();
            let mut text = text.join("\n");
            let documents = searched.as_ref().map_or(&[][..], |(documents, _)| documents);
            if let Some((documents, skipped)) = &searched {
                let rows: Vec<(&str, &str)> = documents.iter().map(|found| (&*found.id, &*found.passage)).collect();
                text.push_str(&format!("\n{}", report::passages(&rows, Style::PLAIN)));
                notes.extend(left_out(skipped));
            }
            Ok((search_json(model, &found, documents).to_string(), text, notes))
        })?
    }
}

impl Model {
    fn transformer(&self) -> Result<Arc<Transformer>, ModelError> {
        if let Some(transformer) = self.transformer.get() {
            return Ok(Arc::clone(transformer));
        }
        let made = Arc::new(Transformer::new(&self.model)?);
        Ok(Arc::clone(self.transformer.get_or_init(|| made)))
    }
}
