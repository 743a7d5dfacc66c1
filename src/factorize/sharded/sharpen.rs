//! Sharpening of a sharded fit: each round is a pass over the shards.

use std::sync::Arc;

use super::canonical::{change, solve};
use super::pass::visit;
use super::shards::{Rows, ShardDocuments, Shards};
use crate::factorize::canonical::{assign, inverse, topic_order};
use crate::factorize::counts::Counts;
use crate::factorize::fold_in::FoldIn;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::sharpen::{Documented, GivenTopics, Mixture, fit_mixture, smoothed};
use crate::factorize::sums_by_term::add_by_term;
use crate::factorize::{BlockSums, Classifier, FactorMatrix, FactorizeError, FactorizeParams, Loss, ShardedFactors};
use crate::matrix::TermDocumentMatrix;

/// Documents in shards, which know the counts behind their entries; terms may have weights (none is 1 for each).
pub struct ShardedSharpening<'s> {
    shards: &'s dyn Shards,
    term_weights: &'s [f32],
    n_tokens: f64,
    /// N of the r that was computed last.
    expected: Option<FactorMatrix>,
    n_topics: usize,
}

/// Topics that were sharpened in shards, before they are brought into canonical form.
pub struct ShardedMixture<'s> {
    documents: ShardedSharpening<'s>,
    mixture: Mixture<'s>,
    /// F after each round; the first entry is that of the start.
    pub likelihoods: Vec<f64>,
}

/// Sharpened topics of a sharded fit in canonical form; see [`CanonicalTopics`](crate::factorize::CanonicalTopics).
#[derive(Clone, Debug)]
pub struct ShardedTopics {
    /// The topics, terms × topics.
    pub w: Arc<FactorMatrix>,
    /// The topics in the order in which documents were solved; `None` if that is the order of the topics.
    pub fold_in_order: Option<Vec<usize>>,
    /// The share of each topic that is spread evenly over all terms.
    pub smoothing: Vec<f64>,
    /// The topic of each document.
    pub assigned: Vec<Option<usize>>,
    /// W of V, with the same order of topics.
    pub factors: FactorMatrix,
    /// The order of topics, by their numbers before.
    pub order: Vec<usize>,
}

/// Calls `work` for each shard with its counts.
fn each_count(
    shards: &dyn Shards,
    term_weights: &[f32],
    mut work: impl FnMut(usize, &Counts<'_>) -> Result<(), FactorizeError> + Send,
) -> Result<(), FactorizeError> {
    visit(shards, true, |shard, ShardDocuments { v, counts: known }| {
        let known = known.filter(|known| known.len() == v.n_nonzeros()).ok_or_else(no_counts)?;
        work(shard, &Counts::new(&v, &known, term_weights.to_vec(), &[]))
    })
}

/// Calls `work` for each shard with its counts, r of its documents, and their part of F.
fn each_posterior(
    documents: &ShardedSharpening<'_>,
    mixture: &Mixture<'_>,
    mut work: impl FnMut(usize, &Counts<'_>, &FactorMatrix, f64) -> Result<(), FactorizeError> + Send,
) -> Result<(), FactorizeError> {
    each_count(documents.shards, documents.term_weights, |shard, counts| {
        let mut posterior = FactorMatrix::zeros(counts.v().n_documents(), documents.n_topics);
        let likelihood = mixture.assign(counts, &mut posterior);
        work(shard, counts, &posterior, likelihood)
    })
}

fn no_counts() -> FactorizeError {
    std::io::Error::other("the counts behind the weights are not known").into()
}

impl<'s> ShardedSharpening<'s> {
    /// Reads the counts once. Fails if a shard cannot be read, or has no counts.
    pub fn new(shards: &'s dyn Shards, term_weights: &'s [f32], n_topics: usize) -> Result<Self, FactorizeError> {
        let mut n_tokens = 0.0;
        each_count(shards, term_weights, |_, counts| {
            n_tokens += counts.n_tokens().iter().sum::<f64>();
            Ok(())
        })?;
        Ok(Self { shards, term_weights, n_tokens, expected: None, n_topics })
    }

    /// Sharpens the topics of factors, as [`sharpen`](crate::factorize::sharpen::sharpen) does.
    pub fn sharpen(
        mut self,
        factors: &ShardedFactors,
        given: &'s GivenTopics,
        params: &FactorizeParams,
    ) -> Result<ShardedMixture<'s>, FactorizeError> {
        let (mixture, likelihoods) = fit_mixture(&mut self, &factors.w, &factors.masses, given, params)?;
        self.expected = None;
        Ok(ShardedMixture { documents: self, mixture, likelihoods })
    }
}

impl Documented for ShardedSharpening<'_> {
    type Error = FactorizeError;

    fn n_tokens(&self) -> f64 {
        self.n_tokens
    }

    fn assign(&mut self, mixture: &Mixture<'_>) -> Result<f64, FactorizeError> {
        let (shards, n_topics) = (self.shards, self.n_topics);
        let (mut likelihood, mut sums) = (0.0, BlockSums::default());
        self.expected = None;
        each_posterior(self, mixture, |shard, counts, posterior, of_shard| {
            likelihood += of_shard;
            let mut expected = FactorMatrix::zeros(shards.n_terms(), n_topics);
            add_by_term(counts.v(), posterior, 0..posterior.n_rows(), &counts.entries(), &mut expected);
            sums.add_block(shard as u64, expected)
        })?;
        self.expected = sums.totals(shards.n_shards() as u64)?;
        Ok(likelihood)
    }

    fn expect(&mut self, expected: &mut FactorMatrix) -> Result<(), FactorizeError> {
        if let Some(sums) = self.expected.take() {
            *expected = sums;
        }
        Ok(())
    }
}

