//! Parameters given by their names, as one configuration.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use toml::Value;
use topicmill::config::{ConfigSources, Override, Preset, default_toml};

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
            if let Some(value) = toml_value(&key, &value, 0)? {
                overrides.push(Override::of_key(&key, value, &place).or_raise()?);
            } else {
                Override::of_key(&key, Value::Boolean(false), &place).or_raise()?;
            }
        }
        let sources = ConfigSources { presets, file, overrides };
        let config = sources.apply(&topicmill::Config::default()).or_raise()?;
        Ok(Self { config, sources })
    }

    /// Sentences about names that are still accepted, and are others now.
    fn notes(&self) -> Vec<String> {
        self.sources.notes()
    }

    /// Every parameter with its value by stage, as JSON.
    fn json(&self) -> PyResult<String> {
        let json = serde_json::to_string(&self.config);
        json.map_err(|error| topicmill::Error::Internal(error.to_string())).or_raise()
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

/// Parameters are lists of lists at most; whatever is deeper holds itself.
const MOST_DEPTH: usize = 8;

/// A value of Python as one of TOML; None for None, which leaves the default.
fn toml_value(key: &str, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Option<Value>> {
    if depth > MOST_DEPTH {
        return Err(parameter_error(&format!("{key} holds lists in lists in lists"), None));
    }
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
            if let Some(value) = toml_value(key, &value, depth + 1)? {
                values.insert(name.str()?.to_string(), value);
            }
        }
        return Ok(Some(Value::Table(values)));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let mut values = Vec::new();
        for item in value.try_iter()? {
            match toml_value(key, &item?, depth + 1)? {
                Some(item) => values.push(item),
                // A topic without words of its own.
                None if depth == 0 && ["seeds", "excluded"].contains(&key) => values.push(Value::Array(Vec::new())),
                None => return Err(parameter_error(&format!("{key} holds None"), None)),
            }
        }
        return Ok(Some(Value::Array(values)));
    }
    // Numbers and arrays of NumPy, Series, and paths.
    for method in ["tolist", "to_list", "__fspath__"] {
        if let Ok(plain) = value.call_method0(method) {
            return toml_value(key, &plain, depth + 1);
        }
    }
    let kind = value.get_type().name()?;
    Err(parameter_error(&format!("{key} cannot be {kind}"), Some("give a number, a str, a list or a dict")))
}
