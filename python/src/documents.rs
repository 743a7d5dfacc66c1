//! Documents of Python: texts, or columns of a table. Their texts are used where they lie.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyDict;
use topicmill::ingest::{Document, IngestError, IngestParams, documents_of_rows};

use crate::columns::texts;
use crate::errors::{OrRaise, data_error};

/// Documents one after another.
type Found<'d> = Box<dyn Iterator<Item = Document> + Send + 'd>;

/// Documents in memory.
#[pyclass(frozen, module = "topicmill._core")]
pub(crate) struct Documents {
    /// The names of the columns; None for plain texts, which are the only column.
    header: Option<Vec<String>>,
    columns: Vec<Vec<PyBackedStr>>,
}

#[pymethods]
impl Documents {
    /// Plain texts.
    #[staticmethod]
    fn of_texts(items: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { header: None, columns: vec![texts(items, "document")?] })
    }

    /// Rows of a table, by columns of str that are equally long.
    #[staticmethod]
    fn of_columns(columns: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (mut header, mut values) = (Vec::new(), Vec::new());
        for (name, column) in columns {
            let name = name.str()?.to_string();
            values.push(texts(&column, &format!("column {name:?}, row"))?);
            header.push(name);
        }
        match values.iter().all(|column| column.len() == values[0].len()) {
            true => Ok(Self { header: Some(header), columns: values }),
            false => Err(PyValueError::new_err("the columns are not equally long")),
        }
    }

    pub(crate) fn __len__(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

impl Documents {
    /// The documents one after another, as the parameters say what columns are for.
    pub(crate) fn documents<'d>(&'d self, params: &IngestParams) -> PyResult<Found<'d>> {
        self.found(params).or_raise()
    }

    /// New documents for a model, whose parameters these are: a column of ids that they lack is not missed.
    pub(crate) fn new_documents<'d>(&'d self, params: &IngestParams) -> PyResult<Found<'d>> {
        let has = |name: &String| self.header.as_ref().is_some_and(|header| header.contains(name));
        let params = &IngestParams { id_column: params.id_column.clone().filter(has), ..params.clone() };
        self.found(params).map_err(|error| {
            data_error(&error.to_string(), Some("give the column of texts itself, as in table[\"text\"]"))
        })
    }

    fn found<'d>(&'d self, params: &IngestParams) -> Result<Found<'d>, IngestError> {
        let Some(header) = &self.header else {
            let numbered = (1_u64..).zip(&self.columns[0]);
            let document = |(number, text): (u64, &PyBackedStr)| Document {
                id: number.to_string(),
                text: text.to_string(),
                ..Document::default()
            };
            return Ok(Box::new(numbered.map(document)));
        };
        let row = |row: usize| self.columns.iter().map(|column| column[row].to_string()).collect();
        Ok(Box::new(documents_of_rows(header.clone(), (0..self.__len__()).map(row), params)?))
    }
}
