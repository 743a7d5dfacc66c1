//! How topics lie beside each other: their distances, a map, and a tree.

use hashbrown::HashMap;
use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;

use crate::factorize::random::{Stream, row_generator};
use crate::model::TopicModel;

/// Topics beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Similarity {
    /// Jensen–Shannon distances of the topics as distributions of terms: the square root of the divergence in bits
    /// (J. Lin, *Divergence Measures Based on the Shannon Entropy*, 1991,
    /// [doi:10.1109/18.61115](https://doi.org/10.1109/18.61115)), 0 for the same topic and 1 for topics without a
    /// common term. Topics × topics.
    pub distances: Vec<Vec<f64>>,
    /// Where topics stand on a map in two dimensions on which distances are kept as well as the plane allows:
    /// classical scaling (W. Torgerson, *Multidimensional scaling: I*, 1952,
    /// [doi:10.1007/BF02288916](https://doi.org/10.1007/BF02288916)).
    pub positions: Vec<[f64; 2]>,
    /// Share of the squared distances from the centre that the map shows.
    pub shown: f64,
    /// The tree of topics by average linkage, from the nearest pair on. Node i < topics is topic i, the node of merge
    /// i is topics + i.
    pub merges: Vec<Merge>,
    /// Topics in an order in which neighbours are alike: the leaves of the tree, its branches turned so that the ends
    /// that meet are as near as possible.
    pub order: Vec<usize>,
}

/// Two nodes of a tree that become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The nodes.
    pub nodes: [usize; 2],
    /// The mean distance between topics of one and of the other.
    pub distance: f64,
}

/// Iterations in which an axis of the map is found.
const ITERATIONS: usize = 500;

impl Similarity {
    /// Compares the topics of a model.
    ///
    /// ```
    /// use topicmill::{evaluate::Similarity, model::TopicModel};
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let similarity = Similarity::new(&model);
    /// assert_eq!(similarity.merges.len(), model.n_topics() - 1);
    /// assert!(similarity.distances[0][1] > 0.5 && similarity.distances[0][0] == 0.0);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn new(model: &TopicModel) -> Self {
        let topics: Vec<Vec<(u32, f64)>> =
            (0..model.n_topics()).into_par_iter().map(|k| distribution(model, k)).collect();
        let rows = topics.par_iter().enumerate().map(|(k, p)| topics[..k].iter().map(|q| distance(p, q)).collect());
        let lower: Vec<Vec<f64>> = rows.collect();
        let n = topics.len();
        let at = |i: usize, j: usize| match i.cmp(&j) {
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Greater => lower[i][j],
            std::cmp::Ordering::Less => lower[j][i],
        };
        let distances: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| at(i, j)).collect()).collect();
        let (positions, shown) = classical_scaling(&distances);
        let merges = average_linkage(&distances);
        let order = leaves(&merges, &distances);
        Self { distances, positions, shown, merges, order }
    }
}

/// The terms of a topic with their probabilities, which sum to 1.
fn distribution(model: &TopicModel, topic: usize) -> Vec<(u32, f64)> {
    let phi = (0..model.w.n_rows()).map(|term| (term as u32, f64::from(model.w.get(term, topic))));
    let mut terms: Vec<(u32, f64)> = phi.filter(|(_, phi)| *phi > 0.0).collect();
    let total: f64 = terms.iter().map(|(_, phi)| phi).sum();
    terms.iter_mut().for_each(|(_, phi)| *phi /= total);
    terms
}

/// The Jensen–Shannon distances, from 0 to 1, of the topics of the first model from those of the second with the same
/// numbers; the models may have other terms.
pub fn topic_distances(first: &TopicModel, second: &TopicModel) -> Vec<f64> {
    let places: HashMap<&str, u32> = (0..).zip(first.terms.iter()).map(|(i, term)| (term.term.as_str(), i)).collect();
    // Terms that the first model has not are numbered behind its own.
    let number = |(term, name): (u32, &str)| places.get(name).copied().unwrap_or(first.terms.len() as u32 + term);
    let numbers: Vec<u32> = (0..).zip(second.terms.iter()).map(|(i, term)| number((i, term.term.as_str()))).collect();
    let of_topic = |topic: usize| {
        let mut other: Vec<(u32, f64)> =
            distribution(second, topic).into_iter().map(|(term, phi)| (numbers[term as usize], phi)).collect();
        other.sort_by_key(|(term, _)| *term);
        distance(&distribution(first, topic), &other)
    };
    (0..first.n_topics().min(second.n_topics())).map(of_topic).collect()
}

