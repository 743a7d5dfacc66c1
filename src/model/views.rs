//! The values of views: terms that are no words, and stand in topics beside them.

use std::borrow::Cow;

use super::topics::relevance_order;
use super::{TopWord, TopicModel};
use crate::factorize::FactorMatrix;
use crate::matrix::Term;
use crate::text::{AnalyzerSpec, View};

impl TopicModel {
    /// The views that the documents were counted with; none for most models.
    pub fn views(&self) -> &[View] {
        self.manifest.analyzer.as_ref().map_or(&[], |analyzer| &analyzer.views)
    }

    /// Whether a term is a word, and no value of a view.
    pub(super) fn is_word(&self, term: usize) -> bool {
        !View::is_value(self.views(), &self.terms[term].term)
    }

    /// The `n` values of a view that say most of a topic, best first, by [relevance](super::Ranking::Relevance). Their
    /// `form` is the value alone, their probability p(term | topic) among words and values together.
    ///
    /// ```
    /// use topicmill::{config::Config, factorize::Silent, ingest::Document, pipeline::{Dataset, fit}};
    /// let of = |text: &str, tags: &str| Document::new(text, text).with_metadata([("tags", tags)]);
    /// let documents = [of("ships at sea", "travel"), of("the sea, the ships", "travel; water"),
    ///     of("bread and butter", "food"), of("butter on bread", "food; home")];
    /// let mut config = Config::default();
    /// (config.factorize.n_topics, config.text.views) = (2, vec!["tags=tags".into()]);
    /// let model = fit(&Dataset::from_documents(documents, &config)?, &config.factorize, &mut Silent)?;
    /// let mut best: Vec<String> = (0..2).map(|k| model.values(k, &model.views()[0], 1).remove(0).form).collect();
    /// best.sort();
    /// assert_eq!(best, ["food", "travel"]);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn values(&self, topic: usize, view: &View, n: usize) -> Vec<TopWord> {
        let shares = self.term_shares();
        let value = |(index, term): (usize, &Term)| {
            let form = view.value(&term.term)?.to_string();
            let probability = f64::from(self.w.get(index, topic));
            let score = super::topics::relevance(probability, shares[index]);
            (probability > 0.0).then(|| TopWord { index, term: term.term.clone(), form, probability, score })
        };
        let mut values: Vec<TopWord> = self.terms.iter().enumerate().filter_map(value).collect();
        values.sort_by(relevance_order);
        values.truncate(n);
        values
    }
}

/// W with the rows of words alone, for what ranks words; the others are zeros.
pub(crate) fn words_alone<'w>(
    w: &'w FactorMatrix,
    terms: &[Term],
    analyzer: Option<&AnalyzerSpec>,
) -> Cow<'w, FactorMatrix> {
    let views = analyzer.map_or(&[][..], |analyzer| &analyzer.views);
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
