//! The change of a start so that it has the topics that are given in part.

use std::sync::Arc;

use crate::factorize::guidance::Constraints;
use crate::factorize::{Loss, Start, solve_documents};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// When the background is subtracted from a starting topic, each word keeps at least this fraction of its weight: zeros
/// would never grow again.
const LEFT: f64 = 0.01;

/// Puts the given topics into a start. `v` has the pseudo-documents of seeded topics, `start` does not.
///
/// Every given topic replaces the topic of the start that is most like it, because a topic that is nearer to what the
/// seeds mean than the seeded one would push the seeded one away. The rest of the start become the other topics.
pub(in crate::factorize) fn constrained(v: &TermDocumentMatrix, constraints: &Constraints, start: Start) -> Start {
    let (n_terms, n_topics) = (start.w.n_rows(), start.w.n_topics());
    let common = v.term_sums();
    let mut known: Vec<Option<Vec<f64>>> = vec![None; n_topics];
    if let Some(frozen) = &constraints.frozen {
        for (topic, known) in known.iter_mut().enumerate().take(frozen.n_topics()) {
            *known = Some((0..n_terms).map(|term| f64::from(frozen.get(term, topic))).collect());
        }
    }
    if let Some(background) = constraints.background {
        known[background] = Some(common.clone());
    }
    for (topic, terms) in &constraints.seeds {
        known[*topic] = Some(neighbours(v, terms, &common, constraints.document_sums.len()));
    }
    let mut unused: Vec<usize> = (0..n_topics).collect();
    for known in known.iter().flatten() {
        let likeness: Vec<f64> = unused.iter().map(|&topic| cosine(known, &start.w, topic)).collect();
        let nearest = (0..unused.len()).fold(0, |best, i| if likeness[i] > likeness[best] { i } else { best });
        unused.remove(nearest);
    }
    let mut w = FactorMatrix::zeros(n_terms, n_topics);
    let (mut unused, sums) = (unused.into_iter(), start.w.topic_sums());
    let mean = sums.iter().sum::<f64>() / n_topics as f64;
    let to_mean = |sum: f64| mean / sum.max(f64::MIN_POSITIVE);
    let common_scale = if constraints.background.is_some() { to_mean(common.iter().sum()) } else { 0.0 };
    for (topic, known) in known.iter().enumerate() {
        if let Some(known) = known {
            let scale = to_mean(known.iter().sum());
            (0..n_terms).for_each(|term| w.set(term, topic, (known[term] * scale) as f32));
        } else if let Some(other) = unused.next() {
            let scale = to_mean(sums[other]);
            for (term, common) in common.iter().enumerate() {
                // The common part is subtracted, because the background has it.
                let own = f64::from(start.w.get(term, other)) * scale;
                w.set(term, topic, (own - common * common_scale).max(LEFT * own) as f32);
            }
        }
    }
    constraints.after_terms(&mut w);
    let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
    let w = Arc::new(w);
    solve_documents(v, Arc::clone(&w), &mut h, Loss::KullbackLeibler);
    constraints.after_documents(&w.topic_sums(), &mut h);
    Start { w: Arc::unwrap_or_clone(w), h }
}

/// The cosine between a list of weights and a topic.
fn cosine(weights: &[f64], w: &FactorMatrix, topic: usize) -> f64 {
    let (mut product, mut own, mut other) = (0.0, 0.0, 0.0);
    for (term, weight) in weights.iter().enumerate() {
        let x = f64::from(w.get(term, topic));
        (product, own, other) = (product + weight * x, own + weight * weight, other + x * x);
    }
    if own > 0.0 && other > 0.0 { product / (own * other).sqrt() } else { 0.0 }
}

/// A topic from seed words: half of it are the seed words, and most of the rest the words of documents that have
/// them, each document counted by the share that the seed words have in it.
fn neighbours(v: &TermDocumentMatrix, seeds: &[u32], common: &[f64], n_documents: usize) -> Vec<f64> {
    let mut words = vec![0.0; v.n_terms()];
    for &seed in seeds {
        let (documents, weights) = v.term(seed as usize);
        for (&document, &weight) in documents.iter().zip(weights).filter(|(d, _)| (**d as usize) < n_documents) {
            let (terms, values) = v.document(document as usize);
            let share = f64::from(weight) / v.document_sum(document as usize);
            terms.iter().zip(values).for_each(|(&t, &x)| words[t as usize] += share * f64::from(x));
        }
    }
    let (total, all) = (words.iter().sum::<f64>(), common.iter().sum::<f64>());
    for (word, common) in words.iter_mut().zip(common) {
        // A tenth is what all documents share, so that no word is zero and the topic can follow the data.
        *word = 0.4 * *word / total.max(f64::MIN_POSITIVE) + 0.1 * common / all.max(f64::MIN_POSITIVE);
    }
    seeds.iter().for_each(|&seed| words[seed as usize] += 0.5 / seeds.len() as f64);
    words
}
