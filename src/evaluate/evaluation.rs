//! Everything that is measured of a model, computed once for all who show it.

use super::Agreement;
use crate::model::TopicModel;

/// The measures of a model. Reports and exports read the same value, so that they cannot tell different stories.
///
/// ```
/// use topicmill::{evaluate::Evaluation, model::TopicModel};
/// let evaluation = Evaluation::new(&TopicModel::load("tests/golden/model-v1")?);
/// assert_eq!(evaluation.n_without_topic, 0);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Documents that have no term of the vocabulary, and so no topic.
    pub n_without_topic: usize,
    /// Agreement of the clusters with the labels of the documents, over documents that have a cluster and a label; none if
    /// no document has both.
    pub agreement: Option<Agreement>,
}

impl Evaluation {
    /// Measures a model.
    pub fn new(model: &TopicModel) -> Self {
        let assignments = model.assignments();
        let n_without_topic = assignments.iter().filter(|topic| topic.is_none()).count();
        let both = assignments.into_iter().zip(&model.documents.rows);
        let (labels, clusters): (Vec<&str>, Vec<usize>) =
            both.filter(|(_, row)| !row.label.is_empty()).filter_map(|(c, row)| Some((row.label.as_str(), c?))).unzip();
        let agreement = (!labels.is_empty()).then(|| Agreement::new(&labels, &clusters));
        Self { n_without_topic, agreement }
    }
}
