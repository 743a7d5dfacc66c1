//! Fits whose documents other processes hold, such as the executors of Spark: what these do with a shard, and what the
//! one does who asks them.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use topicmill::Error;
use topicmill::factorize::{
    Block, BlockSums, Engine, FactorMatrix, FactorizeError, Pass, RowSet, Rows, Said, ShardDocuments, ShardSizes,
};
use topicmill::ingest::Document;
use topicmill::pipeline;
use topicmill::text::TermCounts;

use crate::config::Config;
use crate::errors::OrRaise;
use crate::model::Model;
use crate::on_disk::fit_shards;
use crate::threads::pool;
use crate::work::work;

/// Both sets of rows.
const SETS: [RowSet; 2] = [RowSet::Factors, RowSet::Topics];

/// Documents of columns: ids, texts, and labels if there are some.
fn documents(ids: Vec<String>, texts: Vec<String>, labels: Option<Vec<Option<String>>>) -> PyResult<Vec<Document>> {
    let n = ids.len();
    if texts.len() != n || labels.as_ref().is_some_and(|labels| labels.len() != n) {
        return Err(PyValueError::new_err("ids, texts and labels are not equally long"));
    }
    let labels = labels.unwrap_or_else(|| vec![None; n]);
    let document =
        |((id, text), label): ((String, String), Option<String>)| Document { label, ..Document::new(id, text) };
    Ok(ids.into_iter().zip(texts).zip(labels).map(document).collect())
}

/// Counts and weights the documents of shards, where these are.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct ShardCounter {
    counter: pipeline::ShardCounter,
}

#[pymethods]
impl ShardCounter {
    #[new]
    fn new(recipe: &str) -> PyResult<Self> {
        Ok(Self { counter: pipeline::ShardCounter::new(recipe).or_raise()? })
    }

    /// Counts the documents of a shard, and returns them as bytes, with the bytes of their terms.
    #[pyo3(signature = (ids, texts, labels=None))]
    fn count<'py>(
        &self,
        py: Python<'py>,
        ids: Vec<String>,
        texts: Vec<String>,
        labels: Option<Vec<Option<String>>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let documents = documents(ids, texts, labels)?;
        let counted = py.detach(|| self.counter.count(documents)).or_raise()?;
        Ok(PyBytes::new(py, &counted.to_bytes()))
    }
}

/// The terms of a counted shard, as bytes.
#[pyfunction]
pub(crate) fn terms_of_shard<'py>(py: Python<'py>, counted: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let counted = pipeline::CountedShard::from_bytes(counted).or_raise()?;
    Ok(PyBytes::new(py, &counted.terms().to_bytes()))
}

/// Adds the terms of two sets of documents.
#[pyfunction]
pub(crate) fn merge_terms<'py>(py: Python<'py>, first: &[u8], second: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let merged = py.detach(|| Ok::<_, PyErr>(terms_from(first)?.merge(terms_from(second)?)))?;
    Ok(PyBytes::new(py, &merged.to_bytes()))
}

fn terms_from(bytes: &[u8]) -> PyResult<TermCounts> {
    TermCounts::from_bytes(bytes).ok_or_else(|| PyValueError::new_err("these are no bytes of terms"))
}

/// Weights counted shards, where these are.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct ShardWeigher {
    weigher: pipeline::ShardWeigher,
}

#[pymethods]
impl ShardWeigher {
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        Ok(Self { weigher: pipeline::ShardWeigher::from_bytes(bytes).or_raise()? })
    }

    /// Weights a counted shard; returns its documents, and the shard itself.
    fn weigh<'py>(&self, py: Python<'py>, counted: &[u8]) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let weighted = py.detach(|| pipeline::CountedShard::from_bytes(counted)?.weighted(&self.weigher));
        let (documents, shard) = weighted.or_raise()?;
        Ok((PyBytes::new(py, &documents.to_bytes()), PyBytes::new(py, &shard)))
    }
}

/// A pass over shards, where these are.
#[pyclass(module = "topicmill._core")]
pub(crate) struct ShardPass {
    pass: Pass<'static>,
    n_terms: usize,
    sums: BlockSums<Said>,
}

#[pymethods]
impl ShardPass {
    #[new]
    fn new(pass: &[u8], n_terms: usize) -> PyResult<Self> {
        Ok(Self { pass: Pass::from_bytes(pass).or_raise()?, n_terms, sums: BlockSums::default() })
    }

