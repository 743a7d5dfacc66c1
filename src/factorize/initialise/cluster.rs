//! The start from clusters of documents, by spherical k-means++.
//!
//! Documents are scaled to unit Euclidean length and clustered by cosine. Centres are drawn one after another, each
//! with probability proportional to 1 − the cosine to the nearest centre drawn before (D. Arthur, S. Vassilvitskii,
//! *k-means++: the advantages of careful seeding*, SODA 2007). A few rounds of assignment and averaging follow (I. S.
//! Dhillon, D. S. Modha, *Concept decompositions for large sparse text data using clustering*, 2001,
//! [doi:10.1023/A:1007612920971](https://doi.org/10.1023/A:1007612920971)). The documents of a cluster give its
//! topic, mixed with what all documents share (S. Wild, J. Curry, A. Dougherty, *Improving non-negative matrix
//! factorizations through structured initialization*, 2004,
//! [doi:10.1016/j.patcog.2004.02.013](https://doi.org/10.1016/j.patcog.2004.02.013)). Each document's weight is
//! spread evenly over all topics, because the first step finds better weights than the clusters would give. Cost:
//! O(nnz · n_topics) per round.

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;

use crate::factorize::Start;
use crate::factorize::random::{Stream, row_generator};
use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// Number of assignments of documents to centres; the centres are averaged between them.
const ROUNDS: usize = 4;

/// The share of each topic that all documents have in common, so that no term of V is zero in a topic.
pub(in crate::factorize) const COMMON_TERMS: f64 = 0.1;

/// A start from `n_topics` clusters of documents.
pub fn clusters(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let norms: Vec<f32> = (0..v.n_documents()).into_par_iter().map(|d| norm(v.document(d).1)).collect();
    let seeds = draw_centres(v, &norms, n_topics, seed);
    let mut centres = FactorMatrix::zeros(v.n_terms(), n_topics);
    for (topic, &document) in seeds.iter().enumerate() {
        let (terms, values) = v.document(document);
        terms.iter().zip(values).for_each(|(&t, x)| centres.set(t as usize, topic, x / norms[document]));
    }
    let mut nearest = assign(v, &centres);
    for _ in 1..ROUNDS {
        centres = sums(v, &nearest, n_topics, |document| 1.0 / norms[document]);
        unit_columns(&mut centres);
        nearest = assign(v, &centres);
    }
    from_assignment(v, &nearest, n_topics, seed)
}

/// The start whose topics are the sums of the documents of `n_topics` clusters; `nearest` is each document's cluster.
/// A cluster without documents gives a random topic, because equal topics would stay equal.
pub(super) fn from_assignment(v: &TermDocumentMatrix, nearest: &[u32], n_topics: usize, seed: u64) -> Start {
    let total = v.total();
    let background: Vec<f64> = v.term_sums().iter().map(|weight| weight / total).collect();
    let mut w = sums(v, nearest, n_topics, |_| 1.0);
    let topic_sums = w.topic_sums();
    w.each_row(|term, row| {
        let mut generator = row_generator(seed, Stream::Clusters, term);
        for (own, &sum) in row.iter_mut().zip(&topic_sums) {
            let share = if sum > 0.0 { f64::from(*own) / sum } else { 2.0 * unit(&mut generator) * background[term] };
            *own = ((1.0 - COMMON_TERMS) * share + COMMON_TERMS * background[term]) as f32;
        }
    });
    let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
    h.each_row(|document, row| {
        row.fill((v.document_sum(document) / n_topics as f64) as f32);
    });
    Start { w, h }
}

fn norm(values: &[f32]) -> f32 {
    let squares: f64 = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    if squares > 0.0 { squares.sqrt() as f32 } else { 1.0 }
}

/// Draws the documents that are the first centres.
fn draw_centres(v: &TermDocumentMatrix, norms: &[f32], n_topics: usize, seed: u64) -> Vec<usize> {
    let mut generator = row_generator(seed, Stream::Clusters, 0);
    let mut distances: Vec<f64> =
        (0..v.n_documents()).map(|d| if v.document(d).0.is_empty() { 0.0 } else { 1.0 }).collect();
    let mut cosines = vec![0.0_f64; v.n_documents()];
    let mut centres = Vec::new();
    while centres.len() < n_topics {
        let centre = draw(&distances, unit(&mut generator));
        centres.push(centre);
        let (terms, values) = v.document(centre);
        for (&term, &x) in terms.iter().zip(values) {
            let (documents, weights) = v.term(term as usize);
            let x = f64::from(x / norms[centre]);
            documents.iter().zip(weights).for_each(|(&d, &y)| cosines[d as usize] += x * f64::from(y));
        }
        for (document, distance) in distances.iter_mut().enumerate() {
            let cosine = std::mem::take(&mut cosines[document]) / f64::from(norms[document]);
            *distance = distance.min((1.0 - cosine).max(0.0));
        }
        distances[centre] = 0.0;
    }
    centres
}

/// A uniform random number in [0, 1).
fn unit(generator: &mut impl Rng) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The index at which the running sum of the weights passes `share` of their total.
fn draw(weights: &[f64], share: f64) -> usize {
    let mut rest = share * weights.iter().sum::<f64>();
    let positive = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
    let mut last = 0;
    for (at, &weight) in positive {
        last = at;
        if rest < weight {
            break;
        }
        rest -= weight;
    }
    last
}

/// The centre with the largest cosine for each document; of equal ones the first.
fn assign(v: &TermDocumentMatrix, centres: &FactorMatrix) -> Vec<u32> {
    let (kernel, n_topics) = (Kernel::current(), centres.n_topics());
    let nearest = |cosines: &mut Vec<Lanes>, document: usize| {
        let (terms, values) = v.document(document);
        weighted_sum(kernel, cosines, centres, terms, values);
        let cosines = &flatten(cosines)[..n_topics];
        (0..n_topics).fold(0, |best, topic| if cosines[topic] > cosines[best] { topic } else { best }) as u32
    };
    let workspace = || vec![Lanes::default(); centres.lanes_per_row()];
    (0..v.n_documents()).into_par_iter().map_init(workspace, nearest).collect()
}

/// The sum of each cluster's documents, each multiplied by its `factor`; terms × topics.
fn sums(
    v: &TermDocumentMatrix,
    nearest: &[u32],
    n_topics: usize,
    factor: impl Fn(usize) -> f32 + Sync,
) -> FactorMatrix {
    let mut sums = FactorMatrix::zeros(v.n_terms(), n_topics);
    sums.each_row(|term, row| {
        let (documents, values) = v.term(term);
        for (&document, &x) in documents.iter().zip(values) {
            row[nearest[document as usize] as usize] += x * factor(document as usize);
        }
    });
    sums
}

/// Scales columns to unit Euclidean length; a column of zeros stays zero.
fn unit_columns(centres: &mut FactorMatrix) {
    let mut squares = vec![0.0_f64; centres.n_topics()];
    for term in 0..centres.n_rows() {
        squares.iter_mut().zip(centres.row_values(term)).for_each(|(sum, &x)| *sum += f64::from(x) * f64::from(x));
    }
    let scale: Vec<f32> = squares.iter().map(|&sum| if sum > 0.0 { (1.0 / sum.sqrt()) as f32 } else { 0.0 }).collect();
    centres.each_row(|_, row| row.iter_mut().zip(&scale).for_each(|(x, scale)| *x *= scale));
}
