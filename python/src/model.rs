//! A fitted model.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use topicmill::Error;
use topicmill::evaluate::{Comparison, Evaluation, GroupShares};
use topicmill::export::{
    Array, Content, Table, TableFormat, TableName, TableOptions, Values, changes_table, clusters_table,
    comparison_json, comparison_table, content, evaluation_json, evaluation_table, explanation_json, groups_json,
    groups_table, selection_json, topics_table, wide_groups_table,
};
use topicmill::ingest::{Document, IngestParams};
use topicmill::model::{
    By, DEFAULT_QUANTILES, Dates, DocumentTopics, Grouping, ModelError, RELEVANCE_LAMBDA, Ranking, Texts, Topic,
    TopicModel, Transformer, store,
};
use topicmill::pipeline::{
    ExplorerOptions, Inputs, Picture, TransformedDocument, evaluate, explain, explorer, find_document, find_words,
    ingest_params, joined, picture, read_selection, search_documents, search_json, term_counts, transform,
    transform_table,
};
use topicmill::report::{self, Style};

use crate::columns::columns;
use crate::documents::Documents;
use crate::errors::{OrRaise, data_error, parameter_error};
use crate::factors::{Csr, Scaled};
use crate::work::{quick, work};

/// A table, its JSON and its text.
type Told<'py> = (Bound<'py, PyList>, String, String);

/// A fitted model.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct Model {
    model: Arc<TopicModel>,
    /// Made when it is first needed.
    transformer: OnceLock<Arc<Transformer>>,
}

#[pymethods]
impl Model {
    /// Reads a model directory, and checks every file of it.
    #[staticmethod]
    fn load(py: Python<'_>, directory: PathBuf) -> PyResult<Self> {
        Ok(Self::new(quick(py, || TopicModel::load(&directory))?.or_raise()?))
    }

    /// Writes the model directory, and returns its path.
    fn save(&self, py: Python<'_>, directory: PathBuf, force: bool) -> PyResult<PathBuf> {
        quick(py, || {
            let place = store::check_output(&directory, &[], force)?;
            store::save(&self.model, &place, force)
        })?
        .or_raise()
    }

