//! Reads clusters of documents: a document belongs to the topic under which its words are the most probable, or, where
//! topics are not sharpened, to the topic with the largest share of it.

use std::collections::BTreeMap;

use super::TopicModel;

/// The documents that belong to one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Number of the topic.
    pub topic: usize,
    /// Number of documents.
    pub size: usize,
    /// Number of documents as a share of those in all clusters.
    pub share: f64,
    /// The most typical documents by their shares; see [`TopicModel::clusters`].
    pub typical: Vec<TypicalDocument>,
    /// Labels of the documents with their counts, the most frequent first; empty if no document of the model has a
    /// label.
    pub labels: Vec<(String, usize)>,
}

/// A document that is typical of its cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypicalDocument {
    /// Number of the document: its row of H.
    pub document: usize,
    /// p(topic | document).
    pub share: f64,
}

impl TopicModel {
    /// The topic of each document: for sharpened topics the one under which its words are the most probable, for
    /// others the one with the largest p(topic | document); of equal ones the first, and `None` for a document
    /// without terms.
    pub fn assignments(&self) -> Vec<Option<usize>> {
        match &self.assigned {
            Some(assigned) => assigned.clone(),
            None => (0..self.h.n_rows()).map(|document| largest(self.h.row_values(document))).collect(),
        }
    }

    /// p(topic | document) of one document, by topic; zeros for a document without terms.
    pub fn document_shares(&self, document: usize) -> Vec<f64> {
        shares(self.h.row_values(document))
    }

    /// The cluster of every topic, with its `n_typical` most typical documents.
    ///
    /// A document is typical if its share of the topic is large and rests on much text. The score is
    /// H_kd / (w̄ + Σ_l H_ld), with w̄ the mean weight of a document: the share that would be left if one average
    /// document about other topics were appended. Those that are chosen so stand in the order of their shares.
    pub fn clusters(&self, n_typical: usize) -> Vec<Cluster> {
        let assignments = self.assignments();
        let n_assigned = assignments.iter().flatten().count();
        let mean_weight = self.topic_masses().iter().sum::<f64>() / n_assigned.max(1) as f64;
        (0..self.n_topics())
            .map(|topic| {
                let members: Vec<usize> = (0..assignments.len()).filter(|&d| assignments[d] == Some(topic)).collect();
                let mut scored: Vec<(f64, usize)> = members
                    .iter()
                    .map(|&document| {
                        let row = self.h.row_values(document);
                        let weight: f64 = row.iter().map(|&value| f64::from(value)).sum();
                        (f64::from(row[topic]) / (weight + mean_weight), document)
                    })
                    .collect();
                scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                let mut typical: Vec<TypicalDocument> = scored
                    .iter()
                    .take(n_typical)
                    .map(|&(_, document)| TypicalDocument { document, share: self.document_shares(document)[topic] })
                    .collect();
                // Stable, so that of equal shares the more typical one comes first.
                typical.sort_by(|a, b| b.share.total_cmp(&a.share));
                Cluster {
                    topic,
                    size: members.len(),
                    share: members.len() as f64 / n_assigned.max(1) as f64,
                    typical,
                    labels: self.count_labels(&members),
                }
            })
            .collect()
    }

    fn count_labels(&self, documents: &[usize]) -> Vec<(String, usize)> {
        if !self.documents.has_labels() {
            return Vec::new();
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for &document in documents {
            *counts.entry(self.documents.row(document).label).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(l, n)| (l.to_string(), n)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// The topic of the largest weight, of equal ones the first; `None` if all are 0.
pub(super) fn largest(weights: &[f32]) -> Option<usize> {
    let best = weights.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*best.1 > 0.0).then_some(best.0)
}

/// Divides weights by their sum; returns zeros if the sum is 0.
pub(super) fn shares(weights: &[f32]) -> Vec<f64> {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    weights.iter().map(|&weight| if total > 0.0 { f64::from(weight) / total } else { 0.0 }).collect()
}
