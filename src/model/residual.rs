//! What a model expects of a document, beside what the document has.

use super::{DocumentTopics, ModelError, Transformer};

/// A document beside what its topics expect.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The terms of the document, ascending, with what it has of each and what is expected, Σ_k W_tk H_kd; in the unit
    /// of what documents are solved for: weights of V or, for sharpened topics, counts times the weights of terms.
    pub terms: Vec<(u32, f32, f64)>,
    /// Its topics.
    pub topics: DocumentTopics,
}

impl Transformer {
    /// What is expected of a document that is given as (number of a term, count), ascending by term. Fails if a number
    /// overflows.
    ///
    /// ```
    /// use topicmill::model::{TopicModel, Transformer};
    /// let transformer = Transformer::new(&TopicModel::load("tests/golden/model-v1")?)?;
    /// let expectation = transformer.expect(vec![(0, 2.0), (5, 1.0)])?;
    /// assert_eq!(expectation.terms.len(), 2);
    /// assert!(expectation.terms.iter().all(|(_, has, expected)| *has > 0.0 && *expected >= 0.0));
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn expect(&self, counts: Vec<(u32, f32)>) -> Result<Expectation, ModelError> {
        let values = self.values(counts.clone())?;
        let topics = self.document(&counts)?;
        let expected = |term: u32| {
            let row = self.topic_row(term);
            row.iter().zip(&topics.weights).map(|(&phi, &weight)| f64::from(phi) * f64::from(weight)).sum::<f64>()
        };
        let terms = values.into_iter().map(|(term, value)| (term, value, expected(term))).collect();
        Ok(Expectation { terms, topics })
    }
}
