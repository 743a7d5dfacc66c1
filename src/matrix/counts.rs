//! The counts behind the entries of V, in little memory: nearly all of them are small whole numbers.

use std::ops::Range;

use super::TermDocumentMatrix;

/// Stands for a count that has a place of its own.
const LARGE: u8 = u8::MAX;

/// A count for each entry of V: one byte where it is a whole number below 255, and else 17.
///
/// ```
/// use topicmill::matrix::EntryCounts;
/// let counts: EntryCounts = [3.0, 2000.0, 0.5].into_iter().collect();
/// assert_eq!(counts.iter().collect::<Vec<f32>>(), [3.0, 2000.0, 0.5]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryCounts {
    small: Vec<u8>,
    /// The counts that are no byte, with the numbers of their entries, which ascend.
    large: Vec<(u64, f32)>,
}

impl EntryCounts {
    /// No counts, with room for those of so many entries.
    pub fn with_capacity(n_entries: usize) -> Self {
        Self { small: Vec::with_capacity(n_entries), large: Vec::new() }
    }

    /// Adds the counts of other entries, which stand behind these.
    pub fn append(&mut self, other: Self) {
        let offset = self.small.len() as u64;
        self.small.extend(other.small);
        self.large.extend(other.large.into_iter().map(|(entry, count)| (entry + offset, count)));
    }

    /// Gives memory back that was taken for more entries.
    pub(super) fn shrink(&mut self) {
        self.small.shrink_to_fit();
        self.large.shrink_to_fit();
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.small.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.small.is_empty()
    }

    /// The counts of all entries.
    pub fn iter(&self) -> impl Iterator<Item = f32> {
        self.range(0..self.len())
    }

    /// The counts of a range of entries.
    pub fn range(&self, entries: Range<usize>) -> impl Iterator<Item = f32> {
        let first = entries.start as u64;
        let mut large = self.large[self.large.partition_point(|(entry, _)| *entry < first)..].iter();
        self.small[entries].iter().map(move |&count| match count {
            LARGE => large.next().map_or(0.0, |(_, count)| *count),
            count => f32::from(count),
        })
    }

    /// Counts that stand in the order of V's documents, in the order of its terms.
    pub fn in_order_of_terms(&self, v: &TermDocumentMatrix) -> Self {
        let mut large: Vec<(u64, f32)> =
            self.large.iter().map(|&(entry, count)| (v.place_by_term(entry as usize) as u64, count)).collect();
        large.sort_unstable_by_key(|(entry, _)| *entry);
        Self { small: v.in_order_of_terms(&self.small), large }
    }
}

impl Extend<f32> for EntryCounts {
    fn extend<I: IntoIterator<Item = f32>>(&mut self, counts: I) {
        for count in counts {
            let byte = count as u8;
            let is_small = f32::from(byte) == count && byte != LARGE;
            if !is_small {
                self.large.push((self.small.len() as u64, count));
            }
            self.small.push(if is_small { byte } else { LARGE });
        }
    }
}

impl FromIterator<f32> for EntryCounts {
    fn from_iter<I: IntoIterator<Item = f32>>(counts: I) -> Self {
        let mut all = Self::default();
        all.extend(counts);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A count that is no whole number, one around the largest byte, or a small one.
    fn count() -> impl Strategy<Value = f32> {
        prop_oneof![1.0_f32..3.0, (250_u16..300).prop_map(f32::from), (1_u16..9).prop_map(f32::from)]
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        #[test]
        fn counts_are_what_they_were(
            entries in prop::collection::btree_map((0_u32..9, 0_u32..7), count(), 1..40),
        ) {
            let triplet = |(&(term, document), &count): (&(u32, u32), &f32)| (term, document, count);
            let triplets: Vec<(u32, u32, f32)> = entries.iter().map(triplet).collect();
            let v = TermDocumentMatrix::from_triplets(9, 7, &triplets).unwrap();
            let of_documents: Vec<f32> = (0..7).flat_map(|document| v.document(document).1.to_vec()).collect();
            let of_terms: Vec<f32> = (0..9).flat_map(|term| v.term(term).1.to_vec()).collect();
            let mut counts = EntryCounts::default();
            of_documents.chunks(5).for_each(|part| counts.append(part.iter().copied().collect()));
            prop_assert_eq!(&counts.iter().collect::<Vec<f32>>(), &of_documents);
            for document in 0..7 {
                prop_assert_eq!(counts.range(v.document_range(document)).collect::<Vec<f32>>(), v.document(document).1);
            }
            prop_assert_eq!(counts.in_order_of_terms(&v).iter().collect::<Vec<f32>>(), of_terms);
        }
    }
}