    /// The files of the model directory by name.
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let files = quick(py, || self.model_files())?.or_raise()?;
        let result = PyDict::new(py);
        for (name, bytes) in files {
            result.set_item(name, PyBytes::new(py, &bytes))?;
        }
        Ok(result)
    }

    /// The model of the files of a model directory.
    #[staticmethod]
    fn of_files(py: Python<'_>, files: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut written: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, bytes) in files {
            written.push((name.extract()?, bytes.extract()?));
        }
        Ok(Self::new(quick(py, || of_files(&written))?.or_raise()?))
    }

    #[getter]
    fn n_topics(&self) -> usize {
        self.model.n_topics()
    }

    #[getter]
    fn n_documents(&self) -> usize {
        self.model.documents.rows.len()
    }

    #[getter]
    fn has_texts(&self) -> bool {
        self.model.texts.is_some()
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
    fn document_ids(&self) -> Vec<&str> {
        self.model.documents.rows.iter().map(|row| row.id.as_str()).collect()
    }

    #[getter]
    fn topic_names(&self) -> Vec<String> {
        self.model.topic_names()
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
    fn labels<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.model.assignments().into_iter().map(number))
    }

    /// The manifest as JSON: how the model was made.
    fn manifest(&self) -> PyResult<String> {
        serde_json::to_string(&self.model.manifest).map_err(|error| data_error(&error.to_string(), None))
    }

    /// The objective by iteration.
    fn trace(&self) -> Vec<f64> {
        self.model.trace.iter().map(|iteration| iteration.objective).collect()
    }

    /// How the number of topics was chosen, as JSON.
    fn selection(&self) -> Option<String> {
        self.model.selection.as_ref().map(|selection| selection_json(selection).to_string())
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
            let topics = self.ranked(n_words, ranking, lambda_)?;
            let verdicts = Evaluation::of_topics(&self.model, &topics).verdicts;
            let text = report::topics(&self.model, &topics, &verdicts, Style::PLAIN);
            Ok::<_, PyErr>((topics_table(&topics, &verdicts), text))
        })??;
        Ok((columns(py, &table)?, text))
    }

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
            let topics = self.ranked(n_words, ranking, lambda_)?;
            let verdicts = Evaluation::of_topics(&self.model, &topics).verdicts;
            let sizes = self.model.clusters(0).into_iter().map(|cluster| Some(cluster.size as u64)).collect();
            let texts = |text: &dyn Fn(&Topic) -> String| Values::Text(topics.iter().map(text).collect());
            let words = |topic: &Topic| topic.words.iter().map(|word| word.form.clone()).collect::<Vec<_>>().join(", ");
            let columns = vec![
                ("topic", Values::Integer(topics.iter().map(|topic| Some(topic.id as u64)).collect())),
                ("name", texts(&|topic| topic.name.clone())),
                ("share", Values::Number(topics.iter().map(|topic| topic.share).collect())),
                ("documents", Values::Integer(sizes)),
                ("words", texts(&words)),
                ("verdicts", texts(&|topic| report::verdict(&verdicts[topic.id]))),
            ];
            Ok::<_, PyErr>(Table::new("topics", columns))
        })??;
        columns(py, &table)
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
            name => Ok::<_, Error>(content(&self.model, name, options)),
        })?;
        match found.or_raise()? {
            Some(Content::Table(table)) => columns(py, &table),
            _ => Err(parameter_error(&format!("{name} is no single table"), Some("export writes it into a file"))),
        }
    }

    /// A table of the model as bytes in a format of `export`.
    #[pyo3(signature = (table, format, documents=None, paths=Vec::new()))]
    fn export<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        format: &str,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (name, format): (TableName, TableFormat) = (named(table, "table")?, named(format, "format")?);
        let params = self.params()?;
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let is_sparse = matches!(format, TableFormat::Mallet | TableFormat::SvmLight);
        let options = TableOptions {
            ranking: self.ranking(None)?,
            wide: format.is_matrix(),
            shares: is_sparse,
            metadata: format == TableFormat::SvmLight,
            n_words: None,
        };
        let bytes = quick(py, || {
            let found = match name {
                TableName::Joined => Content::Table(joined(&self.model, &paths, &params, false)?),
                TableName::Counts => Content::Rows(term_counts(&self.model, inputs(&documents, &paths), &params)?.0),
                name => content(&self.model, name, options).ok_or_else(|| Error::Internal("no content".into()))?,
            };
            Ok::<_, Error>(format.write(&found)?)
        })?;
        Ok(PyBytes::new(py, &bytes.or_raise()?))
    }

    /// The arrays that pyLDAvis takes, by name.
    fn pyldavis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let result = PyDict::new(py);
        for (name, array) in topicmill::export::pyldavis_arrays(&self.model) {
            match array {
                Array::Matrix { n_columns, values } => {
                    let shape = (values.len() / n_columns.max(1), n_columns);
                    let array = ndarray::Array2::from_shape_vec(shape, values);
                    let array = array.map_err(|error| data_error(&error.to_string(), None))?;
                    result.set_item(name, array.into_pyarray(py))?;
                }
                Array::Numbers(numbers) => result.set_item(name, numbers.into_pyarray(py))?,
                Array::Integers(numbers) => result.set_item(name, numbers.into_pyarray(py))?,
                Array::Texts(texts) => result.set_item(name, texts)?,
            }
        }
        Ok(result)
    }

    /// Shares and topics of new documents in memory: arrays of documents × topics with weights, of topics with −1 for
    /// none, and of the shares of unknown words.
    #[allow(clippy::type_complexity, reason = "three arrays")]
    fn transform<'py>(
        &self,
        py: Python<'py>,
        documents: &Documents,
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>)> {
        let params = self.params()?;
        let documents = documents.all(&params)?;
        let topics = quick(py, || {
            let documents: Vec<Document> = match params.strip.is_empty() {
                true => documents,
                false => documents.into_iter().map(|document| document.prepared(&params)).collect(),
            };
            let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
            self.transformer()?.texts(&texts)
        })?;
        self.arrays(py, &topics.or_raise()?)
    }

    /// As `transform`, for counts: a CSR matrix of documents × terms of the model.
    #[allow(clippy::type_complexity, reason = "three arrays")]
    fn transform_counts<'py>(
        &self,
        py: Python<'py>,
        x: Csr<'py>,
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>)> {
        let documents = count_rows(x.scaled()?);
        let n_terms = self.model.terms.len();
        if documents.iter().flatten().any(|(term, _)| *term as usize >= n_terms) {
            return Err(data_error(&format!("a column is beyond the {n_terms} terms of the model"), None));
        }
        let topics = quick(py, || self.transformer()?.term_counts(&documents))?;
        self.arrays(py, &topics.or_raise()?)
    }

    /// A row for each new document, with its topic and its shares or weights.
    #[pyo3(signature = (documents=None, paths=Vec::new(), shares=true, n_threads=None))]
    fn assign<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        shares: bool,
        n_threads: Option<usize>,
    ) -> PyResult<(Bound<'py, PyList>, usize)> {
        let params = self.params()?;
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let names = self.model.topic_names();
        let (table, n_skipped) = work(py, n_threads, None, |_| {
            let mut batches = transform(&self.model, inputs(&documents, &paths), &params)?;
            let found: Vec<Vec<TransformedDocument>> = batches.by_ref().collect::<Result<_, _>>()?;
            let table = transform_table(&self.model, &names, &found.concat(), shares);
            Ok::<_, Error>((table, batches.skipped().len()))
        })?
        .or_raise()?;
        Ok((columns(py, &table)?, n_skipped))
    }

    /// Why a text has its topics, as JSON and as text.
    fn explain(&self, py: Python<'_>, id: &str, text: &str, is_stripped: bool) -> PyResult<(String, String)> {
        let document = Document::new(id, text);
        let document = if is_stripped { document } else { document.prepared(&self.params()?) };
        let (json, told) = quick(py, || {
            let explanation = explain(&self.model, &document.text)?;
            let json = explanation_json(&self.model, id, &document.text, &explanation);
            let mark = |place: usize, word: &str| format!("{word}[{}]", place + 1);
            let text = report::explanation(&self.model, id, &document.text, &explanation, Style::PLAIN, &mark);
            Ok::<_, Error>((json, text))
        })?
        .or_raise()?;
        Ok((json.to_string(), told))
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
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let find = || find_document(&self.model, inputs(&documents, &paths), &params, id);
        let document = quick(py, find)?.or_raise()?;
        Ok((document.id, document.text))
    }

    /// Measures the model in documents, or as far as it goes without.
    #[pyo3(signature = (documents=None, paths=Vec::new(), n_words=10, ranking=None))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        n_words: usize,
        ranking: Option<&str>,
    ) -> PyResult<Told<'py>> {
        let params = self.params()?;
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let topics = self.ranked(n_words, ranking, None)?;
        let measure = || evaluate(&self.model, &topics, inputs(&documents, &paths), &params);
        let (evaluation, _) = work(py, None, None, |_| measure())?.or_raise()?;
        let text = report::evaluation(&topics, &evaluation, Style::PLAIN);
        let json = evaluation_json(&topics, &evaluation).to_string();
        Ok((columns(py, &evaluation_table(&topics, &evaluation))?, json, text))
    }

    /// Words of the model, and documents that have them. Fails if it has none of the words.
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
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let model = &self.model;
        let (found, unknown, searched) = work(py, None, None, |_| {
            let (found, unknown) = find_words(model, &words, n_results)?;
            let terms: Vec<usize> = found.iter().map(|word| word.term).collect();
            let searched = match terms.is_empty() || !self.has_analyzer() {
                true => None,
                false => search_documents(model, &terms, inputs(&documents, &paths), &params, n_results)?,
            };
            Ok::<_, Error>((found, unknown, searched))
        })?
        .or_raise()?;
        if found.is_empty() {
            return Err(data_error(&unknown.join("\n"), None));
        }
        let documents = searched.as_ref().map_or(&[][..], |(documents, _)| documents);
        let text: Vec<String> = found.iter().map(|found| report::word(model, found, Style::PLAIN)).collect();
        let mut text = text.join("\n");
        if searched.is_some() {
            let rows: Vec<(&str, &str)> = documents.iter().map(|found| (&*found.id, &*found.passage)).collect();
            text.push_str(&format!("\n{}", report::passages(&rows, Style::PLAIN)));
        }
        Ok((search_json(model, &found, documents).to_string(), text, unknown))
    }

    /// Topics by period of time: shares, wide or changes; with JSON, text, and notes on dates.
    #[pyo3(signature = (by=None, date_column=None, quantiles=None, table="shares"))]
    fn over_time<'py>(
        &self,
        py: Python<'py>,
        by: Option<&str>,
        date_column: Option<&str>,
        quantiles: Option<usize>,
        table: &str,
    ) -> PyResult<(Told<'py>, Vec<String>)> {
        let by: Option<By> = by.map(|by| named(by, "by")).transpose()?;
        let (shares, dates) = quick(py, || {
            let dates = self.model.dates(date_column)?;
            let columns = self.model.documents.columns.clone();
            let dates = dates.ok_or(ModelError::NoDates { columns })?;
            let grouping = Grouping::by_dates(&dates, by, quantiles.unwrap_or(DEFAULT_QUANTILES))?;
            Ok::<_, Error>((GroupShares::new(&self.model, grouping), dates))
        })?
        .or_raise()?;
        Ok((self.groups(py, &shares, Some(&dates), table)?, dates.notes))
    }

    /// Topics by the values of a column, of which the `most` largest groups are kept.
    #[pyo3(signature = (column, quantiles=None, most=100, table="shares"))]
    fn by_group<'py>(
        &self,
        py: Python<'py>,
        column: &str,
        quantiles: Option<usize>,
        most: usize,
        table: &str,
    ) -> PyResult<Told<'py>> {
        let shares = quick(py, || {
            let grouping = Grouping::by_column(&self.model, column, quantiles)?;
            Ok::<_, Error>(GroupShares::new(&self.model, grouping.largest(most)))
        })?
        .or_raise()?;
        self.groups(py, &shares, None, table)
    }

    /// The model with names for some topics; None for names by words again.
    fn rename(&self, names: Option<Vec<(usize, String)>>) -> PyResult<Self> {
        let model = TopicModel::clone(&self.model);
        Ok(Self::new(match names {
            None => TopicModel { names: None, ..model },
            Some(names) => model.rename(names).or_raise()?,
        }))
    }

    /// The topics of this model beside those of another.
    fn compare<'py>(&self, py: Python<'py>, other: &Self) -> PyResult<Told<'py>> {
        let (first, second) = (&*self.model, &*other.model);
        let comparison = quick(py, || Comparison::new(first, second))?;
        let text = report::comparison(first, second, &comparison, Style::PLAIN);
        let json = comparison_json(&comparison).to_string();
        Ok((columns(py, &comparison_table(first, second, &comparison))?, json, text))
    }

    /// The page of the explorer, and how many of its documents have texts (None without any).
    #[pyo3(signature = (documents=None, paths=Vec::new(), most_documents=None, texts=true, selection=None))]
    fn report<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        most_documents: Option<usize>,
        texts: bool,
        selection: Option<PathBuf>,
    ) -> PyResult<(Bound<'py, PyBytes>, Option<usize>, usize)> {
        let params = self.params()?;
        let documents = documents.map(|documents| documents.all(&params)).transpose()?;
        let selection = selection.map(|path| read_selection(&path)).transpose().or_raise()?;
        let default = ExplorerOptions::default();
        let most_documents = most_documents.unwrap_or(default.most_documents);
        let options = ExplorerOptions { most_documents, texts, selection };
        let (bytes, n_texts, n_documents) = work(py, None, None, |_| {
            let (page, _) = explorer(&self.model, inputs(&documents, &paths), &params, &options)?;
            let (mut bytes, n_texts, n_documents) = (Vec::new(), page.n_texts(), page.n_documents());
            page.write(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
            Ok::<_, Error>((bytes, n_texts, n_documents))
        })?
        .or_raise()?;
        Ok((PyBytes::new(py, &bytes), n_texts, n_documents))
    }

    /// A picture as SVG, and notes on dates.
    #[pyo3(signature = (kind, by=None, date_column=None, column=None))]
    fn picture(
        &self,
        py: Python<'_>,
        kind: &str,
        by: Option<&str>,
        date_column: Option<&str>,
        column: Option<&str>,
    ) -> PyResult<(String, Vec<String>)> {
        let (kind, by): (Picture, Option<By>) = (named(kind, "kind")?, by.map(|by| named(by, "by")).transpose()?);
        quick(py, || picture(&self.model, kind, by, date_column, column))?.or_raise()
    }
}

