//! Sharpening: topics of words become topics of documents.
//!
//! The divergence lets every word of a document come from another topic, so that a descent ends with topics that
//! explain words and blur subjects; on short texts it even collapses. After the descent, on the counts C of the terms
//! (without idf and norm), a mixture of topics is fitted from where the descent ended, with a document as its unit.
//! With n_d the tokens of a document and φ_tk = p(term | topic):
//!
//! ```text
//! start      φ_tk ∝ W_tk + 0.1 P_t, P the mean of the topics by mass
//! documents  r_dk ∝ exp(Σ_t C_td ln φ_tk / τ_d), τ_d = max(1, n_d / tokens)
//! topics     φ_tk ∝ Σ_d C_td r_dk + smoothing
//! ```
//!
//! until the likelihood below settles. A document of few tokens gets the exact posterior of one topic (K. Nigam, A.
//! McCallum, S. Thrun, T. Mitchell, 2000, [doi:10.1023/A:1007692713085](https://doi.org/10.1023/A:1007692713085); J.
//! Yin, J. Wang, 2014, [doi:10.1145/2623330.2623715](https://doi.org/10.1145/2623330.2623715)), a longer one is
//! tempered and stays mixed, because its tokens are not independent (T. Hofmann, 1999,
//! [doi:10.1145/312624.312649](https://doi.org/10.1145/312624.312649)). Topics have no weights, since these would let
//! large topics take the short documents of small ones.
//!
//! No round lowers F = Σ_d w_d τ_d ln Σ_k exp(Σ_t C_td ln φ_tk / τ_d) + smoothing · Σ_tk ln φ_tk, where w_d is the
//! weight of a document, which its counts are multiplied by where topics learn: with r fixed, Σ_dk w_d r_dk Σ_t C_td
//! ln φ_tk plus the second term bounds F from below up to a constant (Jensen), is equal to it where r was computed,
//! and is largest at the new φ. For τ = 1 this is the smoothed (MAP) likelihood of the mixture. Seed words add
//! theirs. Excluded words are set to 0 after each round, which can lower F.

use std::convert::Infallible;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::FactorizeParams;
use super::counts::Counts;
use super::documents::Documents;
use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, flatten_mut, to_logarithms, weighted_sum};

/// Share of the mean of all topics that each topic starts with, so that no word is out of a topic's reach.
const SHARED: f64 = 0.1;

/// Rounds end when F changes by less than this share of itself.
const TOLERANCE: f64 = 1e-5;

/// A topic that keeps less than this share of its tokens is about to be lost to its neighbours.
const SHRUNK: f64 = 0.25;

/// What the smoothing is divided by where it would lose a topic, and how often at most.
const LESS_SMOOTHING: f64 = 10.0;
const MOST_LESS: usize = 3;

/// Smaller shares of a document become zeros.
const SMALLEST_SHARE: f64 = 1e-7;

/// Entries of W below this share of the largest entry of their term become zeros of the result.
const ZERO: f32 = 1e-6;

/// What is known of topics while they are sharpened; all lists begin with the first topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenTopics {
    /// The first topics, which stay as they are (terms × topics), each with its smoothing.
    pub frozen: Option<(FactorMatrix, Vec<f64>)>,
    /// Terms that count as more often seen in a topic, by topic.
    pub seeds: Vec<(usize, Vec<u32>)>,
    /// Pairs of a term and a topic that must not have it.
    pub excluded: Vec<(u32, usize)>,
}

/// Sharpened topics.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharpened {
    /// W, terms × topics: each topic sums to 1, and has zeros for terms that none of its documents has.
    pub w: FactorMatrix,
    /// The share λ of each topic that is spread evenly over all terms: φ_tk = (1 − λ_k) W_tk + λ_k / n_terms.
    pub smoothing: Vec<f64>,
    /// The pseudo-count of each term in each topic.
    pub pseudo_count: f64,
    /// r, documents × topics; the row of a document without terms is zero.
    pub posterior: FactorMatrix,
    /// F after each round; the first entry is that of the start.
    pub likelihoods: Vec<f64>,
}

