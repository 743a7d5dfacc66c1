//! Ranks words by their correlation with a topic over the documents.
//!
//! With b_td = 1 where document d has term t, r_kd the share of topic k in document d, a_tk = Σ_d b_td r_kd, s_k = Σ_d r_kd,
//! df_t the document frequency and D the number of documents, the score is
//!
//! ```text
//! x_tk = [ (a − 2√a)₊ / D − (s / D) (df / D) ] / √( [ Σ_d r² / D − (s / D)² ] (df / D) (1 − df / D) )
//! ```
//!
//! the correlation of b and r, with a lowered by two standard errors, so that rare words do not win by chance. Of the best words by
//! x, the first is taken, and then again and again the one with the largest 0.7 · mean NPMI with those taken + 0.3 · x / x_max, where
//! the n documents that have both words count as (n − √n)₊. So the words that a topic shows are those that its documents have, others
//! have not, and that stand together.
//!
//! The second step optimises what document NPMI measures, as the first does in part. Scored on documents that the ranking never saw,
//! the words still are more coherent than the most probable ones (`benches/README.md`).

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

/// The up to [`RANKED_WORDS`] best words of each topic, best first. `shares` (documents × topics) holds p(topic | document), `w`
/// (terms × topics) the topics: only their terms are ranked, and those with no positive correlation come last, by
/// probability.
pub fn rank_by_correlation(
    v: &TermDocumentMatrix,
    shares: &FactorMatrix,
    w: &FactorMatrix,
) -> Vec<Vec<CorrelatedWord>> {
    let scores = correlations(v, shares, w);
    let n_documents = v.n_documents();
    (0..w.n_topics())
        .into_par_iter()
        .map_init(
            || vec![0_u32; n_documents],
            |masks, topic| {
                let mut words = best(&scores, w, topic);
                let n_positive = words.iter().take(CANDIDATES).filter(|word| word.correlation > 0.0).count();
                order_by_company(v, &mut words[..n_positive], masks);
                words
            },
        )
        .collect()
}

/// x, terms × topics.
fn correlations(v: &TermDocumentMatrix, shares: &FactorMatrix, w: &FactorMatrix) -> FactorMatrix {
    let n = v.n_documents() as f64;
    let means: Vec<f64> = shares.topic_sums().iter().map(|sum| sum / n).collect();
    let mut squares = shares.clone();
    squares.each_row(|_, row| row.iter_mut().for_each(|share| *share *= *share));
    let variances: Vec<f64> =
        squares.topic_sums().iter().zip(&means).map(|(sum, mean)| (sum / n - mean * mean).max(0.0)).collect();
    drop(squares);
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

/// The best words of a topic by x, and behind those with a positive one the others by probability.
fn best(scores: &FactorMatrix, w: &FactorMatrix, topic: usize) -> Vec<CorrelatedWord> {
    // Scores are compared in f32, which hides the last bits of sums.
    let key = |term: usize| (scores.get(term, topic).max(0.0), w.get(term, topic));
    let mut terms: Vec<usize> = (0..w.n_rows()).filter(|&term| w.get(term, topic) > 0.0).collect();
    let order = |&a: &usize, &b: &usize| {
        let ((x, p), (y, q)) = (key(a), key(b));
        y.total_cmp(&x).then(q.total_cmp(&p)).then(a.cmp(&b))
    };
    if RANKED_WORDS < terms.len() {
        terms.select_nth_unstable_by(RANKED_WORDS, order);
        terms.truncate(RANKED_WORDS);
    }
    terms.sort_by(order);
    let word = |term| CorrelatedWord { term, correlation: f64::from(scores.get(term, topic)) };
    terms.into_iter().map(word).collect()
}

/// Orders words, which must be at most 32, by how well each stands together with those before it. `masks` has a zero for each
/// document, and has zeros again afterwards.
fn order_by_company(v: &TermDocumentMatrix, words: &mut [CorrelatedWord], masks: &mut [u32]) {
    let n = words.len();
    if n < 3 {
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
    let largest = words[0].correlation;
    let (mut taken, mut left) = (vec![0], (1..n).collect::<Vec<usize>>());
    let mut sums = vec![0.0; n];
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