impl Model {
    pub(crate) fn new(model: TopicModel) -> Self {
        Self { model: Arc::new(model), transformer: OnceLock::new() }
    }

    /// The parameters that new documents are read with: those of the model's own.
    fn params(&self) -> PyResult<IngestParams> {
        let params = ingest_params(&self.model).or_raise()?;
        Ok(params)
    }

    fn transformer(&self) -> Result<Arc<Transformer>, ModelError> {
        if let Some(transformer) = self.transformer.get() {
            return Ok(Arc::clone(transformer));
        }
        let made = Arc::new(Transformer::new(&self.model)?);
        Ok(Arc::clone(self.transformer.get_or_init(|| made)))
    }

    fn ranking(&self, asked: Option<&str>) -> PyResult<Ranking> {
        let asked: Option<Ranking> = asked.map(|name| named(name, "ranking")).transpose()?;
        self.model.ranking(asked).or_raise()
    }

    fn ranked(&self, n_words: usize, ranking: Option<&str>, lambda: Option<f64>) -> PyResult<Vec<Topic>> {
        match (ranking, lambda) {
            (None | Some("relevance"), Some(lambda)) if (0.0..=1.0).contains(&lambda) => {
                Ok(self.model.topics_by_relevance(n_words, lambda))
            }
            (None | Some("relevance"), Some(lambda)) => {
                Err(parameter_error(&format!("lambda_ is {lambda}, expected from 0 to 1"), None))
            }
            (Some(other), Some(_)) => {
                let problem =
                    format!("lambda_ is for the ranking relevance (its default is {RELEVANCE_LAMBDA}), not {other}");
                Err(parameter_error(&problem, None))
            }
            (ranking, None) => Ok(self.model.topics(n_words, self.ranking(ranking)?)),
        }
    }