/// Sharpens the topics `w` (terms × topics, which sum to 1) of the given masses.
///
/// The smoothing makes a small topic flatter than a large one. Where there are many topics, whose neighbours are
/// close, small ones can lose their documents to these and vanish; then sharpening begins anew with a tenth of the
/// smoothing.
pub fn sharpen(
    counts: &Counts<'_>,
    w: &FactorMatrix,
    masses: &[f64],
    given: &GivenTopics,
    params: &FactorizeParams,
) -> Sharpened {
    let mut documents = InMemory::new(counts, w.n_topics());
    let Ok((mixture, likelihoods)) = fit_mixture(&mut documents, w, masses, given, params);
    mixture.sharpened(documents.posterior, likelihoods)
}

/// Sharpens topics with the smoothing that is asked for, even if small topics lose their documents to their neighbours.
/// Topics that documents do not need then vanish, so that different numbers of topics can be compared.
pub fn sharpen_strictly(
    counts: &Counts<'_>,
    w: &FactorMatrix,
    masses: &[f64],
    given: &GivenTopics,
    params: &FactorizeParams,
) -> Sharpened {
    let mut documents = InMemory::new(counts, w.n_topics());
    let Ok((mixture, likelihoods, _)) = attempt(&mut documents, w, masses, given, params, 0.0);
    mixture.sharpened(documents.posterior, likelihoods)
}

/// The documents that a mixture is fitted to, wherever they are.
pub(super) trait Documented {
    /// Why documents cannot be read.
    type Error;

    /// Σ_d n_d.
    fn n_tokens(&self) -> f64;

    /// Computes r of each document; returns the documents' part of F.
    fn assign(&mut self, mixture: &Mixture<'_>) -> Result<f64, Self::Error>;

    /// Computes N_tk = Σ_d C_td r_dk, for the r that was computed last.
    fn expect(&mut self, expected: &mut FactorMatrix) -> Result<(), Self::Error>;
}

/// Documents in memory, with their r.
struct InMemory<'c> {
    counts: &'c Counts<'c>,
    posterior: FactorMatrix,
}

impl<'c> InMemory<'c> {
    fn new(counts: &'c Counts<'c>, n_topics: usize) -> Self {
        Self { counts, posterior: FactorMatrix::zeros(counts.v().n_documents(), n_topics) }
    }
}

impl Documented for InMemory<'_> {
    type Error = Infallible;

    fn n_tokens(&self) -> f64 {
        self.counts.n_tokens().iter().sum()
    }

    fn assign(&mut self, mixture: &Mixture<'_>) -> Result<f64, Infallible> {
        Ok(mixture.posterior.assign(self.counts, &mut self.posterior))
    }

    fn expect(&mut self, expected: &mut FactorMatrix) -> Result<(), Infallible> {
        expect(self.counts, &self.posterior, expected);
        Ok(())
    }
}

/// Computes N_tk = Σ_d C_td r_dk.
fn expect(counts: &Counts<'_>, posterior: &FactorMatrix, expected: &mut FactorMatrix) {
    // The counts by term are made before the tasks begin, because a task must not wait for another one that makes them.
    counts.by_term();
    let kernel = Kernel::current();
    let lanes_per_row = expected.lanes_per_row().max(1);
    let rows = expected.lanes_mut().par_chunks_mut(lanes_per_row).enumerate();
    rows.for_each_init(Vec::new, |buffer, (term, row)| {
        let (documents, values) = counts.term(term, buffer);
        weighted_sum(kernel, row, posterior, documents, values);
    });
}

