//! How often the words of topics occur, alone and together, in the documents or sliding windows of a reference corpus.
//!
//! Only the words of the topics and the pairs within a topic are counted, in one pass for all kinds of windows.
//! Counts are exact: a word that is repeated within a window counts once, and stays in the window until its last copy
//! has left it. (gensim 4.4 clears a word when its first copy leaves.)

use rayon::prelude::*;

use crate::matrix::TermDocumentMatrix;

/// Documents of a matrix that one task counts.
const DOCUMENTS_PER_TASK: usize = 4096;

/// What counts as together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The whole document.
    Document,
    /// This many tokens in a row, within a document. A shorter document is one window, as is an empty one (gensim).
    Tokens(usize),
}

/// A token that is no word of a topic.
pub const OTHER_WORD: u32 = u32::MAX;

/// Counts for one kind of window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Number of windows.
    pub n_windows: u64,
    /// For each topic and each of its words, the windows that have it.
    pub words: Vec<Vec<u64>>,
    /// For each topic and each pair (i, j), i > j, of its words, the windows that have both; in the order (1, 0), (2,
    /// 0), (2, 1), (3, 0) ….
    pub pairs: Vec<Vec<u64>>,
}

impl Counts {
    /// Windows of topic `topic` that have both its words `i` and `j`.
    pub fn pair(&self, topic: usize, i: usize, j: usize) -> u64 {
        match i.cmp(&j) {
            std::cmp::Ordering::Equal => self.words[topic][i],
            std::cmp::Ordering::Greater => self.pairs[topic][i * (i - 1) / 2 + j],
            std::cmp::Ordering::Less => self.pairs[topic][j * (j - 1) / 2 + i],
        }
    }
}

/// Counts words and pairs document by document. Counters of parts of a corpus can be merged in any order, since they
/// hold whole numbers.
///
/// ```
/// use topicmill::evaluate::{CoOccurrences, Window};
/// // The words 0, 1 and 2 of one topic, in documents of tokens by number.
/// let mut counts = CoOccurrences::new(&[vec![0, 1, 2]], &[Window::Document, Window::Tokens(3)]);
/// counts.add(&[0, 1, 0, 2, 9]);
/// counts.add(&[1, 9]);
/// let [documents, windows] = counts.counts() else { unreachable!() };
/// assert_eq!((documents.n_windows, documents.pair(0, 0, 1)), (2, 1));
/// // The windows of the first document are 010, 102 and 029.
/// assert_eq!((windows.n_windows, windows.pair(0, 0, 1), windows.pair(0, 0, 2)), (4, 2, 2));
/// ```
#[derive(Clone, Debug)]
pub struct CoOccurrences {
    /// The words of each topic, by number.
    topics: Vec<Vec<u32>>,
    /// For each word below the largest number, the topics that have it, with its place there.
    places: Vec<Vec<(u32, u32)>>,
    windows: Vec<Window>,
    counts: Vec<Counts>,
    /// The places of each word of the current document, and the words that it has.
    positions: Vec<Vec<usize>>,
    present: Vec<u32>,
}

impl CoOccurrences {
    /// For topics as lists of words by number; the numbers should be small, since there is a place for each up to the
    /// largest. [`OTHER_WORD`] is no number of a word.
    pub fn new(topics: &[Vec<u32>], windows: &[Window]) -> Self {
        let n_words =
            topics.iter().flatten().filter(|word| **word != OTHER_WORD).max().map_or(0, |max| *max as usize + 1);
        let mut places = vec![Vec::new(); n_words];
        for (topic, words) in topics.iter().enumerate() {
            for (place, &word) in words.iter().enumerate().filter(|(_, word)| **word != OTHER_WORD) {
                places[word as usize].push((topic as u32, place as u32));
            }
        }
        let empty = Counts {
            n_windows: 0,
            words: topics.iter().map(|words| vec![0; words.len()]).collect(),
            pairs: topics.iter().map(|words| vec![0; words.len() * words.len().saturating_sub(1) / 2]).collect(),
        };
        Self {
            topics: topics.to_vec(),
            places,
            windows: windows.to_vec(),
            counts: vec![empty; windows.len()],
            positions: vec![Vec::new(); n_words],
            present: Vec::new(),
        }
    }

    /// Counts the terms of topics, by number, in the documents of a matrix.
    pub fn of_matrix(topics: &[Vec<u32>], v: &TermDocumentMatrix) -> Self {
        let empty = Self::new(topics, &[Window::Document]);
        let (n, n_tasks) = (v.n_documents(), v.n_documents().div_ceil(DOCUMENTS_PER_TASK));
        let count = |task: usize| {
            let mut counter = empty.clone();
            for document in task * DOCUMENTS_PER_TASK..n.min((task + 1) * DOCUMENTS_PER_TASK) {
                let terms = v.document(document).0;
                counter.add_at(terms.len(), terms.iter().copied().enumerate());
            }
            counter
        };
        let merged = |mut all: Self, part: Self| {
            all.merge(&part);
            all
        };
        (0..n_tasks).into_par_iter().map(count).reduce(|| empty.clone(), merged)
    }

    /// Counts of documents that were made elsewhere: for each topic of n words, in the order of topics, the number of
    /// documents that have both words i ≤ j, at i · n + j.
    pub fn of_pairs(topics: &[Vec<u32>], n_documents: usize, pairs: &[u64]) -> Self {
        let mut all = Self::new(topics, &[Window::Document]);
        let Some(counts) = all.counts.first_mut() else { return all };
        counts.n_windows = n_documents as u64;
        let mut rest = pairs;
        for (words, pairs) in counts.words.iter_mut().zip(&mut counts.pairs) {
            let n = words.len();
            let (together, others) = rest.split_at((n * n).min(rest.len()));
            let at = |first: usize, second: usize| together.get(first * n + second).copied().unwrap_or(0);
            words.iter_mut().enumerate().for_each(|(word, count)| *count = at(word, word));
            let places = (1..n).flat_map(|i| (0..i).map(move |j| (j, i)));
            pairs.iter_mut().zip(places).for_each(|(count, (first, second))| *count = at(first, second));
            rest = others;
        }
        all
    }