/// The Jensen–Shannon distance. A term of one distribution alone adds half its probability, so that logarithms are
/// needed for common terms only.
fn distance(p: &[(u32, f64)], q: &[(u32, f64)]) -> f64 {
    let (mut p_rest, mut q_rest, mut common) = (p, q, [0.0; 3]);
    while let (Some(&(i, a)), Some(&(j, b))) = (p_rest.first(), q_rest.first()) {
        match i.cmp(&j) {
            std::cmp::Ordering::Less => p_rest = &p_rest[1..],
            std::cmp::Ordering::Greater => q_rest = &q_rest[1..],
            std::cmp::Ordering::Equal => {
                let mean = (a + b) / 2.0;
                common[0] += a;
                common[1] += b;
                common[2] += a * libm::log2(a / mean) + b * libm::log2(b / mean);
                (p_rest, q_rest) = (&p_rest[1..], &q_rest[1..]);
            }
        }
    }
    let alone = if p.is_empty() || q.is_empty() { 2.0 } else { 2.0 - common[0] - common[1] };
    ((alone + common[2]) / 2.0).clamp(0.0, 1.0).sqrt()
}

/// Positions in the plane by the two largest eigenvalues of −½ J D² J, and their share of the trace.
fn classical_scaling(distances: &[Vec<f64>]) -> (Vec<[f64; 2]>, f64) {
    let n = distances.len();
    let squares: Vec<Vec<f64>> = distances.iter().map(|row| row.iter().map(|d| d * d).collect()).collect();
    let means: Vec<f64> = squares.iter().map(|row| row.iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    let mut matrix: Vec<Vec<f64>> = squares
        .iter()
        .enumerate()
        .map(|(i, row)| row.iter().zip(&means).map(|(d, of_column)| -0.5 * (d - means[i] - of_column + mean)).collect())
        .collect();
    let trace: f64 = (0..n).map(|i| matrix[i][i]).sum();
    let mut axes = [vec![0.0; n], vec![0.0; n]];
    let mut shown = 0.0;
    for (number, axis) in axes.iter_mut().enumerate() {
        let (value, vector) = largest_eigenvector(&matrix, number);
        if value <= 1e-12 {
            break;
        }
        shown += value;
        // An eigenvector has no sign of its own.
        let first = vector.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() + 1e-9 { b } else { a });
        let scale = value.sqrt() * first.signum();
        for (i, row) in matrix.iter_mut().enumerate() {
            axis[i] = scale * vector[i];
            row.iter_mut().zip(&vector).for_each(|(entry, other)| *entry -= value * vector[i] * other);
        }
    }
    let positions = axes[0].iter().zip(&axes[1]).map(|(x, y)| [*x, *y]).collect();
    (positions, if trace > 0.0 { shown / trace } else { 1.0 })
}

/// The largest eigenvalue of a matrix without negative ones, and its vector, by power iteration.
fn largest_eigenvector(matrix: &[Vec<f64>], number: usize) -> (f64, Vec<f64>) {
    let mut generator = row_generator(1, Stream::Maps, number);
    let start = |_| (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    let mut vector: Vec<f64> = (0..matrix.len()).map(start).collect();
    let mut value = 0.0;
    for _ in 0..ITERATIONS {
        let product: Vec<f64> =
            matrix.iter().map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum::<f64>()).collect();
        value = product.iter().map(|x| x * x).sum::<f64>().sqrt();
        if value <= 1e-12 {
            break;
        }
        vector = product.into_iter().map(|x| x / value).collect();
    }
    (value, vector)
}