/// Fits a mixture, with less smoothing where topics would be lost. Returns it with F after each round; the documents
/// have its r.
pub(super) fn fit_mixture<'a, D: Documented>(
    documents: &mut D,
    w: &FactorMatrix,
    masses: &[f64],
    given: &'a GivenTopics,
    params: &FactorizeParams,
) -> Result<(Mixture<'a>, Vec<f64>), D::Error> {
    let mut params = params.clone();
    let mut n_less: usize = 0;
    loop {
        let least = if n_less < MOST_LESS { SHRUNK } else { 0.0 };
        let (mixture, likelihoods, is_whole) = attempt(documents, w, masses, given, &params, least)?;
        if is_whole || n_less == MOST_LESS {
            return Ok((mixture, likelihoods));
        }
        params.sharpening_smoothing /= LESS_SMOOTHING;
        n_less += 1;
    }
}

/// Rounds until F settles, or until a topic keeps less than the share `least` of the tokens that it has after the
/// first. Returns the mixture, F after each round, and whether no topic has shrunk so far.
fn attempt<'a, D: Documented>(
    documents: &mut D,
    w: &FactorMatrix,
    masses: &[f64],
    given: &'a GivenTopics,
    params: &FactorizeParams,
    least: f64,
) -> Result<(Mixture<'a>, Vec<f64>, bool), D::Error> {
    let mut mixture = Mixture::new(documents.n_tokens(), w, masses, given, params);
    let mut likelihoods = vec![mixture.likelihood(documents.assign(&mixture)?)];
    let mut first = Vec::new();
    for _ in 0..params.sharpening_rounds {
        documents.expect(&mut mixture.expected)?;
        mixture.learn();
        let tokens = mixture.expected.topic_sums();
        if first.is_empty() {
            first.clone_from(&tokens);
        }
        if tokens.iter().zip(&first).any(|(now, first)| *now < least * first) {
            return Ok((mixture, likelihoods, false));
        }
        let likelihood = mixture.likelihood(documents.assign(&mixture)?);
        let before = likelihoods[likelihoods.len() - 1];
        likelihoods.push(likelihood);
        if (likelihood - before).abs() <= TOLERANCE * before.abs() {
            break;
        }
    }
    Ok((mixture, likelihoods, true))
}

/// φ, smoothed: (1 − λ_k) W_tk + λ_k s_k / n_terms, s_k the sum of topic k. It has no zeros but for terms that no
/// topic has, which say nothing of a document.
pub fn smoothed(w: &FactorMatrix, smoothing: &[f64]) -> FactorMatrix {
    let sums = w.topic_sums();
    let n_terms = w.n_rows() as f64;
    let mut phi = w.clone();
    phi.each_row(|_, row| {
        if row.iter().all(|value| *value == 0.0) {
            return;
        }
        for ((value, &share), sum) in row.iter_mut().zip(smoothing).zip(&sums) {
            *value = ((1.0 - share) * f64::from(*value) + share * sum / n_terms) as f32;
        }
    });
    phi
}

/// What r of a document is computed from: the topics φ of a mixture, and τ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Posterior {
    /// ln(1 + N_tk / β), terms × topics.
    logarithms: FactorMatrix,
    /// ln(β / (Σ_t N_tk + β n_terms)), by topic.
    logarithms_of_none: Vec<f64>,
    /// Tokens beyond which a document is tempered.
    tokens: f64,
}

impl Posterior {
    /// r of some documents, and their part of F.
    pub(super) fn shares(&self, counts: &Counts<'_>) -> (FactorMatrix, f64) {
        let mut shares = FactorMatrix::zeros(counts.v().n_documents(), self.logarithms.n_topics());
        let likelihood = self.assign(counts, &mut shares);
        (shares, likelihood)
    }

