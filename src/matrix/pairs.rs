//! Counts documents that have two terms of a group.

use rayon::prelude::*;

use super::TermDocumentMatrix;

/// Fewest documents of a parallel task.
const TASK_DOCUMENTS: usize = 4096;

/// Counts of documents by pairs of terms, for groups of at most 32 terms.
///
/// ```
/// use topicmill::matrix::{TermDocumentMatrix, TermPairs};
/// let v = TermDocumentMatrix::from_triplets(3, 2, &[(0, 0, 1.0), (2, 0, 1.0), (2, 1, 1.0)])?;
/// let mut pairs = TermPairs::new(&[vec![2, 0]], 3);
/// pairs.add(&v);
/// assert_eq!(pairs.together, [[2, 1, 0, 1]]);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TermPairs {
    /// The groups that have a term, each with the place of the term there.
    places: Vec<Vec<(u32, u32)>>,
    /// For each group of n terms the number of documents that have both terms i ≤ j, at i · n + j.
    pub together: Vec<Vec<u64>>,
}

impl TermPairs {
    /// For groups of at most 32 terms.
    pub fn new(groups: &[Vec<u32>], n_terms: usize) -> Self {
        let mut places = vec![Vec::new(); n_terms];
        for (group, terms) in groups.iter().enumerate() {
            for (place, &term) in terms.iter().enumerate() {
                places[term as usize].push((group as u32, place as u32));
            }
        }
        Self { places, together: groups.iter().map(|terms| vec![0; terms.len() * terms.len()]).collect() }
    }

    /// Adds documents.
    pub fn add(&mut self, v: &TermDocumentMatrix) {
        let Self { places, together } = self;
        let none = || together.iter().map(|pairs| vec![0; pairs.len()]).collect::<Vec<Vec<u64>>>();
        let sizes: Vec<usize> = together.iter().map(|pairs| pairs.len().isqrt()).collect();
        let count = |(mut pairs, mut masks, mut touched): (Vec<Vec<u64>>, Vec<u32>, Vec<u32>), document: usize| {
            for &term in v.document(document).0 {
                for &(group, place) in &places[term as usize] {
                    if masks[group as usize] == 0 {
                        touched.push(group);
                    }
                    masks[group as usize] |= 1 << place;
                }
            }
            for group in touched.drain(..) {
                let mask = std::mem::take(&mut masks[group as usize]);
                add_pairs(&mut pairs[group as usize], sizes[group as usize], mask);
            }
            (pairs, masks, touched)
        };
        let documents = (0..v.n_documents()).into_par_iter().with_min_len(TASK_DOCUMENTS);
        let found = documents
            .fold(|| (none(), vec![0; together.len()], Vec::new()), count)
            .map(|(pairs, ..)| pairs)
            .reduce(none, |mut all, part| {
                add_all(&mut all, &part);
                all
            });
        add_all(together, &found);
    }
}

fn add_all(sums: &mut [Vec<u64>], part: &[Vec<u64>]) {
    let numbers = sums.iter_mut().flatten().zip(part.iter().flatten());
    numbers.for_each(|(sum, part)| *sum += part);
}

/// Counts the terms and the pairs of terms that a document has, by the bits of `mask`; there are `n` terms.
pub(crate) fn add_pairs(together: &mut [u64], n: usize, mask: u32) {
    let mut rest = mask;
    while rest != 0 {
        let i = rest.trailing_zeros() as usize;
        let mut others = rest;
        while others != 0 {
            together[i * n + others.trailing_zeros() as usize] += 1;
            others &= others - 1;
        }
        rest &= rest - 1;
    }
}