    /// The counts so far, for each kind of window.
    pub fn counts(&self) -> &[Counts] {
        &self.counts
    }

    /// The counts of one kind of window; `None` if it is not counted.
    pub fn of_window(&self, window: Window) -> Option<&Counts> {
        self.windows.iter().zip(&self.counts).find(|(known, _)| **known == window).map(|(_, counts)| counts)
    }

    /// Adds a document: the number of the word of each of its tokens.
    pub fn add(&mut self, tokens: &[u32]) {
        self.add_at(tokens.len(), tokens.iter().copied().enumerate());
    }

    /// Adds a document of `n_tokens` tokens: places of tokens in ascending order, each with the number of a word that
    /// stands there. Several words may stand at one place, since an n-gram stands where its first token does.
    pub fn add_at(&mut self, n_tokens: usize, words: impl IntoIterator<Item = (usize, u32)>) {
        for (position, word) in words {
            if let Some(positions) = self.positions.get_mut(word as usize) {
                if positions.is_empty() {
                    self.present.push(word);
                }
                positions.push(position);
            }
        }
        for (window, counts) in self.windows.iter().zip(&mut self.counts) {
            let (size, n_windows) = match *window {
                Window::Document => (n_tokens, 1),
                Window::Tokens(size) => (size.max(1), (n_tokens + 1).saturating_sub(size.max(1)).max(1)),
            };
            counts.n_windows += n_windows as u64;
            let last = n_windows - 1;
            // A word at a position stands in the windows that begin there or up to `size` − 1 before.
            let reach = |position: usize| ((position + 1).saturating_sub(size).min(last), position.min(last));
            for &word in &self.present {
                let alone = together(&self.positions[word as usize], &self.positions[word as usize], reach);
                for &(topic, place) in &self.places[word as usize] {
                    counts.words[topic as usize][place as usize] += alone;
                    let others = &self.topics[topic as usize][..place as usize];
                    for (other_place, &other) in others.iter().enumerate() {
                        let Some(other) = self.positions.get(other as usize).filter(|other| !other.is_empty()) else {
                            continue;
                        };
                        let place = place as usize;
                        counts.pairs[topic as usize][place * (place - 1) / 2 + other_place] +=
                            together(&self.positions[word as usize], other, reach);
                    }
                }
            }
        }
        for word in self.present.drain(..) {
            self.positions[word as usize].clear();
        }
    }

    /// Adds the counts of another part of the corpus, which must be for the same topics and windows.
    pub fn merge(&mut self, other: &Self) {
        assert!(self.topics == other.topics && self.windows == other.windows, "counts of the same words and windows");
        for (counts, others) in self.counts.iter_mut().zip(&other.counts) {
            counts.n_windows += others.n_windows;
            let sums = counts.words.iter_mut().chain(&mut counts.pairs).flatten();
            sums.zip(others.words.iter().chain(&others.pairs).flatten()).for_each(|(sum, other)| *sum += other);
        }
    }
}

/// The number of windows that have a word at one of the places `a` and one at one of the places `b`, both ascending;
/// `reach` gives the first and the last window of a place.
fn together(a: &[usize], b: &[usize], reach: impl Fn(usize) -> (usize, usize)) -> u64 {
    let (mut i, mut j, mut counted, mut n) = (0, 0, 0, 0);
    // Both lists of windows ascend in their first and their last windows; `counted` is the first window not looked at
    // yet.
    while i < a.len() && j < b.len() {
        let (first_a, last_a) = reach(a[i]);
        let (first_b, last_b) = reach(b[j]);
        let first = first_a.max(first_b).max(counted);
        let last = last_a.min(last_b);
        if first <= last {
            n += (last - first + 1) as u64;
            counted = last + 1;
        }
        if last_a <= last_b {
            i += 1;
        } else {
            j += 1;
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// The counts are those of looking at every window.
        #[test]
        fn counts_are_those_of_all_windows(
            documents in prop::collection::vec(prop::collection::vec(0_u32..6, 0..20), 0..5),
            size in 1_usize..8,
        ) {
            let topics = [vec![0, 1, 2, 3], vec![3, 1, 5]];
            let mut all = CoOccurrences::new(&topics, &[Window::Tokens(size), Window::Document]);
            let mut parts = vec![all.clone(); 2];
            for (i, document) in documents.iter().enumerate() {
                parts[i % 2].add(document);
            }
            parts.iter().for_each(|part| all.merge(part));
            for (counts, size) in all.counts().iter().zip([size, 1000]) {
                let windows: Vec<&[u32]> = documents
                    .iter()
                    .flat_map(|d| if d.len() <= size { vec![&d[..]] } else { d.windows(size).collect() })
                    .collect();
                prop_assert_eq!(counts.n_windows, windows.len() as u64);
                for (topic, words) in topics.iter().enumerate() {
                    for i in 0..words.len() {
                        for j in 0..words.len() {
                            let has_both = |w: &&&[u32]| w.contains(&words[i]) && w.contains(&words[j]);
                            let both = windows.iter().filter(has_both).count();
                            prop_assert_eq!(counts.pair(topic, i, j), both as u64, "topic {}, {} and {}", topic, i, j);
                        }
                    }
                }
            }
        }
    }
}
