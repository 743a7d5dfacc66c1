//! Tables of a model, for Python and for files.

use std::path::PathBuf;

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use topicmill::Error;
use topicmill::evaluate::{Evaluation, Verdict};
use topicmill::export::{
    Array, Content, TableFormat, TableName, TableOptions, clusters_table, content, topic_summaries_table, topics_table,
};
use topicmill::ingest::IngestParams;
use topicmill::model::Topic;
use topicmill::pipeline::{joined, residual, residual_table, term_counts};
use topicmill::report::{self, Style};

use super::{Model, copied, inputs, named};
use crate::columns::columns;
use crate::documents::Documents;
use crate::errors::{OrRaise, parameter_error};
use crate::sentences::left_out;
use crate::work::{quick, work};

#[pymethods]
impl Model {
    /// A row for each topic: topic, name, share, documents (how many belong to it), words, verdicts.
    #[pyo3(signature = (n_words, ranking=None, lambda_=None))]
    fn topics<'py>(
        &self,
        py: Python<'py>,
        n_words: usize,
        ranking: Option<&str>,
        lambda_: Option<f64>,
    ) -> PyResult<Bound<'py, PyList>> {
        let table = quick(py, || {
            let (topics, verdicts) = self.judged(n_words, ranking, lambda_)?;
            PyResult::Ok(topic_summaries_table(&self.model, &topics, &verdicts))
        })??;
        columns(py, &table)
    }

    /// A row for each of the best words of each topic, and topics as text.
    #[pyo3(signature = (n_words, ranking=None, lambda_=None))]
    fn words<'py>(
        &self,
        py: Python<'py>,
        n_words: usize,
        ranking: Option<&str>,
        lambda_: Option<f64>,
    ) -> PyResult<(Bound<'py, PyList>, String)> {
        let (table, text) = quick(py, || {
            let (topics, verdicts) = self.judged(n_words, ranking, lambda_)?;
            let text = report::topics(&self.model, &topics, &verdicts, Style::PLAIN);
            PyResult::Ok((topics_table(&topics, &verdicts), text))
        })??;
        Ok((columns(py, &table)?, text))
    }

    /// The typical documents of each topic.
    fn clusters<'py>(&self, py: Python<'py>, n_documents: usize) -> PyResult<Bound<'py, PyList>> {
        columns(py, &quick(py, || clusters_table(&self.model, &self.model.clusters(n_documents)))?)
    }

    /// A table of the model, by the name that `export` has for it.
    #[pyo3(signature = (name, n_words=None, ranking=None, wide=false, shares=false, metadata=false))]
    #[allow(clippy::too_many_arguments, reason = "they are named in Python")]
    fn table<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        n_words: Option<usize>,
        ranking: Option<&str>,
        wide: bool,
        shares: bool,
        metadata: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let options = TableOptions { n_words, ranking: self.ranking(ranking)?, wide, shares, metadata };
        let name: TableName = named(name, "table")?;
        let found = quick(py, || match name {
            TableName::Joined => Ok(Some(Content::Table(joined(&self.model, &[], &IngestParams::default(), false)?))),
            name => Ok::<_, Error>(content(&self.model, name, options)?),
        })?;
        match found.or_raise()? {
            Some(Content::Table(table)) => columns(py, &table),
            _ => Err(parameter_error(&format!("{name} is no single table"), Some("export writes it into a file"))),
        }
    }

    /// A table of the model as bytes in a format of `export`, and notes.
    #[pyo3(signature = (table, format, documents=None, paths=Vec::new()))]
    fn export<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        format: &str,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let (name, format): (TableName, TableFormat) = (named(table, "table")?, named(format, "format")?);
        let params = self.params()?;
        let options = TableOptions { ranking: self.ranking(None)?, ..Default::default() }.for_format(format);
        let (bytes, notes) = work(py, None, None, |_| {
            let documents = copied(documents, &params)?;
            let mut notes = Vec::new();
            let found = match name {
                TableName::Joined => Content::Table(joined(&self.model, &paths, &params, false).or_raise()?),
                TableName::Counts => {
                    let read = inputs(documents.as_ref(), &paths);
                    let (counts, skipped) = term_counts(&self.model, read, &params).or_raise()?;
                    notes = left_out(&skipped);
                    Content::Rows(counts)
                }
                TableName::Residual | TableName::ResidualDocuments | TableName::ResidualTerms => {
                    let read = inputs(documents.as_ref(), &paths);
                    let (found, skipped) = residual(&self.model, read, &params).or_raise()?;
                    notes = left_out(&skipped);
                    let table = residual_table(&self.model, &found, name);
                    Content::Table(table.ok_or_else(|| Error::Internal(format!("{name} has no content"))).or_raise()?)
                }
                name => content(&self.model, name, options)
                    .or_raise()?
                    .ok_or_else(|| Error::Internal(format!("{name} has no content")))
                    .or_raise()?,
            };
            PyResult::Ok((format.write(&found).or_raise()?, notes))
        })??;
        Ok((PyBytes::new(py, &bytes), notes))
    }

    /// The arrays that pyLDAvis takes, by name.
    fn pyldavis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let result = PyDict::new(py);
        for (name, array) in quick(py, || topicmill::export::pyldavis_arrays(&self.model))? {
            match array {
                Array::Matrix { n_columns, values } => {
                    let shape = (values.len() / n_columns.max(1), n_columns);
                    let array = ndarray::Array2::from_shape_vec(shape, values);
                    let array = array.map_err(|error| Error::Internal(error.to_string())).or_raise()?;
                    result.set_item(name, array.into_pyarray(py))?;
                }
                Array::Numbers(numbers) => result.set_item(name, numbers.into_pyarray(py))?,
                Array::Integers(numbers) => result.set_item(name, numbers.into_pyarray(py))?,
                Array::Texts(texts) => result.set_item(name, texts)?,
            }
        }
        Ok(result)
    }
}

impl Model {
    /// Topics with their best words, and the verdicts on each. It is called on the threads of the pool.
    fn judged(
        &self,
        n_words: usize,
        ranking: Option<&str>,
        lambda: Option<f64>,
    ) -> PyResult<(Vec<Topic>, Vec<Vec<Verdict>>)> {
        let topics = self.ranked(n_words, ranking, lambda)?;
        let verdicts = Evaluation::of_topics(&self.model, &topics).verdicts;
        Ok((topics, verdicts))
    }
}
