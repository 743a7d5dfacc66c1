//! A shard as bytes: a part of V with the counts behind it, compressed by columns. `docs/formats.md` describes the
//! format.
//!
//! An entry takes four bytes for its weight, one or two for its term, which is stored as the distance from the one
//! before, and half a byte for its count.

use super::{EntryCounts, SparseRows};

/// The first bytes of a shard: name and version of the format.
const FORMAT: &[u8] = b"topicmill shard 1\n";

/// Numbers in the header: terms, documents, entries, bytes of distances, and counts with a place of their own.
const HEADER: usize = 5 * 8;

/// Bytes of the checksum, with which a shard ends.
const CHECKSUM: usize = 4;

/// Stands for a count that has a place of its own.
const LARGE: u8 = 15;

/// Writes a shard of documents over `n_terms` terms, which ascend within a document, with a count for each entry.
///
/// ```
/// use topicmill::matrix::{EntryCounts, SparseRows, decode_shard, encode_shard};
/// let mut rows = SparseRows::default();
/// rows.push([(0, 0.5), (7, 1.5)]);
/// let counts: EntryCounts = [1.0, 20.0].into_iter().collect();
/// let bytes = encode_shard(&rows, &counts, 9);
/// assert_eq!(decode_shard(&bytes, 9, true), Ok((rows, Some(counts))));
/// assert!(decode_shard(&bytes[..bytes.len() - 1], 9, true).is_err());
/// ```
pub fn encode_shard(rows: &SparseRows, counts: &EntryCounts, n_terms: usize) -> Vec<u8> {
    let n_entries = rows.data.len();
    let mut distances = Vec::with_capacity(2 * n_entries);
    let (mut small, mut large) = (vec![0_u8; n_entries.div_ceil(2)], Vec::new());
    for (entry, count) in counts.iter().take(n_entries).enumerate() {
        let byte = count as u8;
        let is_small = f32::from(byte) == count && byte < LARGE;
        if !is_small {
            large.extend_from_slice(&count.to_le_bytes());
        }
        small[entry / 2] |= (if is_small { byte } else { LARGE }) << (4 * (entry % 2));
    }
    for pair in rows.indptr.windows(2) {
        write_number(&mut distances, pair[1] - pair[0]);
        let mut next = 0;
        for &term in &rows.indices[pair[0] as usize..pair[1] as usize] {
            write_number(&mut distances, u64::from(term.wrapping_sub(next)));
            next = term.saturating_add(1);
        }
    }
    let header = [n_terms, rows.n_rows(), n_entries, distances.len(), large.len() / 4];
    let mut bytes = Vec::with_capacity(FORMAT.len() + HEADER + distances.len() + 5 * n_entries + large.len());
    bytes.extend_from_slice(FORMAT);
    header.iter().for_each(|&number| bytes.extend_from_slice(&(number as u64).to_le_bytes()));
    bytes.append(&mut distances);
    bytes.append(&mut small);
    bytes.append(&mut large);
    rows.data.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Reads a shard over `n_terms` terms, with its counts if they are asked for. Fails for bytes that are no such shard;
/// memory is bounded by their number.
pub fn decode_shard(
    bytes: &[u8],
    n_terms: usize,
    with_counts: bool,
) -> Result<(SparseRows, Option<EntryCounts>), String> {
    let (content, checksum) =
        bytes.len().checked_sub(CHECKSUM).and_then(|end| bytes.split_at_checked(end)).ok_or("is cut off")?;
    if crc32fast::hash(content).to_le_bytes() != checksum {
        return Err("is cut off or edited: its checksum does not fit".into());
    }
    let rest = content.strip_prefix(FORMAT).ok_or("is no shard of topicmill")?;
    let (header, rest) = rest.split_at_checked(HEADER).ok_or("is cut off")?;
    let (numbers, _) = header.as_chunks::<8>();
    let number = |place: usize| usize::try_from(u64::from_le_bytes(numbers[place])).unwrap_or(usize::MAX);
    let (found, n_documents, n_entries) = (number(0), number(1), number(2));
    if found != n_terms {
        return Err(format!("is over {found} terms, expected {n_terms}"));
    }
    // Every entry and every document takes a byte at least, which bounds what is allocated.
    let wrong = || "has columns of other lengths than its header says".to_string();
    if n_documents > rest.len() || n_entries > rest.len() {
        return Err(wrong());
    }
    let (distances, rest) = rest.split_at_checked(number(3)).ok_or_else(wrong)?;
    let (small, rest) = rest.split_at_checked(n_entries.div_ceil(2)).ok_or_else(wrong)?;
    let large_bytes = number(4).checked_mul(4).ok_or_else(wrong)?;
    let (large, values) = rest.split_at_checked(large_bytes).ok_or_else(wrong)?;
    if values.len() != 4 * n_entries {
        return Err(wrong());
    }
    let data = values.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let mut rows = SparseRows { indptr: Vec::with_capacity(n_documents + 1), indices: vec![0; n_entries], data };
    rows.indptr.push(0);
    let (mut distances, mut end) = (distances, 0_usize);
    for _ in 0..n_documents {
        let length = read_number(&mut distances).ok_or_else(wrong)? as usize;
        let indices = end.checked_add(length).and_then(|new| rows.indices.get_mut(end..new)).ok_or_else(wrong)?;
        let mut next = 0_u64;
        for index in indices {
            let term = next + read_number(&mut distances).ok_or_else(wrong)?;
            if term >= n_terms as u64 {
                return Err(format!("has a term {term} of {n_terms}"));
            }
            (*index, next) = (term as u32, term + 1);
        }
        end += length;
        rows.indptr.push(end as u64);
    }
    if end != n_entries || !distances.is_empty() {
        return Err(wrong());
    }
    if !with_counts {
        return Ok((rows, None));
    }
    let large = large.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Ok((rows, Some(read_counts(small, n_entries, large).ok_or_else(wrong)?)))
}

/// The counts of entries; `None` if there are more or fewer `large` ones than their bytes say.
fn read_counts(small: &[u8], n_entries: usize, mut large: impl Iterator<Item = f32>) -> Option<EntryCounts> {
    let mut is_short = false;
    let count = |entry: usize| match small[entry / 2] >> (4 * (entry % 2)) & LARGE {
        LARGE => large.next().unwrap_or_else(|| {
            is_short = true;
            0.0
        }),
        count => f32::from(count),
    };
    let counts: EntryCounts = (0..n_entries).map(count).collect();
    (!is_short && large.next().is_none()).then_some(counts)
}

/// Appends a number in groups of seven bits, the lowest first; the highest bit of a byte says that another follows.
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads a number below 2^35 and takes its bytes off.
fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
        shift += 7;
        if shift > 28 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shard() -> impl Strategy<Value = (SparseRows, EntryCounts)> {
        let entry = (any::<f32>(), prop_oneof![1_u16..40, 250_u16..300]);
        let document = prop::collection::btree_map(0_u32..90_000, entry, 0..20);
        prop::collection::vec(document, 0..9).prop_map(|documents| {
            let (mut rows, mut counts) = (SparseRows::default(), EntryCounts::default());
            for document in documents {
                rows.push(document.iter().map(|(&term, &(value, _))| (term, value.abs().clamp(1e-30, 1e30))));
                counts.extend(document.values().map(|&(_, count)| f32::from(count) / 2.0));
            }
            (rows, counts)
        })
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn a_shard_is_what_it_was((rows, counts) in shard()) {
            let bytes = encode_shard(&rows, &counts, 90_000);
            prop_assert_eq!(decode_shard(&bytes, 90_000, false), Ok((rows.clone(), None)));
            prop_assert_eq!(decode_shard(&bytes, 90_000, true), Ok((rows, Some(counts))));
        }

        /// Bytes that were changed are refused, and those with a checksum that fits do not bring the reader down.
        #[test]
        fn no_bytes_bring_the_reader_down(
            (rows, counts) in shard(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = encode_shard(&rows, &counts, 90_000);
            let mut bytes = whole.clone();
            changes.iter().for_each(|(at, byte)| bytes[at.index(whole.len())] = *byte);
            prop_assert!(bytes == whole || decode_shard(&bytes, 90_000, true).is_err());
            prop_assert!(decode_shard(&whole[..cut.index(whole.len())], 90_000, false).is_err());
            let end = bytes.len() - CHECKSUM;
            let checksum = crc32fast::hash(&bytes[..end]);
            bytes[end..].copy_from_slice(&checksum.to_le_bytes());
            if let Ok((rows, counts)) = decode_shard(&bytes, 90_000, true) {
                prop_assert_eq!(Some(rows.data.len()), counts.map(|counts| counts.len()));
                prop_assert!(rows.indices.iter().all(|&term| term < 90_000));
            }
        }
    }
}
