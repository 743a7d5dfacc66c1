//! Measures how alike the topics of two models are: ranked lists of words are compared, and topics matched by them.

use super::best_assignment;
use crate::model::TopicModel;

/// Words of a topic that are compared with those of another.
const COMPARED_WORDS: usize = 20;

/// The twenty words that each topic shows first, as numbers of terms.
pub fn compared_words(model: &TopicModel) -> Vec<Vec<usize>> {
    let ranking = model.ranking(None).unwrap_or_default();
    let of_topic = |topic| model.top_words(topic, COMPARED_WORDS, ranking).iter().map(|word| word.index).collect();
    (0..model.n_topics()).map(of_topic).collect()
}

/// |A ∩ B| / |A ∪ B| of two lists of distinct items; 0 if both are empty.
pub fn jaccard<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let common = a.iter().filter(|word| b.contains(word)).count();
    let union = a.len() + b.len() - common;
    if union == 0 { 0.0 } else { common as f64 / union as f64 }
}

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
    /// For each topic of the first model, its partner in the second and their similarity; `None` where the second model
    /// has fewer topics.
    pub partners: Vec<Option<(usize, f64)>>,
    /// Mean similarity of the matched pairs.
    pub agreement: f64,
}

/// Matches the topics of two models one to one, so that the sum of `similarity` of their word lists is largest. If the
/// models differ in size, as many topics of the larger stay without a partner as it has more.
pub fn match_topics<T>(a: &[Vec<T>], b: &[Vec<T>], similarity: impl Fn(&[T], &[T]) -> f64) -> Matching {
    let n = a.len().max(b.len());
    let gain = |i: usize, j: usize| match (a.get(i), b.get(j)) {
        (Some(a), Some(b)) => similarity(a, b),
        _ => 0.0,
    };
    let gains: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| gain(i, j)).collect()).collect();
    let assigned = best_assignment(&gains);
    let partner = |i: usize| Some((assigned[i], gains[i][assigned[i]])).filter(|(j, _)| *j < b.len());
    let partners: Vec<Option<(usize, f64)>> = (0..a.len()).map(partner).collect();
    let total: f64 = partners.iter().flatten().map(|(_, gain)| gain).sum();
    Matching { agreement: total / a.len().min(b.len()).max(1) as f64, partners }
}
