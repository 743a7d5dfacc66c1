//! Feature agglomeration: terms are joined bottom-up into groups of words before topics are found from the sums of
//! groups; then terms get their topics with H as it is.
//!
//! A. Hassani, A. Iranmanesh, N. Mansouri, *Text mining using nonnegative matrix factorization and latent semantic
//! analysis*, Neural Computing and Applications 33, 2021, doi:10.1007/s00521-021-06014-6, and J. Ward, *Hierarchical
//! grouping to optimize an objective function*, JASA 58, 1963, doi:10.1080/01621459.1963.10500845. Departures: terms
//! are compared by their shares of the topics of a start, and not by their documents, since two words of one subject
//! rarely share many; and roots of shares are joined (Hellinger's distance), weighted by how frequent terms are.
//!
//! Nearest neighbours are followed in a chain (F. Murtagh, *A survey of recent advances in hierarchical clustering
//! algorithms*, The Computer Journal 26, 1983, doi:10.1093/comjnl/26.4.354), so that memory is O(n_terms) and time
//! O(n_terms²); more terms than [`MOST_TERMS`] are refused.

use std::borrow::Cow;

use rayon::prelude::*;

use super::tri::{heaviest_first, sums_by_group};
use super::{Structure, Structured};
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::{
    self, Factorization, FactorizeError, FactorizeParams, Observer, Origin, Start, initialise, loss,
};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// Most terms that are joined.
const MOST_TERMS: usize = 60_000;

/// Topics by whose shares terms are compared.
const PROFILE_TOPICS: usize = 50;

/// Steps that terms take at the end with H as it is.
const TERM_STEPS: usize = 20;

pub(super) fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    if v.n_terms() > MOST_TERMS {
        let expected = format!("another form for {} terms; agglomerate joins {MOST_TERMS} at most", v.n_terms());
        return Err(FactorizeError::Parameter { key: "variant", found: "agglomerate".into(), expected });
    }
    let n_groups = params.word_groups.min(v.n_nonempty_terms()).max(1);
    let n_profile = PROFILE_TOPICS.min(v.n_nonempty_documents()).min(v.n_nonempty_terms());
    let term_sums = v.term_sums();
    let groups = joined(&initialise::tree(v, n_profile, params.seed).w, &term_sums, n_groups);
    let x = sums_by_group(v, &groups, n_groups);
    let of_groups = factorize::fit(&x, &params.plain(), Origin::Init, observer)?;
    let Factorization { w: meetings, h, trace, stop_reason, fixed, .. } = of_groups;
    // Each term begins with its part of its group.
    let group_sums = x.term_sums();
    let entry = |term: usize, topic: usize| {
        let group = groups[term] as usize;
        let part = term_sums[term] / group_sums[group].max(f64::MIN_POSITIVE);
        (part * f64::from(meetings.get(group, topic))) as f32
    };
    let w = FactorMatrix::from_fn(v.n_terms(), params.n_topics, entry);
    let problem = Problem::new(Cow::Borrowed(v), params.plain(), None);
    let mut state = State::new(Start { w, h }, params.floor);
    for _ in 0..TERM_STEPS {
        loss::term_step(&problem, &mut state, loss::multiplicative(params.loss));
    }
    let State { w, h, .. } = state;
    // The trace is that of the sums of groups.
    let factorization = Factorization { w, h, trace, stop_reason, kkt_residual: None, fixed };
    let groups = heaviest_first(&groups, &term_sums, n_groups);
    Ok(Structured { factorization, structure: Some(Structure::WordGroups { groups }) })
}

/// A cluster of terms.
struct Cluster {
    /// Its first term.
    term: u32,
    weight: f64,
    centre: Vec<f32>,
}

impl Cluster {
    /// By how much the sum of squares grows if two clusters are joined.
    fn cost(&self, other: &Self) -> f64 {
        let square: f32 = self.centre.iter().zip(&other.centre).map(|(a, b)| (a - b) * (a - b)).sum();
        self.weight * other.weight / (self.weight + other.weight) * f64::from(square)
    }

    fn join(&mut self, other: &Self) {
        let share = (other.weight / (self.weight + other.weight)) as f32;
        self.centre.iter_mut().zip(&other.centre).for_each(|(a, b)| *a += share * (b - *a));
        self.weight += other.weight;
        self.term = self.term.min(other.term);
    }
}