    /// Computes r of some documents, and returns their part of F.
    fn assign(&self, counts: &Counts<'_>, posterior: &mut FactorMatrix) -> f64 {
        let Self { logarithms, logarithms_of_none, tokens } = self;
        let kernel = Kernel::current();
        let lanes_per_row = posterior.lanes_per_row().max(1);
        let n_topics = posterior.n_topics();
        let rows = posterior.lanes_mut().par_chunks_mut(lanes_per_row).enumerate().with_min_len(64);
        let of_documents: Vec<f64> = rows
            .map_init(
                || (vec![0.0_f64; n_topics], Vec::new()),
                |(scores, buffer), (document, row)| {
                    let (terms, values) = counts.document(document, buffer);
                    if terms.is_empty() {
                        row.fill(Lanes::default());
                        return 0.0;
                    }
                    weighted_sum(kernel, row, logarithms, terms, values);
                    let n_tokens = counts.n_tokens()[document];
                    let temperature = (n_tokens / tokens).max(1.0);
                    for ((score, &sum), none) in scores.iter_mut().zip(flatten(row)).zip(logarithms_of_none) {
                        *score = (f64::from(sum) + n_tokens * none) / temperature;
                    }
                    let weight = counts.document_weight(document);
                    weight * temperature * softmax(scores, &mut flatten_mut(row)[..n_topics])
                },
            )
            .collect();
        of_documents.iter().sum()
    }
}

/// A mixture of topics, as expected counts N_tk of terms in topics: φ_tk = (N_tk + β) / (Σ_t N_tk + β n_terms).
#[derive(Clone)]
pub(super) struct Mixture<'a> {
    given: &'a GivenTopics,
    /// N, terms × topics.
    expected: FactorMatrix,
    posterior: Posterior,
    /// β.
    smoothing: f64,
    /// Pseudo-count of all seeds of a topic.
    seed_count: f64,
}

impl<'a> Mixture<'a> {
    fn new(n_tokens: f64, w: &FactorMatrix, masses: &[f64], given: &'a GivenTopics, params: &FactorizeParams) -> Self {
        let total: f64 = masses.iter().sum();
        let shares: Vec<f64> = masses.iter().map(|mass| if total > 0.0 { mass / total } else { 0.0 }).collect();
        // As much as all documents have, so that the smoothing means little at the start.
        let mut expected = w.clone();
        expected.each_row(|_, row| {
            let mean: f64 = row.iter().zip(&shares).map(|(&value, share)| f64::from(value) * share).sum();
            row.iter_mut().for_each(|value| *value = ((f64::from(*value) + SHARED * mean) * n_tokens) as f32);
        });
        let seed_count = params.seed_weight * n_tokens / w.n_topics() as f64;
        let mut mixture = Self {
            given,
            posterior: Posterior {
                logarithms: FactorMatrix::zeros(w.n_rows(), w.n_topics()),
                logarithms_of_none: Vec::new(),
                tokens: params.sharpening_tokens,
            },
            expected,
            smoothing: params.sharpening_smoothing,
            seed_count,
        };
        mixture.prepare();
        mixture
    }

    /// Keeps what is given of topics, and computes the logarithms of φ.
    fn prepare(&mut self) {
        let n_terms = self.expected.n_rows() as f64;
        if let Some((frozen, smoothing)) = &self.given.frozen {
            // The counts that give the frozen φ: λ = β n_terms / (N + β n_terms).
            let of_share = |&share: &f64| self.smoothing * n_terms * (1.0 - share) / share.max(1e-9);
            let scales: Vec<f64> = smoothing
                .iter()
                .zip(frozen.topic_sums())
                .map(|(share, sum)| of_share(share) / sum.max(1e-30))
                .collect();
            self.expected.each_row(|term, row| {
                for ((value, &frozen), scale) in row.iter_mut().zip(frozen.row_values(term)).zip(&scales) {
                    *value = (f64::from(frozen) * scale) as f32;
                }
            });
        }
        for &(term, topic) in &self.given.excluded {
            self.expected.set(term as usize, topic, 0.0);
        }
        let kernel = Kernel::current();
        let (n_topics, inverse) = (self.expected.n_topics(), (1.0 / self.smoothing) as f32);
        let expected = &self.expected;
        self.posterior.logarithms.each_padded_row(|term, row| {
            row.copy_from_slice(expected.row(term));
            flatten_mut(row).iter_mut().for_each(|value| *value = value.mul_add(inverse, 1.0));
            to_logarithms(kernel, row);
            flatten_mut(row)[n_topics..].fill(0.0);
        });
        let of_none = |sum: &f64| libm::log(self.smoothing) - libm::log(sum + self.smoothing * n_terms);
        self.posterior.logarithms_of_none = self.expected.topic_sums().iter().map(of_none).collect();
    }

