//! Fits documents in shards, wherever they are: in memory or on disk.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::checkpoints::advance_storing;
use super::fitted::{Fitted, Topics, record, to_shares};
use crate::Error;
use crate::evaluate::{CoOccurrences, Window};
use crate::factorize::sharpen::GivenTopics;
use crate::factorize::{
    self, FactorizeError, FactorizeParams, Observer, Rows, ShardDocuments, ShardedCheckpoint, ShardedFactors,
    ShardedFit, ShardedSharpening, ShardedTopics, Shards, Stage, StopReason,
};
use crate::matrix::Term;
use crate::model::{
    CoherenceRecord, FactorRows, Factors, FitIdentity, ShardWork, rank_shards_by_correlation, read_sharded_checkpoint,
    words_alone, write_sharded_checkpoint,
};
use crate::text::AnalyzerSpec;

/// Documents in shards.
#[derive(Clone, Copy)]
pub(super) struct ShardedCorpus<'s> {
    pub(super) shards: &'s dyn Shards,
    /// Makes a place for the rows of a factor of so many topics.
    pub(super) new_rows: &'s dyn Fn(usize) -> io::Result<Arc<dyn Rows>>,
    /// The weight of each term where topics are sharpened; none if each is 1.
    pub(super) term_weights: &'s [f32],
    pub(super) terms: &'s [Term],
    pub(super) analyzer: Option<&'s AnalyzerSpec>,
}

/// Where a sharded fit stands between two iterations.
pub(super) struct ShardedState {
    checkpoint: ShardedCheckpoint,
    rows: Arc<dyn Rows>,
}

impl ShardedState {
    /// Reads the checkpoint of a fit with this identity; `None` if there is none. Fails if it is damaged or of another
    /// fit.
    pub(super) fn read(
        file: &Path,
        identity: &FitIdentity,
        corpus: ShardedCorpus<'_>,
        n_topics: usize,
    ) -> Result<Option<Self>, Error> {
        let rows = (corpus.new_rows)(n_topics).map_err(FactorizeError::Shard)?;
        let shape = (corpus.shards.n_documents(), n_topics);
        let checkpoint = read_sharded_checkpoint(file, identity, &*rows, shape)?;
        Ok(checkpoint.map(|checkpoint| Self { checkpoint, rows }))
    }
}

/// Fits documents in shards, and sharpens the topics if they are to be. Goes on from `state`, if there is one, and
/// stores its own in `file`.
pub(super) fn fit_shards(
    corpus: ShardedCorpus<'_>,
    params: &FactorizeParams,
    sharpens: bool,
    state: Option<ShardedState>,
    file: Option<(&Path, &FitIdentity)>,
    observer: &mut dyn Observer,
) -> Result<Fitted, Error> {
    let ShardedCorpus { shards, new_rows, .. } = corpus;
    let new_rows = || new_rows(params.n_topics).map_err(FactorizeError::Shard);
    let (rows, mut fit);
    match state {
        Some(state) => {
            rows = state.rows;
            fit = ShardedFit::resume(shards, &*rows, params, state.checkpoint)?;
        }
        None => {
            rows = new_rows()?;
            fit = ShardedFit::new(shards, &*rows, params)?;
        }
    }
    let stop_reason = match file {
        Some((file, identity)) => advance_storing(
            &mut fit,
            observer,
            |fit, observer| fit.advance(1, observer),
            |fit| write_sharded_checkpoint(file, identity, fit.checkpoint(), &*rows, shards.n_documents()),
        )?,
        None => fit.advance(usize::MAX, observer)?.unwrap_or(StopReason::MaxIterations),
    };
    let factors = fit.finish(!sharpens, observer)?;
    let (trace, final_objective, baseline_objective) =
        (factors.trace.clone(), factors.final_objective, Some(factors.baseline_objective));
    if sharpens {
        observer.enter(Stage::Sharpening);
    }
    let topics = match sharpens {
        true => sharpened(corpus, factors, Arc::clone(&rows), new_rows()?, params)?,
        false => of_factors(corpus, factors, &*rows)?,
    };
    let coherence = coherence(shards, &topics.measured_words())?;
    // The residual needs the gradient of each entry of W, for which there are no statistics of shards.
    let kkt_residual = None;
    let structure = None;
    Ok(Fitted { topics, trace, stop_reason, kkt_residual, final_objective, baseline_objective, coherence, structure })
}

/// The factors themselves, whose words are ranked by shares of weights.
fn of_factors(corpus: ShardedCorpus<'_>, factors: ShardedFactors, rows: &dyn Rows) -> Result<Topics, Error> {
    let ShardedCorpus { shards, terms, analyzer, .. } = corpus;
    let ShardedFactors { w, fold_in_order, .. } = factors;
    let each_share = |work: &mut ShardWork<'_>| {
        factorize::each_shard(shards, |shard, ShardDocuments { v, .. }| {
            let mut shares = rows.read(shards.documents(shard))?;
            to_shares(&mut shares);
            work(shard, &v, &shares)
        })
    };
    let correlated = rank_shards_by_correlation(shards, &each_share, &words_alone(&w, terms, analyzer))?;
    let h = rows.read(0..shards.n_documents()).map_err(FactorizeError::Shard)?;
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

/// The factors sharpened on the counts; `rows` has H of the factors, and `shown` gets what documents have of the
/// topics.
fn sharpened(
    corpus: ShardedCorpus<'_>,
    factors: ShardedFactors,
    rows: Arc<dyn Rows>,
    shown: Arc<dyn Rows>,
    params: &FactorizeParams,
) -> Result<Topics, Error> {
    let ShardedCorpus { shards, term_weights, terms, analyzer, .. } = corpus;
    let given = GivenTopics::default();
    let documents = ShardedSharpening::new(shards, term_weights, params.n_topics)?;
    let mixture = documents.sharpen(&factors, &given, params)?;
    let (likelihoods, pseudo_count) = (mixture.likelihoods.clone(), mixture.pseudo_count());
    let each_posterior = |work: &mut ShardWork<'_>| mixture.each_posterior(work);
    let topics = mixture.topics();
    let ranked = rank_shards_by_correlation(shards, &each_posterior, &words_alone(&topics, terms, analyzer))?;
    drop(topics);
    let ShardedTopics { w, fold_in_order, smoothing, assigned, factors: of_terms, order } =
        mixture.canonical(factors, &*rows, &*shown)?;
    let correlated = order.iter().map(|&topic| ranked[topic].clone()).collect();
    let n_documents = shards.n_documents();
    let h = shown.read(0..n_documents).map_err(FactorizeError::Shard)?;
    let factors = Some(Factors { w: of_terms, h: FactorRows::Kept(rows, n_documents, params.n_topics) });
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

/// The coherence of topics in the documents that they were fitted to.
fn coherence(shards: &dyn Shards, topics: &[Vec<u32>]) -> Result<CoherenceRecord, Error> {
    let mut counts = CoOccurrences::new(topics, &[Window::Document]);
    factorize::each_shard(shards, |_, ShardDocuments { v, .. }| {
        counts.merge(&CoOccurrences::of_matrix(topics, &v));
        Ok(())
    })?;
    Ok(CoherenceRecord::of(&counts, topics.len()))
}
