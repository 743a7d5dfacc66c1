//! Checks that a model makes sense, whoever wrote it. Its digests only show that nothing was changed, since whoever
//! writes a senseless model can give it digests that fit.

use std::ops::RangeInclusive;

use hashbrown::HashSet;

use super::naming::check_name;
use super::{Factors, Manifest, ModelError, TopicModel};
use crate::factorize::FactorizeParams;
use crate::matrix::Term;

/// Allowed sums of a topic; beyond them, documents cannot be solved in f32. Topics sum to 1, except for frozen ones,
/// which keep the scale that they were given in.
const TOPIC_SUMS: RangeInclusive<f64> = 1e-15..=1e15;

impl TopicModel {
    /// Fails with the first thing that no fitted model can have: factors, weights or objectives that are not finite
    /// numbers, duplicate terms, or parameters that no fit accepts.
    pub(super) fn check(&self) -> Result<(), String> {
        let sizes = (self.w.n_rows(), self.h.n_rows(), self.h.n_topics());
        if sizes != (self.terms.len(), self.documents.len(), self.n_topics()) {
            let (n_terms, n_documents, n_topics) = sizes;
            return Err(format!(
                "arrays of {n_terms} terms, {n_documents} documents and {n_topics} topics do not fit the tables"
            ));
        }
        check_terms(&self.terms)?;
        let mut arrays = vec![("topic_term", &*self.w), ("document_topic", &self.h)];
        if let Some(Factors { w, h }) = &self.factors {
            let of_w = (w.n_rows(), w.n_topics());
            let of_h = h.in_memory().map_or((sizes.1, sizes.2), |h| (h.n_rows(), h.n_topics()));
            if (of_w, of_h) != ((sizes.0, sizes.2), (sizes.1, sizes.2)) {
                return Err("the arrays of the factors have another shape than those of the topics".into());
            }
            arrays.push(("factor_topic_term", w));
            arrays.extend(h.in_memory().map(|h| ("factor_document_topic", h)));
        }
        let record = self.manifest.fit.as_ref().and_then(|fit| fit.sharpening.as_ref());
        if record.is_some() != self.factors.is_some() {
            return Err("sharpened topics need the factors that they come from, and a record of sharpening".into());
        }
        if record.is_some() != self.assigned.is_some()
            || self.assigned.as_ref().is_some_and(|assigned| assigned.len() != sizes.1)
        {
            return Err("sharpened topics need the topic of each document".into());
        }
        if let Some(record) = record {
            let is_valid = |share: &f64| (0.0..=1.0).contains(share);
            if record.smoothing.len() != self.n_topics() || !record.smoothing.iter().all(is_valid) {
                return Err("the record of sharpening has no share from 0 to 1 for each topic".into());
            }
        }
        for (name, factor) in arrays {
            if let Some(value) = factor.first_invalid() {
                return Err(format!("{name} holds {value}, expected finite numbers of at least 0"));
            }
        }
        if let Some(sum) = self.w.topic_sums().into_iter().find(|sum| *sum != 0.0 && !TOPIC_SUMS.contains(sum)) {
            return Err(format!("a topic of topic_term sums to {sum:e}, expected about 1"));
        }
        if let Some(fit) = self.manifest.fit.as_ref().filter(|fit| fit.n_topics != self.n_topics()) {
            return Err(format!(
                "the arrays have {} topics, the record of the fit has {}",
                self.n_topics(),
                fit.n_topics
            ));
        }
        if let Some(iteration) = self.trace.iter().find(|iteration| !iteration.objective.is_finite()) {
            return Err(format!("the objective of iteration {} is {}", iteration.number, iteration.objective));
        }
        if let Some(structure) = &self.structure {
            structure.check(self.terms.len(), self.n_topics(), self.documents.len())?;
        }
        let n_nodes = self.upper_levels().iter().map(|nodes| super::levels::n_nodes(nodes));
        if !self.level_words.iter().map(Vec::len).eq(n_nodes) {
            return Err("the best words of nodes are not those of the levels above the topics".into());
        }
        if let Some(names) = &self.names {
            if names.len() != self.n_topics() {
                return Err(format!("{} names for {} topics", names.len(), self.n_topics()));
            }
            names.iter().try_for_each(|name| check_name(name))?;
        }
        let order = self.manifest.fit.as_ref().and_then(|fit| fit.fold_in_order.clone());
        if let Some(mut order) = order {
            order.sort_unstable();
            if !order.into_iter().eq(0..self.n_topics()) {
                return Err("the order of folding in does not name each topic once".into());
            }
        }
        if let Some(analyzer) = &self.manifest.analyzer {
            analyzer.check().map_err(|error| error.to_string())?;
        }
        factorize_params(&self.manifest).map(|_| ()).map_err(|error| error.to_string())
    }
}

/// Checks that terms are distinct, since words of new documents are looked up by them, and that their weights are
/// finite and not negative.
pub(super) fn check_terms(terms: &[Term]) -> Result<(), String> {
    let mut known = HashSet::with_capacity(terms.len());
    for term in terms {
        if term.term.contains('\r') || term.form.contains('\r') {
            return Err(format!("the term {:?} holds a carriage return, which no table gives back", term.term));
        }
        if !known.insert(term.term.as_str()) {
            return Err(format!("the term {:?} stands twice", term.term));
        }
        if !(term.idf.is_finite() && term.idf >= 0.0 && term.cf.is_finite() && term.cf >= 0.0) {
            return Err(format!("the term {:?} has cf {} and idf {}", term.term, term.cf, term.idf));
        }
        if !(term.weight.is_finite() && term.weight >= 0.0) {
            return Err(format!("the term {:?} has the weight {}", term.term, term.weight));
        }
    }
    Ok(())
}

/// The parameters that the model was fitted with, which decide how new documents are solved. Fails if they are
/// invalid.
pub(super) fn factorize_params(manifest: &Manifest) -> Result<FactorizeParams, ModelError> {
    let params: FactorizeParams = manifest.params("factorize")?;
    params.check().map_err(|error| ModelError::Invalid(error.to_string()))?;
    Ok(params)
}
