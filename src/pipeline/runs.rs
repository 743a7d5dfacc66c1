//! Finds topics again in halves of the documents: how robust is each, and what do all halves have in common?

use super::dataset::Dataset;
use crate::Error;
use crate::evaluate::{compared_words, jaccard, match_topics};
use crate::factorize::random::{Stream, row_generator, shuffle};
use crate::factorize::{FactorMatrix, FactorizeParams};
use crate::model::{StabilityRecord, TopicModel};

/// Topics of runs that agree less with the topic that they are matched with add nothing to the consensus.
const LEAST_COMMON: f64 = 0.2;

/// The topics of one run.
pub(super) struct Run {
    words: Vec<Vec<usize>>,
    /// W of the factors, terms × topics.
    w: FactorMatrix,
}

/// Fits a half of the documents; gives `None` to end the runs.
type Fit<'a> = dyn FnMut(&Dataset, &FactorizeParams) -> Result<Option<TopicModel>, Error> + 'a;

/// Fits halves of the documents, each half with a seed of its own, until `fit` gives `None`.
pub(super) fn repeat(dataset: &Dataset, params: &FactorizeParams, fit: &mut Fit<'_>) -> Result<Vec<Run>, Error> {
    let mut runs = Vec::new();
    for run in 0..params.runs {
        let half = half(dataset, params.seed, run)?;
        let seed = params.seed.wrapping_add(run as u64 + 1);
        let params = FactorizeParams { seed, runs: 0, consensus: false, ..params.clone() };
        let Some(model) = fit(&half, &params)? else { break };
        let words = compared_words(&model);
        runs.push(Run { words, w: model.factors.map_or_else(|| (*model.w).clone(), |factors| factors.w) });
    }
    Ok(runs)
}

/// How well the runs find the topics of a model; `None` if there are fewer than two runs.
pub(super) fn stability(model: &TopicModel, runs: &[Run], is_consensus: bool) -> Option<StabilityRecord> {
    let own = compared_words(model);
    let mut topics = vec![0.0; own.len()];
    for run in runs {
        let partners = match_topics(&own, &run.words, jaccard).partners;
        topics.iter_mut().zip(partners).for_each(|(sum, partner)| *sum += partner.map_or(0.0, |(_, gain)| gain));
    }
    topics.iter_mut().for_each(|sum| *sum /= runs.len() as f64);
    (runs.len() >= 2).then_some(StabilityRecord { n_runs: runs.len(), topics, is_consensus })
}

/// The mean of each topic of the model and the topics of the runs that match it, terms × topics.
pub(super) fn consensus(model: &TopicModel, runs: &[Run]) -> FactorMatrix {
    let own = compared_words(model);
    let mut w = model.factors.as_ref().map_or_else(|| (*model.w).clone(), |factors| factors.w.clone());
    let mut members = vec![1.0_f32; own.len()];
    for run in runs {
        let partners = match_topics(&own, &run.words, jaccard).partners;
        let is_alike = |partner: &(usize, f64)| partner.1 >= LEAST_COMMON;
        let partners: Vec<Option<usize>> =
            partners.into_iter().map(|partner| partner.filter(is_alike).map(|(topic, _)| topic)).collect();
        members.iter_mut().zip(&partners).for_each(|(n, partner)| *n += if partner.is_some() { 1.0 } else { 0.0 });
        w.each_row(|term, row| {
            for (weight, partner) in row.iter_mut().zip(&partners) {
                *weight += partner.map_or(0.0, |partner| run.w.get(term, partner));
            }
        });
    }
    w.each_row(|_, row| row.iter_mut().zip(&members).for_each(|(weight, n)| *weight /= n));
    w
}

/// A half of the documents that have terms, drawn at random.
fn half(dataset: &Dataset, seed: u64, run: usize) -> Result<Dataset, Error> {
    let v = &dataset.matrix;
    let mut documents: Vec<usize> =
        (0..v.n_documents()).filter(|&document| !v.document(document).0.is_empty()).collect();
    let mut generator = row_generator(seed, Stream::Runs, run);
    shuffle(&mut documents, &mut generator);
    documents.truncate(documents.len().div_ceil(2));
    documents.sort_unstable();
    dataset.subset(&documents)
}