/// Merges the nearest two clusters by mean distance, again and again.
fn average_linkage(distances: &[Vec<f64>]) -> Vec<Merge> {
    let n = distances.len();
    let mut distances = distances.to_vec();
    // The node and the number of topics of each cluster that there still is.
    let mut clusters: Vec<Option<(usize, f64)>> = (0..n).map(|topic| Some((topic, 1.0))).collect();
    let mut merges = Vec::new();
    for step in 1..n {
        let present: Vec<usize> = (0..n).filter(|&i| clusters[i].is_some()).collect();
        let pairs = present.iter().flat_map(|&i| present.iter().take_while(move |&&j| j < i).map(move |&j| (j, i)));
        let Some((a, b)) = pairs.min_by(|x, y| distances[x.0][x.1].total_cmp(&distances[y.0][y.1])) else { break };
        let (Some((node_a, size_a)), Some((node_b, size_b))) = (clusters[a], clusters[b]) else { break };
        merges.push(Merge { nodes: [node_a, node_b], distance: distances[a][b] });
        clusters[a] = Some((n + step - 1, size_a + size_b));
        clusters[b] = None;
        for &other in present.iter().filter(|&&other| other != a && other != b) {
            let mean = (size_a * distances[a][other] + size_b * distances[b][other]) / (size_a + size_b);
            distances[a][other] = mean;
            distances[other][a] = mean;
        }
    }
    merges
}

/// The leaves of a tree, its branches turned so that the ends that meet are near.
fn leaves(merges: &[Merge], distances: &[Vec<f64>]) -> Vec<usize> {
    let n = distances.len();
    let mut orders: Vec<Vec<usize>> = (0..n).map(|topic| vec![topic]).collect();
    for merge in merges {
        let [mut a, mut b] = merge.nodes.map(|node| std::mem::take(&mut orders[node]));
        let end = |order: &[usize], is_turned: bool| if is_turned { order[0] } else { order[order.len() - 1] };
        let turns = [(false, false), (true, false), (false, true), (true, true)];
        let gap = |(turn_a, turn_b): (bool, bool)| distances[end(&a, turn_a)][end(&b, !turn_b)];
        let best = turns.into_iter().min_by(|x, y| gap(*x).total_cmp(&gap(*y))).unwrap_or_default();
        if best.0 {
            a.reverse();
        }
        if best.1 {
            b.reverse();
        }
        a.extend(b);
        orders.push(a);
    }
    orders.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_scipy() {
        // scipy.spatial.distance.jensenshannon([.5, .5, 0], [0, .25, .75], base=2)
        let distance = distance(&[(0, 0.5), (1, 0.5)], &[(1, 0.25), (2, 0.75)]);
        assert!((distance - 0.809_715_420_521_041_2).abs() < 1e-12, "{distance}");
        assert_eq!(super::distance(&[(0, 1.0)], &[(1, 1.0)]), 1.0);
        assert_eq!(super::distance(&[(0, 1.0)], &[(0, 1.0)]), 0.0);
    }

    fn points(places: &[[f64; 2]]) -> Vec<Vec<f64>> {
        let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        places.iter().map(|a| places.iter().map(|b| distance(a, b)).collect()).collect()
    }

    #[test]
    fn a_map_of_points_in_the_plane_keeps_their_distances() {
        let places = [[0.0, 0.0], [3.0, 0.1], [0.2, 1.0], [2.0, 2.0], [-1.0, 0.7]];
        let distances = points(&places);
        let (positions, shown) = classical_scaling(&distances);
        assert!((shown - 1.0).abs() < 1e-9);
        for (row, expected) in points(&positions).iter().zip(&distances) {
            assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{row:?} {expected:?}");
        }
        assert_eq!(classical_scaling(&points(&[[0.0, 0.0]])).0, [[0.0, 0.0]]);
    }

    #[test]
    fn the_tree_joins_neighbours_and_orders_them() {
        let distances = points(&[[0.0, 0.0], [10.0, 0.0], [1.0, 0.0], [11.0, 0.0], [5.0, 0.0]]);
        let merges = average_linkage(&distances);
        assert_eq!(merges[0].nodes, [0, 2]);
        assert_eq!(merges[1].nodes, [1, 3]);
        assert_eq!(merges[2], Merge { nodes: [5, 4], distance: 4.5 });
        assert!((merges[3].distance - (10.0 + 11.0 + 9.0 + 10.0 + 5.0 + 6.0) / 6.0).abs() < 1e-12);
        let order = leaves(&merges, &distances);
        assert!(order == [0, 2, 4, 1, 3] || order == [3, 1, 4, 2, 0], "{order:?}");
        assert_eq!(leaves(&[], &points(&[[0.0, 0.0]])), [0]);
    }
}
