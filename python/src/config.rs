//! Parameters given by their names, as one configuration.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use toml::Value;
use topicmill::config::{ConfigSources, Override, Preset, default_toml, to_toml};

use crate::errors::{OrRaise, parameter_error};

/// All parameters of a run.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct Config {
    pub(crate) config: topicmill::Config,
    /// Names of parameters that were given, in the file or by name.
    sources: ConfigSources,
}

#[pymethods]
impl Config {
    /// Presets, a configuration file and parameters by their names, each over the ones before.
    #[new]
    #[pyo3(signature = (parameters, file=None, presets=Vec::new()))]
    fn new(parameters: &Bound<'_, PyDict>, file: Option<(String, String)>, presets: Vec<String>) -> PyResult<Self> {
        let preset = |name: &String| {
            let found: Result<Preset, _> = name.parse();
            found.map_err(|problem| parameter_error(&format!("preset: {problem}"), None))
        };
        let presets = presets.iter().map(preset).collect::<PyResult<_>>()?;
        let mut overrides = Vec::new();
        for (key, value) in parameters {
            let key: String = key.extract()?;
            let place = format!("{key} = {}", value.repr()?);
            if let Some(value) = toml_value(&key, &value)? {
                overrides.push(Override::of_key(&key, value, &place).or_raise()?);
            } else {
                Override::of_key(&key, Value::Boolean(false), &place).or_raise()?;
            }
        }
        let sources = ConfigSources { presets, file, overrides };
        let config = sources.apply(&topicmill::Config::default()).or_raise()?;
        Ok(Self { config, sources })
    }

    /// Every parameter with its value, as TOML.
    fn toml(&self) -> String {
        to_toml(&self.config)
    }

    /// Sentences about names that are still accepted, and are others now.
    fn notes(&self) -> Vec<String> {
        self.sources.notes()
    }

    /// The parameters that were given by name, as `stage.key`.
    fn given(&self) -> Vec<String> {
        self.sources.overrides.iter().map(|set| set.key.clone()).collect()
    }
}

impl Config {
    /// Whether a parameter was given in the file or by name, as `stage.key`.
    pub(crate) fn sets(&self, key: &str) -> bool {
        self.sources.sets(key)
    }
}

/// Every parameter with its default and its meaning, as TOML.
#[pyfunction]
pub(crate) fn default_config() -> String {
    default_toml()
}

/// A value of Python as one of TOML; None for None, which leaves the default.
fn toml_value(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(Some(Value::Boolean(value.extract()?)));
    }
    if value.is_instance_of::<PyInt>() {
        return match value.extract::<i64>() {
            Ok(number) => Ok(Some(Value::Integer(number))),
            Err(_) => Err(parameter_error(&format!("{key} = {value} is too large"), None)),
        };
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Some(Value::Float(value.extract()?)));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(Value::String(text.to_string())));
    }
    if let Ok(table) = value.cast::<PyDict>() {
        let mut values = toml::Table::new();
        for (name, value) in table {
            if let Some(value) = toml_value(key, &value)? {
                values.insert(name.str()?.to_string(), value);
            }
        }
        return Ok(Some(Value::Table(values)));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() || value.hasattr("__iter__")? {
        let values: Vec<Value> = value
            .try_iter()?
            .filter_map(|item| item.and_then(|item| toml_value(key, &item)).transpose())
            .collect::<PyResult<_>>()?;
        return Ok(Some(Value::Array(values)));
    }
    // Numbers of NumPy, and paths.
    if let Ok(number) = value.call_method0("__index__").and_then(|number| number.extract::<i64>()) {
        return Ok(Some(Value::Integer(number)));
    }
    if let Ok(path) = value.call_method0("__fspath__").and_then(|path| path.extract::<String>()) {
        return Ok(Some(Value::String(path)));
    }
    if let Ok(number) = value.extract::<f64>() {
        return Ok(Some(Value::Float(number)));
    }
    Err(parameter_error(&format!("{key} cannot be {}", value.get_type().name()?), None))
}
