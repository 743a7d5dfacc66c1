//! Finds documents that are nearly the same, by the terms that they have.
//!
//! A document is the set of its terms with their counts up to [`MOST_COPIES`]: (term, 1), (term, 2) …. Two are near
//! duplicates if the Jaccard similarity of their sets is at least [`ALIKE`]. Candidates are those that agree in a
//! band of their MinHash signatures (A. Broder, *On the resemblance and containment of documents*, 1997,
//! [doi:10.1109/SEQUEN.1997.666900](https://doi.org/10.1109/SEQUEN.1997.666900)); their similarity is then computed
//! exactly, so that there are no false ones.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use rayon::prelude::*;

use super::{EntryCounts, TermDocumentMatrix};

/// Similarity of near duplicates.
const ALIKE: f64 = 0.7;

/// Bands of a signature, and hashes in each. Two documents with a similarity of .7 agree in one band at least with a
/// probability of .988, with one of .8 of .9998.
const BANDS: usize = 16;
const ROWS: usize = 4;
const HASHES: usize = BANDS * ROWS;

/// Counts beyond this do not make documents differ.
const MOST_COPIES: u32 = 4;

/// A document of fewer distinct terms has no near duplicates, only equal ones.
const LEAST_TERMS: usize = 8;

/// Groups of documents that are nearly the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// The groups, each of two documents or more, ascending.
    pub groups: Vec<Vec<usize>>,
    /// Documents that have the same terms as an earlier one, as often.
    pub n_equal: usize,
}

impl Duplicates {
    /// Documents that are like an earlier one.
    pub fn n_copies(&self) -> usize {
        self.groups.iter().map(|group| group.len() - 1).sum()
    }

    /// Finds the duplicates among the documents of V; `counts` has the count behind each of its entries.
    ///
    /// ```
    /// use topicmill::matrix::{Duplicates, EntryCounts, TermDocumentMatrix};
    /// let entries = [(0, 0, 1.0), (1, 0, 2.0), (0, 1, 1.0), (1, 1, 2.0), (1, 2, 1.0)];
    /// let v = TermDocumentMatrix::from_triplets(2, 3, &entries)?;
    /// let counts: EntryCounts = [1.0, 2.0, 1.0, 2.0, 1.0].into_iter().collect();
    /// assert_eq!(Duplicates::find(&v, &counts).groups, [[0, 1]]);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn find(v: &TermDocumentMatrix, counts: &EntryCounts) -> Self {
        // Sets are made anew wherever they are needed, because together they would take as much memory as V.
        let elements = |document: usize| elements(v, counts, document);
        let hasher = DefaultHashBuilder::default();
        let read = |document: usize| {
            let elements = elements(document);
            (hasher.hash_one(&elements), bands(&elements))
        };
        let (hashes, signatures): (Vec<u64>, Vec<Option<[u32; BANDS]>>) =
            (0..v.n_documents()).into_par_iter().map(read).unzip();
        let mut first = (0..v.n_documents()).collect::<Vec<usize>>();
        let is_empty = |document: usize| v.document_range(document).is_empty();
        let n_equal = join_equal(&hashes, elements, is_empty, &mut first);
        let are_alike = |a: usize, b: usize| is_alike(&elements(a), &elements(b));
        // Of equal documents the first speaks for all.
        let speakers: Vec<usize> = (0..first.len()).filter(|&document| first[document] == document).collect();
        let of_band = |band: usize| {
            let key = |&document: &usize| signatures[document].map(|keys| (keys[band], document));
            let mut keyed: Vec<(u32, usize)> = speakers.iter().filter_map(key).collect();
            keyed.sort_unstable();
            // Each is compared with the first of its bucket and with the one before it, so that a bucket of many
            // takes no square of their number.
            let pairs = keyed.chunk_by(|a, b| a.0 == b.0).flat_map(|bucket| {
                (1..bucket.len()).flat_map(|i| [(bucket[0].1, bucket[i].1), (bucket[i - 1].1, bucket[i].1)])
            });
            pairs.filter(|&(a, b)| are_alike(a, b)).collect::<Vec<_>>()
        };
        let mut found: Vec<(usize, usize)> = (0..BANDS).into_par_iter().map(of_band).collect::<Vec<_>>().concat();
        found.sort_unstable_by_key(|&(a, b)| (b, a));
        found.dedup();
        // All of a group are like its first document: a chain of likenesses would join what is not alike.
        for (a, b) in found {
            let leader = first[a];
            if first[b] == b && (leader == a || are_alike(leader, b)) {
                first[b] = leader;
            }
        }
        let leader = |document: usize| first[first[document]];
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for document in (0..first.len()).filter(|&document| !is_empty(document)) {
            groups.entry(leader(document)).or_default().push(document);
        }
        Self { groups: groups.into_values().filter(|group| group.len() > 1).collect(), n_equal }
    }

    /// One over the size of each document's group.
    pub fn weights(&self, n_documents: usize) -> Vec<f32> {
        let mut weights = vec![1.0; n_documents];
        for group in &self.groups {
            group.iter().for_each(|&document| weights[document] = 1.0 / group.len() as f32);
        }
        weights
    }
}

