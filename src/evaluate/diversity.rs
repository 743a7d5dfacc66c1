//! Diversity of topics: how different the words are that topics show.

use std::collections::HashSet;

use super::stability::rank_biased_overlap;

/// Persistence of the rank-biased overlap, as in OCTIS.
const PERSISTENCE: f64 = 0.9;

/// How different the word lists of topics are.
///
/// ```
/// use topicmill::evaluate::Diversity;
/// let topics = [vec!["ship", "sea"], vec!["bread", "sea"]];
/// let diversity = Diversity::new(&topics);
/// assert_eq!((diversity.distinct_share, diversity.mean_jaccard), (0.75, 1.0 / 3.0));
/// assert_eq!(Diversity::new(&[vec!["ship"], vec!["bread"]]).inverted_rbo, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diversity {
    /// Distinct words as a share of all words of all lists (topic diversity: A. Dieng, F. Ruiz, D. Blei, *Topic
    /// modeling in embedding spaces*, 2020, [doi:10.1162/tacl_a_00325](https://doi.org/10.1162/tacl_a_00325)); 1
    /// where there are no words.
    pub distinct_share: f64,
    /// Mean over pairs of topics of |A ∩ B| / |A ∪ B|; 0 is the most diverse.
    pub mean_jaccard: f64,
    /// 1 − the mean over pairs of topics of the rank-biased overlap (persistence 0.9), as in OCTIS; 1 is the most
    /// diverse.
    pub inverted_rbo: f64,
}

impl Diversity {
    /// Of the words that topics show, the best first.
    pub fn new<T: Eq + std::hash::Hash>(topics: &[Vec<T>]) -> Self {
        let n_words: usize = topics.iter().map(Vec::len).sum();
        let distinct: HashSet<&T> = topics.iter().flatten().collect();
        let pairs = || topics.iter().enumerate().flat_map(|(i, a)| topics[..i].iter().map(move |b| (a, b)));
        let n_pairs = (topics.len() * topics.len().saturating_sub(1) / 2).max(1) as f64;
        let jaccard = |(a, b): (&Vec<T>, &Vec<T>)| {
            let (a, b): (HashSet<&T>, HashSet<&T>) = (a.iter().collect(), b.iter().collect());
            let union = a.union(&b).count();
            if union == 0 { 0.0 } else { a.intersection(&b).count() as f64 / union as f64 }
        };
        let overlap = |(a, b): (&Vec<T>, &Vec<T>)| {
            let n = a.len().min(b.len());
            if n == 0 { 0.0 } else { rank_biased_overlap(&a[..n], &b[..n], PERSISTENCE) }
        };
        Self {
            distinct_share: if n_words == 0 { 1.0 } else { distinct.len() as f64 / n_words as f64 },
            mean_jaccard: pairs().map(jaccard).sum::<f64>() / n_pairs,
            inverted_rbo: 1.0 - pairs().map(overlap).sum::<f64>() / n_pairs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_have_defined_values() {
        let same = Diversity::new(&[vec![1, 2, 3], vec![1, 2, 3]]);
        assert_eq!((same.distinct_share, same.mean_jaccard), (0.5, 1.0));
        assert!(same.inverted_rbo.abs() < 1e-12);
        for nothing in [vec![], vec![vec![]], vec![vec![], vec![1]]] {
            let diversity = Diversity::new::<i32>(&nothing);
            assert_eq!((diversity.distinct_share, diversity.mean_jaccard, diversity.inverted_rbo), (1.0, 0.0, 1.0));
        }
    }
}
