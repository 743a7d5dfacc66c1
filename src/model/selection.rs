//! What is known of each number of topics that could be chosen.

use serde::{Deserialize, Serialize};

/// The numbers of topics that were tried on the same documents, and those that are proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Fits of different halves of the documents that each number was tried in.
    pub n_runs: usize,
    /// Most documents that a run had.
    pub n_documents: usize,
    /// Log-likelihood, in nats, of a withheld word where there is one topic only.
    pub baseline_likelihood: f64,
    /// The numbers of topics in ascending order.
    pub numbers: Vec<TriedNumber>,
    /// The proposed numbers, the first of them first.
    pub candidates: Vec<Candidate>,
}

/// What is known of one number of topics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriedNumber {
    /// Number of topics.
    pub n_topics: usize,
    /// Log-likelihood of a withheld word, in nats, the mean over all withheld words of all runs.
    pub likelihood: f64,
    /// How well two runs agree on the documents of their topics: topics are matched one to one, and of the documents
    /// that either topic of a pair has, this share belongs to both; the mean over topics and pairs of runs.
    pub stability: f64,
    /// How well two runs agree on the words of their topics: the mean average Jaccard similarity of the twenty first
    /// words of matched topics.
    pub word_stability: f64,
    /// Mean NPMI of the ten first words of a topic, over documents that the run did not have.
    pub coherence: Option<f64>,
    /// Share of the ten first words of all topics that are distinct.
    pub diversity: f64,
    /// The topics of the first run: their three best words.
    pub names: Vec<String>,
    /// Where topics come from, if a smaller number was tried: for each topic, the topics of the next smaller number
    /// that at least a tenth of its documents come from, with the share.
    pub origins: Vec<Vec<(usize, f64)>>,
}

/// A number of topics that is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Number of topics.
    pub n_topics: usize,
    /// Why it is proposed.
    pub reasons: Vec<String>,
}

/// A topic of one number of topics that becomes several of the next, or several that become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// This topic is where most documents of each of several topics come from.
    Split(usize, Vec<usize>),
    /// These topics have most of their documents in one topic.
    Merge(Vec<usize>, usize),
}

/// A topic comes from another if this share of its documents does.
const MOST: f64 = 0.5;

impl Selection {
    /// Reads `selection.json`, with a version or without. Fails with a sentence on what is wrong.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let mut value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if let Some(object) = value.as_object_mut() {
            object.remove("version");
        }
        let selection: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        selection.check().map(|()| selection)
    }

    /// Refuses what no selection has written: topics without a name, or origins that are no topics.
    fn check(&self) -> Result<(), String> {
        let mut before = 0;
        for number in &self.numbers {
            let n = number.n_topics;
            let is_origin = |(topic, _): &(usize, f64)| *topic < before;
            let has_origins = number.origins.is_empty() || number.origins.len() == n;
            if n <= before || number.names.len() != n || !has_origins || !number.origins.iter().flatten().all(is_origin)
            {
                return Err(format!("{n} topics, whose names or origins are those of another number"));
            }
            before = n;
        }
        Ok(())
    }
}

impl TriedNumber {
    /// The topics of the next smaller number that split, and those that merge, on the way to this number.
    pub fn changes(&self) -> Vec<Change> {
        let mut children: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
        let mut changes = Vec::new();
        for (topic, origins) in self.origins.iter().enumerate() {
            match &origins[..] {
                [(origin, share), ..] if *share >= MOST => children.entry(*origin).or_default().push(topic),
                [(_, first), (_, second), ..] if first + second >= MOST => {
                    changes.push(Change::Merge(origins.iter().take(2).map(|(origin, _)| *origin).collect(), topic));
                }
                _ => {}
            }
        }
        let splits = children.into_iter().filter(|(_, children)| children.len() > 1);
        splits.map(|(topic, children)| Change::Split(topic, children)).chain(changes).collect()
    }
}
