//! Diagnostics of single topics, as MALLET defines them, from the weights of topics in documents and the
//! probabilities of terms.
//!
//! With L_kd the weight of topic k in document d, m_k = Σ_d L_kd, θ_kd = L_kd / Σ_l L_ld and φ_tk = p(term | topic);
//! all logarithms are natural. MALLET samples a topic for every token, and here these are expected values. Left out
//! is what needs single tokens: the difference of tokens and documents, and coherence within a topic's own tokens.

use crate::model::{Topic, TopicModel};

/// The share of a document that makes it count as allotted to a topic, and the one that makes the topic present there.
const ALLOTTED: f64 = 0.5;
const PRESENT: f64 = 0.02;

/// The share of a document that counts for [`TopicDiagnostics::allocation_count`].
const COUNTED: f64 = 0.3;

/// What the numbers of one topic say about it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TopicDiagnostics {
    /// m_k: tokens of the topic if topics are sharpened, else the weight that it explains.
    pub tokens: f64,
    /// −Σ_d (L_kd / m_k) ln (L_kd / m_k). Low: the topic stands in few documents; e to its power is their number.
    pub document_entropy: f64,
    /// Mean length of the words shown, in characters.
    pub word_length: f64,
    /// Σ_t φ_tk ln (φ_tk · n_terms): distance from the uniform distribution. Low: the topic has all words.
    pub uniform_distance: f64,
    /// Σ_t φ_tk ln (φ_tk / p_t): distance from the whole corpus. Low: the topic is the corpus once more.
    pub corpus_distance: f64,
    /// 1 / Σ_t φ_tk²: how many equally probable words would be as concentrated.
    pub effective_words: f64,
    /// Of the documents that have the topic, the share in which it is the largest.
    pub largest_share: f64,
    /// Of the documents of which it is a fiftieth, the share of which it is half.
    pub allocation_ratio: f64,
    /// Of the documents that have the topic, the share of which it is three tenths.
    pub allocation_count: f64,
    /// Mean over the words shown of φ_tk / Σ_l φ_tl: 1 if no other topic has them.
    pub exclusivity: f64,
}

impl TopicDiagnostics {
    /// The diagnostics of each topic of a model, with the words that `topics` show.
    ///
    /// ```
    /// use topicmill::{evaluate::TopicDiagnostics, model::TopicModel};
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// for topic in TopicDiagnostics::of_topics(&model, &model.topics(10, Default::default())) {
    ///     assert!(topic.effective_words >= 1.0 && topic.exclusivity <= 1.0);
    /// }
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn of_topics(model: &TopicModel, topics: &[Topic]) -> Vec<Self> {
        let masses = model.topic_masses();
        let mut all: Vec<Self> = masses.iter().map(|&tokens| Self { tokens, ..Self::default() }).collect();
        add_terms(&mut all, model);
        add_documents(&mut all, model, &masses);
        for topic in topics {
            let n = topic.words.len().max(1) as f64;
            let row = |term: usize| model.w.row_values(term);
            let exclusive = |term: usize| {
                let sum: f64 = row(term).iter().map(|&phi| f64::from(phi)).sum();
                if sum > 0.0 { f64::from(row(term)[topic.id]) / sum } else { 0.0 }
            };
            let of_topic = &mut all[topic.id];
            of_topic.exclusivity = topic.words.iter().map(|word| exclusive(word.index)).sum::<f64>() / n;
            of_topic.word_length = topic.words.iter().map(|word| word.form.chars().count() as f64).sum::<f64>() / n;
        }
        all
    }
}

/// Adds what the probabilities of terms say.
fn add_terms(all: &mut [TopicDiagnostics], model: &TopicModel) {
    let n_terms = model.terms.len() as f64;
    let mut squares = vec![0.0; all.len()];
    for (term, of_corpus) in model.term_shares().into_iter().enumerate() {
        let row = model.w.row_values(term);
        for ((topic, &phi), square) in all.iter_mut().zip(row).zip(&mut squares).filter(|((_, phi), _)| **phi > 0.0) {
            let phi = f64::from(phi);
            topic.uniform_distance += phi * libm::log(phi * n_terms);
            // A topic that no document has adds nothing to the corpus, and is not compared with it.
            if of_corpus > 0.0 {
                topic.corpus_distance += phi * libm::log(phi / of_corpus);
            }
            *square += phi * phi;
        }
    }
    for (topic, square) in all.iter_mut().zip(squares) {
        topic.effective_words = if square > 0.0 { 1.0 / square } else { 0.0 };
    }
}

/// Adds what the shares of documents say.
fn add_documents(all: &mut [TopicDiagnostics], model: &TopicModel, masses: &[f64]) {
    let (mut having, mut largest) = (vec![0_u64; all.len()], vec![0_u64; all.len()]);
    let (mut allotted, mut present, mut counted) = (largest.clone(), largest.clone(), largest.clone());
    for (document, cluster) in model.assignments().into_iter().enumerate() {
        for (k, share) in model.document_shares(document).into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
            let part = f64::from(model.h.get(document, k)) / masses[k];
            all[k].document_entropy -= part * libm::log(part);
            having[k] += 1;
            largest[k] += u64::from(cluster == Some(k));
            allotted[k] += u64::from(share >= ALLOTTED);
            present[k] += u64::from(share >= PRESENT);
            counted[k] += u64::from(share >= COUNTED);
        }
    }
    let ratio = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    for (k, topic) in all.iter_mut().enumerate() {
        topic.largest_share = ratio(largest[k], having[k]);
        topic.allocation_ratio = ratio(allotted[k], present[k]);
        topic.allocation_count = ratio(counted[k], having[k]);
    }
}
