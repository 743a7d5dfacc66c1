//! Finds the topics of documents that a model was not fitted to.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::factorize_params;
use super::clusters::{largest, shares};
use super::{ModelError, TopicModel};
use crate::factorize::sharpen::smoothed;
use crate::factorize::{Classifier, FactorMatrix, FactorizeParams, FoldIn};
use crate::matrix::{MatrixError, Weighting};
use crate::text::{Analyzer, AnalyzerSpec, BLOCK_DOCUMENTS, TermCounter, View, Vocabulary};

/// The topics of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentTopics {
    /// Weight of each topic: a column of H, in the scale of the model's `document_topic`.
    pub weights: Vec<f32>,
    /// The topic that the document belongs to, as [`TopicModel::assignments`] has it for those of the fit.
    pub topic: Option<usize>,
    /// Share of the document's words that are not terms of the model, 0 if it has none. Where n-grams of several
    /// lengths are counted, those of the shortest are its words.
    pub unknown_share: f64,
}

impl DocumentTopics {
    /// p(topic | document): the weights divided by their sum; zeros for a document without known terms.
    pub fn shares(&self) -> Vec<f64> {
        shares(&self.weights)
    }
}

/// Finds the topics of new documents with a model's analyser, vocabulary, weighting and W. It owns all of these, so
/// that a server or another thread can hold it without the model.
///
/// ```
/// use topicmill::model::{TopicModel, Transformer};
/// let transformer = Transformer::new(&TopicModel::load("tests/golden/model-v1")?)?;
/// let topics = transformer.texts(&["the ship sailed at dawn"])?;
/// assert_eq!(topics.len(), 1);
/// # Ok::<(), topicmill::Error>(())
/// ```
///
/// A training document gets exactly its row of the model's H, byte for byte, alone or in any batch.
#[derive(Debug)]
pub struct Transformer {
    analyzer: Option<Analyzer>,
    vocabulary: Vocabulary,
    pub(super) idf: Vec<f64>,
    weighting: Weighting,
    /// For sharpened topics, which are parts of counts: the weight of each term.
    pub(super) term_weights: Option<Vec<f32>>,
    solver: Solver,
}

/// What solves a document. It has a workspace, so each thread solves with a clone.
#[derive(Clone, Debug)]
struct Solver {
    fold_in: FoldIn,
    /// For sharpened topics.
    classifier: Option<Classifier>,
}

impl Transformer {
    /// Takes what it needs from a fitted model. Fails if the model's record of its analyser or parameters is invalid.
    pub fn new(model: &TopicModel) -> Result<Self, ModelError> {
        let analyzer = model.manifest.analyzer.clone().map(Analyzer::new).transpose()?;
        let weighting = &model.manifest.weighting;
        let params = factorize_params(&model.manifest)?;
        let fit = model.manifest.fit.as_ref();
        let sharpening = fit.and_then(|fit| fit.sharpening.as_ref());
        let (w, params) = match sharpening {
            Some(record) => (Arc::new(smoothed(&model.w, &record.smoothing)), FactorizeParams::default()),
            None => (Arc::clone(&model.w), params),
        };
        let classifier = sharpening.map(|_| Classifier::new(FactorMatrix::clone(&w)));
        let fold_in = match fit.and_then(|fit| fit.fold_in_order.as_ref()) {
            Some(order) => FoldIn::in_order(&w, &params, order),
            None => FoldIn::for_params(w, &params),
        };
        Ok(Self {
            analyzer,
            vocabulary: model.terms.iter().map(|term| &term.term).collect(),
            idf: model.terms.iter().map(|term| term.idf).collect(),
            weighting: Weighting { tf: weighting.tf, norm: weighting.norm },
            term_weights: sharpening.map(|_| model.terms.iter().map(|term| term.weight as f32).collect()),
            solver: Solver { fold_in, classifier },
        })
    }

    /// The topics of texts, in their order, which have no values of views. Fails if the model was fitted to a matrix
    /// and so has no analyser, or if a number overflows.
    pub fn texts(&self, texts: &[&str]) -> Result<Vec<DocumentTopics>, ModelError> {
        let documents: Vec<(&str, Vec<String>)> = texts.iter().map(|text| (*text, Vec::new())).collect();
        self.documents(&documents)
    }

    /// The topics of documents, given as texts with the terms of their [values](Self::values_of). Fails as
    /// [`texts`](Self::texts) does.
    pub fn documents(&self, documents: &[(&str, Vec<String>)]) -> Result<Vec<DocumentTopics>, ModelError> {
        let analyzer = self.analyzer()?;
        let blocks: Vec<Vec<DocumentTopics>> = documents
            .par_chunks(BLOCK_DOCUMENTS)
            .map(|block| {
                let mut counter = TermCounter::new(analyzer);
                for (text, values) in block {
                    counter.add_with(text, values);
                }
                let counts = counter.take_block();
                let documents = counter.lookup(&counts, &self.vocabulary);
                let mut solver = self.solver.clone();
                let topics = documents.into_iter().map(|document| {
                    let unknown = document.n_unknown as f64 / document.n_counted.max(1) as f64;
                    self.counts(&mut solver, document.counts, unknown)
                });
                topics.collect::<Result<_, _>>()
            })
            .collect::<Result<_, _>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }

