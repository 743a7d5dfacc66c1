//! What a fit has found, and the model that is made of it.

use std::sync::Arc;

use super::dataset::{Dataset, Description};
use crate::Error;
use crate::config::Config;
use crate::evaluate::MEASURED_WORDS;
use crate::factorize::sharpen::{GivenTopics, sharpen};
use crate::factorize::{
    self, Canonical, CanonicalTopics, Counts, FactorMatrix, FactorizeError, FactorizeParams, FixedTopics, Iteration,
    StopReason, Structure, Structured, Variant, join_topics, masked_objective,
};
use crate::matrix::{EntryCounts, TermDocumentMatrix};
use crate::model::{
    CoherenceRecord, CorrelatedWord, FactorRows, Factors, FitRecord, Kind, LevelWords, SharpeningRecord, TopicModel,
    mean_topics, rank_by_correlation, summed, words_alone,
};

/// What a fit has found.
pub(super) struct Fitted {
    pub(super) topics: Topics,
    pub(super) trace: Vec<Iteration>,
    pub(super) stop_reason: StopReason,
    pub(super) kkt_residual: Option<f64>,
    pub(super) final_objective: f64,
    /// `None` where entries are missing.
    pub(super) baseline_objective: Option<f64>,
    pub(super) coherence: CoherenceRecord,
    pub(super) structure: Option<Structure>,
}

/// The topics that a model shows.
pub(super) struct Topics {
    pub(super) w: Arc<FactorMatrix>,
    pub(super) h: FactorMatrix,
    pub(super) fold_in_order: Option<Vec<usize>>,
    pub(super) assigned: Option<Vec<Option<usize>>>,
    pub(super) factors: Option<Factors>,
    pub(super) sharpening: Option<SharpeningRecord>,
    pub(super) correlated: Vec<Vec<CorrelatedWord>>,
    /// For each level above the topics, the node of each topic, and the best words of each node.
    pub(super) levels: Vec<Vec<u32>>,
    pub(super) level_words: LevelWords,
}

impl Fitted {
    /// The canonical form of a factorization; `sharpening` has the weights of documents (none is 1 for each) if topics
    /// are to be sharpened. H is solved for V itself and not for the weighted V, because the weight of a document
    /// should change the topics but not what the document is about.
    pub(super) fn new(
        dataset: &Dataset,
        params: &FactorizeParams,
        Structured { factorization, structure }: Structured,
        given: &GivenTopics,
        sharpening: Option<Vec<f32>>,
    ) -> Self {
        let v = &dataset.matrix;
        let fixed = factorization.fixed;
        let (trace, stop_reason, kkt_residual) =
            (factorization.trace.clone(), factorization.stop_reason, factorization.kkt_residual);
        let canonical = match &sharpening {
            // The descent's own H is that of V; that of weighted documents is not.
            Some(document_weights) if document_weights.is_empty() => factorization.normalised(),
            // To solve H once more, all entries would have to be known.
            _ if dataset.missing.is_some() => factorization.normalised(),
            _ => factorization.canonical(v, params),
        };
        let (w, h) = (&canonical.w, &canonical.h);
        let (final_objective, baseline_objective) = match &dataset.missing {
            Some(missing) => (masked_objective(v, missing, w, h, params.loss), None),
            None => {
                let baseline = factorize::baseline_objective(v, params.loss);
                (factorize::objective(v, w, h, params.loss), Some(baseline))
            }
        };
        let n_levels = if params.variant == Variant::Hierarchical { params.levels } else { 1 };
        let topics = match sharpening {
            Some(weights) => Topics::sharpened(dataset, canonical, fixed, given, n_levels, &weights, params),
            None => Topics::of_factors(dataset, canonical, given, n_levels),
        };
        let is_hierarchical = params.variant == Variant::Hierarchical;
        let structure =
            structure.or(is_hierarchical.then(|| Structure::Hierarchical { levels: topics.levels.clone() }));
        let coherence = CoherenceRecord::new(&topics.measured_words(), v);
        Self { topics, trace, stop_reason, kkt_residual, final_objective, baseline_objective, coherence, structure }
    }

