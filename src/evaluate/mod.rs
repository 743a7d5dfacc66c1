//! Is it any good? Agreement of clusters with labels, stability of topics between models.

mod agreement;
mod assignment;
mod stability;

pub use agreement::Agreement;
pub use assignment::best_assignment;
pub use stability::{Matching, average_jaccard, match_topics, rank_biased_overlap};

use crate::model::TopicModel;

impl TopicModel {
    /// Agreement of the clusters with the documents' labels, over documents that have both; none if no document has.
    pub fn label_agreement(&self) -> Option<Agreement> {
        let both = self.assignments().into_iter().zip(&self.documents.rows);
        let (labels, clusters): (Vec<&str>, Vec<usize>) =
            both.filter(|(_, row)| !row.label.is_empty()).filter_map(|(c, row)| Some((row.label.as_str(), c?))).unzip();
        (!labels.is_empty()).then(|| Agreement::new(&labels, &clusters))
    }
}
