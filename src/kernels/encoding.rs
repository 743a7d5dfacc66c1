//! Factors as bytes, to be stored or sent to other processes.
//!
//! Most entries of a finished model are zero, and most documents say nothing of most terms. A row is therefore written
//! either as its numbers, or as a bit for each topic with the numbers that are not zero, whichever is shorter.

use std::fmt;

use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::storage::FactorMatrix;

/// Topics of a piece of a row, so that whoever reads a stream need not hold more than a piece.
const PIECE: usize = 512;

/// Numbers for which memory is taken before they have been read.
const TRUSTED: usize = 1 << 22;

impl FactorMatrix {
    /// The factor as bytes.
    ///
    /// ```
    /// use topicmill::kernels::FactorMatrix;
    /// let factor = FactorMatrix::from_fn(2, 3, |row, topic| (row * topic) as f32);
    /// assert_eq!(FactorMatrix::from_bytes(&factor.to_bytes()), Some(factor));
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        // A factor always has a form in bytes.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`FactorMatrix::to_bytes`] wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

impl Serialize for FactorMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut factor = serializer.serialize_tuple(3)?;
        factor.serialize_element(&self.n_rows())?;
        factor.serialize_element(&self.n_topics())?;
        factor.serialize_element(&Rows(self))?;
        factor.end()
    }
}

/// The pieces of all rows.
struct Rows<'a>(&'a FactorMatrix);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (n_rows, n_topics) = (self.0.n_rows(), self.0.n_topics());
        let mut pieces = serializer.serialize_seq(Some(n_rows * n_topics.div_ceil(PIECE)))?;
        let mut bytes = Vec::with_capacity(4 * PIECE);
        for row in 0..n_rows {
            for values in self.0.row_values(row).chunks(PIECE) {
                write_piece(values, &mut bytes);
                pieces.serialize_element(&Piece(&bytes))?;
            }
        }
        pieces.end()
    }
}

/// The bytes of a piece.
struct Piece<'a>(&'a [u8]);

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Writes a piece: of n numbers, p of them not zero, 4 n bytes or ⌈n / 8⌉ + 4 p, whichever is less.
fn write_piece(values: &[f32], bytes: &mut Vec<u8>) {
    bytes.clear();
    let n_nonzeros = values.iter().filter(|value| value.to_bits() != 0).count();
    if values.len().div_ceil(8) + 4 * n_nonzeros >= 4 * values.len() {
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        return;
    }
    let bits = |eight: &[f32]| {
        eight.iter().enumerate().fold(0, |bits, (place, value)| bits | u8::from(value.to_bits() != 0) << place)
    };
    bytes.extend(values.chunks(8).map(bits));
    for value in values.iter().filter(|value| value.to_bits() != 0) {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
}

/// Appends the `n` numbers of a piece; `None` if the bytes are not those of so many.
fn read_piece(bytes: &[u8], n: usize, values: &mut Vec<f32>) -> Option<()> {
    if bytes.len() == 4 * n {
        values.extend(bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)));
        return Some(());
    }
    let (bits, numbers) = bytes.split_at_checked(n.div_ceil(8))?;
    let (numbers, rest) = numbers.as_chunks::<4>();
    let mut numbers = numbers.iter();
    for topic in 0..n {
        let is_zero = bits[topic / 8] & (1 << (topic % 8)) == 0;
        values.push(if is_zero { 0.0 } else { f32::from_le_bytes(*numbers.next()?) });
    }
    (numbers.next().is_none() && rest.is_empty()).then_some(())
}

impl<'de> Deserialize<'de> for FactorMatrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(3, FactorVisitor)
    }
}

struct FactorVisitor;

impl<'de> Visitor<'de> for FactorVisitor {
    type Value = FactorMatrix;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of rows, a number of topics, and rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<FactorMatrix, A::Error> {
        let missing = |at| A::Error::invalid_length(at, &self);
        let n_rows: usize = parts.next_element()?.ok_or_else(|| missing(0))?;
        let n_topics: usize = parts.next_element()?.ok_or_else(|| missing(1))?;
        let values = parts.next_element_seed(RowsSeed { n_rows, n_topics })?.ok_or_else(|| missing(2))?;
        if values.is_empty() {
            // A factor without entries may announce any number of rows or of topics, but not of both.
            return Ok(FactorMatrix::zeros(0, 0));
        }
        Ok(FactorMatrix::from_values(n_topics, &values))
    }
}

