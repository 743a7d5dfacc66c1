//! Ranks words by their correlation with a topic over the documents.
//!
//! With b_td = 1 where document d has term t, r_kd the share of topic k in document d, a_tk = Σ_d b_td r_kd, s_k =
//! Σ_d r_kd, df_t the document frequency and D the number of documents, the score is
//!
//! ```text
//! x_tk = [ (a − 2√a)₊ / D − (s / D) (df / D) ] / √( [ Σ_d r² / D − (s / D)² ] (df / D) (1 − df / D) )
//! ```
//!
//! the correlation of b and r, with a lowered by two standard errors, so that rare words do not win by chance. Of the
//! best words by x, the first is taken, and then again and again the one with the largest 0.7 · mean NPMI with those
//! taken + 0.3 · x / x_max, where the n documents that have both words count as (n − √n)₊. So the words that a topic
//! shows are those that its documents have, others have not, and that stand together.
//!
//! The second step optimises what document NPMI measures, as the first does in part. Scored on documents that the
//! ranking never saw, the words still are more coherent than the most probable ones (`benches/README.md`).

use rayon::prelude::*;

use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Words of a topic that are ranked and stored.
pub(super) const RANKED_WORDS: usize = 50;

/// Best words by x, which are ordered by how they stand together.
const CANDIDATES: usize = 30;

/// Weight of the mean NPMI; the rest is that of x.
const TOGETHER: f64 = 0.7;

/// Standard errors that a is lowered by.
const ERRORS: f64 = 2.0;

/// A word of a topic with its correlation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CorrelatedWord {
    /// Number of the term: its row of W.
    pub term: usize,
    /// x, the lowered correlation of the word with the topic, at most 1.
    pub correlation: f64,
}

/// The up to fifty best words of each topic, best first. `shares` (documents × topics) holds p(topic | document), `w`
/// (terms × topics) the topics: only their terms are ranked. The terms that a topic was seeded with, `(topic,
/// terms)`, come first, because they say what it is about. Those with no positive correlation, which in a few
/// documents are all, come last, by φ_tk ln(φ_tk / p_t), what they add to the topic's distance from the corpus.
pub fn rank_by_correlation(
    v: &TermDocumentMatrix,
    shares: &FactorMatrix,
    w: &FactorMatrix,
    seeds: &[(usize, Vec<u32>)],
) -> Vec<Vec<CorrelatedWord>> {
    let scores = correlations(v, shares, w);
    let of_corpus = term_shares(w, &shares.topic_sums());
    let n_documents = v.n_documents();
    (0..w.n_topics())
        .into_par_iter()
        .map_init(
            || vec![0_u32; n_documents],
            |masks, topic| {
                let seeds = seeds.iter().find(|(seeded, _)| *seeded == topic).map_or(&[][..], |(_, terms)| terms);
                let mut words = best(&scores, w, &of_corpus, seeds, topic);
                let is_seed = |word: &CorrelatedWord| seeds.contains(&(word.term as u32));
                let candidates = || words.iter().take(CANDIDATES);
                let n_seeds = candidates().filter(|word| is_seed(word)).count();
                let n = candidates().filter(|word| word.correlation > 0.0 || is_seed(word)).count();
                order_by_company(v, &mut words[..n], n_seeds.max(1), masks);
                words
            },
        )
        .collect()
}

/// p_t = Σ_k m_k φ_tk / Σ_k m_k, each term's share of a corpus of these topics; zeros if all masses are 0.
pub(super) fn term_shares(w: &FactorMatrix, masses: &[f64]) -> Vec<f64> {
    let total: f64 = masses.iter().sum();
    let mass = |row: &[f32]| row.iter().zip(masses).map(|(&phi, mass)| f64::from(phi) * mass).sum::<f64>();
    (0..w.n_rows()).map(|term| if total > 0.0 { mass(w.row_values(term)) / total } else { 0.0 }).collect()
}

/// x, terms × topics.
fn correlations(v: &TermDocumentMatrix, shares: &FactorMatrix, w: &FactorMatrix) -> FactorMatrix {
    let n = v.n_documents() as f64;
    let means: Vec<f64> = shares.topic_sums().iter().map(|sum| sum / n).collect();
    let mut squares = vec![0.0_f64; shares.n_topics()];
    for document in 0..v.n_documents() {
        let of_document = shares.row_values(document).iter();
        squares.iter_mut().zip(of_document).for_each(|(sum, &share)| *sum += f64::from(share) * f64::from(share));
    }
    let variances: Vec<f64> = squares.iter().zip(&means).map(|(sum, mean)| (sum / n - mean * mean).max(0.0)).collect();
    let mut scores = FactorMatrix::zeros(v.n_terms(), w.n_topics());
    scores.each_row(|term, row| {
        let documents = v.term(term).0;
        let mut together = vec![0.0_f64; row.len()];
        for &document in documents {
            let of_document = shares.row_values(document as usize);
            together.iter_mut().zip(of_document).for_each(|(sum, &share)| *sum += f64::from(share));
        }
        let frequency = documents.len() as f64 / n;
        for (topic, score) in row.iter_mut().enumerate() {
            let deviation = (variances[topic] * frequency * (1.0 - frequency)).sqrt();
            let lowered = (together[topic] - ERRORS * together[topic].sqrt()).max(0.0);
            let x = (lowered / n - means[topic] * frequency) / deviation;
            *score = if deviation > 1e-12 { x as f32 } else { 0.0 };
        }
    });
    scores
}

