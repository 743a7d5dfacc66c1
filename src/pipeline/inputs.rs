//! What is read with a model: files and folders, documents in memory, or the texts that the model keeps.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use super::batches::Pending;
use super::matrix_input::is_matrix_input;
use crate::Error;
use crate::ingest::{Document, Format, IngestError, IngestParams, records, records_of};
use crate::model::{ModelError, Texts, TopicModel};

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
    /// Files and folders; none stand for the texts that a model keeps.
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

/// Inputs, or the texts that a model keeps, with the parameters that they are read with.
pub(super) struct Source<'i> {
    found: Found<'i>,
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
            return Some(Self { found: Found::Inputs(inputs), params: params.clone() });
        }
        let max_document_bytes = params.max_document_bytes;
        let params = IngestParams { format: Format::Jsonl, max_document_bytes, ..IngestParams::default() };
        model.texts.as_ref().map(|texts| Self { found: Found::Texts(Arc::clone(texts)), params })
    }

    /// Whether it is a ready matrix, which has no texts.
    pub(super) fn is_matrix(&self) -> Result<bool, Error> {
        match self.found {
            Found::Inputs(Inputs::Paths(paths)) => is_matrix_input(paths, &self.params),
            _ => Ok(false),
        }
    }

    /// The documents in order, which are yet to be decoded. Fails if an input or a parameter is invalid, or if the
    /// stored texts were changed.
    pub(super) fn documents(&self) -> Result<Box<dyn Iterator<Item = Pending> + '_>, Error> {
        let pending =
            |found: Result<_, IngestError>| found.map(|records| Box::new(Iterator::map(records, Pending::from)));
        Ok(match &self.found {
            Found::Inputs(Inputs::Documents(documents)) => {
                Box::new(documents.iter().map(|document| Pending::Given(document.clone())))
            }
            Found::Inputs(Inputs::Paths(paths)) => pending(records(paths, &self.params))?,
            Found::Texts(texts) => match &**texts {
                Texts::Memory(bytes) => {
                    pending(records_of(Cursor::new(bytes.clone()), "texts.jsonl.gz", &self.params))?
                }
                Texts::File { .. } => {
                    let file: &PathBuf = texts.checked_file().map_err(Error::from)?;
                    pending(records(std::slice::from_ref(file), &self.params))?
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