/// The elements of a document's set, ascending: 8 t + n for the n-th copy of term t. (A vocabulary of half a thousand
/// million terms is more than any memory holds.)
fn elements(v: &TermDocumentMatrix, counts: &EntryCounts, document: usize) -> Vec<u32> {
    let terms = v.document(document).0;
    let mut elements = Vec::with_capacity(terms.len() + terms.len() / 2);
    for (&term, count) in terms.iter().zip(counts.range(v.document_range(document))) {
        let copies = (count.ceil() as u32).clamp(1, MOST_COPIES);
        elements.extend((1..=copies).map(|n| term << 3 | n));
    }
    elements
}

/// Joins documents with the same elements, of which there are hashes; returns how many are equal to an earlier one.
fn join_equal(
    hashes: &[u64],
    elements: impl Fn(usize) -> Vec<u32>,
    is_empty: impl Fn(usize) -> bool,
    first: &mut [usize],
) -> usize {
    let mut seen: HashTable<usize> = HashTable::with_capacity(hashes.len());
    let mut n_equal = 0;
    for (document, &hash) in hashes.iter().enumerate().filter(|(document, _)| !is_empty(*document)) {
        let is_equal = |&earlier: &usize| hashes[earlier] == hash && elements(earlier) == elements(document);
        let found = seen.entry(hash, is_equal, |&earlier| hashes[earlier]).or_insert(document);
        first[document] = *found.get();
        n_equal += usize::from(first[document] != document);
    }
    n_equal
}

/// A hash of each band of a document's signature; none of a document of few terms.
///
/// Each round throws all elements into bins, each of which keeps the smallest hash of the first round that reached
/// it: rounds end once no bin is empty, which takes one round for a long document (S. Dahlgaard, M. Knudsen, M.
/// Thorup, *Fast similarity sketching*, 2017, [doi:10.1109/FOCS.2017.67](https://doi.org/10.1109/FOCS.2017.67)).
fn bands(elements: &[u32]) -> Option<[u32; BANDS]> {
    if elements.iter().filter(|element| **element & 7 == 1).count() < LEAST_TERMS {
        return None;
    }
    let mut smallest = [u64::MAX; HASHES];
    let mut n_filled = 0;
    for round in 0..2 * HASHES as u64 {
        let seed = mixed(round);
        for &element in elements {
            let hash = mixed(u64::from(element) ^ seed);
            let bin = if round < HASHES as u64 { hash % HASHES as u64 } else { round - HASHES as u64 };
            let smallest = &mut smallest[bin as usize];
            n_filled += usize::from(*smallest == u64::MAX);
            // Values of an earlier round are smaller, and stay.
            *smallest = (*smallest).min(round << 54 | hash >> 10);
        }
        if n_filled == HASHES {
            break;
        }
    }
    let key = |band: usize| smallest[band * ROWS..][..ROWS].iter().fold(0, |hash, row| mixed(hash ^ row)) as u32;
    Some(std::array::from_fn(key))
}

/// The finaliser of SplitMix64.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

fn is_alike(a: &[u32], b: &[u32]) -> bool {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    common as f64 >= ALIKE * (a.len() + b.len() - common) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents of random terms, some of which are copies of others with a few terms changed.
    #[test]
    fn planted_copies_are_found_and_nothing_else() {
        let (n_terms, n_documents, n_copies) = (3000, 2000, 300);
        let mut state = 1_u64;
        let mut draw = |n: u64| {
            state = mixed(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            state % n
        };
        let mut rows: Vec<BTreeMap<u32, f32>> = (0..n_documents)
            .map(|_| (0..40).map(|_| ((draw(n_terms) * draw(n_terms) / n_terms) as u32, 1.0)).collect())
            .collect();
        for copy in 0..n_copies {
            let mut row = rows[copy * 3].clone();
            for _ in 0..3 {
                let gone = *row.keys().nth(draw(row.len() as u64) as usize).unwrap();
                row.remove(&gone);
                row.insert(draw(n_terms) as u32, 1.0);
            }
            rows.push(row);
        }
        let triplets: Vec<(u32, u32, f32)> = rows
            .iter()
            .enumerate()
            .flat_map(|(document, row)| row.iter().map(move |(&term, &count)| (term, document as u32, count)))
            .collect();
        let v = TermDocumentMatrix::from_triplets(n_terms as usize, rows.len(), &triplets).unwrap();
        let counts: EntryCounts = std::iter::repeat_n(1.0, v.n_nonzeros()).collect();
        let found = Duplicates::find(&v, &counts);
        let right = |group: &&Vec<usize>| {
            group.len() == 2 && group[1] >= n_documents && group[0] == (group[1] - n_documents) * 3
        };
        assert!(found.groups.iter().all(|group| right(&group)), "{:?}", found.groups);
        assert!(found.groups.len() as f64 >= 0.95 * n_copies as f64, "{}", found.groups.len());
        let weights = found.weights(rows.len());
        assert_eq!(weights.iter().filter(|weight| **weight == 0.5).count(), 2 * found.groups.len());
    }
}