    /// Runs the pass over a shard whose first document has this number, with the rows of the factors and of the topics
    /// as bytes. Returns those that the pass writes, and `None` for others.
    #[pyo3(signature = (shard, first_document, bytes, rows))]
    fn run<'py>(
        &mut self,
        py: Python<'py>,
        shard: usize,
        first_document: usize,
        bytes: &[u8],
        rows: [Option<PyBackedBytes>; 2],
    ) -> PyResult<[Option<Bound<'py, PyBytes>>; 2]> {
        let Self { pass, n_terms, sums } = self;
        // An executor gives a core to each task.
        let pool = pool(Some(1))?;
        let run = || {
            let damaged =
                |problem: String| io::Error::new(io::ErrorKind::InvalidData, format!("shard {shard}: {problem}"));
            let ShardDocuments { v, counts } =
                ShardDocuments::decode(bytes, *n_terms, pass.needs_counts()).map_err(damaged)?;
            let n_documents = v.n_documents();
            let mut factors = [FactorMatrix::zeros(0, 0), FactorMatrix::zeros(0, 0)];
            for &set in pass.reads() {
                let found = rows[set as usize].as_deref().and_then(FactorMatrix::from_bytes);
                let found = found.filter(|found| found.n_rows() == n_documents);
                factors[set as usize] = found.ok_or_else(|| damaged("has no rows".into()))?;
            }
            let mut block = Block { shard, first_document, v, counts, rows: factors };
            sums.add_block(shard as u64, pass.run(&mut block)?)?;
            let written = |set: RowSet| pass.writes().contains(&set).then(|| block.rows[set as usize].to_bytes());
            Ok::<_, FactorizeError>(SETS.map(written))
        };
        let written = py.detach(|| pool.install(run)).or_raise()?;
        Ok(written.map(|bytes| bytes.map(|bytes| PyBytes::new(py, &bytes))))
    }

    /// What the shards so far have said, as bytes.
    fn said<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.sums.to_bytes())
    }
}

/// Adds what two sets of shards have said.
#[pyfunction]
pub(crate) fn merge_said<'py>(py: Python<'py>, first: &[u8], second: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let merge = || {
        let mut sums = BlockSums::<Said>::from_bytes(first)?;
        sums.merge(BlockSums::from_bytes(second)?)?;
        Ok::<_, FactorizeError>(sums.to_bytes())
    };
    Ok(PyBytes::new(py, &py.detach(merge).or_raise()?))
}

/// Counting, weighting and fitting documents that others hold, as the one sees it who asks for it.
#[pyclass(module = "topicmill._core")]
pub(crate) struct Elsewhere {
    counting: Option<pipeline::CountingElsewhere>,
    counts: TermCounts,
    weigher: Option<pipeline::ShardWeigher>,
}

#[pymethods]
impl Elsewhere {
    /// Chooses how so many documents are counted, by the first of them.
    #[new]
    #[pyo3(signature = (config, n_documents, ids, texts, labels=None))]
    fn new(
        config: &Config,
        n_documents: usize,
        ids: Vec<String>,
        texts: Vec<String>,
        labels: Option<Vec<Option<String>>>,
    ) -> PyResult<Self> {
        let first = documents(ids, texts, labels)?;
        let counting = pipeline::CountingElsewhere::new(first, n_documents, &config.config).or_raise()?;
        Ok(Self { counting: Some(counting), counts: TermCounts::default(), weigher: None })
    }

    /// Number of documents of a shard.
    #[getter]
    fn shard_documents(&self) -> PyResult<usize> {
        Ok(self.counting()?.shard_documents())
    }

    /// How documents are counted, for a `ShardCounter`.
    fn recipe(&self) -> PyResult<String> {
        self.counting()?.recipe().or_raise()
    }