    #[allow(clippy::type_complexity, reason = "three arrays")]
    fn arrays<'py>(
        &self,
        py: Python<'py>,
        topics: &[DocumentTopics],
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>)> {
        let shape = (topics.len(), self.model.n_topics());
        let weights: Vec<f32> = topics.iter().flat_map(|topics| topics.weights.iter().copied()).collect();
        let weights = ndarray::Array2::from_shape_vec(shape, weights);
        let weights = weights.map_err(|error| data_error(&error.to_string(), None))?;
        let labels = PyArray1::from_iter(py, topics.iter().map(|topics| number(topics.topic)));
        let unknown = PyArray1::from_iter(py, topics.iter().map(|topics| topics.unknown_share));
        Ok((weights.into_pyarray(py), labels, unknown))
    }

    fn groups<'py>(
        &self,
        py: Python<'py>,
        shares: &GroupShares,
        dates: Option<&Dates>,
        table: &str,
    ) -> PyResult<Told<'py>> {
        let made: Table = match table {
            "shares" => groups_table(&self.model, shares),
            "wide" => wide_groups_table(shares),
            "changes" => changes_table(&self.model, shares),
            other => {
                let problem = format!("table is {other:?}, expected shares, wide or changes");
                return Err(parameter_error(&problem, None));
            }
        };
        let json = groups_json(&self.model, shares).to_string();
        Ok((columns(py, &made)?, json, report::groups(&self.model, shares, dates, Style::PLAIN)))
    }

    fn model_files(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let folder = temporary()?;
        let written = store::save(&self.model, &folder.path().join("model"), false)?;
        let io = |error: std::io::Error| ModelError::Io { path: written.clone(), error };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&written).map_err(io)? {
            let entry = entry.map_err(io)?;
            let bytes = std::fs::read(entry.path()).map_err(io)?;
            files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
        files.sort();
        Ok(files)
    }
}

