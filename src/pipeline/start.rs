//! A start from files: a model's factors, or one's own.

use std::path::Path;

use super::Prepared;
use crate::Error;
use crate::factorize::{Loss, Start, solve_documents};
use crate::kernels::FactorMatrix;
use crate::model::{ModelError, store};

/// Reads `topic_term.npy` (topics × terms) and `document_topic.npy` (documents × topics, f32 or f64) of a directory: a
/// model, or one's own arrays. The terms must be those of the matrix, in its order, where the directory names them.
/// Without `document_topic.npy` the documents are solved for the given topics.
pub fn read_start(directory: &Path, prepared: &Prepared, loss: Loss) -> Result<Start, Error> {
    let topic_term = store::read_npy(&directory.join(store::TOPIC_TERM))?;
    if let Some(names) = store::read_term_names(directory)? {
        let same = names.len() == prepared.weighted.terms.len()
            && names.iter().zip(&prepared.weighted.terms).all(|(name, term)| *name == term.term);
        if !same {
            let problem =
                format!("its {} terms are not the {} terms of the matrix", names.len(), prepared.weighted.terms.len());
            return Err(ModelError::Start { path: directory.to_path_buf(), problem }.into());
        }
    }
    let (n_topics, n_terms) = (topic_term.n_rows(), topic_term.n_topics());
    let v = &prepared.weighted.matrix;
    if n_terms != v.n_terms() {
        let problem = format!("topic_term.npy is {n_topics} × {n_terms}, the matrix has {} terms", v.n_terms());
        return Err(ModelError::Start { path: directory.to_path_buf(), problem }.into());
    }
    let w = FactorMatrix::from_fn(n_terms, n_topics, |term, topic| topic_term.get(topic, term));
    let documents = directory.join(store::DOCUMENT_TOPIC);
    if documents.is_file() {
        return Ok(Start { w, h: store::read_npy(&documents)? });
    }
    let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
    solve_documents(v, &w, &mut h, loss);
    Ok(Start { w, h })
}
