//! Aligns the topics of two models, whatever their numbers of topics and their vocabularies.

use std::collections::HashMap;

use super::{Agreement, compared_words, jaccard, match_topics};
use crate::model::TopicModel;

/// Topics that have fewer words in common than this Jaccard similarity says are no pair: one went and another came.
const LEAST_ALIKE: f64 = 0.1;

/// What two models have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Topics that correspond, in the order of the first model.
    pub pairs: Vec<TopicPair>,
    /// Topics of the first model without a counterpart.
    pub only_first: Vec<usize>,
    /// Topics of the second model without a counterpart.
    pub only_second: Vec<usize>,
    /// Mean Jaccard similarity of the pairs; 0 without pairs.
    pub similarity: f64,
    /// What the models say of documents that both have, by id.
    pub documents: Option<DocumentComparison>,
}

/// A topic of the first model and its counterpart in the second.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicPair {
    /// The topic of the first model.
    pub first: usize,
    /// The topic of the second model.
    pub second: usize,
    /// Jaccard similarity of the twenty first words.
    pub similarity: f64,
    /// Words that only the first model has among them, best first.
    pub lost: Vec<String>,
    /// Words that only the second model has among them, best first.
    pub gained: Vec<String>,
}

/// Documents that two models have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DocumentComparison {
    /// Agreement of their topics, those of the first model taken for classes.
    pub agreement: Agreement,
    /// Share of the documents whose topics correspond.
    pub same_topic: f64,
}

impl Comparison {
    /// Compares two models by the words that each shows first.
    ///
    /// ```
    /// use topicmill::{evaluate::Comparison, model::TopicModel};
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let comparison = Comparison::new(&model, &model);
    /// assert_eq!((comparison.pairs.len(), comparison.similarity), (model.n_topics(), 1.0));
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn new(first: &TopicModel, second: &TopicModel) -> Self {
        let (words, others) = (words(first), words(second));
        let matching = match_topics(&words, &others, jaccard);
        let is_pair = |(topic, partner): (usize, Option<(usize, f64)>)| {
            let (other, similarity) = partner.filter(|(_, similarity)| *similarity >= LEAST_ALIKE)?;
            let without = |a: &[String], b: &[String]| a.iter().filter(|word| !b.contains(word)).cloned().collect();
            let (lost, gained) = (without(&words[topic], &others[other]), without(&others[other], &words[topic]));
            Some(TopicPair { first: topic, second: other, similarity, lost, gained })
        };
        let pairs: Vec<TopicPair> = matching.partners.into_iter().enumerate().filter_map(is_pair).collect();
        let has_first = |topic: &usize| pairs.iter().any(|pair| pair.first == *topic);
        let has_second = |topic: &usize| pairs.iter().any(|pair| pair.second == *topic);
        Self {
            only_first: (0..words.len()).filter(|topic| !has_first(topic)).collect(),
            only_second: (0..others.len()).filter(|topic| !has_second(topic)).collect(),
            similarity: pairs.iter().map(|pair| pair.similarity).sum::<f64>() / pairs.len().max(1) as f64,
            documents: documents(first, second, &pairs),
            pairs,
        }
    }
}

/// The words that each topic shows first, as people see them: stems of one model and words of another are alike.
fn words(model: &TopicModel) -> Vec<Vec<String>> {
    let forms = |words: Vec<usize>| words.into_iter().map(|term| model.terms[term].form.clone()).collect();
    compared_words(model).into_iter().map(forms).collect()
}

fn documents(first: &TopicModel, second: &TopicModel, pairs: &[TopicPair]) -> Option<DocumentComparison> {
    let others: HashMap<&str, Option<usize>> =
        second.documents.rows().map(|row| row.id).zip(second.assignments()).collect();
    let both = first.documents.rows().zip(first.assignments());
    let both: Vec<(usize, usize)> = both.filter_map(|(row, topic)| Some((topic?, (*others.get(row.id)?)?))).collect();
    let agreement = Agreement::of_documents(both.iter().map(|(first, second)| (first.to_string(), Some(*second))))?;
    let is_same =
        |(first, second): &&(usize, usize)| pairs.iter().any(|pair| (pair.first, pair.second) == (*first, *second));
    let same_topic = both.iter().filter(is_same).count() as f64 / both.len() as f64;
    Some(DocumentComparison { agreement, same_topic })
}
