//! Models as directories, and as the bytes of their files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use topicmill::Error;
use topicmill::model::{FactorRows, ModelError, Texts, TopicModel, store};

use super::Model;
use crate::errors::{OrRaise, parameter_error};
use crate::work::work;

#[pymethods]
impl Model {
    /// Reads a model directory, and checks every file of it.
    #[staticmethod]
    fn load(py: Python<'_>, directory: PathBuf) -> PyResult<Self> {
        Ok(Self::new(work(py, None, None, |_| TopicModel::load(&directory))?.or_raise()?))
    }

    /// Writes the model directory with its rows of documents in a form, if one is named, and returns its path; never
    /// over an input of the fit.
    #[pyo3(signature = (directory, force, rows=None))]
    fn save(&self, py: Python<'_>, directory: PathBuf, force: bool, rows: Option<&str>) -> PyResult<PathBuf> {
        let inputs: Vec<PathBuf> = self.model.manifest.run.inputs.iter().map(PathBuf::from).collect();
        let rows = rows.map_or(Ok(self.model.manifest.rows), str::parse);
        let rows = rows.map_err(|problem| parameter_error(&format!("rows: {problem}"), None))?;
        let save = || {
            let place = store::check_output(&directory, &inputs, force)?;
            store::save_as(&self.model, rows, &place, force)
        };
        work(py, None, None, |_| save())?.or_raise()
    }

    /// The files of the model directory by name.
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let files = work(py, None, None, |_| files_of(&self.model))?.or_raise()?;
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
        Ok(Self::new(work(py, None, None, |_| of_files(&written))?.or_raise()?))
    }
}

fn temporary() -> Result<tempfile::TempDir, Error> {
    let folder = tempfile::tempdir();
    folder.map_err(|error| ModelError::Io { path: std::env::temp_dir(), error }.into())
}

fn files_of(model: &TopicModel) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let folder = temporary()?;
    let written = store::save(model, &folder.path().join("model"), false)?;
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

/// The model of the files of a model directory, with all of it in memory.
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
    if let Some(factors) = &mut model.factors {
        factors.h = FactorRows::Memory(factors.h.read()?);
    }
    Ok(model)
}