fn temporary() -> Result<tempfile::TempDir, Error> {
    let folder = tempfile::tempdir();
    folder.map_err(|error| ModelError::Io { path: std::env::temp_dir(), error }.into())
}

/// The model of the files of a model directory, whose texts are in memory.
fn of_files(files: &[(String, Vec<u8>)]) -> Result<TopicModel, Error> {
    let folder = temporary()?;
    for (name, bytes) in files {
        let is_plain = Path::new(name).file_name().is_some_and(|plain| plain == name.as_str());
        if !is_plain {
            return Err(ModelError::Invalid(format!("{name:?} is no name of a file")).into());
        }
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).map_err(|error| ModelError::Io { path, error })?;
    }
    let mut model = TopicModel::load(folder.path())?;
    if let Some(texts) = &model.texts {
        let path = texts.checked_file()?;
        let bytes = std::fs::read(path).map_err(|error| ModelError::Io { path: path.clone(), error })?;
        model.texts = Some(Arc::new(Texts::Memory(bytes)));
    }
    Ok(model)
}

/// What is read: documents in memory, or else files and folders.
fn inputs<'i>(documents: &'i Option<Vec<Document>>, paths: &'i [PathBuf]) -> Inputs<'i> {
    match documents {
        Some(documents) => Inputs::Documents(documents),
        None => Inputs::Paths(paths),
    }
}

fn number(topic: Option<usize>) -> i64 {
    topic.map_or(-1, |topic| topic as i64)
}

/// The entries of each row.
pub(crate) fn count_rows(scaled: Scaled) -> Vec<Vec<(u32, f32)>> {
    let rows = scaled.rows;
    let entries = |pair: &[u64]| {
        let row = pair[0] as usize..pair[1] as usize;
        rows.indices[row.clone()].iter().copied().zip(rows.data[row].iter().copied()).collect()
    };
    rows.indptr.windows(2).map(entries).collect()
}

/// A value by its name.
fn named<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, parameter: &str) -> PyResult<T> {
    name.parse().map_err(|problem| parameter_error(&format!("{parameter}: {problem}"), None))
}
