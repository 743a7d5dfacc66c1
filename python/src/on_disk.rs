//! Fits of documents that do not fit into memory: they go to disk, and the fit works on them shard by shard.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use topicmill::Error;
use topicmill::factorize::FactorizeParams;
use topicmill::model::{FactorRows, TopicModel};
use topicmill::pipeline::{Plan, ShardedDataset, WarmStart};
use topicmill::system::allow_memory;

use crate::config::Config;
use crate::dataset::{run_record, tell};
use crate::errors::OrRaise;
use crate::model::Model;
use crate::sentences::{in_python, left_out};
use crate::work::{Fitting, Watched, work};

/// Fits the documents of files and folders within so many bytes of memory, with the documents in `folder` until the fit
/// has ended. Returns the model, and sentences on what has no use or was left out, and on what looks wrong with the
/// documents.
#[pyfunction]
#[pyo3(signature = (paths, config, memory, folder, time_limit=None, progress=None))]
pub(crate) fn fit_on_disk(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    config: &Config,
    memory: u64,
    folder: PathBuf,
    time_limit: Option<f64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Model, Vec<String>, Vec<String>)> {
    let before = allow_memory(Some(memory));
    let fitted = work(py, None, progress.as_ref(), |watched| {
        let start = Instant::now();
        let watch = &mut |progress| tell(watched, progress, None);
        let dataset = ShardedDataset::read(&paths, &config.config, &folder, watch)?;
        let seconds_read = start.elapsed().as_secs_f64();
        let limit = time_limit.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let (mut model, mut warnings, advice) = fit_shards(&dataset, &config.config.factorize, limit, watched)?;
        let inputs: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        model.manifest.run = run_record(&inputs, seconds_read, start + Duration::from_secs_f64(seconds_read));
        let described = dataset.description();
        warnings.extend(described.corpus.warnings.iter().map(|warning| in_python(warning)));
        warnings.extend(left_out(described.skipped));
        Ok::<_, Error>((model, warnings, advice))
    });
    allow_memory(before);
    let (model, warnings, advice) = fitted?.or_raise()?;
    Ok((Model::new(model), warnings, advice))
}

/// Fits documents in shards. Returns the model with all of it in memory, and sentences on parameters that have no use,
/// and on what looks wrong with the documents.
pub(crate) fn fit_shards(
    dataset: &ShardedDataset,
    params: &FactorizeParams,
    time_limit: Option<Duration>,
    watched: &Watched,
) -> Result<(TopicModel, Vec<String>, Vec<String>), Error> {
    let plan = Plan::of_shards(dataset, params, &WarmStart::None)?;
    let told = |sentences: &[String]| sentences.iter().map(|sentence| in_python(sentence)).collect();
    let warnings = told(plan.warnings());
    let mut model = plan.run(&mut Fitting::new(watched, params.max_iterations, time_limit))?;
    // Whoever holds the rows may be gone when the model is written.
    if let Some(factors) = &mut model.factors {
        factors.h = FactorRows::Memory(factors.h.read()?);
    }
    Ok((model, warnings, told(&dataset.description().corpus.advice)))
}
