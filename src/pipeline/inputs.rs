//! What is read with a model: files and folders, documents in memory, or the texts that the model keeps.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use hashbrown::HashMap;

use super::batches::Pending;
use super::matrix_input::is_matrix_input;
use super::shard_directory::is_shard_directory;
use crate::Error;
use crate::ingest::{Document, Format, IngestError, IngestParams, LABEL_COLUMN, records, records_of};
use crate::model::{ModelError, Texts, TopicModel, Transformer};

/// Files and folders, or documents in memory.
///
/// ```
/// use topicmill::ingest::{Document, IngestParams};
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{Inputs, evaluate};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let topics = model.topics(10, model.ranking(None)?);
/// let texts = ["The ship sailed at dawn.", "A vaccine is tested."];
/// let documents: Vec<Document> = texts.iter().map(|text| Document::new(*text, *text)).collect();
/// let (evaluation, _) = evaluate(&model, &topics, Inputs::Documents(&documents), &IngestParams::default())?;
/// assert_eq!(evaluation.reference.unwrap().n_documents, 2);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'i> {
    /// Files and folders; with none, what measures or shows a fitted model reads the texts that the model keeps.
    Paths(&'i [PathBuf]),
    /// Documents in memory, of which [`IngestParams::strip`] is taken off.
    Documents(&'i [Document]),
}

impl<'i> From<&'i [PathBuf]> for Inputs<'i> {
    fn from(paths: &'i [PathBuf]) -> Self {
        Self::Paths(paths)
    }
}

impl<'i> From<&'i Vec<PathBuf>> for Inputs<'i> {
    fn from(paths: &'i Vec<PathBuf>) -> Self {
        Self::Paths(paths)
    }
}

impl<'i, const N: usize> From<&'i [PathBuf; N]> for Inputs<'i> {
    fn from(paths: &'i [PathBuf; N]) -> Self {
        Self::Paths(paths)
    }
}

impl<'i> Inputs<'i> {
    /// What is read to measure or to show a model that was fitted to these inputs: the texts that it keeps, or else the
    /// inputs where they are documents that can be read again, or else nothing.
    pub fn of_fit(self, model: &TopicModel) -> Result<Self, Error> {
        let can_be_read = match self {
            Self::Documents(_) => true,
            Self::Paths(paths) => {
                paths.iter().all(|path| path.is_file() || path.is_dir())
                    && !is_matrix_input(paths, &model.manifest.params("ingest")?)?
                    && !is_shard_directory(paths)?
            }
        };
        let is_read = model.texts.is_none() && model.manifest.analyzer.is_some() && can_be_read;
        Ok(if is_read { self } else { Self::Paths(&[]) })
    }

    /// The documents in order, which are yet to be decoded.
    pub(super) fn pending<'p>(
        self,
        params: &'p IngestParams,
    ) -> Result<Box<dyn Iterator<Item = Pending> + 'p>, IngestError>
    where
        'i: 'p,
    {
        Ok(match self {
            Self::Documents(documents) => Box::new(documents.iter().map(|document| Pending::Given(document.clone()))),
            Self::Paths(paths) => Box::new(records(paths, params)?.map(Pending::from)),
        })
    }
}

/// Inputs, or the texts that a model keeps, with the parameters that they are read with.
pub(super) struct Source<'i> {
    found: Found<'i>,
    /// Of kept texts of documents with views, the row of each document of the model by its id.
    rows: Option<HashMap<String, usize>>,
    pub(super) params: IngestParams,
}

enum Found<'i> {
    Inputs(Inputs<'i>),
    Texts(Arc<Texts>),
}

impl<'i> Source<'i> {
    /// The inputs, or where none is named the texts that the model keeps, which are read as they are; `None` if it
    /// keeps none.
    pub(super) fn new(model: &TopicModel, inputs: Inputs<'i>, params: &IngestParams) -> Option<Self> {
        if !matches!(inputs, Inputs::Paths([])) {
            return Some(Self { found: Found::Inputs(inputs), rows: None, params: params.clone() });
        }
        let max_document_bytes = params.max_document_bytes;
        let params = IngestParams { format: Format::Jsonl, max_document_bytes, ..IngestParams::default() };
        let ids = || model.documents.rows().enumerate().map(|(place, row)| (row.id.to_string(), place)).collect();
        let rows = (!model.views().is_empty()).then(ids);
        model.texts.as_ref().map(|texts| Self { found: Found::Texts(Arc::clone(texts)), rows, params })
    }

    /// The terms of a document's values of the model's views. Kept texts come without metadata, which the model's table
    /// of documents has.
    pub(super) fn values_of(&self, model: &TopicModel, transformer: &Transformer, document: &Document) -> Vec<String> {
        let Some(rows) = &self.rows else { return transformer.values_of(|column| document.cell(column)) };
        let row = rows.get(document.id.as_str()).map(|&place| model.documents.row(place));
        let cell = |column: &str| match model.documents.columns.iter().position(|name| name == column) {
            Some(place) => row.map(|row| row.value(place)),
            None => row.map(|row| row.label).filter(|_| column == LABEL_COLUMN),
        };
        transformer.values_of(cell)
    }

    /// Whether it has the texts that the model keeps.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.found, Found::Texts(_))
    }

    /// Whether it is a ready matrix, which has no texts.
    pub(super) fn is_matrix(&self) -> Result<bool, Error> {
        match self.found {
            Found::Inputs(Inputs::Paths(paths)) => is_matrix_input(paths, &self.params),
            _ => Ok(false),
        }
    }

    /// The documents in order, which are yet to be decoded. Fails if an input or a parameter is invalid, if the inputs
    /// are a matrix, or if the stored texts were changed.
    pub(super) fn documents(&self) -> Result<Box<dyn Iterator<Item = Pending> + '_>, Error> {
        if self.is_matrix()? {
            return Err(ModelError::Transform("the input is a matrix, which has no texts".into()).into());
        }
        Ok(match &self.found {
            Found::Inputs(inputs) => inputs.pending(&self.params)?,
            Found::Texts(texts) => match &**texts {
                Texts::Memory(bytes) => {
                    let records = records_of(Cursor::new(bytes.clone()), "texts.jsonl.gz", &self.params)?;
                    Box::new(records.map(Pending::from))
                }
                Texts::File { .. } => {
                    Inputs::Paths(std::slice::from_ref(texts.checked_file()?)).pending(&self.params)?
                }
            },
        })
    }
}

/// The error of a command that needs the texts of documents and has none.
pub(super) fn no_texts() -> Error {
    let problem = "the model keeps no texts (fit --keep-texts does): name the input that has the documents";
    ModelError::Transform(problem.into()).into()
}
