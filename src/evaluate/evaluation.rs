//! Everything that is measured of a model. It is computed once, for all who show it.

use super::{Agreement, CoOccurrences, Coherence, CoherenceMeasure, Completion, Counts, Diversity, TopicDiagnostics};
use super::{Verdict, Window};
use crate::factorize::{FactorizeParams, Loss};
use crate::matrix::TermDocumentMatrix;
use crate::model::{CoherenceRecord, Topic, TopicModel};

/// Words of a topic that are measured, as in the literature.
pub const MEASURED_WORDS: usize = 10;

/// The measures of a model. Reports and exports read the same value, so that they cannot tell different stories.
///
/// ```
/// use topicmill::{evaluate::Evaluation, model::TopicModel};
/// let evaluation = Evaluation::new(&TopicModel::load("tests/golden/model-v1")?);
/// assert_eq!(evaluation.n_without_topic, 0);
/// assert!(evaluation.diversity.distinct_share > 0.9);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Documents that have no term of the vocabulary, and so no topic.
    pub n_without_topic: usize,
    /// Agreement of the clusters with the labels of the documents, over documents that have a cluster and a label;
    /// `None` if no document has both.
    pub agreement: Option<Agreement>,
    /// Diversity of the words that topics show.
    pub diversity: Diversity,
    /// Diagnostics of each topic.
    pub diagnostics: Vec<TopicDiagnostics>,
    /// What is to be known of each topic before it is trusted.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Share of what one topic leaves unexplained of V that the factors explain (for squared errors: of all squares);
    /// `None` for a model of an older format.
    pub explained: Option<f64>,
    /// Deviance of the factors, twice their divergence from V; `None` for squared errors.
    pub deviance: Option<f64>,
    /// How well the model foresees halves of documents of the reference corpus; `None` without one.
    pub completion: Option<Completion>,
    /// Coherence of these words in a reference corpus; `None` without one.
    pub reference: Option<Reference>,
}

/// What a reference corpus says of topics.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Documents of the corpus.
    pub n_documents: u64,
    /// Coherence by each measure.
    pub coherence: Vec<(CoherenceMeasure, Coherence)>,
}

impl Reference {
    /// What was measured in the documents of the fit.
    fn stored(record: &CoherenceRecord, n_documents: usize) -> Self {
        let of = |values: &[Option<f64>]| Coherence::new(values.to_vec(), 0);
        let coherence =
            vec![(CoherenceMeasure::DocumentNpmi, of(&record.npmi)), (CoherenceMeasure::UMass, of(&record.u_mass))];
        Self { n_documents: n_documents as u64, coherence }
    }
}

/// The topics with the words that every fit is measured by.
fn measured_topics(model: &TopicModel) -> Vec<Topic> {
    let ranking = model.ranking(None).unwrap_or_default();
    model.topics(MEASURED_WORDS, ranking)
}

impl CoherenceRecord {
    /// Measures topics, as lists of terms by number, in the documents that they were fitted to.
    pub fn new(topics: &[Vec<u32>], v: &TermDocumentMatrix) -> Self {
        Self::of(&CoOccurrences::of_matrix(topics, v), topics.len())
    }

    /// What was counted of so many topics in the documents that they were fitted to.
    pub fn of(words: &CoOccurrences, n_topics: usize) -> Self {
        let of = |measure: CoherenceMeasure| {
            let coherence = words.of_window(Window::Document).and_then(|counts| measure.of(counts));
            coherence.map_or_else(|| vec![None; n_topics], |coherence| coherence.topics)
        };
        let counts = words.of_window(Window::Document);
        let overlap = (0..n_topics).map(|topic| counts.and_then(|counts| overlap(counts, topic))).collect();
        Self { npmi: of(CoherenceMeasure::DocumentNpmi), u_mass: of(CoherenceMeasure::UMass), overlap }
    }
}

/// A word of fewer documents stands in the same ones as others by chance.
const LEAST_OVERLAP_DOCUMENTS: u64 = 5;

/// The median over the pairs of a topic's words of the Jaccard similarity of their documents; `None` with fewer than
/// three pairs of words that stand in enough documents.
fn overlap(counts: &Counts, topic: usize) -> Option<f64> {
    let words = &counts.words[topic];
    let pairs = (0..words.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let is_enough = |&(i, j): &(usize, usize)| words[i].min(words[j]) >= LEAST_OVERLAP_DOCUMENTS;
    let similarity = |(i, j): (usize, usize)| {
        let both = counts.pair(topic, i, j);
        both as f64 / (words[i] + words[j] - both) as f64
    };
    let mut similarities: Vec<f64> = pairs.filter(is_enough).map(similarity).collect();
    similarities.sort_by(f64::total_cmp);
    (similarities.len() >= 3).then(|| similarities[similarities.len() / 2])
}

impl Evaluation {
    /// Measures a model by the ten words that each topic shows first.
    pub fn new(model: &TopicModel) -> Self {
        Self::of_topics(model, &measured_topics(model))
    }

    /// Measures a model by the words of these of its topics. If they are those that were measured at the fit,
    /// coherence in the documents of the fit is known.
    pub fn of_topics(model: &TopicModel, topics: &[Topic]) -> Self {
        let assignments = model.assignments();
        let n_without_topic = assignments.iter().filter(|topic| topic.is_none()).count();
        let labels = model.documents.rows().map(|row| row.label);
        let agreement = Agreement::of_documents(labels.zip(assignments));
        let words: Vec<Vec<usize>> =
            topics.iter().map(|topic| topic.words.iter().map(|word| word.index).collect()).collect();
        let fit = model.manifest.fit.as_ref();
        let objective = fit.map(|fit| fit.final_objective);
        let explained = fit
            .and_then(|fit| Some((fit.baseline_objective?, fit.final_objective)))
            .map(|(baseline, last)| if baseline > 0.0 { 1.0 - last / baseline } else { 0.0 });
        let loss = model.manifest.params::<FactorizeParams>("factorize").map(|params| params.loss);
        let is_divergence = loss.is_ok_and(|loss| loss == Loss::KullbackLeibler);
        let stored = fit.and_then(|fit| fit.coherence.as_ref());
        let stored = stored.filter(|_| topics == measured_topics(model));
        let diagnostics = TopicDiagnostics::of_topics(model, topics);
        Self {
            n_without_topic,
            agreement,
            diversity: Diversity::new(&words),
            verdicts: Verdict::of_topics(model, topics, &diagnostics),
            diagnostics,
            explained,
            deviance: objective.map(|objective| 2.0 * objective).filter(|_| is_divergence),
            completion: None,
            reference: stored.map(|record| Reference::stored(record, model.documents.len())),
        }
    }

    /// Mean exclusivity of the topics; 0 without topics.
    pub fn exclusivity(&self) -> f64 {
        let n = self.diagnostics.len().max(1) as f64;
        self.diagnostics.iter().map(|topic| topic.exclusivity).sum::<f64>() / n
    }

    /// The evaluation with the coherence of the words whose occurrences were counted, in the windows of all measures.
    pub fn with_reference(self, words: &CoOccurrences) -> Self {
        let of_measure = |measure: &CoherenceMeasure| {
            let counts = words.of_window(measure.window())?;
            Some((*measure, measure.of(counts)?))
        };
        let coherence: Vec<_> = CoherenceMeasure::ALL.iter().filter_map(of_measure).collect();
        let n_documents = words.of_window(CoherenceMeasure::DocumentNpmi.window()).map_or(0, |counts| counts.n_windows);
        Self { reference: Some(Reference { n_documents, coherence }), ..self }
    }
}
