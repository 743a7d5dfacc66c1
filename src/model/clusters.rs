//! Clusters of documents, read from H: a document belongs to its largest topic.

use std::collections::BTreeMap;

use super::TopicModel;

/// The documents of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its topic.
    pub topic: usize,
    /// Number of documents.
    pub size: usize,
    /// Share of all documents that have a topic.
    pub share: f64,
    /// Its most typical documents.
    pub typical: Vec<TypicalDocument>,
    /// Labels of its documents with their counts, most frequent first; empty if no document has one.
    pub labels: Vec<(String, usize)>,
}

/// A document that stands for its cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypicalDocument {
    /// Index of the document.
    pub document: usize,
    /// p(topic | document).
    pub share: f64,
}

impl TopicModel {
    /// The topic of each document: the largest p(topic | document), of equals the first; none for a document without
    /// terms.
    pub fn assignments(&self) -> Vec<Option<usize>> {
        (0..self.h.n_rows())
            .map(|document| {
                let row = self.h.row_values(document);
                let best = row.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
                (*best.1 > 0.0).then_some(best.0)
            })
            .collect()
    }

    /// p(topic | document), documents × topics; zeros for a document without terms.
    pub fn document_shares(&self, document: usize) -> Vec<f64> {
        shares(self.h.row_values(document))
    }

    /// The cluster of every topic, with its `n_typical` most typical documents.
    ///
    /// Typical are documents with a large share of the topic, where a share counts the more, the more text it rests
    /// on: H_kd / (Σ_l H_ld + w̄) with w̄ the mean weight of a document, that is the share after one average document
    /// of other topics has been added.
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
                let typical = scored
                    .iter()
                    .take(n_typical)
                    .map(|&(_, document)| TypicalDocument { document, share: self.document_shares(document)[topic] });
                Cluster {
                    topic,
                    size: members.len(),
                    share: members.len() as f64 / n_assigned.max(1) as f64,
                    typical: typical.collect(),
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
            *counts.entry(&self.documents.rows[document].label).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(l, n)| (l.to_string(), n)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// Weights divided by their sum; zeros if that is 0.
pub(super) fn shares(weights: &[f32]) -> Vec<f64> {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    weights.iter().map(|&weight| if total > 0.0 { f64::from(weight) / total } else { 0.0 }).collect()
}
