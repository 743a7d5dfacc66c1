//! Everything that is measured of a model. It is computed once, for all who show it.

use super::{Agreement, CoOccurrences, Coherence, CoherenceMeasure, Diversity};
use crate::model::{Ranking, Topic, TopicModel};

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
    /// Agreement of the clusters with the labels of the documents, over documents that have a cluster and a label; `None`
    /// if no document has both.
    pub agreement: Option<Agreement>,
    /// Diversity of the words that topics show.
    pub diversity: Diversity,
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

impl Evaluation {
    /// Measures a model by its ten most probable words a topic.
    pub fn new(model: &TopicModel) -> Self {
        Self::of_topics(model, &model.topics(MEASURED_WORDS, Ranking::Probability))
    }

    /// Measures a model by the words of these of its topics.
    pub fn of_topics(model: &TopicModel, topics: &[Topic]) -> Self {
        let assignments = model.assignments();
        let n_without_topic = assignments.iter().filter(|topic| topic.is_none()).count();
        let both = assignments.into_iter().zip(&model.documents.rows);
        let (labels, clusters): (Vec<&str>, Vec<usize>) =
            both.filter(|(_, row)| !row.label.is_empty()).filter_map(|(c, row)| Some((row.label.as_str(), c?))).unzip();
        let agreement = (!labels.is_empty()).then(|| Agreement::new(&labels, &clusters));
        let words: Vec<Vec<usize>> =
            topics.iter().map(|topic| topic.words.iter().map(|word| word.index).collect()).collect();
        Self { n_without_topic, agreement, diversity: Diversity::new(&words), reference: None }
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
