//! Finds words in a model: their topics, the words near them, and what somebody may have meant.

use super::{ModelError, Ranking, TopicModel};
use crate::text::Analyzer;

/// Places in a topic's list of words that are looked at.
const RANKED: usize = 100;

/// Similarity of spelling, by Jaro and Winkler, from which on a word may have been meant.
const SPELLED_ALIKE: f64 = 0.85;

/// A word of the model with its topics.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundWord {
    /// Number of the term: its row of W.
    pub term: usize,
    /// Its topics, the likeliest first.
    pub topics: Vec<WordTopic>,
    /// Terms that stand in the same topics, with the cosine of their p(topic | term), the nearest first.
    pub near: Vec<(usize, f64)>,
}

/// What a word has to do with a topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordTopic {
    /// Number of the topic.
    pub topic: usize,
    /// p(topic | term): of the word's occurrences, the part that is about the topic.
    pub share: f64,
    /// p(term | topic).
    pub probability: f64,
    /// Its place among the hundred first words of the topic, from 1.
    pub rank: Option<usize>,
}

impl TopicModel {
    /// The number of the term that a word, or an n-gram of words separated by spaces, is counted as; `None` if the
    /// model has no such term.
    pub fn find_term(&self, words: &str) -> Result<Option<usize>, ModelError> {
        let term = match self.manifest.analyzer.clone() {
            Some(spec) => Analyzer::new(spec)?.term_of(words),
            None => words.to_string(),
        };
        Ok(self.terms.iter().position(|known| known.term == term || known.form == words))
    }

    /// Up to `n` forms that are spelled like a word that the model does not have, the likeliest first.
    pub fn spelled_like(&self, word: &str, n: usize) -> Vec<&str> {
        let word = word.to_lowercase();
        let alike = |form: &str| match form.starts_with(&word) {
            true => 1.0,
            false => strsim::jaro_winkler(form, &word),
        };
        let mut found: Vec<(f64, usize)> =
            self.terms.iter().enumerate().map(|(term, known)| (alike(&known.form), term)).collect();
        found.retain(|(similarity, _)| *similarity >= SPELLED_ALIKE);
        let df = |term: usize| self.terms[term].df;
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(df(b.1).cmp(&df(a.1))).then(a.1.cmp(&b.1)));
        found.iter().take(n).map(|&(_, term)| self.terms[term].form.as_str()).collect()
    }

    /// A term with its topics and the `n_near` terms nearest to it, of those in at least a third as many documents.
    pub fn word(&self, term: usize, n_near: usize) -> FoundWord {
        let masses = self.topic_masses();
        let shares = |term: usize| -> Vec<f64> {
            let row = self.w.row_values(term).iter().zip(&masses);
            let joint: Vec<f64> = row.map(|(&phi, mass)| f64::from(phi) * mass).collect();
            let sum: f64 = joint.iter().sum();
            joint.into_iter().map(|value| if sum > 0.0 { value / sum } else { 0.0 }).collect()
        };
        let own = shares(term);
        let ranking = self.ranking(None).unwrap_or_default();
        let rank = |topic: usize| {
            self.top_words(topic, RANKED, ranking).iter().position(|word| word.index == term).map(|place| place + 1)
        };
        let mut topics: Vec<WordTopic> = (0..self.n_topics())
            .filter(|&topic| own[topic] > 0.0)
            .map(|topic| WordTopic {
                topic,
                share: own[topic],
                probability: f64::from(self.w.get(term, topic)),
                rank: rank(topic),
            })
            .collect();
        topics.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.topic.cmp(&b.topic)));
        let least = self.terms[term].df / 3;
        let norm = |row: &[f64]| row.iter().map(|value| value * value).sum::<f64>().sqrt();
        let own_norm = norm(&own);
        // Of terms that are in one topic alone all cosines are 1: among equals, the words that the topic shows come
        // first.
        let best = topics.first().map_or(0, |best| best.topic);
        let mut places = vec![usize::MAX; self.terms.len()];
        for (place, word) in self.top_words(best, RANKED, Ranking::Probability).iter().enumerate() {
            places[word.index] = place;
        }
        let cosine = |other: usize| {
            let row = shares(other);
            let product: f64 = row.iter().zip(&own).map(|(a, b)| a * b).sum();
            let norms = norm(&row) * own_norm;
            if norms > 0.0 { product / norms } else { 0.0 }
        };
        let mut near: Vec<(usize, f64)> = (0..self.terms.len())
            .filter(|&other| other != term && self.terms[other].df >= least && self.is_word(other))
            .map(|other| (other, cosine(other)))
            .filter(|(_, cosine)| *cosine > 0.0)
            .collect();
        let rounded = |cosine: f64| (cosine * 20.0).round();
        near.sort_by(|a, b| {
            rounded(b.1).total_cmp(&rounded(a.1)).then(places[a.0].cmp(&places[b.0])).then(b.1.total_cmp(&a.1))
        });
        near.truncate(n_near);
        FoundWord { term, topics, near }
    }
}
