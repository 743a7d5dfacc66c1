//! Topics within topics.
//!
//! Documents are split in two again and again by an NMF with two topics, the leaf first whose split gains most, and
//! each leaf starts a topic; then all topics are refined together (D. Kuang, H. Park, *Fast rank-2 nonnegative matrix
//! factorization for hierarchical document clustering*, KDD 2013, doi:10.1145/2487575.2487606; R. Du, D. Kuang, B.
//! Drake, H. Park, *DC-NMF*, Journal of Global Optimization 68, 2017, doi:10.1007/s10898-017-0515-z). A split is made
//! only if it holds on entries of V that it was not made from, which takes the place of the paper's score of a leaf's
//! words.
//!
//! The levels above the topics come from joining, not from the splits: the first splits of a corpus cut through
//! subjects that only later ones tell apart. The two topics are joined, again and again, that lose the least
//! information about words, A KL(φ_a ‖ φ) + B KL(φ_b ‖ φ) with their masses A and B and their mean φ (N. Slonim, N.
//! Tishby, *Agglomerative information bottleneck*, NIPS 1999). A level is where the loss of a further step is large
//! beside those so far.

use rayon::prelude::*;

use super::Structured;
use crate::factorize::initialise::{Thinned, Tree};
use crate::factorize::{FactorizeError, FactorizeParams, Observer, Origin};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// The number of nodes of a level is that of an even branching, times or divided by this at most.
const WINDOW: f64 = 1.7;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    let thinned = Thinned::new(v, params.seed);
    let tree = Tree::grow_where(v, params.n_topics, params.seed, &|documents| thinned.holds(documents, params.seed));
    drop(thinned);
    let n_topics = tree.n_leaves();
    let (start, plain) = (tree.start(n_topics), FactorizeParams { n_topics, ..params.plain() });
    drop(tree);
    Ok(Structured::plain(crate::factorize::fit(v, &plain, Origin::Start(start), observer)?))
}