/// The best words of a topic: its seeds, then by x, and behind those with a positive one the others.
fn best(
    scores: &FactorMatrix,
    w: &FactorMatrix,
    of_corpus: &[f64],
    seeds: &[u32],
    topic: usize,
) -> Vec<CorrelatedWord> {
    // Scores are compared in f32, which hides the last bits of sums.
    let distance = |term: usize| {
        let phi = f64::from(w.get(term, topic));
        if of_corpus[term] > 0.0 { (phi * libm::log(phi / of_corpus[term])) as f32 } else { 0.0 }
    };
    let n_positive = (0..w.n_rows()).filter(|&term| w.get(term, topic) > 0.0 && scores.get(term, topic) > 0.0).count();
    let needs_others = n_positive < RANKED_WORDS;
    let key = |term: usize| {
        let x = scores.get(term, topic);
        let rest = if x > 0.0 || !needs_others { 0.0 } else { distance(term) };
        (seeds.contains(&(term as u32)), x.max(0.0), rest)
    };
    let keyed = (0..w.n_rows()).filter(|&term| w.get(term, topic) > 0.0).map(|term| (key(term), term));
    let mut terms: Vec<((bool, f32, f32), usize)> = keyed.collect();
    let order = |(a, first): &((bool, f32, f32), usize), (b, second): &((bool, f32, f32), usize)| {
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.total_cmp(&a.2)).then(first.cmp(second))
    };
    if RANKED_WORDS < terms.len() {
        terms.select_nth_unstable_by(RANKED_WORDS, order);
        terms.truncate(RANKED_WORDS);
    }
    terms.sort_by(order);
    let word = |&(_, term): &(_, usize)| CorrelatedWord { term, correlation: f64::from(scores.get(term, topic)) };
    // Not of the list itself, whose memory the result would keep.
    terms.iter().map(word).collect()
}

/// Orders words, which must be at most 32, by how well each stands together with those before it; the first `n_first`
/// stay where they are. `masks` has a zero for each document, and has zeros again afterwards.
fn order_by_company(v: &TermDocumentMatrix, words: &mut [CorrelatedWord], n_first: usize, masks: &mut [u32]) {
    let n = words.len();
    if n < n_first + 2 {
        return;
    }
    let mut touched = Vec::new();
    for (i, word) in words.iter().enumerate() {
        for &document in v.term(word.term).0 {
            let mask = &mut masks[document as usize];
            if *mask == 0 {
                touched.push(document);
            }
            *mask |= 1 << i;
        }
    }
    let mut together = vec![0_u64; n * n];
    for &document in &touched {
        let mask = std::mem::take(&mut masks[document as usize]);
        let mut rest = mask;
        while rest != 0 {
            let i = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let mut others = rest;
            while others != 0 {
                together[i * n + others.trailing_zeros() as usize] += 1;
                others &= others - 1;
            }
        }
    }
    let n_documents = masks.len() as f64;
    let frequency = |i: usize| v.term(words[i].term).0.len() as f64 / n_documents;
    let npmi = |i: usize, j: usize| {
        let count = together[i.min(j) * n + i.max(j)] as f64;
        let p = (count - count.sqrt()).max(0.0) / n_documents;
        // Words that stand in all documents together are as close as can be.
        if p <= 0.0 {
            -1.0
        } else if p >= 1.0 {
            1.0
        } else {
            libm::log(p / (frequency(i) * frequency(j))) / -libm::log(p)
        }
    };
    let largest = words.iter().map(|word| word.correlation).fold(f64::MIN_POSITIVE, f64::max);
    let (mut taken, mut left) = ((0..n_first).collect::<Vec<usize>>(), (n_first..n).collect::<Vec<usize>>());
    let mut sums: Vec<f64> = (0..n).map(|i| (0..n_first - 1).map(|first| npmi(i, first)).sum()).collect();
    while !left.is_empty() {
        let last = taken[taken.len() - 1];
        left.iter().for_each(|&i| sums[i] += npmi(i, last));
        let value =
            |i: usize| TOGETHER * sums[i] / taken.len() as f64 + (1.0 - TOGETHER) * words[i].correlation / largest;
        // The first of the largest, in the order of x.
        let best = (1..left.len()).fold(0, |best, at| if value(left[at]) > value(left[best]) { at } else { best });
        taken.push(left.remove(best));
    }
    let ordered: Vec<CorrelatedWord> = taken.iter().map(|&i| words[i]).collect();
    words.copy_from_slice(&ordered);
}
