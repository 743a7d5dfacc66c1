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

use crate::factorize::pass::{Correlate, Pairs, Shares};
use crate::factorize::{Engine, FactorizeError, Pass, Said};
use crate::kernels::FactorMatrix;
use crate::matrix::{TermDocumentMatrix, add_pairs};

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

/// The best words of each node of each level above the topics, the coarsest level first.
pub type LevelWords = Vec<Vec<Vec<CorrelatedWord>>>;

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
                let mut words = best(&scores, w, &of_corpus, seeds_of(topic, seeds), topic);
                let candidates = Candidates::new(&words, seeds_of(topic, seeds));
                let together = candidates.together(v, &words, masks);
                let frequency = |term: usize| v.term(term).0.len() as f64 / n_documents as f64;
                candidates.order(&mut words, &together, n_documents, frequency);
                words
            },
        )
        .collect()
}

/// The terms that a topic was seeded with.
fn seeds_of(topic: usize, seeds: &[(usize, Vec<u32>)]) -> &[u32] {
    seeds.iter().find(|(seeded, _)| *seeded == topic).map_or(&[][..], |(_, terms)| terms)
}

/// As [`rank_by_correlation`], for documents in shards, which have these `shares` of topics. Fails as the engine does.
pub fn rank_shards_by_correlation(
    engine: &dyn Engine,
    shares: Shares<'_>,
    w: &FactorMatrix,
) -> Result<Vec<Vec<CorrelatedWord>>, FactorizeError> {
    let n_documents = engine.sizes().n_documents;
    let (n_terms, n_topics) = (w.n_rows(), w.n_topics());
    let Said { mut matrices, numbers, counts: df, .. } = engine.run(&mut Pass::Correlate(Correlate { shares }))?;
    let (Some(together), [topic_sums, squares]) = (matrices.pop(), &numbers[..]) else {
        return Err(FactorizeError::Statistics("are those of another pass".into()));
    };
    let moments = Moments::new(topic_sums, squares, n_documents);
    let mut scores = FactorMatrix::zeros(n_terms, n_topics);
    scores.each_row(|term, row| {
        let together: Vec<f64> = together.row_values(term).iter().map(|&sum| f64::from(sum)).collect();
        moments.score(row, &together, df[term] as u32);
    });
    drop(together);
    let of_corpus = term_shares(w, topic_sums);
    let mut ranked: Vec<Vec<CorrelatedWord>> =
        (0..n_topics).into_par_iter().map(|topic| best(&scores, w, &of_corpus, &[], topic)).collect();
    let candidates: Vec<Candidates> = ranked.iter().map(|words| Candidates::new(words, &[])).collect();
    let groups: Vec<Vec<u32>> = ranked
        .iter()
        .zip(&candidates)
        .map(|(words, candidates)| words[..candidates.n].iter().map(|word| word.term as u32).collect())
        .collect();
    let pairs = engine.run(&mut Pass::Pairs(Pairs { groups }))?.counts;
    let frequency = |term: usize| df[term] as f64 / n_documents as f64;
    let mut rest = &pairs[..];
    for (words, candidates) in ranked.iter_mut().zip(candidates) {
        let (together, others) = rest.split_at(candidates.n * candidates.n);
        candidates.order(words, together, n_documents, frequency);
        rest = others;
    }
    Ok(ranked)
}

/// p_t = Σ_k m_k φ_tk / Σ_k m_k, each term's share of a corpus of these topics; zeros if all masses are 0.
pub(super) fn term_shares(w: &FactorMatrix, masses: &[f64]) -> Vec<f64> {
    let total: f64 = masses.iter().sum();
    let mass = |row: &[f32]| row.iter().zip(masses).map(|(&phi, mass)| f64::from(phi) * mass).sum::<f64>();
    (0..w.n_rows()).map(|term| if total > 0.0 { mass(w.row_values(term)) / total } else { 0.0 }).collect()
}

