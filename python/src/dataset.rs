//! Documents that were read, counted and weighted.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use topicmill::Error;
use topicmill::export::selection_json;
use topicmill::factorize::AUTO_TOPICS;
use topicmill::model::{RunRecord, store};
use topicmill::pipeline::{self, DEFAULT_NUMBERS, Plan, Progress, WarmStart};
use topicmill::report::{Style, selection as selection_text};

use crate::columns::columns;
use crate::config::Config;
use crate::documents::Documents;
use crate::errors::OrRaise;
use crate::factors::Csr;
use crate::model::Model;
use crate::sentences::{in_python, left_out};
use crate::work::{Fitting, Watched, work};

/// Documents that were read, counted and weighted, which can be fitted many times.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct Dataset {
    dataset: Arc<topicmill::Dataset>,
    /// The files and folders that it was read from.
    inputs: Vec<String>,
    seconds_read: f64,
}

#[pymethods]
impl Dataset {
    /// Reads files and folders, as the program does.
    #[staticmethod]
    #[pyo3(signature = (paths, config, progress=None))]
    fn read(py: Python<'_>, paths: Vec<PathBuf>, config: &Config, progress: Option<Py<PyAny>>) -> PyResult<Self> {
        let inputs = paths.iter().map(|path| path.display().to_string()).collect();
        Self::new(py, inputs, progress.as_ref(), |watched| {
            topicmill::Dataset::read_watched(&paths, &config.config, &mut |progress| tell(watched, progress, None))
        })
    }

    /// Counts and weights documents in memory.
    #[staticmethod]
    #[pyo3(signature = (documents, config, progress=None))]
    fn of_documents(
        py: Python<'_>,
        documents: &Documents,
        config: &Config,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let (n, found) = (documents.__len__(), documents.documents(&config.config.ingest)?);
        Self::new(py, Vec::new(), progress.as_ref(), |watched| {
            let mut watch = |progress| tell(watched, progress, Some(n));
            topicmill::Dataset::from_documents_watched(found, &config.config, &mut watch)
        })
    }

    /// A ready matrix of counts, documents × terms, as a canonical CSR matrix.
    #[staticmethod]
    fn of_counts(py: Python<'_>, x: Csr<'_>, terms: Vec<String>, config: &Config) -> PyResult<Self> {
        let rows = x.counts()?;
        let read = |_: &Watched| topicmill::Dataset::from_counts(terms, None, rows, &config.config);
        Self::new(py, Vec::new(), None, read)
    }

    /// Number of documents.
    #[getter]
    fn n_documents(&self) -> usize {
        self.dataset.matrix.n_documents()
    }

    /// Number of terms.
    #[getter]
    fn n_terms(&self) -> usize {
        self.dataset.matrix.n_terms()
    }

    /// Number of entries of the term-document matrix that are not 0.
    #[getter]
    fn n_nonzeros(&self) -> usize {
        self.dataset.matrix.n_nonzeros()
    }

    /// Number of tokens.
    #[getter]
    fn n_tokens(&self) -> u64 {
        self.dataset.corpus.n_tokens
    }

    /// The language that was recognised, if one was.
    #[getter]
    fn language(&self) -> Option<String> {
        self.dataset.analyzer.as_ref()?.language.map(|language| language.to_string())
    }

    /// Sentences on what is wrong with the parameters and on documents that were left out, and on what looks wrong with
    /// the documents.
    fn notes(&self) -> (Vec<String>, Vec<String>) {
        let corpus = &self.dataset.corpus;
        let told = |sentences: &[String]| sentences.iter().map(|sentence| in_python(sentence)).collect::<Vec<_>>();
        let mut warnings = told(&corpus.warnings);
        warnings.extend(left_out(&self.dataset.skipped));
        (warnings, told(&corpus.advice))
    }

