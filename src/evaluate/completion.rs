//! Document completion: how well topics foresee the second half of a document from its first.

use std::ops::AddAssign;

use crate::factorize::FactorMatrix;
use crate::factorize::sharpen::smoothed;
use crate::model::{ModelError, TopicModel, Transformer};

/// Likelihood of the withheld words of documents, given the others (H. Wallach, I. Murray, R. Salakhutdinov, D.
/// Mimno, *Evaluation methods for topic models*, 2009,
/// [doi:10.1145/1553374.1553515](https://doi.org/10.1145/1553374.1553515)).
///
/// Every second word of a document, in the order of terms, is withheld; the shares θ of topics come from the others,
/// and a withheld term has the probability Σ_k θ_k φ_tk. Words that are no terms of the model, or that no topic has,
/// are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Completion {
    /// Σ ln p over the withheld words, in nats.
    pub log_likelihood: f64,
    /// Number of withheld words.
    pub n_words: f64,
}

impl Completion {
    /// exp(−log-likelihood per word): as uncertain as among so many equally probable words. 1 where there are no words.
    pub fn perplexity(&self) -> f64 {
        libm::exp(-self.per_word())
    }

    /// Log-likelihood of a word, in nats; 0 where there are none.
    pub fn per_word(&self) -> f64 {
        if self.n_words > 0.0 { self.log_likelihood / self.n_words } else { 0.0 }
    }
}

impl AddAssign for Completion {
    fn add_assign(&mut self, other: Self) {
        self.log_likelihood += other.log_likelihood;
        self.n_words += other.n_words;
    }
}

/// Parts the counts of a document, (number of a term, count), into those that are seen and those that are withheld:
/// its words, in the order of terms, go to each in turn.
///
/// ```
/// use topicmill::evaluate::halves;
/// let [seen, withheld] = halves(&[(3, 3.0), (4, 1.0), (7, 2.0)]);
/// assert_eq!(seen, [(3, 2.0), (7, 1.0)]);
/// assert_eq!(withheld, [(3, 1.0), (4, 1.0), (7, 1.0)]);
/// ```
pub fn halves(document: &[(u32, f32)]) -> [Vec<(u32, f32)>; 2] {
    let (mut seen, mut withheld) = (Vec::new(), Vec::new());
    let mut before = 0.0_f64;
    for &(term, count) in document {
        let after = before + f64::from(count);
        let first = ((after / 2.0).ceil() - (before / 2.0).ceil()) as f32;
        if first > 0.0 {
            seen.push((term, first));
        }
        if count > first {
            withheld.push((term, count - first));
        }
        before = after;
    }
    [seen, withheld]
}

/// Share of a topic that is spread over all terms where the model does not say how topics are smoothed.
const SMOOTHING: f64 = 0.01;

/// Foresees words of documents with a model. It owns what it needs of it.
#[derive(Debug)]
pub struct Completer {
    transformer: Transformer,
    /// φ, terms × topics, without zeros; each topic sums to `sums`.
    phi: FactorMatrix,
    sums: Vec<f64>,
    /// Shares of the topics in the corpus, for a document of which nothing is seen.
    of_corpus: Vec<f64>,
}

impl Completer {
    /// Of a fitted model. Fails if its record of its analyser or parameters is invalid.
    pub fn new(model: &TopicModel) -> Result<Self, ModelError> {
        let record = model.manifest.fit.as_ref().and_then(|fit| fit.sharpening.as_ref());
        let phi = match record {
            Some(record) => smoothed(&model.w, &record.smoothing),
            None => smoothed(&model.w, &vec![SMOOTHING; model.n_topics()]),
        };
        let masses = model.topic_masses();
        let total = masses.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let of_corpus = masses.iter().map(|mass| mass / total).collect();
        Ok(Self { transformer: Transformer::new(model)?, sums: phi.topic_sums(), phi, of_corpus })
    }

    /// Foresees the withheld half of a document, given as (number of a term, count) in ascending order of terms.
    pub fn complete(&self, document: &[(u32, f32)]) -> Result<Completion, ModelError> {
        let [seen, withheld] = halves(document);
        let mut theta = self.transformer.document(&seen)?.shares();
        if theta.iter().all(|share| *share == 0.0) {
            theta.clone_from(&self.of_corpus);
        }
        // Weights are those of topics as they are scaled, and φ is normalised.
        for (share, sum) in theta.iter_mut().zip(&self.sums) {
            *share = if *sum > 0.0 { *share / sum } else { 0.0 };
        }
        let mut completion = Completion::default();
        for (term, count) in withheld {
            let row = self.phi.row_values(term as usize);
            let p: f64 = row.iter().zip(&theta).map(|(&phi, share)| f64::from(phi) * share).sum();
            // No topic has the term, as if it were none of the model's.
            if p == 0.0 {
                continue;
            }
            completion += Completion { log_likelihood: f64::from(count) * libm::log(p), n_words: f64::from(count) };
        }
        Ok(completion)
    }

    /// What finds the topics of documents.
    pub fn transformer(&self) -> &Transformer {
        &self.transformer
    }
}
