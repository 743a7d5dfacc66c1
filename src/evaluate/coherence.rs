//! Coherence of topics: how well the words that a topic shows go together in a reference corpus.
//!
//! With p_i the share of windows that have the word i of a topic, p_ij the share that have both, and ε = 1e-12, the
//! measures are those of gensim 4.4 from exact counts, and the normalised pointwise mutual information (NPMI) over
//! documents:
//!
//! ```text
//! document NPMI   mean over pairs of ln(p_ij / (p_i p_j)) / −ln p_ij, −1 for words that never meet     documents
//! U_Mass          mean over i > j of ln((p_ij + ε) / p_j), j the word ranked before                    documents
//! C_UCI           mean over pairs of ln((p_ij + ε) / (p_i p_j))                                        10 tokens
//! C_NPMI          mean over pairs of ln((p_ij + ε) / (p_i p_j)) / −ln(p_ij + ε)                        10 tokens
//! C_V             mean over i of the cosine of v_i and Σ_j v_j, v_i = (C_NPMI of i and j) for all j     110 tokens
//! ```
//!
//! Reference: M. Röder, A. Both, A. Hinneburg, *Exploring the space of topic coherence measures*, WSDM 2015,
//! [doi:10.1145/2684822.2685324](https://doi.org/10.1145/2684822.2685324). C_V is there for comparison: its author
//! advises against it. Document NPMI is the headline.
//!
//! No measure is ever NaN. A word that the reference lacks has never met any other: its p is taken as that of one
//! window, and [`Coherence::n_absent`] counts such words. A pair that stands in every window has an NPMI of 1
//! (gensim: −1).

use super::co_occurrence::{Counts, Window};

/// Keeps logarithms of zero finite, as in gensim.
const EPSILON: f64 = 1e-12;

/// A measure of coherence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoherenceMeasure {
    /// Normalised pointwise mutual information over documents, from −1 to 1.
    DocumentNpmi,
    /// Conditional log probability of the word ranked before, over documents; at most 0.
    UMass,
    /// Pointwise mutual information in windows of 10 tokens.
    CUci,
    /// Normalised pointwise mutual information in windows of 10 tokens.
    CNpmi,
    /// Cosine of vectors of normalised pointwise mutual information in windows of 110 tokens.
    CV,
}

names!(CoherenceMeasure {
    DocumentNpmi = "npmi",
    UMass = "u_mass",
    CUci = "c_uci",
    CNpmi = "c_npmi",
    CV = "c_v",
});

/// Coherence of each topic by one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Coherence {
    /// The value of each topic; `None` for one of fewer than two words.
    pub topics: Vec<Option<f64>>,
    /// Mean over the topics that have a value; `None` if none has.
    pub mean: Option<f64>,
    /// Words of topics that the reference corpus does not have.
    pub n_absent: usize,
}

impl Coherence {
    /// Of the values of each topic.
    pub(super) fn new(topics: Vec<Option<f64>>, n_absent: usize) -> Self {
        let known: Vec<f64> = topics.iter().flatten().copied().collect();
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        Self { topics, mean, n_absent }
    }
}

impl CoherenceMeasure {
    /// The window that its words are counted in.
    pub fn window(self) -> Window {
        match self {
            Self::DocumentNpmi | Self::UMass => Window::Document,
            Self::CUci | Self::CNpmi => Window::Tokens(10),
            Self::CV => Window::Tokens(110),
        }
    }

    /// The windows of all measures, each once.
    pub fn windows() -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        for window in Self::ALL.iter().map(|measure| measure.window()) {
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
        windows
    }

