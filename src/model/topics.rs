//! Topics with their words, and the scores that words are ranked by.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::ranking::term_shares;
use super::{ModelError, TopicModel};

/// The score that a topic's words are ranked by. Here φ_tk is p(term | topic), m_k is the mass of topic k, and p_t =
/// Σ_k m_k φ_tk / Σ_k m_k is the term's share of the modelled corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ranking {
    /// Correlation of word and topic over the documents, with words that stand together first; see
    /// [`rank_by_correlation`](super::rank_by_correlation). Words are ranked at the fit and stored in this order,
    /// fifty to a topic; those beyond, and all of a model of an older format, are ranked by probability.
    #[default]
    Correlation,
    /// φ_tk.
    Probability,
    /// λ ln φ_tk + (1 − λ) ln(φ_tk / p_t), λ = 0.6 unless another is given ([`TopicModel::topics_by_relevance`]; C.
    /// Sievert, K. Shirley, *LDAvis*, 2014, [doi:10.3115/v1/W14-3110](https://doi.org/10.3115/v1/W14-3110)).
    Relevance,
    /// Harmonic mean, with weights ½, of the ranks within the topic of exclusivity φ_tk / Σ_l φ_tl and of φ_tk (J.
    /// Bischof, E. Airoldi, *Summarizing topical content with word frequency and exclusivity*, ICML 2012).
    Frex,
    /// ln(φ_tk / p_t), of words that a hundredth of a topic's documents have on average, and three documents at least.
    Lift,
}

names!(Ranking {
    Correlation = "correlation",
    Probability = "probability",
    Relevance = "relevance",
    Frex = "frex",
    Lift = "lift",
});

/// Weight of ln φ_tk in the relevance of a word, unless another is given.
pub const RELEVANCE_LAMBDA: f64 = 0.6;
const FREX_EXCLUSIVITY: f64 = 0.5;

/// Share of the mean number of documents of a topic that must have a word, and the fewest documents, for its lift to
/// rank it.
const LIFT_DOCUMENTS: f64 = 0.01;
const LEAST_LIFT_DOCUMENTS: f64 = 3.0;

/// A word of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopWord {
    /// Number of the term: its row of W.
    pub index: usize,
    /// The term as it is counted.
    pub term: String,
    /// The form shown to people: the term's most frequent surface form.
    pub form: String,
    /// p(term | topic).
    pub probability: f64,
    /// The score in the chosen ranking; for [`Ranking::Probability`] it is the probability. Words by
    /// [`Ranking::Correlation`] are not in the order of their scores alone.
    pub score: f64,
}

/// A topic with its best words.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Number of the topic, from 0: its column of W.
    pub id: usize,
    /// Its name; see [`TopicModel::topic_name`].
    pub name: String,
    /// Its share of the weight of all documents.
    pub share: f64,
    /// Its best words in the chosen ranking, best first.
    pub words: Vec<TopWord>,
}

impl TopicModel {
    /// The ranking to use: the one that is asked for, or else the default of this model, which is by probability
    /// where the fit did not rank words by correlation. Fails if it is asked for correlation and has none.
    pub fn ranking(&self, asked: Option<Ranking>) -> Result<Ranking, ModelError> {
        match (asked, &self.correlated) {
            (Some(Ranking::Correlation), None) => Err(ModelError::NotRanked),
            (None, None) => Ok(Ranking::Probability),
            (asked, _) => Ok(asked.unwrap_or_default()),
        }
    }

    /// All topics with their `n_words` best words.
    pub fn topics(&self, n_words: usize, ranking: Ranking) -> Vec<Topic> {
        self.topics_ranked(n_words, ranking, RELEVANCE_LAMBDA)
    }

    /// All topics with their `n_words` best words by [`Ranking::Relevance`] with this λ: 1 ranks by probability, 0 by
    /// lift.
    pub fn topics_by_relevance(&self, n_words: usize, lambda: f64) -> Vec<Topic> {
        self.topics_ranked(n_words, Ranking::Relevance, lambda)
    }

    fn topics_ranked(&self, n_words: usize, ranking: Ranking, lambda: f64) -> Vec<Topic> {
        let masses = self.topic_masses();
        let total: f64 = masses.iter().sum();
        let sums = TermSums::new(self);
        (0..self.n_topics())
            .map(|id| Topic {
                id,
                name: self.topic_name(id),
                share: if total > 0.0 { masses[id] / total } else { 0.0 },
                words: self.best_words(id, n_words, ranking, lambda, &sums),
            })
            .collect()
    }

    /// p_t, each term's share of the modelled corpus: the mean of p(term | topic) by the masses of the topics.
    pub fn term_shares(&self) -> Vec<f64> {
        term_shares(&self.w, &self.topic_masses())
    }

    /// The `n` best words of a topic, best first, among the terms with a positive weight in it. Scores that agree to
    /// 16 bits (1.5e-5 of their size) are ties, which keep the order of terms. Otherwise words with the same counts
    /// would change places with the last bits of a fit.
    pub fn top_words(&self, topic: usize, n: usize, ranking: Ranking) -> Vec<TopWord> {
        let is_simple = matches!(ranking, Ranking::Probability | Ranking::Correlation);
        let sums = if is_simple { TermSums::default() } else { TermSums::new(self) };
        self.best_words(topic, n, ranking, RELEVANCE_LAMBDA, &sums)
    }

