//! Finds one document among inputs, and explains its topics.

use super::batches::skip;
use super::inputs::{Inputs, Source, no_texts};
use crate::Error;
use crate::ingest::{Document, IngestParams, SkippedDocuments};
use crate::model::{Explanation, ModelError, TopicModel, Transformer, UniqueIds};

/// The document with this id, or the only one where no id is given; of the texts that the model keeps where no input is
/// named. Fails if there is no such document, or if several could be meant.
pub fn find_document<'i>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
    id: Option<&str>,
) -> Result<Document, Error> {
    let source = &Source::new(model, inputs.into(), params).ok_or_else(no_texts)?;
    let params = &source.params;
    let (mut ids, mut skipped, mut only) = (UniqueIds::default(), SkippedDocuments::default(), None);
    for pending in source.documents()? {
        let mut document = match pending.decode(params) {
            Ok(document) => document,
            Err(error) => {
                skipped.push(skip(error, params)?);
                continue;
            }
        };
        document.id = ids.unique(document.id);
        match id {
            Some(id) if id == document.id => return Ok(document),
            None if only.is_some() => {
                let problem = "the input has several documents: name one of them with --id";
                return Err(ModelError::Transform(problem.into()).into());
            }
            None => only = Some(document),
            Some(_) => {}
        }
    }
    let first = skipped.listed().first().map(ToString::to_string);
    match (only, id) {
        (Some(document), _) => Ok(document),
        (None, Some(id)) => Err(ModelError::Transform(format!("no document of the input has the id {id:?}")).into()),
        (None, None) => Err(Error::NoDocuments { skipped: skipped.len(), first }),
    }
}

/// Explains the topics of a text. Fails if no word of it is a term of the model.
///
/// ```
/// use topicmill::{ingest::IngestParams, model::TopicModel, pipeline::{explain, find_document}};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let inputs = ["corpora/newsroom".into()];
/// let id = "health/05-robot-assists-knee-surgery.txt";
/// let document = find_document(&model, &inputs, &IngestParams::default(), Some(id))?;
/// let explanation = explain(&model, &document.text)?;
/// assert!(!explanation.words.is_empty());
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn explain(model: &TopicModel, text: &str) -> Result<Explanation, Error> {
    let explanation = Transformer::new(model)?.explain(text)?;
    if explanation.topics.weights.iter().all(|weight| *weight == 0.0) {
        let problem = "no word of the document is a term of the model, so that there is nothing to explain";
        return Err(ModelError::Transform(problem.into()).into());
    }
    Ok(explanation)
}