/// The group of each term, of `n_groups`, by Ward's criterion on the roots of its shares of topics.
fn joined(w: &FactorMatrix, weights: &[f64], n_groups: usize) -> Vec<u32> {
    let cluster = |term: usize| {
        let row = w.row_values(term);
        let sum = row.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let centre = row.iter().map(|entry| (entry / sum).sqrt()).collect();
        Cluster { term: term as u32, weight: weights[term].max(f64::MIN_POSITIVE), centre }
    };
    let mut clusters: Vec<Cluster> = (0..w.n_rows()).map(cluster).collect();
    let (mut chain, mut joins): (Vec<usize>, Vec<(f64, u32, u32)>) = (Vec::new(), Vec::new());
    while clusters.len() > 1 {
        let last = *chain.last().unwrap_or(&0);
        if chain.is_empty() {
            chain.push(last);
        }
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        let (cost, nearest) = nearest(&clusters, last, before);
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (kept, gone) = (last.min(nearest), last.max(nearest));
        // The last cluster takes the free place; whoever stands in the chain is told.
        let other = clusters.swap_remove(gone);
        joins.push((cost, clusters[kept].term, other.term));
        clusters[kept].join(&other);
        let moved = clusters.len();
        chain.iter_mut().filter(|place| **place == moved).for_each(|place| *place = gone);
    }
    // Chains join in no order of cost.
    joins.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut leaders: Vec<u32> = (0..w.n_rows() as u32).collect();
    for &(_, one, other) in &joins[..joins.len().min(w.n_rows().saturating_sub(n_groups))] {
        let (one, other) = (leader(&mut leaders, one), leader(&mut leaders, other));
        leaders[one.max(other) as usize] = one.min(other);
    }
    let mut numbers = vec![u32::MAX; w.n_rows()];
    let mut n_found = 0;
    (0..w.n_rows() as u32)
        .map(|term| {
            let number = &mut numbers[leader(&mut leaders, term) as usize];
            if *number == u32::MAX {
                *number = n_found;
                n_found += 1;
            }
            *number
        })
        .collect()
}

/// The first term of the group that a term is in.
fn leader(leaders: &mut [u32], term: u32) -> u32 {
    let mut leader = term;
    while leaders[leader as usize] != leader {
        leaders[leader as usize] = leaders[leaders[leader as usize] as usize];
        leader = leaders[leader as usize];
    }
    leader
}

/// The cluster that is cheapest to join with one, and the cost; of those that are as cheap `preferred`, or else the one
/// with the first term.
fn nearest(clusters: &[Cluster], one: usize, preferred: Option<usize>) -> (f64, usize) {
    let own = &clusters[one];
    let better = |a: (f64, usize), b: (f64, usize)| {
        let order = a.0.total_cmp(&b.0).then_with(|| {
            let rank = |place: usize| (Some(place) != preferred, clusters.get(place).map(|cluster| cluster.term));
            rank(a.1).cmp(&rank(b.1))
        });
        if order.is_le() { a } else { b }
    };
    let cost = |(place, other): (usize, &Cluster)| (if place == one { f64::INFINITY } else { own.cost(other) }, place);
    let none = || (f64::INFINITY, usize::MAX);
    clusters.par_iter().enumerate().with_min_len(2048).map(cost).reduce(none, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_the_same_topics_are_joined() {
        // Three kinds of terms, of different weights, one of which two groups must share.
        let row = |term: usize, topic: usize| match (term % 3, topic) {
            (kind, topic) if kind == topic => 0.8 + 0.01 * term as f32,
            _ => 0.1,
        };
        let w = FactorMatrix::from_fn(30, 3, row);
        let weights: Vec<f64> = (1..=30).map(f64::from).collect();
        let groups = joined(&w, &weights, 3);
        assert!((0..30).all(|term| groups[term] == groups[term % 3]), "{groups:?}");
        assert_eq!(joined(&w, &weights, 30), (0..30).collect::<Vec<u32>>());
        assert!(joined(&w, &weights, 1).iter().all(|group| *group == 0));
    }
}