    /// The model of the documents that were fitted. Fails if numbers have overflowed.
    pub(super) fn model(
        self,
        documents: &Description<'_>,
        params: FactorizeParams,
        start: Option<String>,
        warnings: Vec<String>,
    ) -> Result<TopicModel, Error> {
        let Self {
            topics,
            trace,
            stop_reason,
            kkt_residual,
            final_objective,
            baseline_objective,
            coherence,
            structure,
        } = self;
        let Topics { w, h, fold_in_order, assigned, factors, sharpening, correlated, level_words, .. } = topics;
        for (what, factor) in [("W", &*w), ("H", &h)] {
            if let Some(value) = factor.first_invalid() {
                return Err(FactorizeError::Overflow { what, value }.into());
            }
        }
        if !final_objective.is_finite() {
            return Err(FactorizeError::NotFinite { iteration: trace.len(), objective: final_objective }.into());
        }
        let objective = |iteration: Option<&Iteration>| iteration.map_or(f64::NAN, |iteration| iteration.objective);
        let record = FitRecord {
            n_topics: w.n_topics(),
            seed: params.seed,
            start,
            n_iterations: trace.len().saturating_sub(1),
            stop_reason,
            kkt_residual,
            fold_in_order,
            sharpening,
            coherence: Some(coherence),
            stability: None,
            baseline_objective,
            first_objective: objective(trace.first()),
            last_objective: objective(trace.last()),
            final_objective,
            warnings,
        };
        let config = Config { factorize: params, ..documents.config.clone() };
        let manifest = documents.manifest(&config, Kind::Model, Some(record))?;
        Ok(TopicModel {
            terms: Arc::clone(documents.terms),
            documents: Arc::clone(documents.documents),
            w,
            h,
            factors,
            assigned,
            correlated: Some(correlated),
            level_words,
            names: None,
            texts: documents.texts.cloned(),
            selection: None,
            structure,
            trace,
            manifest,
        })
    }
}

impl Topics {
    /// The words of each topic that its coherence is measured by.
    pub(super) fn measured_words(&self) -> Vec<Vec<u32>> {
        let shown =
            |words: &Vec<CorrelatedWord>| words.iter().take(MEASURED_WORDS).map(|word| word.term as u32).collect();
        self.correlated.iter().map(shown).collect()
    }

    /// The factors themselves, whose words are ranked by shares of weights.
    fn of_factors(dataset: &Dataset, canonical: Canonical, given: &GivenTopics, n_levels: usize) -> Self {
        let v = &dataset.matrix;
        let Canonical { w, h, fold_in_order } = canonical;
        let mut shares = h.clone();
        shares.to_shares();
        let words = words_alone(&w, &dataset.terms, dataset.analyzer.as_ref());
        let correlated = rank_by_correlation(v, &shares, &words, &given.seeds);
        let levels = join_topics(&w, &h.topic_sums(), n_levels);
        let level_words = rank_levels(v, &shares, &words, &levels);
        drop(words);
        let (assigned, factors, sharpening) = (None, None, None);
        Self { w, h, fold_in_order, assigned, factors, sharpening, correlated, levels, level_words }
    }

    /// The factors sharpened on the counts. Counts are multiplied by the weights of terms.
    fn sharpened(
        dataset: &Dataset,
        factors: Canonical,
        fixed: FixedTopics,
        given: &GivenTopics,
        n_levels: usize,
        document_weights: &[f32],
        params: &FactorizeParams,
    ) -> Self {
        let v = &dataset.matrix;
        let none = EntryCounts::default();
        let counts = dataset.counts.as_ref().unwrap_or(&none);
        let counts = Counts::new(v, counts, dataset.term_weights(), document_weights);
        let sharpened = sharpen(&counts, &factors.w, &factors.h.topic_sums(), given, params);
        let (pseudo_count, likelihoods) = (sharpened.pseudo_count, sharpened.likelihoods.clone());
        let words = words_alone(&sharpened.w, &dataset.terms, dataset.analyzer.as_ref());
        let ranked = rank_by_correlation(v, &sharpened.posterior, &words, &given.seeds);
        let mut levels = join_topics(&sharpened.w, &counts.masses(&sharpened.posterior), n_levels);
        let level_words = rank_levels(v, &sharpened.posterior, &words, &levels);
        drop(words);
        let CanonicalTopics { topics, smoothing, assigned, factors: (w, h), order } =
            sharpened.canonical(&counts, factors, fixed);
        let correlated = order.iter().map(|&topic| ranked[topic].clone()).collect();
        levels.iter_mut().for_each(|nodes| *nodes = order.iter().map(|&topic| nodes[topic]).collect());
        let Canonical { w: shown_w, h: shown_h, fold_in_order } = topics;
        let factors = Some(Factors { w, h: FactorRows::Memory(h) });
        let (sharpening, assigned) = (Some(record(&likelihoods, pseudo_count, smoothing)), Some(assigned));
        let (w, h) = (shown_w, shown_h);
        Self { w, h, fold_in_order, assigned, factors, sharpening, correlated, levels, level_words }
    }
}

/// The best words of the nodes of each level, by the shares of topics in documents.
fn rank_levels(v: &TermDocumentMatrix, shares: &FactorMatrix, w: &FactorMatrix, levels: &[Vec<u32>]) -> LevelWords {
    let masses = shares.topic_sums();
    let rank = |nodes: &Vec<u32>| rank_by_correlation(v, &summed(shares, nodes), &mean_topics(w, &masses, nodes), &[]);
    levels.iter().map(rank).collect()
}

/// The record of a sharpening, by its likelihood after each round.
pub(super) fn record(likelihoods: &[f64], pseudo_count: f64, smoothing: Vec<f64>) -> SharpeningRecord {
    let (n_rounds, first_likelihood) = (likelihoods.len() - 1, likelihoods[0]);
    let last_likelihood = likelihoods[n_rounds];
    SharpeningRecord { n_rounds, pseudo_count, first_likelihood, last_likelihood, smoothing }
}
