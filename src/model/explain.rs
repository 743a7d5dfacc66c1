//! Says which words of a document speak for which of its topics.

use std::ops::Range;

use super::{DocumentTopics, ModelError, Transformer};
use crate::text::count_numbers;

/// Why a document has its topics.
///
/// Each occurrence of a term t speaks for topic k with its part of the document's weight v_td times W_tk H_kd / Σ_l
/// W_tl H_ld, scaled so that the parts for a topic sum to its weight H_kd. Where the weights of a document maximise
/// the likelihood of its words (the divergence without penalties, and sharpened topics), the scale is 1 within the
/// tolerance that documents are solved to.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The topics of the document.
    pub topics: DocumentTopics,
    /// The occurrences of terms of the model, in the order of the text; an n-gram overlaps its words.
    pub words: Vec<ExplainedWord>,
}

/// An occurrence of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedWord {
    /// Byte range in the text.
    pub range: Range<usize>,
    /// Number of the term: its row of W.
    pub term: usize,
    /// What it speaks for each topic.
    pub parts: Vec<f64>,
}

impl Explanation {
    /// The sum of all parts for each topic.
    pub fn sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.topics.weights.len()];
        for word in &self.words {
            sums.iter_mut().zip(&word.parts).for_each(|(sum, part)| *sum += part);
        }
        sums
    }
}

impl ExplainedWord {
    /// The topic that the word speaks most for.
    pub fn topic(&self) -> Option<usize> {
        let best = (0..self.parts.len()).rev().max_by(|&a, &b| self.parts[a].total_cmp(&self.parts[b]))?;
        (self.parts[best] > 0.0).then_some(best)
    }
}

impl Transformer {
    /// The occurrences of terms in a text, n-grams included: the byte range of each and the number of the term, in the
    /// order of the text. Fails if the model was fitted to a matrix.
    pub fn occurrences(&self, text: &str) -> Result<Vec<(Range<usize>, u32)>, ModelError> {
        let analyzer = self.analyzer()?;
        let tokens = analyzer.tokens(text);
        let bytes = |of_tokens: Range<usize>| tokens[of_tokens.start].range.start..tokens[of_tokens.end - 1].range.end;
        let known = analyzer.ngrams(&tokens).filter_map(|(range, term)| Some((bytes(range), self.number(&term)?)));
        Ok(known.collect())
    }

    /// How often a document has each term, ascending, by the occurrences in its text and the terms of its values of
    /// views.
    pub(crate) fn counts_of(&self, occurrences: &[(Range<usize>, u32)], values: &[String]) -> Vec<(u32, f64)> {
        let values = values.iter().filter_map(|value| self.number(value));
        let terms = occurrences.iter().map(|(_, term)| *term).chain(values).collect();
        count_numbers(terms).into_iter().map(|(term, n)| (term, f64::from(n))).collect()
    }

    /// What an occurrence of each term weighs in a document: for topics that are parts of counts the weight of the
    /// term, else its idf, by which the weight of its count is multiplied.
    pub fn occurrence_weights(&self) -> Vec<f64> {
        match &self.term_weights {
            // A term without a weight in V is none.
            Some(weights) => {
                let weights = weights.iter().zip(&self.idf);
                weights.map(|(&weight, idf)| if *idf > 0.0 { f64::from(weight) } else { 0.0 }).collect()
            }
            None => self.idf.clone(),
        }
    }

    /// Explains the topics of a text. Fails if the model was fitted to a matrix, or if a number overflows.
    ///
    /// ```
    /// use topicmill::model::{TopicModel, Transformer};
    /// let transformer = Transformer::new(&TopicModel::load("tests/golden/model-v1")?)?;
    /// let text = "The orchestra played, and the orchestra was applauded.";
    /// let explanation = transformer.explain(text)?;
    /// assert_eq!(&text[explanation.words[0].range.clone()], "applauded");
    /// let sum: f64 = explanation.sums().iter().sum();
    /// let weight: f64 = explanation.topics.weights.iter().map(|&weight| f64::from(weight)).sum();
    /// assert!((sum - weight).abs() < 1e-4 * weight);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn explain(&self, text: &str) -> Result<Explanation, ModelError> {
        let places = self.occurrences(text)?;
        let Some(topics) = self.texts(&[text])?.pop() else {
            return Err(ModelError::Transform("there is no text".into()));
        };
        let counts = count_numbers(places.iter().map(|(_, term)| *term).collect());
        let values = self.values(counts.clone())?;
        let words = places.into_iter().map(|(range, term)| {
            let found = |list: &[(u32, f32)]| {
                list.binary_search_by_key(&term, |(term, _)| *term).map_or(0.0, |place| f64::from(list[place].1))
            };
            let occurrence = found(&values) / found(&counts).max(1.0);
            let row: Vec<f64> = self
                .topic_row(term)
                .into_iter()
                .zip(&topics.weights)
                .map(|(phi, &weight)| f64::from(phi) * f64::from(weight))
                .collect();
            let product: f64 = row.iter().sum();
            let part = |value: &f64| if product > 0.0 { occurrence * value / product } else { 0.0 };
            ExplainedWord { range, term: term as usize, parts: row.iter().map(part).collect() }
        });
        let mut explanation = Explanation { words: words.collect(), topics };
        let sums = explanation.sums();
        let scales = explanation.topics.weights.iter().zip(sums).map(|(&weight, sum)| f64::from(weight) / sum);
        let scales: Vec<f64> = scales.map(|scale| if scale.is_finite() { scale } else { 0.0 }).collect();
        for word in &mut explanation.words {
            word.parts.iter_mut().zip(&scales).for_each(|(part, scale)| *part *= scale);
        }
        Ok(explanation)
    }
}