/// x, terms × topics.
fn correlations(v: &TermDocumentMatrix, shares: &FactorMatrix, w: &FactorMatrix) -> FactorMatrix {
    let moments = Moments::new(&shares.topic_sums(), &shares.topic_squares(), v.n_documents());
    let mut scores = FactorMatrix::zeros(v.n_terms(), w.n_topics());
    scores.each_row(|term, row| {
        let documents = v.term(term).0;
        let mut together = vec![0.0_f64; row.len()];
        add_shares(&mut together, documents, shares);
        moments.score(row, &together, documents.len() as u32);
    });
    scores
}

/// Adds the shares of some documents.
fn add_shares(sums: &mut [f64], documents: &[u32], shares: &FactorMatrix) {
    for &document in documents {
        let of_document = shares.row_values(document as usize);
        sums.iter_mut().zip(of_document).for_each(|(sum, &share)| *sum += f64::from(share));
    }
}

/// The mean and the variance of each topic's shares over documents.
struct Moments {
    n_documents: f64,
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl Moments {
    fn new(sums: &[f64], squares: &[f64], n_documents: usize) -> Self {
        let n = n_documents as f64;
        let means: Vec<f64> = sums.iter().map(|sum| sum / n).collect();
        let variances = squares.iter().zip(&means).map(|(sum, mean)| (sum / n - mean * mean).max(0.0)).collect();
        Self { n_documents: n, means, variances }
    }

    /// x of a term that `df` documents have, which together have a = `together` of each topic.
    fn score(&self, row: &mut [f32], together: &[f64], df: u32) {
        let n = self.n_documents;
        let frequency = f64::from(df) / n;
        for (topic, score) in row.iter_mut().enumerate() {
            let deviation = (self.variances[topic] * frequency * (1.0 - frequency)).sqrt();
            let lowered = (together[topic] - ERRORS * together[topic].sqrt()).max(0.0);
            let x = (lowered / n - self.means[topic] * frequency) / deviation;
            *score = if deviation > 1e-12 { x as f32 } else { 0.0 };
        }
    }
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

/// The first words of a topic, which are ordered by how they stand together: at most 32.
#[derive(Clone, Copy)]
struct Candidates {
    /// Number of words.
    n: usize,
    /// Number of words that stay where they are.
    n_first: usize,
}

impl Candidates {
    fn new(words: &[CorrelatedWord], seeds: &[u32]) -> Self {
        let is_seed = |word: &CorrelatedWord| seeds.contains(&(word.term as u32));
        let candidates = || words.iter().take(CANDIDATES);
        let n_seeds = candidates().filter(|word| is_seed(word)).count();
        let n = candidates().filter(|word| word.correlation > 0.0 || is_seed(word)).count();
        Self { n, n_first: n_seeds.max(1) }
    }

    /// Whether there is an order to choose.
    fn can_be_ordered(self) -> bool {
        self.n >= self.n_first + 2
    }

    /// Number of documents that have both words i < j, at i · n + j. `masks` has a zero for each document, and has
    /// zeros again afterwards.
    fn together(self, v: &TermDocumentMatrix, words: &[CorrelatedWord], masks: &mut [u32]) -> Vec<u64> {
        let n = self.n;
        let mut together = vec![0; n * n];
        if !self.can_be_ordered() {
            return together;
        }
        let mut touched = Vec::new();
        for (i, word) in words[..n].iter().enumerate() {
            for &document in v.term(word.term).0 {
                let mask = &mut masks[document as usize];
                if *mask == 0 {
                    touched.push(document);
                }
                *mask |= 1 << i;
            }
        }
        for &document in &touched {
            add_pairs(&mut together, n, std::mem::take(&mut masks[document as usize]));
        }
        together
    }

    /// Orders words by how well each stands together with those before it. `frequency` is the share of the documents
    /// that have a term.
    fn order(
        self,
        words: &mut [CorrelatedWord],
        together: &[u64],
        n_documents: usize,
        frequency: impl Fn(usize) -> f64,
    ) {
        if !self.can_be_ordered() {
            return;
        }
        let Self { n, n_first } = self;
        let words = &mut words[..n];
        let n_documents = n_documents as f64;
        let frequency = |i: usize| frequency(words[i].term);
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
}
