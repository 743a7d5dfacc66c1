//! New documents through a fitted model, batch by batch.

use std::path::PathBuf;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::matrix_input::{is_matrix_input, read};
use super::read::{Pending, next_batch, skip};
use crate::Error;
use crate::ingest::{Document, IngestError, IngestParams, SkippedDocuments, records};
use crate::model::{DocumentTopics, ModelError, TopicModel, Transformer, UniqueIds};

/// Documents per batch.
const BATCH_DOCUMENTS: usize = 512;

/// A document and its topics.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformedDocument {
    /// Its id, unique in the run.
    pub id: String,
    /// Its topics.
    pub topics: DocumentTopics,
}

/// Calls `emit` with the topics of the documents of `inputs`, in order, a batch at a time; gives what was left out.
pub fn transform(
    model: &TopicModel,
    inputs: &[PathBuf],
    params: &IngestParams,
    emit: &mut dyn FnMut(Vec<TransformedDocument>) -> Result<(), Error>,
) -> Result<SkippedDocuments, Error> {
    params.check()?;
    let transformer = Transformer::new(model)?;
    if is_matrix_input(inputs, params)? {
        emit(transform_matrix(model, &transformer, inputs, params)?)?;
        return Ok(SkippedDocuments::default());
    }
    let mut source = records(inputs, params)?.map(Pending::from);
    let mut ids = UniqueIds::default();
    let mut skipped = SkippedDocuments::default();
    loop {
        let batch = next_batch(&mut source, BATCH_DOCUMENTS);
        if batch.is_empty() {
            return Ok(skipped);
        }
        let decoded: Vec<Result<Document, IngestError>> =
            batch.into_par_iter().map(|pending| pending.decode(params)).collect();
        let mut documents = Vec::new();
        for document in decoded {
            match document {
                Ok(document) => documents.push(document),
                Err(error) => skipped.push(skip(error, params)?),
            }
        }
        if documents.is_empty() {
            continue;
        }
        let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
        let topics = transformer.texts(&texts)?;
        let unique = documents.into_iter().map(|document| ids.unique(document.id));
        emit(unique.zip(topics).map(|(id, topics)| TransformedDocument { id, topics }).collect())?;
    }
}

/// A matrix of counts by named terms; of weights, if `vectorize` wrote it.
fn transform_matrix(
    model: &TopicModel,
    transformer: &Transformer<'_>,
    inputs: &[PathBuf],
    params: &IngestParams,
) -> Result<Vec<TransformedDocument>, Error> {
    let matrix = read(&inputs[0], params)?;
    let unlike = model.manifest.analyzer.is_none() && matrix.terms.len() != model.terms.len();
    let named = params.term_names.is_some() || matrix.stored.is_some() || unlike;
    if !named && matrix.terms.len() != model.terms.len() {
        let problem = format!(
            "the matrix has {} terms without names, the model has {}: name them with --term-names",
            matrix.terms.len(),
            model.terms.len()
        );
        return Err(ModelError::Transform(problem).into());
    }
    let name = |term: u32| match named {
        true => matrix.terms[term as usize].as_str(),
        false => model.terms[term as usize].term.as_str(),
    };
    let topics = if matrix.stored.is_some() {
        let numbers: HashMap<&str, u32> =
            model.terms.iter().enumerate().map(|(i, term)| (term.term.as_str(), i as u32)).collect();
        let known = |row: &Vec<(u32, f32)>| {
            let mut known: Vec<(u32, f32)> =
                row.iter().filter_map(|&(term, value)| Some((*numbers.get(name(term))?, value))).collect();
            known.sort_by_key(|(term, _)| *term);
            known
        };
        let known: Vec<Vec<(u32, f32)>> = matrix.rows.iter().map(known).collect();
        let mut topics = transformer.weights(&known)?;
        for (topics, (known, row)) in topics.iter_mut().zip(known.iter().zip(&matrix.rows)) {
            topics.unknown_share = 1.0 - known.len() as f64 / row.len().max(known.len()).max(1) as f64;
            if row.is_empty() {
                topics.unknown_share = 0.0;
            }
        }
        topics
    } else {
        let counts: Vec<Vec<(&str, f32)>> =
            matrix.rows.iter().map(|row| row.iter().map(|&(term, value)| (name(term), value)).collect()).collect();
        transformer.named_counts(&counts)?
    };
    let ids = matrix.documents.rows.into_iter().map(|row| row.id);
    Ok(ids.zip(topics).map(|(id, topics)| TransformedDocument { id, topics }).collect())
}
