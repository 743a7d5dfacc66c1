//! Measures how well a clustering agrees with known classes, by the definitions of scikit-learn.

use std::collections::BTreeMap;

/// Measures of a clustering against known classes (external evaluation).
///
/// Entropies are in nats. `nmi` and `ami` divide by the arithmetic mean of the two entropies, and `ami` and `ari` are
/// corrected for chance under the hypergeometric model (N. Vinh, J. Epps, J. Bailey, *Information theoretic measures
/// for clusterings comparison*, JMLR 11, 2010).
///
/// ```
/// use topicmill::evaluate::Agreement;
/// let perfect = Agreement::new(&["a", "a", "b"], &[1, 1, 0]);
/// assert_eq!((perfect.nmi, perfect.ari, perfect.purity), (1.0, 1.0, 1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Number of items compared.
    pub n: usize,
    /// Number of classes among them.
    pub n_classes: usize,
    /// Mutual information in nats.
    pub mutual_information: f64,
    /// Normalised mutual information, 0 to 1.
    pub nmi: f64,
    /// Adjusted mutual information: 0 in expectation by chance, 1 for equal partitions.
    pub ami: f64,
    /// Adjusted Rand index: 0 in expectation by chance, 1 for equal partitions.
    pub ari: f64,
    /// Homogeneity, 0 to 1: it is 1 if each cluster holds items of one class only.
    pub homogeneity: f64,
    /// Completeness, 0 to 1: it is 1 if each class lies in one cluster.
    pub completeness: f64,
    /// Share of items that belong to the largest class of their cluster.
    pub purity: f64,
}

impl Agreement {
    /// Of documents that have a label, which is not empty, and a topic; `None` if none has both.
    pub fn of_documents<L: AsRef<str>>(documents: impl Iterator<Item = (L, Option<usize>)>) -> Option<Self> {
        let both = documents.filter_map(|(label, topic)| Some((label, topic?)));
        let (labels, topics): (Vec<L>, Vec<usize>) = both.filter(|(label, _)| !label.as_ref().is_empty()).unzip();
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        (!labels.is_empty()).then(|| Self::new(&labels, &topics))
    }

    /// Compares `clusters` with `classes`, where item i has `classes[i]` and `clusters[i]`. If the lengths differ, the
    /// items beyond the shorter slice are ignored.
    pub fn new<A: Ord, B: Ord>(classes: &[A], clusters: &[B]) -> Self {
        let n = classes.len().min(clusters.len());
        let (classes, clusters) = (number(&classes[..n]), number(&clusters[..n]));
        let (rows, columns) = (sizes(&classes), sizes(&clusters));
        let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        classes.iter().zip(&clusters).for_each(|(&class, &cluster)| *cells.entry((class, cluster)).or_default() += 1);
        let total = n as f64;
        let mutual_information: f64 = cells
            .iter()
            .map(|(&(class, cluster), &count)| {
                let count = count as f64;
                count / total * libm::log(count * total / (rows[class] as f64 * columns[cluster] as f64))
            })
            .sum::<f64>()
            .max(0.0);
        let (class_entropy, cluster_entropy) = (entropy(&rows, total), entropy(&columns, total));
        let share = |entropy: f64| if entropy == 0.0 { 1.0 } else { mutual_information / entropy };
        let (homogeneity, completeness) = (share(class_entropy), share(cluster_entropy));
        let mean = (class_entropy + cluster_entropy) / 2.0;
        let trivial = rows.len() == columns.len() && (rows.len() <= 1 || rows.len() == n);
        let nmi = if trivial {
            1.0
        } else if mean == 0.0 {
            0.0
        } else {
            mutual_information / mean
        };
        let ami = if trivial {
            1.0
        } else {
            let expected = expected_mutual_information(&rows, &columns, n);
            let denominator = mean - expected;
            (mutual_information - expected) / if denominator.abs() < f64::EPSILON { f64::EPSILON } else { denominator }
        };
        let mut largest = vec![0; columns.len()];
        cells.iter().for_each(|(&(_, cluster), &count)| largest[cluster] = count.max(largest[cluster]));
        let purity = if n == 0 { 1.0 } else { largest.iter().sum::<usize>() as f64 / total };
        let ari = adjusted_rand_index(&cells, &rows, &columns, n);
        Self { n, n_classes: rows.len(), mutual_information, nmi, ami, ari, homogeneity, completeness, purity }
    }
}

/// Replaces each value by its rank among the distinct values, from 0.
fn number<T: Ord>(values: &[T]) -> Vec<usize> {
    let mut distinct: Vec<&T> = values.iter().collect();
    distinct.sort();
    distinct.dedup();
    values.iter().map(|value| distinct.partition_point(|other| *other < value)).collect()
}

fn sizes(numbers: &[usize]) -> Vec<usize> {
    let mut sizes = vec![0; numbers.iter().max().map_or(0, |max| max + 1)];
    numbers.iter().for_each(|&number| sizes[number] += 1);
    sizes
}

fn entropy(sizes: &[usize], total: f64) -> f64 {
    if sizes.len() < 2 {
        return 0.0;
    }
    -sizes.iter().map(|&size| size as f64 / total * libm::log(size as f64 / total)).sum::<f64>()
}

fn adjusted_rand_index(cells: &BTreeMap<(usize, usize), usize>, rows: &[usize], columns: &[usize], n: usize) -> f64 {
    let pairs = |size: usize| size as f64 * (size as f64 - 1.0) / 2.0;
    let together: f64 = cells.values().map(|&count| pairs(count)).sum();
    let in_class: f64 = rows.iter().map(|&size| pairs(size)).sum();
    let in_cluster: f64 = columns.iter().map(|&size| pairs(size)).sum();
    let expected = if n < 2 { 0.0 } else { in_class * in_cluster / pairs(n) };
    let maximum = (in_class + in_cluster) / 2.0;
    if maximum == expected { 1.0 } else { (together - expected) / (maximum - expected) }
}

/// Expected mutual information, in nats, of a random contingency table with these row and column sums (Vinh et al.
/// 2010, hypergeometric model).
fn expected_mutual_information(rows: &[usize], columns: &[usize], n: usize) -> f64 {
    let total = n as f64;
    let factorial = |k: usize| libm::lgamma(k as f64 + 1.0);
    let mut expected = 0.0;
    for &a in rows {
        for &b in columns {
            let margins = factorial(a) + factorial(b) + factorial(n - a) + factorial(n - b) - factorial(n);
            for count in 1.max((a + b).saturating_sub(n))..=a.min(b) {
                let tables = margins
                    - factorial(count)
                    - factorial(a - count)
                    - factorial(b - count)
                    - factorial(n + count - a - b);
                let information = libm::log(total * count as f64 / (a as f64 * b as f64));
                expected += count as f64 / total * information * libm::exp(tables);
            }
        }
    }
    expected
}