/// The levels above topics W with these masses, the one with the fewest nodes first: the node of each topic, nodes by
/// descending mass. There are `n_levels` − 1 of them, or fewer if there are not enough topics.
/// O(n_topics² · (terms of a topic)).
pub fn join_topics(w: &FactorMatrix, masses: &[f64], n_levels: usize) -> Vec<Vec<u32>> {
    if n_levels < 2 || w.n_topics() < 3 {
        return Vec::new();
    }
    let mut nodes: Vec<Node> = (0..w.n_topics()).map(|topic| Node::new(w, topic, masses[topic])).collect();
    // For each number of nodes, down to 2, the nodes' topics; and what a step to the next number loses.
    let (mut partitions, mut losses) = (Vec::new(), Vec::new());
    let mut costs: Vec<Vec<f64>> =
        (0..nodes.len()).into_par_iter().map(|a| (0..a).map(|b| nodes[a].loss(&nodes[b])).collect()).collect();
    while nodes.len() > 1 {
        partitions.push(nodes.iter().map(|node| node.topics.clone()).collect::<Vec<_>>());
        let pairs = (0..nodes.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let cheaper = |best: (usize, usize), pair: (usize, usize)| {
            if costs[pair.0][pair.1] < costs[best.0][best.1] { pair } else { best }
        };
        let (a, b) = pairs.fold((1, 0), cheaper);
        losses.push(costs[a][b]);
        let gone = nodes.remove(a);
        nodes[b] = nodes[b].joined(&gone);
        costs.remove(a);
        for row in costs.iter_mut().skip(a) {
            row.remove(a);
        }
        let anew: Vec<f64> = nodes.par_iter().map(|other| nodes[b].loss(other)).collect();
        anew[..b].iter().enumerate().for_each(|(other, loss)| costs[b][other] = *loss);
        (b + 1..nodes.len()).for_each(|other| costs[other][b] = anew[other]);
    }
    partitions.reverse();
    losses.reverse();
    let of_level = |n_nodes: usize| numbered(&partitions[n_nodes - 2], masses);
    numbers_of_nodes(&losses, n_levels).into_iter().map(of_level).collect()
}

/// Topics that were joined.
struct Node {
    topics: Vec<usize>,
    mass: f64,
    /// The terms with their weights x = mass · p(term | node), and x ln x.
    terms: Vec<(u32, f64, f64)>,
}

impl Node {
    fn new(w: &FactorMatrix, topic: usize, mass: f64) -> Self {
        // A topic that no document has loses nothing, wherever it goes.
        let weight = |term: usize| (term as u32, mass * f64::from(w.get(term, topic)));
        let terms = (0..w.n_rows()).map(weight).filter(|(_, weight)| *weight > 0.0);
        let terms: Vec<(u32, f64, f64)> = terms.map(|(term, x)| (term, x, x_ln_x(x))).collect();
        Self { topics: vec![topic], mass: terms.iter().map(|(_, x, _)| x).sum(), terms }
    }

    /// What is lost if both are one: by terms that both have, since the others know where they come from.
    fn loss(&self, other: &Self) -> f64 {
        let (mut both, mut rest) = (0.0, other.terms.as_slice());
        for &(term, x, of_x) in &self.terms {
            while rest.first().is_some_and(|(next, ..)| *next < term) {
                rest = &rest[1..];
            }
            if let Some((_, y, of_y)) = rest.first().filter(|(next, ..)| *next == term) {
                both += of_x + of_y - x_ln_x(x + y);
            }
        }
        x_ln_x(self.mass + other.mass) - x_ln_x(self.mass) - x_ln_x(other.mass) + both
    }

    fn joined(&self, other: &Self) -> Self {
        let mut terms: Vec<(u32, f64, f64)> = Vec::with_capacity(self.terms.len() + other.terms.len());
        let mut all: Vec<(u32, f64, f64)> = self.terms.iter().chain(&other.terms).copied().collect();
        all.sort_by_key(|(term, ..)| *term);
        for (term, x, of_x) in all {
            match terms.last_mut().filter(|(last, ..)| *last == term) {
                Some((_, sum, of_sum)) => (*sum, *of_sum) = (*sum + x, x_ln_x(*sum + x)),
                None => terms.push((term, x, of_x)),
            }
        }
        Self { topics: [&self.topics[..], &other.topics].concat(), mass: self.mass + other.mass, terms }
    }
}

fn x_ln_x(x: f64) -> f64 {
    if x > 0.0 { x * libm::log(x) } else { 0.0 }
}

/// The node of each topic, the heaviest node first.
fn numbered(partition: &[Vec<usize>], masses: &[f64]) -> Vec<u32> {
    let mass = |topics: &Vec<usize>| topics.iter().map(|&topic| masses[topic]).sum::<f64>();
    let mut order: Vec<usize> = (0..partition.len()).collect();
    order.sort_by(|&a, &b| mass(&partition[b]).total_cmp(&mass(&partition[a])).then(a.cmp(&b)));
    let mut nodes = vec![0; masses.len()];
    for (number, &node) in (0..).zip(&order) {
        partition[node].iter().for_each(|&topic| nodes[topic] = number);
    }
    nodes
}

/// The numbers of nodes of the levels above the topics, the fewest first, by what a step from n + 2 nodes to n + 1
/// loses for n = 0, 1 …: where the least loss of the steps to come is largest beside the largest of those so far.
fn numbers_of_nodes(losses: &[f64], n_levels: usize) -> Vec<usize> {
    let n_topics = losses.len() + 1;
    let mut numbers: Vec<usize> = Vec::new();
    for level in 1..n_levels {
        let even = libm::pow(n_topics as f64, level as f64 / n_levels as f64);
        let fewest = numbers.last().map_or(2, |last| last + 1).max((even / WINDOW).ceil() as usize);
        let most = ((even * WINDOW) as usize).min(n_topics - 1);
        let fall = |n_nodes: usize| {
            let (to_come, so_far) = losses.split_at(n_nodes - 1);
            let least = to_come.iter().copied().fold(f64::INFINITY, f64::min);
            least / so_far.iter().copied().fold(f64::MIN_POSITIVE, f64::max)
        };
        let better = |best: usize, n_nodes: usize| if fall(n_nodes) > fall(best) { n_nodes } else { best };
        numbers.extend((fewest..=most).reduce(better));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_where_the_loss_rises() {
        let losses = [90.0, 70.0, 9.0, 8.0, 9.0, 7.0, 7.0, 8.0, 6.0, 7.0, 6.0];
        assert_eq!(numbers_of_nodes(&losses, 2), [3]);
        assert_eq!(numbers_of_nodes(&losses, 1), [0; 0]);
        assert_eq!(numbers_of_nodes(&[], 3), [0; 0]);
        assert_eq!(numbers_of_nodes(&[5.0], 3), [0; 0]);
        let numbers = numbers_of_nodes(&losses, 4);
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.iter().all(|n| (2..12).contains(n)));
    }

    #[test]
    fn the_loss_is_the_divergence_of_both_from_their_mean() {
        let w = FactorMatrix::from_fn(5, 2, |term, topic| {
            [[0.5, 0.3, 0.2, 0.0, 0.0], [0.0, 0.6, 0.1, 0.3, 0.0]][topic][term]
        });
        let (a, b) = (Node::new(&w, 0, 2.0), Node::new(&w, 1, 5.0));
        let divergence = |topic: usize| -> f64 {
            let p = |topic: usize, term: usize| f64::from(w.get(term, topic));
            let mean = |term: usize| (2.0 * p(0, term) + 5.0 * p(1, term)) / 7.0;
            (0..5).filter(|&term| p(topic, term) > 0.0).map(|t| p(topic, t) * (p(topic, t) / mean(t)).ln()).sum()
        };
        let expected = 2.0 * divergence(0) + 5.0 * divergence(1);
        assert!((a.loss(&b) - expected).abs() < 1e-6 && (b.loss(&a) - expected).abs() < 1e-6);
        let joined = a.joined(&b);
        assert_eq!((joined.topics.as_slice(), joined.terms.len()), (&[0, 1][..], 4));
        assert!(joined.loss(&Node::new(&w, 0, 0.0)).abs() < 1e-9, "nothing is lost with a topic that nobody has");
    }

    #[test]
    fn topics_that_share_words_come_together() {
        // Topics 0, 2 and 4 share words, as 1, 3 and 5 do; the latter are heavier.
        let w = FactorMatrix::from_fn(12, 6, |term, topic| match (term, topic % 2) {
            (0..3, 0) | (3..6, 1) => 0.2,
            _ if term == 6 + topic => 0.4,
            _ => 0.0,
        });
        let levels = join_topics(&w, &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 2);
        assert_eq!(levels, [[1, 0, 1, 0, 1, 0]]);
    }
}