/// Reads the numbers of all rows, row after row.
struct RowsSeed {
    n_rows: usize,
    n_topics: usize,
}

impl<'de> DeserializeSeed<'de> for RowsSeed {
    type Value = Vec<f32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<f32>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed {
    type Value = Vec<f32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows of {} numbers", self.n_rows, self.n_topics)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pieces: A) -> Result<Vec<f32>, A::Error> {
        let wrong = |n| A::Error::invalid_length(n, &self);
        let n_values = self.n_rows.checked_mul(self.n_topics).ok_or_else(|| wrong(0))?;
        // Memory grows with what is there, whatever is announced.
        let mut values = Vec::with_capacity(n_values.min(TRUSTED));
        while values.len() < n_values {
            let n = PIECE.min(self.n_topics - values.len() % self.n_topics);
            pieces.next_element_seed(PieceSeed { n, values: &mut values })?.ok_or_else(|| wrong(values.len()))?;
        }
        match pieces.next_element_seed(PieceSeed { n: 0, values: &mut values })? {
            None => Ok(values),
            Some(()) => Err(wrong(n_values + 1)),
        }
    }
}

/// Reads a piece of `n` numbers.
struct PieceSeed<'a> {
    n: usize,
    values: &'a mut Vec<f32>,
}

impl<'de> DeserializeSeed<'de> for PieceSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // A reader of a stream has one buffer for all of these.
        deserializer.deserialize_byte_buf(self)
    }
}

impl<'de> Visitor<'de> for PieceSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bytes of {} numbers", self.n)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        read_piece(bytes, self.n, self.values).ok_or_else(|| E::invalid_length(bytes.len(), &self))
    }

    /// Formats without bytes, such as JSON, have lists of numbers in their place.
    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<(), A::Error> {
        let mut bytes = Vec::with_capacity(4 * self.n);
        while let Some(byte) = numbers.next_element()? {
            bytes.push(byte);
        }
        self.visit_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Factors of many zeros, or of few.
    fn factors() -> impl Strategy<Value = FactorMatrix> {
        (0_usize..20, prop_oneof![1_usize..40, Just(512), Just(513), Just(1100)], 1_u32..9).prop_perturb(
            |(n_rows, n_topics, one_in), mut random| {
                FactorMatrix::from_fn(n_rows, n_topics, |_, _| match random.next_u32() % one_in {
                    0 => f32::from_bits(random.next_u32()),
                    _ => 0.0,
                })
            },
        )
    }

    fn bits(factor: &FactorMatrix) -> Vec<u32> {
        factor.view().iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        /// What is read has the bits of what was written, and so it has when it comes as a stream.
        #[test]
        fn bytes_are_the_factor(factor in factors()) {
            let bytes = factor.to_bytes();
            let read = FactorMatrix::from_bytes(&bytes).unwrap();
            prop_assert_eq!(bits(&read), bits(&factor));
            let (streamed, _) = postcard::from_io::<FactorMatrix, _>((&bytes[..], &mut [0; 2048])).unwrap();
            prop_assert_eq!(bits(&streamed), bits(&factor));
            let text = serde_json::to_string(&factor).unwrap();
            prop_assert_eq!(bits(&serde_json::from_str(&text).unwrap()), bits(&factor));
        }

        /// Bytes that have been cut or changed are refused, or are another factor whose size they bear out.
        #[test]
        fn other_bytes_make_no_great_factor(
            factor in factors(), cut in 0_usize..40_000, at in 0_usize..40_000, byte in any::<u8>(),
        ) {
            let mut bytes = factor.to_bytes();
            bytes.truncate(cut);
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            if let Some(read) = FactorMatrix::from_bytes(&bytes) {
                prop_assert!(read.n_rows() * read.n_topics() <= 8 * bytes.len());
            }
        }
    }

    #[test]
    fn zeros_are_short_and_announcements_take_no_memory() {
        let factor = FactorMatrix::from_fn(1000, 100, |row, topic| if row % 100 == topic { 1.0 } else { 0.0 });
        assert!(factor.to_bytes().len() < 20_000);
        let announced = postcard::to_allocvec(&(1_u64 << 40, 1_u64 << 20, Vec::<u8>::new())).unwrap();
        assert_eq!(FactorMatrix::from_bytes(&announced), None);
        let too_many = postcard::to_allocvec(&(u64::MAX, u64::MAX, Vec::<u8>::new())).unwrap();
        assert_eq!(FactorMatrix::from_bytes(&too_many), None);
    }
}
