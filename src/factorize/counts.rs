//! The counts that topics are sharpened on, with the weights of terms and documents.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::kernels::FactorMatrix;
use crate::matrix::{EntryCounts, TermDocumentMatrix};

use super::documents::Documents;

/// Fewest documents of a parallel task.
const TASK_DOCUMENTS: usize = 256;

/// The counts of documents at the entries of V, C_td: each is multiplied by the weight of its term, and for what
/// topics learn of a document also by the weight of the document.
#[derive(Clone, Debug)]
pub struct Counts<'a> {
    v: &'a TermDocumentMatrix,
    by_document: &'a EntryCounts,
    /// The counts in the order of terms, once they are needed.
    by_term: OnceLock<EntryCounts>,
    /// Empty if each is 1.
    term_weights: Vec<f32>,
    /// Empty if each is 1.
    document_weights: &'a [f32],
    /// n_d, the weighted tokens of each document.
    n_tokens: Vec<f64>,
}

impl<'a> Counts<'a> {
    /// The counts behind the entries of V, in the order of its documents, with a weight for each term and each document
    /// (none is 1 for each).
    pub fn new(
        v: &'a TermDocumentMatrix,
        counts: &'a EntryCounts,
        term_weights: Vec<f32>,
        document_weights: &'a [f32],
    ) -> Self {
        let (by_term, n_tokens) = (OnceLock::new(), Vec::new());
        let mut all = Self { v, by_document: counts, by_term, term_weights, document_weights, n_tokens };
        let n_tokens = |buffer: &mut Vec<f32>, document: usize| {
            all.document(document, buffer).1.iter().map(|&count| f64::from(count)).sum()
        };
        let documents = (0..v.n_documents()).into_par_iter().with_min_len(TASK_DOCUMENTS);
        all.n_tokens = documents.map_init(Vec::new, n_tokens).collect();
        all
    }

    /// V, whose entries are counted.
    pub(super) fn v(&self) -> &'a TermDocumentMatrix {
        self.v
    }

    /// n_d of each document.
    pub(super) fn n_tokens(&self) -> &[f64] {
        &self.n_tokens
    }

    /// The weight of a document, 1 without one.
    pub(super) fn document_weight(&self, document: usize) -> f64 {
        self.document_weights.get(document).map_or(1.0, |&weight| f64::from(weight))
    }

    /// The counts in the order of terms, which must not be asked for first within one of several parallel tasks.
    pub(super) fn by_term(&self) -> &EntryCounts {
        self.by_term.get_or_init(|| self.by_document.in_order_of_terms(self.v))
    }

    /// The documents of a term and its counts there, times the weights of the documents.
    pub(super) fn term<'b>(&'b self, term: usize, buffer: &'b mut Vec<f32>) -> (&'b [u32], &'b [f32]) {
        let documents = self.v.term(term).0;
        buffer.clear();
        buffer.extend(self.by_term().range(self.v.term_range(term)));
        if let Some(weight) = self.term_weights.get(term) {
            buffer.iter_mut().for_each(|count| *count *= weight);
        }
        if !self.document_weights.is_empty() {
            let weights = documents.iter().map(|&document| self.document_weights[document as usize]);
            buffer.iter_mut().zip(weights).for_each(|(count, weight)| *count *= weight);
        }
        (documents, buffer)
    }

    /// The counts of all entries, in the order of documents.
    pub(super) fn entries(&self) -> Vec<f32> {
        let mut counts: Vec<f32> = self.by_document.iter().collect();
        if !self.term_weights.is_empty() {
            let weights = self.v.by_document();
            let weights = weights.indices().iter().map(|&term| self.term_weights[term as usize]);
            counts.iter_mut().zip(weights).for_each(|(count, weight)| *count *= weight);
        }
        counts
    }

    /// Tokens of each topic, where documents have these shares of topics.
    pub(crate) fn masses(&self, shares: &FactorMatrix) -> Vec<f64> {
        let mut masses = vec![0.0; shares.n_topics()];
        for (document, n_tokens) in self.n_tokens.iter().enumerate() {
            let row = shares.row_values(document);
            masses.iter_mut().zip(row).for_each(|(mass, &share)| *mass += n_tokens * f64::from(share));
        }
        masses
    }
}

impl Documents for Counts<'_> {
    /// The terms of a document and its counts.
    fn document<'b>(&'b self, document: usize, buffer: &'b mut Vec<f32>) -> (&'b [u32], &'b [f32]) {
        let terms = self.v.document(document).0;
        buffer.clear();
        buffer.extend(self.by_document.range(self.v.document_range(document)));
        if !self.term_weights.is_empty() {
            let weights = terms.iter().map(|&term| self.term_weights[term as usize]);
            buffer.iter_mut().zip(weights).for_each(|(count, weight)| *count *= weight);
        }
        (terms, buffer)
    }
}
