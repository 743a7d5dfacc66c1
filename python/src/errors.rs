//! Errors of the library as exceptions of Python, whose classes are in `topicmill/exceptions.py`.

use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use topicmill::Error;
use topicmill::config::ConfigError;
use topicmill::ingest::IngestError;
use topicmill::model::ModelError;

use crate::sentences::in_python;

/// The result of a function of the library, whose error becomes an exception.
pub(crate) trait OrRaise<T> {
    fn or_raise(self) -> PyResult<T>;
}

impl<T, E: Into<Error>> OrRaise<T> for Result<T, E> {
    fn or_raise(self) -> PyResult<T> {
        self.map_err(|error| exception(&error.into()))
    }
}

fn exception(error: &Error) -> PyErr {
    let cause = if let Error::Advised { error, .. } = error { error } else { error };
    let class = match cause {
        Error::Interrupted => return PyKeyboardInterrupt::new_err(()),
        Error::Memory { .. } => "OutOfMemoryError",
        Error::Ingest(IngestError::NotFound(_)) => "InputNotFoundError",
        Error::Model(ModelError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
            "InputNotFoundError"
        }
        Error::Model(ModelError::NotAModel { path, .. }) if !path.exists() => "InputNotFoundError",
        Error::Config(ConfigError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
            "InputNotFoundError"
        }
        Error::Ingest(IngestError::Io { .. }) | Error::Config(ConfigError::Io { .. }) => "FileError",
        Error::Model(ModelError::Io { .. } | ModelError::Output { .. }) => "FileError",
        Error::Internal(_) => "TopicmillError",
        error if error.is_usage() => "ParameterError",
        _ => "DataError",
    };
    raise(class, &error.to_string(), error.hint().as_deref())
}

/// An exception for parameters that are wrong, with a hint.
pub(crate) fn parameter_error(problem: &str, hint: Option<&str>) -> PyErr {
    raise("ParameterError", problem, hint)
}

/// An exception for data that is wrong, with a hint.
pub(crate) fn data_error(problem: &str, hint: Option<&str>) -> PyErr {
    raise("DataError", problem, hint)
}

fn raise(class: &str, problem: &str, hint: Option<&str>) -> PyErr {
    let (problem, hint) = (in_python(problem), hint.map(in_python));
    Python::attach(|py| {
        let made = PyModule::import(py, "topicmill.exceptions")
            .and_then(|module| module.getattr(class))
            .and_then(|class| class.call1((&problem, hint)));
        made.map_or_else(|_| PyRuntimeError::new_err(problem), PyErr::from_value)
    })
}