    fn best_words(&self, topic: usize, n: usize, ranking: Ranking, lambda: f64, sums: &TermSums) -> Vec<TopWord> {
        let mut first: Vec<(usize, f64)> = Vec::new();
        if let (Ranking::Correlation, Some(ranked)) = (ranking, &self.correlated) {
            first = ranked[topic].iter().take(n).map(|word| (word.term, word.correlation)).collect();
        }
        let rest = match n - first.len() {
            0 => Vec::new(),
            missing => {
                let known: HashSet<usize> = first.iter().map(|(term, _)| *term).collect();
                self.best_by_score(topic, missing, &known, self.scores(topic, ranking, lambda, sums))
            }
        };
        let word = |(index, score): (usize, f64)| {
            let (term, form) = (self.terms[index].term.clone(), self.terms[index].form.clone());
            TopWord { index, term, form, probability: f64::from(self.w.get(index, topic)), score }
        };
        first.into_iter().chain(rest).map(word).collect()
    }

    /// The `n` terms of a topic with the largest scores, of those that are not `known` yet.
    fn best_by_score(&self, topic: usize, n: usize, known: &HashSet<usize>, scores: Vec<f64>) -> Vec<(usize, f64)> {
        let is_ranked = |&(term, score): &(usize, f64)| {
            self.w.get(term, topic) > 0.0 && score > f64::NEG_INFINITY && !known.contains(&term) && self.is_word(term)
        };
        let mut words: Vec<(usize, f64)> = scores.into_iter().enumerate().filter(is_ranked).collect();
        if n < words.len() {
            words.select_nth_unstable_by(n, by_score);
            words.truncate(n);
        }
        words.sort_by(by_score);
        words
    }

    /// The score of every term in a topic; −∞ for one that is not ranked.
    fn scores(&self, topic: usize, ranking: Ranking, lambda: f64, sums: &TermSums) -> Vec<f64> {
        let phi: Vec<f64> = (0..self.w.n_rows()).map(|term| f64::from(self.w.get(term, topic))).collect();
        let with_shares = || phi.iter().zip(&sums.shares);
        match ranking {
            Ranking::Probability | Ranking::Correlation => phi,
            Ranking::Lift => {
                let per_topic = self.documents.len() as f64 / self.n_topics() as f64;
                let least = (LIFT_DOCUMENTS * per_topic).max(LEAST_LIFT_DOCUMENTS);
                let is_frequent = |term: usize| f64::from(self.terms[term].df) >= least;
                let floored = |(term, lift)| if is_frequent(term) { lift } else { f64::NEG_INFINITY };
                with_shares().map(|(&phi, &p)| lift(phi, p)).enumerate().map(floored).collect()
            }
            Ranking::Relevance => with_shares().map(|(&phi, &p)| relevance(phi, p, lambda)).collect(),
            Ranking::Frex => {
                let share = |(phi, sum): (&f64, &f64)| if *sum > 0.0 { phi / sum } else { 0.0 };
                let exclusivity: Vec<f64> = phi.iter().zip(&sums.topics).map(share).collect();
                let (exclusivity, frequency) = (rank_shares(&exclusivity), rank_shares(&phi));
                let mean = |(e, f): (f64, f64)| 1.0 / (FREX_EXCLUSIVITY / e + (1.0 - FREX_EXCLUSIVITY) / f);
                exclusivity.into_iter().zip(frequency).map(mean).collect()
            }
        }
    }
}

/// ln(φ / p) of a term with this probability in a topic and this share of the corpus. p is 0 if no document has a topic
/// of the term; without data on the term elsewhere, the ratio is taken as 1, since a division by 0 would give an
/// infinite score.
fn lift(probability: f64, share: f64) -> f64 {
    libm::log(if share > 0.0 { probability / share } else { 1.0 })
}

/// The relevance of a term with this probability in a topic and this share of the corpus.
pub(super) fn relevance(probability: f64, share: f64, lambda: f64) -> f64 {
    lambda * libm::log(probability) + (1.0 - lambda) * lift(probability, share)
}

/// The order of terms, by number, with their scores: the largest first, equal ones in the order of terms.
pub(super) fn by_score(a: &(usize, f64), b: &(usize, f64)) -> Ordering {
    rounded(b.1).total_cmp(&rounded(a.1)).then(a.0.cmp(&b.0))
}

/// Sums over all topics that the rankings need, one entry per term.
#[derive(Default)]
struct TermSums {
    /// p_t: each term's share of the modelled corpus.
    shares: Vec<f64>,
    /// Σ_k φ_tk.
    topics: Vec<f64>,
}

impl TermSums {
    fn new(model: &TopicModel) -> Self {
        let rows = (0..model.w.n_rows()).map(|term| model.w.row_values(term));
        Self {
            shares: model.term_shares(),
            topics: rows.map(|row| row.iter().map(|&phi| f64::from(phi)).sum()).collect(),
        }
    }
}

/// Rounds a score to 16 bits after the leading one.
fn rounded(score: f64) -> f64 {
    const DROPPED: u32 = f64::MANTISSA_DIGITS - 1 - 16;
    f64::from_bits((score.to_bits() + (1 << (DROPPED - 1))) >> DROPPED << DROPPED)
}

/// For each value, the share of all values that are not larger.
fn rank_shares(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    values.iter().map(|value| sorted.partition_point(|x| x <= value) as f64 / values.len() as f64).collect()
}