    /// The topics of documents given as (name of a term, count). Names that are not terms of the model count as
    /// unknown.
    pub fn named_counts(&self, documents: &[Vec<(&str, f32)>]) -> Result<Vec<DocumentTopics>, ModelError> {
        let map = |document: &Vec<(&str, f32)>| {
            let (mut known, mut unknown, mut total) = (Vec::new(), 0.0, 0.0);
            for &(term, count) in document {
                total += f64::from(count);
                match self.vocabulary.get(term) {
                    Some(term) => known.push((term, count)),
                    None => unknown += f64::from(count),
                }
            }
            known.sort_by_key(|(term, _)| *term);
            self.counts(&mut self.solver.clone(), known, if total > 0.0 { unknown / total } else { 0.0 })
        };
        documents.par_iter().map(map).collect()
    }

    /// The topics of one document given as (number of a term, count), ascending by term.
    pub fn document(&self, counts: &[(u32, f32)]) -> Result<DocumentTopics, ModelError> {
        self.counts(&mut self.solver.clone(), counts.to_vec(), 0.0)
    }

    /// The topics of documents given as (number of a term, count), ascending by term.
    pub fn term_counts(&self, documents: &[Vec<(u32, f32)>]) -> Result<Vec<DocumentTopics>, ModelError> {
        let of_counts = |document: &Vec<_>| self.counts(&mut self.solver.clone(), document.clone(), 0.0);
        documents.par_iter().map(of_counts).collect()
    }

    /// Whether topics are parts of counts, as sharpened ones are, and not of weights.
    pub fn needs_counts(&self) -> bool {
        self.term_weights.is_some()
    }

    /// The topics of documents given as (number of a term, weight), ascending by term. The weights are used
    /// unchanged, so they must be those that the model's weighting gives. Fails if topics are parts of counts.
    pub fn weights(&self, documents: &[Vec<(u32, f32)>]) -> Result<Vec<DocumentTopics>, ModelError> {
        if self.needs_counts() {
            let problem =
                "sharpened topics are parts of the counts of documents, and the matrix holds weights without counts";
            return Err(ModelError::Transform(problem.into()));
        }
        documents.par_iter().map(|document| self.solve(&mut self.solver.clone(), document, 0.0)).collect()
    }

    fn counts(
        &self,
        solver: &mut Solver,
        counts: Vec<(u32, f32)>,
        unknown_share: f64,
    ) -> Result<DocumentTopics, ModelError> {
        let values = self.values(counts)?;
        self.solve(solver, &values, unknown_share)
    }

    /// The terms of a document's values of the model's views, by its cells; none where there are no views.
    pub fn values_of<'c>(&self, cell: impl Fn(&str) -> Option<&'c str>) -> Vec<String> {
        View::terms_of(AnalyzerSpec::views_of(self.analyzer.as_ref().map(Analyzer::spec)), cell)
    }

    /// The analyser. Fails if the model was fitted to a matrix and so has none.
    pub(super) fn analyzer(&self) -> Result<&Analyzer, ModelError> {
        self.analyzer.as_ref().ok_or_else(|| {
            ModelError::Transform("the model was fitted to a matrix and has no analyser: give it a matrix".into())
        })
    }

    /// The number of a term.
    pub(crate) fn number(&self, term: &str) -> Option<u32> {
        self.vocabulary.get(term)
    }

    /// The row of W that documents are solved with, by topic.
    pub fn topic_row(&self, term: u32) -> Vec<f32> {
        self.solver.fold_in.term_row(term as usize)
    }

    /// What counts of terms, ascending, become before a document is solved: weights of V or, for sharpened topics,
    /// counts times the weights of terms.
    pub(super) fn values(&self, mut counts: Vec<(u32, f32)>) -> Result<Vec<(u32, f32)>, ModelError> {
        let overflow = |error: MatrixError| ModelError::Transform(error.to_string());
        let Some(weights) = &self.term_weights else {
            self.weighting.apply(&mut counts, &self.idf).map_err(overflow)?;
            return Ok(counts);
        };
        // A count without a weight in V is none, as in the fit.
        let mut weighted = counts.clone();
        self.weighting.apply(&mut weighted, &self.idf).map_err(overflow)?;
        let mut kept = weighted.iter().map(|(term, _)| *term).peekable();
        counts.retain(|(term, _)| kept.next_if_eq(term).is_some());
        counts.iter_mut().for_each(|(term, count)| *count *= weights[*term as usize]);
        Ok(counts)
    }

    fn solve(
        &self,
        solver: &mut Solver,
        document: &[(u32, f32)],
        unknown_share: f64,
    ) -> Result<DocumentTopics, ModelError> {
        let (terms, values): (Vec<u32>, Vec<f32>) = document.iter().copied().unzip();
        let mut weights = vec![0.0; solver.fold_in.n_topics()];
        solver.fold_in.solve(&terms, &values, &mut weights);
        let topic = match &mut solver.classifier {
            Some(classifier) => classifier.topic(&terms, &values),
            None => largest(&weights),
        };
        match weights.iter().find(|weight| !weight.is_finite()) {
            Some(value) => Err(ModelError::Transform(format!("a document's weight of a topic became {value}"))),
            None => Ok(DocumentTopics { weights, topic, unknown_share }),
        }
    }
}

impl TopicModel {
    /// The topics of new texts, in their order. Each call makes a new [`Transformer`]; for many batches, keep one
    /// instead.
    pub fn transform<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<DocumentTopics>, ModelError> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        Transformer::new(self)?.texts(&texts)
    }
}
