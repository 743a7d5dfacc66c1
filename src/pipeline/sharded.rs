//! Fits documents in shards, wherever they are: in memory or on disk.

use std::path::Path;

use super::checkpoints::advance_storing;
use super::fitted::{Fitted, Topics, record};
use crate::Error;
use crate::evaluate::CoOccurrences;
use crate::factorize::pass::{Pairs, Shares};
use crate::factorize::sharpen::GivenTopics;
use crate::factorize::{
    Engine, FactorMatrix, FactorizeError, FactorizeParams, Observer, Pass, RowSet, ShardedCheckpoint, ShardedFactors,
    ShardedFit, ShardedSharpening, ShardedTopics, Stage, StopReason,
};
use crate::matrix::Term;
use crate::model::{
    CoherenceRecord, FactorRows, Factors, FitIdentity, rank_shards_by_correlation, read_sharded_checkpoint,
    words_alone, write_sharded_checkpoint,
};
use crate::text::AnalyzerSpec;

/// Documents in shards.
#[derive(Clone, Copy)]
pub(super) struct ShardedCorpus<'s> {
    pub(super) engine: &'s dyn Engine,
    /// The weight of each term where topics are sharpened; none if each is 1.
    pub(super) term_weights: &'s [f32],
    pub(super) terms: &'s [Term],
    pub(super) analyzer: Option<&'s AnalyzerSpec>,
}

/// Reads the checkpoint of a fit with this identity; `None` if there is none. Fails if it is damaged or of another fit.
pub(super) fn read_state(
    file: &Path,
    identity: &FitIdentity,
    engine: &dyn Engine,
    n_topics: usize,
) -> Result<Option<ShardedCheckpoint>, Error> {
    let rows = engine.rows(RowSet::Factors)?;
    Ok(read_sharded_checkpoint(file, identity, &*rows, (engine.sizes().n_documents, n_topics))?)
}

/// Fits documents in shards, and sharpens the topics if they are to be. Goes on from `state`, if there is one, and
/// stores its own in `file`.
pub(super) fn fit_shards(
    corpus: ShardedCorpus<'_>,
    params: &FactorizeParams,
    sharpens: bool,
    state: Option<ShardedCheckpoint>,
    file: Option<(&Path, &FitIdentity)>,
    observer: &mut dyn Observer,
) -> Result<Fitted, Error> {
    let engine = corpus.engine;
    let mut fit = match state {
        Some(state) => ShardedFit::resume(engine, params, state)?,
        None => ShardedFit::new(engine, params)?,
    };
    let stop_reason = match file {
        Some((file, identity)) => {
            let (rows, n_documents) = (engine.rows(RowSet::Factors)?, engine.sizes().n_documents);
            advance_storing(
                &mut fit,
                observer,
                |fit, observer| fit.advance(1, observer),
                |fit| write_sharded_checkpoint(file, identity, fit.checkpoint(), &*rows, n_documents),
            )?
        }
        None => fit.advance(usize::MAX, observer)?.unwrap_or(StopReason::MaxIterations),
    };
    let factors = fit.finish(!sharpens, observer)?;
    let (trace, final_objective, baseline_objective) =
        (factors.trace.clone(), factors.final_objective, Some(factors.baseline_objective));
    if sharpens {
        observer.enter(Stage::Sharpening);
    }
    let topics = match sharpens {
        true => sharpened(corpus, factors, params)?,
        false => of_factors(corpus, factors)?,
    };
    let coherence = coherence(engine, &topics.measured_words())?;
    // The residual needs the gradient of each entry of W, for which there are no statistics of shards.
    let kkt_residual = None;
    let structure = None;
    Ok(Fitted { topics, trace, stop_reason, kkt_residual, final_objective, baseline_objective, coherence, structure })
}

/// The factors themselves, whose words are ranked by shares of weights.
fn of_factors(corpus: ShardedCorpus<'_>, factors: ShardedFactors) -> Result<Topics, Error> {
    let ShardedCorpus { engine, terms, analyzer, .. } = corpus;
    let ShardedFactors { w, fold_in_order, .. } = factors;
    let correlated = rank_shards_by_correlation(engine, Shares::Factors, &words_alone(&w, terms, analyzer))?;
    let h = all_rows(engine, RowSet::Factors)?;
    Ok(Topics {
        w,
        h,
        fold_in_order,
        assigned: None,
        factors: None,
        sharpening: None,
        correlated,
        levels: Vec::new(),
        level_words: Vec::new(),
    })
}

/// The factors sharpened on the counts.
fn sharpened(corpus: ShardedCorpus<'_>, factors: ShardedFactors, params: &FactorizeParams) -> Result<Topics, Error> {
    let ShardedCorpus { engine, term_weights, terms, analyzer } = corpus;
    let given = GivenTopics::default();
    let mixture = ShardedSharpening::new(engine, term_weights)?.sharpen(&factors, &given, params)?;
    let (likelihoods, pseudo_count) = (mixture.likelihoods.clone(), mixture.pseudo_count());
    let topics = mixture.topics();
    let ranked = rank_shards_by_correlation(engine, mixture.shares(), &words_alone(&topics, terms, analyzer))?;
    drop(topics);
    let ShardedTopics { w, fold_in_order, smoothing, assigned, factors: of_terms, order } =
        mixture.canonical(factors)?;
    let correlated = order.iter().map(|&topic| ranked[topic].clone()).collect();
    let h = all_rows(engine, RowSet::Topics)?;
    let rows = engine.rows(RowSet::Factors)?;
    let factors = Some(Factors { w: of_terms, h: FactorRows::Kept(rows, h.n_rows(), params.n_topics) });
    let (sharpening, assigned) = (Some(record(&likelihoods, pseudo_count, smoothing)), Some(assigned));
    Ok(Topics {
        w,
        h,
        fold_in_order,
        assigned,
        factors,
        sharpening,
        correlated,
        levels: Vec::new(),
        level_words: Vec::new(),
    })
}

/// The rows of all documents.
fn all_rows(engine: &dyn Engine, set: RowSet) -> Result<FactorMatrix, FactorizeError> {
    Ok(engine.rows(set)?.read(0..engine.sizes().n_documents)?)
}

/// The coherence of topics in the documents that they were fitted to.
fn coherence(engine: &dyn Engine, topics: &[Vec<u32>]) -> Result<CoherenceRecord, Error> {
    let counts = engine.run(&mut Pass::Pairs(Pairs { groups: topics.to_vec() }))?.counts;
    let counts = CoOccurrences::of_pairs(topics, engine.sizes().n_documents, &counts);
    Ok(CoherenceRecord::of(&counts, topics.len()))
}