    /// Measures topics, whose words were counted in this measure's window; `None` if the reference has no window.
    ///
    /// ```
    /// use topicmill::evaluate::{CoOccurrences, CoherenceMeasure};
    /// let measure = CoherenceMeasure::DocumentNpmi;
    /// let mut words = CoOccurrences::new(&[vec![0, 1], vec![1, 2]], &[measure.window()]);
    /// [&[0, 1][..], &[0, 1], &[2], &[3]].iter().for_each(|document| words.add(document));
    /// let coherence = measure.of(&words.counts()[0]).unwrap();
    /// assert!((coherence.topics[0].unwrap() - 1.0).abs() < 1e-12, "0 and 1 always meet");
    /// assert_eq!(coherence.topics[1], Some(-1.0), "1 and 2 never do");
    /// ```
    pub fn of(self, counts: &Counts) -> Option<Coherence> {
        if counts.n_windows == 0 {
            return None;
        }
        let topics: Vec<Option<f64>> = (0..counts.words.len()).map(|topic| self.of_topic(counts, topic)).collect();
        let n_absent = counts.words.iter().flatten().filter(|count| **count == 0).count();
        Some(Coherence::new(topics, n_absent))
    }

    fn of_topic(self, counts: &Counts, topic: usize) -> Option<f64> {
        let n = counts.words[topic].len();
        if n < 2 {
            return None;
        }
        let p = |i: usize, j: usize| counts.pair(topic, i, j) as f64 / counts.n_windows as f64;
        // A word that is absent is taken as standing in one window, so that nothing is divided by zero.
        let alone = |i: usize| counts.words[topic][i].max(1) as f64 / counts.n_windows as f64;
        let information = |i: usize, j: usize| libm::log((p(i, j) + EPSILON) / (alone(i) * alone(j)));
        let normalised = |i: usize, j: usize| match counts.pair(topic, i, j) == counts.n_windows {
            true => 1.0,
            false => information(i, j) / -libm::log(p(i, j) + EPSILON),
        };
        let pairs = || (1..n).flat_map(|i| (0..i).map(move |j| (i, j)));
        let mean = |value: &dyn Fn(usize, usize) -> f64| {
            pairs().map(|(i, j)| value(i, j)).sum::<f64>() / (n * (n - 1) / 2) as f64
        };
        Some(match self {
            Self::DocumentNpmi => mean(&|i, j| {
                let both = counts.pair(topic, i, j);
                match both {
                    0 => -1.0,
                    both if both == counts.n_windows => 1.0,
                    _ => libm::log(p(i, j) / (p(i, i) * p(j, j))) / -libm::log(p(i, j)),
                }
            }),
            Self::UMass => mean(&|i, j| libm::log((p(i, j) + EPSILON) / alone(j))),
            Self::CUci => mean(&information),
            Self::CNpmi => mean(&normalised),
            Self::CV => {
                let vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| normalised(i, j)).collect()).collect();
                let total: Vec<f64> = (0..n).map(|j| vectors.iter().map(|vector| vector[j]).sum()).collect();
                vectors.iter().map(|vector| cosine(vector, &total)).sum::<f64>() / n as f64
            }
        })
    }
}

/// Cosine of two vectors; 0 if one of them is zero.
fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::CoOccurrences;
    use super::*;

    #[test]
    fn nothing_is_ever_no_number() {
        let topics = [vec![0, 1, 2], vec![3], vec![], vec![4, 5]];
        for documents in [vec![], vec![vec![]], vec![vec![0, 1]], vec![vec![0, 1, 2, 3, 4, 5]; 3]] {
            for &measure in CoherenceMeasure::ALL {
                let mut words = CoOccurrences::new(&topics, &[measure.window()]);
                documents.iter().for_each(|document: &Vec<u32>| words.add(document));
                let Some(coherence) = measure.of(&words.counts()[0]) else {
                    assert!(documents.is_empty());
                    continue;
                };
                assert!(coherence.topics[1].is_none() && coherence.topics[2].is_none());
                assert!(coherence.topics.iter().flatten().all(|value| value.is_finite()), "{measure}: {coherence:?}");
                assert!(coherence.mean.is_some_and(f64::is_finite));
            }
        }
    }

    #[test]
    fn a_pair_in_every_window_is_as_coherent_as_can_be() {
        for measure in [CoherenceMeasure::DocumentNpmi, CoherenceMeasure::CNpmi] {
            let mut words = CoOccurrences::new(&[vec![0, 1]], &[measure.window()]);
            (0..2).for_each(|_| words.add(&[0, 1]));
            assert_eq!(measure.of(&words.counts()[0]).unwrap().mean, Some(1.0));
        }
    }
}
