//! Topics within topics: a level above the topics has nodes, each of which is made of some topics.
//!
//! With m_k the mass of topic k, a node has p(term | node) = Σ_k m_k φ_tk / Σ_k m_k and the weight Σ_k H_kd in document
//! d, over its topics k. So what a level says of a document is the sum of what the topics say of it.

use std::sync::Arc;

use super::{ModelError, Topic, TopicModel};
use crate::factorize::{FactorMatrix, Structure};

impl TopicModel {
    /// Number of levels: 1 unless the topics are those of a hierarchy.
    pub fn n_levels(&self) -> usize {
        self.upper_levels().len() + 1
    }

    /// For each level above the topics, the coarsest first, the node of each topic.
    pub fn upper_levels(&self) -> &[Vec<u32>] {
        match &self.structure {
            Some(Structure::Hierarchical { levels }) => levels,
            _ => &[],
        }
    }

    /// The path of a topic: its node on each level from the coarsest, then its own number.
    pub fn path(&self, topic: usize) -> Vec<usize> {
        self.upper_levels().iter().map(|nodes| nodes[topic] as usize).chain([topic]).collect()
    }

    /// The paths of all topics in the order of the tree.
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths: Vec<Vec<usize>> = (0..self.n_topics()).map(|topic| self.path(topic)).collect();
        paths.sort();
        paths
    }

    /// The topics of all levels, the coarsest first, as `topics` makes them of the model that a level is. Fails as it
    /// does.
    pub fn topics_by_level<E: From<ModelError>>(
        &self,
        topics: impl Fn(&Self) -> Result<Vec<Topic>, E>,
    ) -> Result<Vec<Vec<Topic>>, E> {
        let upper = (1..self.n_levels()).map(|level| topics(&self.at_level(level)?));
        upper.chain(std::iter::once_with(|| topics(self))).collect()
    }

    /// The model that a level is ([`at_level`](Self::at_level)), or the model itself where none is named.
    pub fn into_level(self, level: Option<usize>) -> Result<Self, ModelError> {
        match level {
            None => Ok(self),
            Some(level) => self.at_level(level),
        }
    }

    /// The model that a level is: its nodes are the topics. Level 1 is the coarsest, level [`n_levels`](Self::n_levels)
    /// is the model itself. Documents belong to the node of their topic. What is known of single topics alone (names,
    /// coherence, stability) is not known of nodes, and it cannot be saved. Fails if there is no such level.
    ///
    /// ```
    /// use topicmill::{config::Config, factorize::{Silent, Variant}, pipeline::{Dataset, fit}};
    /// let mut config = Config::default();
    /// (config.factorize.n_topics, config.factorize.variant) = (6, Variant::Hierarchical);
    /// let dataset = Dataset::read(&["corpora/newsroom"], &config)?;
    /// let model = fit(&dataset, &config.factorize, &mut Silent)?;
    /// let coarse = model.at_level(1)?;
    /// assert!(coarse.n_topics() < model.n_topics());
    /// assert_eq!(coarse.documents.len(), model.documents.len());
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn at_level(&self, level: usize) -> Result<Self, ModelError> {
        let n_levels = self.n_levels();
        if level == 0 || level > n_levels {
            return Err(ModelError::NoLevel { level, n_levels });
        }
        let Some(nodes) = self.upper_levels().get(level - 1) else { return Ok(self.clone()) };
        let mut manifest = self.manifest.clone();
        if let Some(fit) = &mut manifest.fit {
            (fit.n_topics, fit.fold_in_order, fit.sharpening) = (n_nodes(nodes), None, None);
            (fit.coherence, fit.stability) = (None, None);
        }
        let node_of = |topic: Option<usize>| topic.map(|topic| nodes[topic] as usize);
        Ok(Self {
            terms: Arc::clone(&self.terms),
            documents: Arc::clone(&self.documents),
            w: Arc::new(mean_topics(&self.w, &self.topic_masses(), nodes)),
            h: summed(&self.h, nodes),
            factors: None,
            assigned: Some(self.assignments().into_iter().map(node_of).collect()),
            correlated: self.level_words.get(level - 1).cloned(),
            level_words: Vec::new(),
            names: None,
            texts: self.texts.clone(),
            selection: None,
            structure: None,
            trace: self.trace.clone(),
            manifest,
        })
    }
}

/// Number of nodes of a level.
pub(crate) fn n_nodes(nodes: &[u32]) -> usize {
    nodes.iter().max().map_or(0, |last| *last as usize + 1)
}

/// The columns of a factor summed by node.
pub(crate) fn summed(factor: &FactorMatrix, nodes: &[u32]) -> FactorMatrix {
    let mut sums = FactorMatrix::zeros(factor.n_rows(), n_nodes(nodes));
    sums.each_row(|row, sums| {
        let mut exact = vec![0.0_f64; sums.len()];
        nodes.iter().zip(factor.row_values(row)).for_each(|(&node, &value)| exact[node as usize] += f64::from(value));
        sums.iter_mut().zip(exact).for_each(|(sum, exact)| *sum = exact as f32);
    });
    sums
}

/// The mean of the topics of each node by their masses; the plain mean where no topic of a node has any.
pub(crate) fn mean_topics(w: &FactorMatrix, masses: &[f64], nodes: &[u32]) -> FactorMatrix {
    let (mut totals, mut numbers) = (vec![0.0; n_nodes(nodes)], vec![0.0; n_nodes(nodes)]);
    nodes.iter().zip(masses).for_each(|(&node, mass)| totals[node as usize] += mass);
    nodes.iter().for_each(|&node| numbers[node as usize] += 1.0);
    let share = |topic: usize| match totals[nodes[topic] as usize] {
        total if total > 0.0 => masses[topic] / total,
        _ => 1.0 / numbers[nodes[topic] as usize],
    };
    let shares: Vec<f64> = (0..nodes.len()).map(share).collect();
    let mut means = FactorMatrix::zeros(w.n_rows(), n_nodes(nodes));
    means.each_row(|term, means| {
        let mut exact = vec![0.0_f64; means.len()];
        for (topic, &value) in w.row_values(term).iter().enumerate() {
            exact[nodes[topic] as usize] += shares[topic] * f64::from(value);
        }
        means.iter_mut().zip(exact).for_each(|(mean, exact)| *mean = exact as f32);
    });
    means
}
