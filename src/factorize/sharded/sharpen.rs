//! Sharpening of a sharded fit: each round is a pass over the shards.

use std::borrow::Cow;
use std::sync::Arc;

use super::canonical::solve;
use super::engine::Engine;
use super::pass::{Assign, Expect, Pass, Shares, Solved, Tokens, assigned};
use crate::factorize::canonical::{inverse, topic_order};
use crate::factorize::guidance::FixedTopics;
use crate::factorize::sharpen::{Documented, GivenTopics, Mixture, fit_mixture, smoothed};
use crate::factorize::{FactorMatrix, FactorizeError, FactorizeParams, ShardedFactors};

/// Documents in shards, which know the counts behind their entries; terms may have weights (none is 1 for each).
pub struct ShardedSharpening<'s> {
    engine: &'s dyn Engine,
    term_weights: &'s [f32],
    n_tokens: f64,
    /// N of the r that was computed last, and the tokens of each topic.
    expected: Option<FactorMatrix>,
    masses: Vec<f64>,
}

/// Topics that were sharpened in shards, before they are brought into canonical form.
pub struct ShardedMixture<'s> {
    engine: &'s dyn Engine,
    term_weights: &'s [f32],
    mixture: Mixture<'s>,
    masses: Vec<f64>,
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

impl<'s> ShardedSharpening<'s> {
    /// Reads the counts once. Fails if a shard cannot be read, or has no counts.
    pub fn new(engine: &'s dyn Engine, term_weights: &'s [f32]) -> Result<Self, FactorizeError> {
        let n_tokens = engine.run(&mut Pass::Tokens(Tokens { term_weights: Cow::Borrowed(term_weights) }))?.number()?;
        Ok(Self { engine, term_weights, n_tokens, expected: None, masses: Vec::new() })
    }

    /// Sharpens the topics of factors, as [`sharpen`](crate::factorize::sharpen::sharpen) does.
    pub fn sharpen(
        mut self,
        factors: &ShardedFactors,
        given: &'s GivenTopics,
        params: &FactorizeParams,
    ) -> Result<ShardedMixture<'s>, FactorizeError> {
        let (mixture, likelihoods) = fit_mixture(&mut self, &factors.w, &factors.masses, given, params)?;
        let Self { engine, term_weights, masses, .. } = self;
        Ok(ShardedMixture { engine, term_weights, mixture, masses, likelihoods })
    }
}

impl Documented for ShardedSharpening<'_> {
    type Error = FactorizeError;

    fn n_tokens(&self) -> f64 {
        self.n_tokens
    }

    fn assign(&mut self, mixture: &Mixture<'_>) -> Result<f64, FactorizeError> {
        self.expected = None;
        let (posterior, term_weights) = (Cow::Borrowed(mixture.posterior()), Cow::Borrowed(self.term_weights));
        let mut said = self.engine.run(&mut Pass::Expect(Expect { posterior, term_weights }))?;
        self.expected = said.matrices.pop();
        let [likelihood, masses] = said.numbers()?;
        self.masses = masses;
        Ok(likelihood.iter().sum())
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

    /// The shares of topics in documents, r.
    pub fn shares(&self) -> Shares<'_> {
        let (posterior, term_weights) = (self.mixture.posterior(), self.term_weights);
        Shares::Posterior { posterior: Cow::Borrowed(posterior), term_weights: Cow::Borrowed(term_weights) }
    }

    /// The canonical form, as [`Sharpened::canonical`](crate::factorize::sharpen::Sharpened::canonical) has it. The
    /// engine gets the rows of the topics, and brings those of the factors into the same order. Fails as the engine
    /// does.
    pub fn canonical(self, factors: ShardedFactors) -> Result<ShardedTopics, FactorizeError> {
        let Self { engine, term_weights, mixture, masses, .. } = self;
        let fixed = FixedTopics::default();
        let (mut w, smoothing) = mixture.topics();
        let order = topic_order(&w, &masses, fixed);
        w.permute(&order);
        let smoothing: Vec<f64> = order.iter().map(|&topic| smoothing[topic]).collect();
        let counts = Solved::Counts(Cow::Borrowed(term_weights));
        let (mut phi, masses) = solve(engine, smoothed(&w, &smoothing), &FactorizeParams::default(), counts)?;
        let last = topic_order(&w, &masses, fixed);
        phi.permute(&last);
        w.permute(&last);
        let smoothing = last.iter().map(|&topic| smoothing[topic]).collect();
        let order: Vec<usize> = last.iter().map(|&topic| order[topic]).collect();
        let mut pass = Pass::Assign(Assign {
            topics: Cow::Owned(phi),
            term_weights: Cow::Borrowed(term_weights),
            order: last.clone(),
            order_of_factors: order.clone(),
            classifier: None,
        });
        let assigned = assigned(&engine.run(&mut pass)?.list);
        let mut of_terms = Arc::unwrap_or_clone(factors.w);
        of_terms.permute(&order);
        let (w, fold_in_order) = (Arc::new(w), inverse(&last));
        Ok(ShardedTopics { w, fold_in_order, smoothing, assigned, factors: of_terms, order })
    }
}
