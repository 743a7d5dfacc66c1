//! The values of views: terms that are no words, and stand in topics beside them.

use std::borrow::Cow;

use super::topics::{RELEVANCE_LAMBDA, by_score, relevance};
use super::{TopWord, TopicModel};
use crate::factorize::FactorMatrix;
use crate::matrix::Term;
use crate::text::{AnalyzerSpec, View};

impl TopicModel {
    /// The views that the documents were counted with; none for most models.
    pub fn views(&self) -> &[View] {
        AnalyzerSpec::views_of(self.manifest.analyzer.as_ref())
    }

    /// Whether a term is a word, and no value of a view.
    pub fn is_word(&self, term: usize) -> bool {
        !View::is_value(self.views(), &self.terms[term].term)
    }

    /// For each topic and view the `n` values that say most of the topic, best first, by
    /// [relevance](super::Ranking::Relevance).
    ///
    /// ```
    /// use topicmill::{config::Config, factorize::Silent, ingest::Document, pipeline::{Dataset, fit}};
    /// let of = |text: &str, tags: &str| Document::new(text, text).with_metadata([("tags", tags)]);
    /// let documents = [of("ships at sea", "travel"), of("the sea, the ships", "travel; water"),
    ///     of("bread and butter", "food"), of("butter on bread", "food; home")];
    /// let mut config = Config::default();
    /// (config.factorize.n_topics, config.text.views) = (2, vec!["tags=tags".into()]);
    /// let model = fit(&Dataset::from_documents(documents, &config)?, &config.factorize, &mut Silent)?;
    /// let mut best: Vec<String> = model.values(1).into_iter().map(|of| of.values[0].form.clone()).collect();
    /// best.sort();
    /// assert_eq!(best, ["food", "travel"]);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn values(&self, n: usize) -> Vec<TopicValues<'_>> {
        if self.views().is_empty() {
            return Vec::new();
        }
        let shares = self.term_shares();
        let terms = |view: &View| -> Vec<(usize, &str)> {
            let values = self.terms.iter().enumerate();
            values.filter_map(|(term, known)| Some((term, view.value(&known.term)?))).collect()
        };
        let views: Vec<(&View, Vec<(usize, &str)>)> = self.views().iter().map(|view| (view, terms(view))).collect();
        let of_topic = |topic: usize| {
            let (views, shares) = (&views, &shares);
            views.iter().map(move |(view, terms)| {
                let value = |&(index, form): &(usize, &str)| {
                    let probability = f64::from(self.w.get(index, topic));
                    let score = relevance(probability, shares[index], RELEVANCE_LAMBDA);
                    let (term, form) = (self.terms[index].term.clone(), form.to_string());
                    (probability > 0.0).then_some(TopWord { index, term, form, probability, score })
                };
                let mut values: Vec<TopWord> = terms.iter().filter_map(value).collect();
                values.sort_by(|a, b| by_score(&(a.index, a.score), &(b.index, b.score)));
                values.truncate(n);
                TopicValues { topic, view, values }
            })
        };
        (0..self.n_topics()).flat_map(of_topic).collect()
    }
}

/// The best values of a view in a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicValues<'m> {
    /// Number of the topic.
    pub topic: usize,
    /// The view.
    pub view: &'m View,
    /// Its values, best first. Their `form` is the value alone, their probability p(term | topic) among words and
    /// values together.
    pub values: Vec<TopWord>,
}

/// W with the rows of words alone, for what ranks words; the others are zeros.
pub(crate) fn words_alone<'w>(
    w: &'w FactorMatrix,
    terms: &[Term],
    analyzer: Option<&AnalyzerSpec>,
) -> Cow<'w, FactorMatrix> {
    let views = AnalyzerSpec::views_of(analyzer);
    if views.is_empty() {
        return Cow::Borrowed(w);
    }
    let mut words = w.clone();
    words.each_row(|term, row| {
        if View::is_value(views, &terms[term].term) {
            row.fill(0.0);
        }
    });
    Cow::Owned(words)
}
