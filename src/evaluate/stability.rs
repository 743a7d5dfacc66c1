//! Measures how alike the topics of two models are: ranked lists of words are compared, and topics matched by them.

use super::best_assignment;

/// Average Jaccard similarity of two ranked lists of distinct items, from 0 to 1: the mean over depths d of |A ∩ B| /
/// |A ∪ B|, where A and B are the first d items. Depths go up to the shorter length; an empty list gives 1.
///
/// D. Greene, D. O'Callaghan, P. Cunningham, *How many topics? Stability analysis for topic models*, ECML 2014,
/// [doi:10.1007/978-3-662-44848-9_32](https://doi.org/10.1007/978-3-662-44848-9_32).
///
/// ```
/// use topicmill::evaluate::average_jaccard;
/// let a = ["album", "music", "best", "award", "win"];
/// let b = ["sport", "best", "win", "medal", "award"];
/// assert!((average_jaccard(&a, &b) - 0.154286).abs() < 1e-6);
/// ```
pub fn average_jaccard<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let depths = overlaps(a, b);
    let n = depths.len() as f64;
    if depths.is_empty() {
        return 1.0;
    }
    depths.iter().enumerate().map(|(i, &common)| common / (2.0 * (i + 1) as f64 - common)).sum::<f64>() / n
}

/// Extrapolated rank-biased overlap, from 0 to 1, of two ranked lists of distinct items and the same length. The
/// persistence `p`, between 0 and 1, says how much the items further down count; empty lists give 1.
///
/// W. Webber, A. Moffat, J. Zobel, *A similarity measure for indefinite rankings*, ACM TOIS 28 (2010),
/// [doi:10.1145/1852102.1852106](https://doi.org/10.1145/1852102.1852106).
pub fn rank_biased_overlap<T: PartialEq>(a: &[T], b: &[T], p: f64) -> f64 {
    let depths = overlaps(a, b);
    let k = depths.len();
    let Some(last) = depths.last() else { return 1.0 };
    let mut weight = 1.0;
    let mut sum = 0.0;
    for (i, common) in depths.iter().enumerate() {
        weight *= p;
        sum += common / (i + 1) as f64 * weight;
    }
    last / k as f64 * weight + (1.0 - p) / p * sum
}

/// The number of items that the first d items of both lists share, for each d from 1 to the shorter length.
fn overlaps<T: PartialEq>(a: &[T], b: &[T]) -> Vec<f64> {
    let mut common = 0;
    (0..a.len().min(b.len()))
        .map(|i| {
            common += usize::from(b[..=i].contains(&a[i])) + usize::from(a[..i].contains(&b[i]));
            common as f64
        })
        .collect()
}

/// A one-to-one matching of the topics of two models.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// Index of the partner in the second model, for each topic of the first.
    pub partners: Vec<usize>,
    /// Mean similarity of the matched pairs.
    pub agreement: f64,
}

/// Matches the topics of two models one to one, so that the sum of `similarity` of their word lists is largest. If the
/// models differ in size, only the first topics of the larger are matched, as many as the smaller has.
pub fn match_topics<T>(a: &[Vec<T>], b: &[Vec<T>], similarity: impl Fn(&[T], &[T]) -> f64) -> Matching {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let gains: Vec<Vec<f64>> = a.iter().map(|a| b.iter().map(|b| similarity(a, b)).collect()).collect();
    let partners = best_assignment(&gains);
    let total: f64 = partners.iter().enumerate().map(|(i, &j)| gains[i][j]).sum();
    Matching { agreement: total / partners.len().max(1) as f64, partners }
}
