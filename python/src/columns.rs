//! Tables of the library as columns for Python, and texts of Python for the library.

use numpy::PyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use topicmill::export::{Table, Values};

/// The columns of a table, as a list of (name, kind, values): values are a list of str, an array of float64 or
/// float32, or for whole numbers an array of int64 and one that says which cells are empty.
pub(crate) fn columns<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyList>> {
    let column = |name: &str, values: &Values| -> PyResult<Bound<'py, PyTuple>> {
        Ok(match values {
            Values::Text(texts) => (name, "text", PyList::new(py, texts)?).into_pyobject(py)?,
            Values::Number(numbers) => (name, "number", PyArray1::from_slice(py, numbers)).into_pyobject(py)?,
            Values::Single(numbers) => (name, "number", PyArray1::from_slice(py, numbers)).into_pyobject(py)?,
            Values::Integer(numbers) => {
                let known = numbers.iter().map(|number| number.unwrap_or(0) as i64);
                let values = PyArray1::from_iter(py, known);
                let empty = PyArray1::from_iter(py, numbers.iter().map(Option::is_none));
                (name, "integer", (values, empty)).into_pyobject(py)?
            }
        })
    };
    let columns: Vec<_> = table.columns.iter().map(|each| column(&each.name, &each.values)).collect::<PyResult<_>>()?;
    PyList::new(py, columns)
}

/// Loads what NumPy has for other libraries, so that no later call has to, which Ctrl-C could interrupt.
#[pyfunction]
pub(crate) fn load_numpy(py: Python<'_>) {
    let _ = PyArray1::<f64>::zeros(py, 0, false);
}

/// The texts of an iterable of str. What is no valid Unicode, as half of a surrogate pair, becomes U+FFFD. Fails with
/// the place of what is no str.
pub(crate) fn texts(items: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<PyBackedStr>> {
    let mut texts = Vec::with_capacity(items.len().unwrap_or(0));
    for (place, item) in items.try_iter()?.enumerate() {
        texts.push(text(&item?, || format!("{what} {place}"))?);
    }
    Ok(texts)
}

fn text(item: &Bound<'_, PyAny>, place: impl Fn() -> String) -> PyResult<PyBackedStr> {
    if let Ok(string) = item.cast::<PyString>() {
        return match PyBackedStr::try_from(string.clone()) {
            Ok(text) => Ok(text),
            Err(_) => PyBackedStr::try_from(PyString::new(item.py(), &string.to_string_lossy())),
        };
    }
    let is_null = item.is_none()
        || item.extract::<f64>().is_ok_and(f64::is_nan)
        || ["<NA>", "NaT"].contains(&&*item.repr()?.to_string());
    let problem = if is_null {
        format!("{} is null: drop such documents, or fill them with \"\"", place())
    } else if item.cast::<PyBytes>().is_ok() {
        format!("{} is bytes: decode it, as with .decode(\"utf-8\")", place())
    } else {
        format!("{} is no str but {}", place(), item.get_type().name()?)
    };
    Err(PyTypeError::new_err(problem))
}