impl ShardedMixture<'_> {
    /// The pseudo-count of each term in each topic.
    pub fn pseudo_count(&self) -> f64 {
        self.mixture.pseudo_count()
    }

    /// W before the canonical form, terms × topics.
    pub fn topics(&self) -> FactorMatrix {
        self.mixture.clone().topics().0
    }

    /// Calls `work` for each shard with its number, its part of V and the shares of its documents, r.
    pub fn each_posterior(
        &self,
        mut work: impl FnMut(usize, &TermDocumentMatrix, &FactorMatrix) -> Result<(), FactorizeError> + Send,
    ) -> Result<(), FactorizeError> {
        each_posterior(&self.documents, &self.mixture, |shard, counts, posterior, _| work(shard, counts.v(), posterior))
    }

    /// The canonical form, as [`Sharpened::canonical`](crate::factorize::sharpen::Sharpened::canonical) has it.
    /// Writes what documents have of the topics to `rows`, and brings the rows of the factors, `of_factors`, into the
    /// same order. Fails if a shard or a row cannot be read or written.
    pub fn canonical(
        self,
        factors: ShardedFactors,
        of_factors: &dyn Rows,
        rows: &dyn Rows,
    ) -> Result<ShardedTopics, FactorizeError> {
        let fixed = FixedTopics::default();
        let ShardedSharpening { shards, term_weights, n_topics, .. } = self.documents;
        let mut masses = vec![0.0; n_topics];
        each_posterior(&self.documents, &self.mixture, |_, counts, posterior, _| {
            masses.iter_mut().zip(counts.masses(posterior)).for_each(|(mass, part)| *mass += part);
            Ok(())
        })?;
        let (mut w, smoothing) = self.mixture.topics();
        let order = topic_order(&w, &masses, fixed);
        w.permute(&order);
        let smoothing: Vec<f64> = order.iter().map(|&topic| smoothing[topic]).collect();
        let phi = Arc::new(smoothed(&w, &smoothing));
        let fold_in = FoldIn::new(Arc::clone(&phi), Loss::KullbackLeibler);
        let mut masses = vec![0.0; n_topics];
        each_count(shards, term_weights, |shard, counts| {
            solve(&fold_in, counts, rows, shards.documents(shard), &mut masses)
        })?;
        drop(fold_in);
        let last = topic_order(&w, &masses, fixed);
        let mut phi = Arc::unwrap_or_clone(phi);
        phi.permute(&last);
        w.permute(&last);
        let smoothing = last.iter().map(|&topic| smoothing[topic]).collect();
        let order: Vec<usize> = last.iter().map(|&topic| order[topic]).collect();
        let classifier = Classifier::new(phi);
        let mut assigned = Vec::with_capacity(shards.n_documents());
        each_count(shards, term_weights, |shard, counts| {
            assigned.extend(assign(&classifier, counts));
            change(rows, shards, shard, |h| h.permute(&last))?;
            change(of_factors, shards, shard, |h| h.permute(&order))?;
            Ok(())
        })?;
        let mut of_terms = Arc::unwrap_or_clone(factors.w);
        of_terms.permute(&order);
        let (w, fold_in_order) = (Arc::new(w), inverse(&last));
        Ok(ShardedTopics { w, fold_in_order, smoothing, assigned, factors: of_terms, order })
    }
}