    /// What r of a document is computed from.
    pub(super) fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// F, of which documents have this part.
    fn likelihood(&self, of_documents: f64) -> f64 {
        let Posterior { logarithms, logarithms_of_none, .. } = &self.posterior;
        let smooth: f64 = logarithms.topic_sums().iter().sum::<f64>()
            + logarithms_of_none.iter().sum::<f64>() * self.expected.n_rows() as f64;
        let seeds = self.given.seeds.iter().map(|(topic, terms)| {
            let count = self.seed_count / terms.len() as f64;
            let of_term = |&term: &u32| f64::from(logarithms.get(term as usize, *topic)) + logarithms_of_none[*topic];
            count * terms.iter().map(of_term).sum::<f64>()
        });
        let seeds: f64 = seeds.sum();
        of_documents + self.smoothing * smooth + seeds
    }

    /// Computes φ from N, to which seeds add theirs.
    fn learn(&mut self) {
        for (topic, terms) in &self.given.seeds {
            let count = (self.seed_count / terms.len() as f64) as f32;
            for &term in terms {
                self.expected.set(term as usize, *topic, self.expected.get(term as usize, *topic) + count);
            }
        }
        self.prepare();
    }

    /// β.
    pub(super) fn pseudo_count(&self) -> f64 {
        self.smoothing
    }

    fn sharpened(self, posterior: FactorMatrix, likelihoods: Vec<f64>) -> Sharpened {
        let pseudo_count = self.smoothing;
        let (w, smoothing) = self.topics();
        Sharpened { w, smoothing, pseudo_count, posterior, likelihoods }
    }

    /// W and the smoothing of each topic.
    pub(super) fn topics(self) -> (FactorMatrix, Vec<f64>) {
        let Self { expected: mut w, given, smoothing, .. } = self;
        w.each_row(|_, row| {
            let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
            row.iter_mut().filter(|value| **value < smallest).for_each(|value| *value = 0.0);
        });
        let sums = w.topic_sums();
        let flat = smoothing * w.n_rows() as f64;
        let mut shares: Vec<f64> = sums.iter().map(|sum| flat / (sum + flat)).collect();
        w.each_row(|_, row| {
            for (value, sum) in row.iter_mut().zip(&sums) {
                *value = if *sum > 0.0 { (f64::from(*value) / sum) as f32 } else { 0.0 };
            }
        });
        if let Some((frozen, of_frozen)) = &given.frozen {
            w.each_row(|term, row| row[..frozen.n_topics()].copy_from_slice(frozen.row_values(term)));
            shares[..of_frozen.len()].copy_from_slice(of_frozen);
        }
        (w, shares)
    }
}

/// Writes exp(score) / Σ exp(score) into `shares`, and returns ln Σ exp(score).
fn softmax(scores: &mut [f64], shares: &mut [f32]) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for score in scores.iter_mut() {
        let below = *score - largest;
        *score = if below < -40.0 { 0.0 } else { libm::exp(below) };
    }
    let total: f64 = scores.iter().sum();
    for (share, score) in shares.iter_mut().zip(scores.iter()) {
        let value = score / total;
        *share = if value < SMALLEST_SHARE { 0.0 } else { value as f32 };
    }
    largest + libm::log(total)
}