    /// Factorises the documents with the parameters of `factorize`. Returns the model, and sentences on parameters
    /// that have no use.
    #[pyo3(signature = (config, init_from=None, frozen=None, time_limit=None, progress=None))]
    #[allow(clippy::too_many_arguments, reason = "they are named in Python")]
    fn fit(
        &self,
        py: Python<'_>,
        config: &Config,
        init_from: Option<PathBuf>,
        frozen: Option<PathBuf>,
        time_limit: Option<f64>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Model, Vec<String>)> {
        let (dataset, start_time) = (Arc::clone(&self.dataset), Instant::now());
        let params = config.config.factorize.clone();
        let asked = Some(params.n_topics).filter(|n| config.sets("factorize.n_topics") && *n != AUTO_TOPICS);
        let start = match (init_from, frozen) {
            (Some(directory), _) => WarmStart::Factors { directory, n_topics: asked },
            (None, Some(directory)) => WarmStart::Frozen(directory),
            (None, None) => WarmStart::None,
        };
        let fit = |watched: &Watched| {
            let (params, selection) =
                match params.n_topics == AUTO_TOPICS && !matches!(start, WarmStart::Factors { .. }) {
                    true => pipeline::choose(&dataset, &params, &mut trying(watched, DEFAULT_NUMBERS.count()))?,
                    false => (params, None),
                };
            let plan = Plan::new(&dataset, &params, &start)?.with_selection(selection);
            let warnings = plan.warnings().iter().map(|warning| in_python(warning)).collect();
            let limit = time_limit.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let mut model = plan.run(&mut Fitting::new(watched, params.max_iterations, limit))?;
            model.manifest.run = run_record(&self.inputs, self.seconds_read, start_time);
            Ok::<_, Error>((model, warnings))
        };
        let (model, warnings) = work(py, None, progress.as_ref(), fit)?.or_raise()?;
        Ok((Model::new(model), warnings))
    }

    /// Tries numbers of topics. Returns the proposals as a table, as JSON and as text.
    #[pyo3(signature = (numbers, config, progress=None))]
    fn select<'py>(
        &self,
        py: Python<'py>,
        numbers: Vec<usize>,
        config: &Config,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, String, String)> {
        let (dataset, params) = (Arc::clone(&self.dataset), config.config.factorize.clone());
        let select = |watched: &Watched| {
            let (mut last, mut seconds) = (Instant::now(), Vec::new());
            let mut tell = trying(watched, numbers.len());
            let selection = pipeline::select(&dataset, &params, &numbers, &mut |n_topics| {
                seconds.push(last.elapsed().as_secs_f64());
                last = Instant::now();
                tell(n_topics)
            })?;
            Ok::<_, Error>((selection, seconds))
        };
        let (selection, seconds) = work(py, None, progress.as_ref(), select)?.or_raise()?;
        let table = columns(py, &topicmill::export::selection_table(&selection))?.into_any();
        let text = selection_text(&selection, &seconds, Style::PLAIN);
        Ok((table, selection_json(&selection).to_string(), text))
    }

    /// Writes the weighted matrix as the directory that the program's `vectorize` writes.
    fn save(&self, py: Python<'_>, directory: PathBuf, force: bool) -> PyResult<PathBuf> {
        let inputs: Vec<PathBuf> = self.inputs.iter().map(PathBuf::from).collect();
        let save = || {
            let place = store::check_output(&directory, &inputs, force)?;
            self.dataset.save(&place, force)
        };
        work(py, None, None, |_| save())?.or_raise()
    }
}

impl Dataset {
    fn new(
        py: Python<'_>,
        inputs: Vec<String>,
        progress: Option<&Py<PyAny>>,
        read: impl FnOnce(&Watched) -> Result<topicmill::Dataset, Error> + Send,
    ) -> PyResult<Self> {
        let start = Instant::now();
        let dataset = Arc::new(work(py, None, progress, read)?.or_raise()?);
        Ok(Self { dataset, inputs, seconds_read: start.elapsed().as_secs_f64() })
    }
}

/// What is recorded of a fit that began at `start`, of inputs that had been read before.
pub(crate) fn run_record(inputs: &[String], seconds_read: f64, start: Instant) -> RunRecord {
    let seconds = start.elapsed().as_secs_f64();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    RunRecord {
        command: Vec::new(),
        inputs: inputs.to_vec(),
        started: (now - seconds - seconds_read) as u64,
        seconds: [("read".to_string(), seconds_read), ("fit".to_string(), seconds)].into(),
        threads: rayon::current_num_threads(),
    }
}

/// Tells how many documents have been read.
pub(crate) fn tell(watched: &Watched, progress: Progress, of: Option<usize>) -> ControlFlow<()> {
    watched.tell("reading", progress.n_documents, of)
}

/// What tells of numbers of topics that are tried.
fn trying(watched: &Watched, of: usize) -> impl FnMut(usize) -> ControlFlow<()> {
    let mut n_tried = 0;
    move |_| {
        n_tried += 1;
        watched.tell("trying numbers of topics", n_tried, Some(of))
    }
}