    /// Chooses and weights the terms, by those of all shards; returns the bytes for a `ShardWeigher`, and the number of
    /// terms.
    fn weigher<'py>(&mut self, py: Python<'py>, terms: &[u8]) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let counts = terms_from(terms)?;
        let weigher = self.counting()?.weigher(&counts).or_raise()?;
        let bytes = PyBytes::new(py, &weigher.to_bytes());
        let n_terms = weigher.n_terms();
        (self.counts, self.weigher) = (counts, Some(weigher));
        Ok((bytes, n_terms))
    }

    /// Fits the documents. `shards` has the documents of each shard, in their order; `engine` runs passes. Returns the
    /// model, and sentences on parameters that have no use and on what looks wrong with the documents.
    #[pyo3(signature = (config, shards, engine, progress=None))]
    fn fit(
        &mut self,
        py: Python<'_>,
        config: &Config,
        shards: Vec<Vec<u8>>,
        engine: Py<PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Model, Vec<String>, Vec<String>)> {
        let again = || PyValueError::new_err("these documents were fitted already");
        let counting = self.counting.take().ok_or_else(again)?;
        let weigher = self.weigher.take().ok_or_else(again)?;
        let shards = shards.iter().map(|bytes| pipeline::DocumentsOfShard::from_bytes(bytes));
        let shards = shards.collect::<Result<Vec<_>, Error>>().or_raise()?;
        let sizes = ShardSizes {
            n_terms: weigher.n_terms(),
            n_documents: self.counts.n_documents as usize,
            n_nonzeros: shards.iter().map(pipeline::DocumentsOfShard::n_nonzeros).sum(),
            shard_documents: counting.shard_documents(),
        };
        let raised = Arc::new(Mutex::new(None));
        let engine = Arc::new(Called { engine: Arc::new(engine), sizes, raised: Arc::clone(&raised) });
        let counts = std::mem::take(&mut self.counts);
        let factorize = &config.config.factorize;
        let fitted = work(py, None, progress.as_ref(), |watched| {
            let dataset = counting.dataset(&counts, weigher, shards, engine)?;
            fit_shards(&dataset, factorize, None, watched)
        });
        // What was raised where a pass ran says more than that it failed.
        if let Some(error) = raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        let (model, warnings, advice) = fitted?.or_raise()?;
        Ok((Model::new(model), warnings, advice))
    }
}

impl Elsewhere {
    fn counting(&self) -> PyResult<&pipeline::CountingElsewhere> {
        self.counting.as_ref().ok_or_else(|| PyValueError::new_err("these documents were fitted already"))
    }
}

/// An engine that is an object of Python.
#[derive(Clone, Debug)]
struct Called {
    engine: Arc<Py<PyAny>>,
    sizes: ShardSizes,
    raised: Arc<Mutex<Option<PyErr>>>,
}

impl Called {
    /// Calls a method of the engine. An exception is kept for the one who fits.
    fn call<A, T>(&self, method: &str, arguments: A) -> io::Result<T>
    where
        A: for<'py> PyCallArgs<'py>,
        T: for<'a, 'py> FromPyObject<'a, 'py, Error: Into<PyErr>>,
    {
        let called = Python::attach(|py| {
            self.engine.bind(py).call_method1(method, arguments)?.extract::<T>().map_err(Into::into)
        });
        called.map_err(|error| {
            let told = io::Error::other(error.to_string());
            self.raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            told
        })
    }
}

impl Engine for Called {
    fn sizes(&self) -> ShardSizes {
        self.sizes
    }

    fn run(&self, pass: &mut Pass<'_>) -> Result<Said, FactorizeError> {
        let bytes = Python::attach(|py| PyBytes::new(py, &pass.to_bytes()).unbind());
        let numbers = |sets: &[RowSet]| sets.iter().map(|&set| set as usize).collect::<Vec<usize>>();
        let said: PyBackedBytes = self.call("run", (bytes, numbers(pass.reads()), numbers(pass.writes())))?;
        Ok(BlockSums::from_bytes(&said)?.totals(self.sizes.n_shards() as u64)?.unwrap_or_default())
    }

    fn rows(&self, set: RowSet) -> Result<Arc<dyn Rows>, FactorizeError> {
        Ok(Arc::new(CalledRows { called: self.clone(), set, fetched: Mutex::new(None) }))
    }
}

/// Rows that the engine holds, and that are fetched all at once.
#[derive(Debug)]
struct CalledRows {
    called: Called,
    set: RowSet,
    fetched: Mutex<Option<FactorMatrix>>,
}

impl Rows for CalledRows {
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = match fetched.take() {
            Some(rows) => rows,
            None => {
                let parts: Vec<PyBackedBytes> = self.called.call("rows", (self.set as usize,))?;
                let parts: Option<Vec<_>> = parts.iter().map(|part| FactorMatrix::from_bytes(part)).collect();
                let rows = parts.and_then(|parts| FactorMatrix::concatenated(&parts));
                let rows = rows.filter(|rows| rows.n_rows() == self.called.sizes.n_documents);
                rows.ok_or_else(|| io::Error::other("there are other rows than those of all documents"))?
            }
        };
        Ok(fetched.insert(rows).rows(documents))
    }

    fn write(&self, _: usize, _: &FactorMatrix) -> io::Result<()> {
        Err(io::Error::other("rows that others hold are not written"))
    }
}
