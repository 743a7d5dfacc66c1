//! Texts of documents with their evidence, packed for a page.
//!
//! A text is a sequence of *pieces*: occurrences of terms, other words, and what stands between words. Each distinct
//! piece stands once in a dictionary, together with the term that it is an occurrence of, so that a page knows exactly
//! which words of a document are terms without analysing anything. A single space between two words is not written.
//! Occurrences that overlap a piece, as n-grams do, are kept beside the pieces as *spans*.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::GzEncoder;
use hashbrown::{Equivalent, HashMap};
use rayon::prelude::*;

/// Bytes of text in a block that a page unpacks at once, about.
const BLOCK_BYTES: usize = 512 << 10;

/// A piece without a term.
const NO_TERM: i32 = -1;

/// An occurrence of a term that overlaps pieces: start and length in UTF-16 units, and the term.
type Span = [u32; 3];

/// A text in pieces.
#[derive(Clone, Debug, Default)]
struct PackedText {
    pieces: Vec<u32>,
    spans: Vec<Span>,
    bytes: usize,
}

/// Texts that are being packed: a dictionary and the texts in its numbers.
#[derive(Clone, Debug, Default)]
pub struct TextPacker {
    numbers: HashMap<(String, i32), u32>,
    /// The pieces, with the number of times that each occurs.
    dictionary: Vec<(String, i32, u32)>,
    texts: Vec<Option<PackedText>>,
}

/// What a page needs of texts.
pub(super) struct PackedTexts {
    /// The pieces, the most frequent first.
    pub(super) pieces: Vec<String>,
    /// The term of each piece, or −1.
    pub(super) terms: Vec<i32>,
    /// Whether each piece is a word.
    pub(super) words: Vec<u16>,
    /// The first document of each block, and the number of all at the end.
    pub(super) starts: Vec<i32>,
    /// The blocks, compressed.
    pub(super) blocks: Vec<Vec<u8>>,
}

impl TextPacker {
    /// Adds the text of the next document with the occurrences of terms in it, in the order of the text.
    pub fn push(&mut self, text: &str, occurrences: &[(Range<usize>, u32)]) {
        let packed = self.pack(text, occurrences);
        self.texts.push(Some(packed));
    }

    /// Adds the texts of another packer behind those of this one.
    pub fn append(&mut self, other: Self) {
        let numbers: Vec<u32> =
            other.dictionary.into_iter().map(|(piece, term, count)| self.number(piece, term, count)).collect();
        for mut text in other.texts {
            let pieces = text.iter_mut().flat_map(|text| &mut text.pieces);
            pieces.for_each(|piece| *piece = numbers[*piece as usize]);
            self.texts.push(text);
        }
    }

    /// Number of documents with a text.
    pub fn n_texts(&self) -> usize {
        self.texts.iter().flatten().count()
    }

    /// The packer with its texts in another order: text i becomes that of document `order[i]`, and documents without
    /// one have none.
    pub fn arranged(mut self, order: &[usize], n_documents: usize) -> Self {
        let mut texts = vec![None; n_documents];
        order.iter().zip(std::mem::take(&mut self.texts)).for_each(|(&place, text)| texts[place] = text);
        Self { texts, ..self }
    }

    fn number(&mut self, piece: String, term: i32, count: u32) -> u32 {
        let number = *self.numbers.entry((piece, term)).or_insert_with_key(|(piece, term)| {
            self.dictionary.push((piece.clone(), *term, 0));
            self.dictionary.len() as u32 - 1
        });
        self.dictionary[number as usize].2 += count;
        number
    }

    fn pack(&mut self, text: &str, occurrences: &[(Range<usize>, u32)]) -> PackedText {
        let mut writer = PieceWriter { packer: self, pieces: Vec::new(), is_after_word: false, separator: "" };
        let (mut at, mut units, mut units_at, mut spans) = (0, 0, 0, Vec::new());
        for (range, term) in occurrences.iter().filter(|(range, _)| !range.is_empty()) {
            if range.start >= at {
                writer.plain(&text[at..range.start]);
                writer.word(&text[range.clone()], *term as i32);
                at = range.end;
                continue;
            }
            // Spans begin in the order of the text, and so are counted on from the one before.
            if range.start < units_at {
                (units, units_at) = (0, 0);
            }
            units += utf16(&text[units_at..range.start]);
            units_at = range.start;
            spans.push([units, utf16(&text[range.clone()]), *term]);
        }
        writer.plain(&text[at..]);
        PackedText { pieces: writer.finish(), spans, bytes: text.len() }
    }

    /// The dictionary and the blocks of all texts.
    pub(super) fn finish(self) -> PackedTexts {
        let mut order: Vec<usize> = (0..self.dictionary.len()).collect();
        order.sort_by_key(|&piece| (std::cmp::Reverse(self.dictionary[piece].2), piece));
        let mut ranks = vec![0; order.len()];
        order.iter().enumerate().for_each(|(rank, &piece)| ranks[piece] = rank as u32);
        let (mut starts, mut held) = (vec![0], 0);
        for (document, text) in self.texts.iter().enumerate() {
            held += text.as_ref().map_or(0, |text| text.bytes);
            if held >= BLOCK_BYTES || document + 1 == self.texts.len() {
                starts.push(document as i32 + 1);
                held = 0;
            }
        }
        let blocks: Vec<Vec<u8>> = starts
            .par_windows(2)
            .map(|ends| compressed(&block(&self.texts[ends[0] as usize..ends[1] as usize], &ranks)))
            .collect();
        let of_piece = |piece: usize| &self.dictionary[piece];
        PackedTexts {
            terms: order.iter().map(|&piece| of_piece(piece).1).collect(),
            words: order
                .iter()
                .map(|&piece| u16::from(of_piece(piece).1 != NO_TERM || is_word(&of_piece(piece).0)))
                .collect(),
            pieces: order.iter().map(|&piece| of_piece(piece).0.clone()).collect(),
            starts,
            blocks,
        }
    }
}

/// Cuts a text into pieces.
struct PieceWriter<'p, 't> {
    packer: &'p mut TextPacker,
    pieces: Vec<u32>,
    is_after_word: bool,
    /// What stands behind the last word.
    separator: &'t str,
}

impl<'t> PieceWriter<'_, 't> {
    fn push(&mut self, piece: &str, term: i32) {
        let number = match self.packer.numbers.get(&PieceKey(piece, term)).copied() {
            Some(number) => {
                self.packer.dictionary[number as usize].2 += 1;
                number
            }
            None => self.packer.number(piece.to_string(), term, 1),
        };
        self.pieces.push(number);
    }

    /// Writes a word behind its separator, which is left out if it is a single space between words; two words that
    /// touch have an empty one.
    fn word(&mut self, word: &str, term: i32) {
        let is_needed = if self.is_after_word { self.separator != " " } else { !self.separator.is_empty() };
        if is_needed {
            self.push(self.separator, NO_TERM);
        }
        self.push(word, term);
        (self.is_after_word, self.separator) = (true, "");
    }

    /// Writes a text without terms.
    fn plain(&mut self, text: &'t str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_alphanumeric() != first.is_alphanumeric()).unwrap_or(rest.len());
            match first.is_alphanumeric() {
                true => self.word(&rest[..end], NO_TERM),
                false => self.separator = &rest[..end],
            }
            rest = &rest[end..];
        }
    }

    fn finish(mut self) -> Vec<u32> {
        if !self.separator.is_empty() {
            self.push(self.separator, NO_TERM);
        }
        self.pieces
    }
}

/// A piece and its term, to be looked up without a copy.
#[derive(Hash)]
struct PieceKey<'a>(&'a str, i32);

impl Equivalent<(String, i32)> for PieceKey<'_> {
    fn equivalent(&self, key: &(String, i32)) -> bool {
        (self.0, self.1) == (key.0.as_str(), key.1)
    }
}

fn is_word(piece: &str) -> bool {
    piece.chars().next().is_some_and(char::is_alphanumeric)
}

/// Length in the units in which JavaScript counts.
fn utf16(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

/// A block of texts as bytes: for each text the number of bytes of its pieces plus one, or 0 for none, and of its
/// spans; then the pieces of all texts and the numbers of their spans. Everything is written as [`push_number`] does.
fn block(texts: &[Option<PackedText>], ranks: &[u32]) -> Vec<u8> {
    let (mut head, mut body, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        let Some(text) = text else {
            push_number(&mut head, 0);
            push_number(&mut head, 0);
            continue;
        };
        let start = body.len();
        text.pieces.iter().for_each(|piece| push_number(&mut body, ranks[*piece as usize]));
        push_number(&mut head, (body.len() - start) as u32 + 1);
        push_number(&mut head, text.spans.len() as u32);
        text.spans.iter().flatten().for_each(|number| push_number(&mut spans, *number));
    }
    [head, body, spans].concat()
}

/// Appends a number, in big-endian order: one byte below 128; two with the first from 128 on; three with the first from
/// 192 on; else 255 and four.
fn push_number(out: &mut Vec<u8>, number: u32) {
    match number {
        0..0x80 => out.push(number as u8),
        0x80..0x4000 => out.extend([0x80 | (number >> 8) as u8, number as u8]),
        0x4000..0x3f_0000 => out.extend(&(0xc0_0000 | number).to_be_bytes()[1..]),
        _ => {
            out.push(0xff);
            out.extend(number.to_be_bytes());
        }
    }
}

/// Bytes as a gzip file, with which every browser begins anything.
pub(super) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that pieces stand for, as a page puts it together.
    fn unpacked(packer: &TextPacker, text: &PackedText) -> String {
        let (mut out, mut is_after_word) = (String::new(), false);
        for &piece in &text.pieces {
            let (piece, term, _) = &packer.dictionary[piece as usize];
            let is_word = *term != NO_TERM || is_word(piece);
            if is_word && is_after_word {
                out.push(' ');
            }
            out.push_str(piece);
            is_after_word = is_word;
        }
        out
    }

    #[test]
    fn texts_come_back_whatever_they_are() {
        let texts = [
            "",
            " ",
            "a",
            "a b",
            "a  b ",
            " a, b.\n\nc",
            "don't",
            "日本語 のテキスト",
            "👩‍👩‍👧 family",
            "</script><script>",
            "a\u{0}b",
            "é̂x",
        ];
        let mut packer = TextPacker::default();
        for text in texts {
            // Every other word is an occurrence, cut where it likes.
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let occurrences: Vec<(Range<usize>, u32)> =
                starts.windows(2).step_by(2).enumerate().map(|(i, ends)| (ends[0]..ends[1], i as u32)).collect();
            for occurrences in [&occurrences[..], &[]] {
                let packed = packer.pack(text, occurrences);
                assert_eq!(unpacked(&packer, &packed), text);
                let terms =
                    packed.pieces.iter().filter(|piece| packer.dictionary[**piece as usize].1 != NO_TERM).count();
                assert_eq!(terms, occurrences.len());
            }
        }
    }

    #[test]
    fn packers_that_are_joined_are_one_packer() {
        let texts = ["the sea and the ship", "the ship", "a sea"];
        let occurrences = [(0..1, 7)];
        let mut one = TextPacker::default();
        texts.iter().for_each(|text| one.push(text, &occurrences));
        let (mut first, mut second) = (TextPacker::default(), TextPacker::default());
        first.push(texts[0], &occurrences);
        texts[1..].iter().for_each(|text| second.push(text, &occurrences));
        first.append(second);
        assert_eq!(first.dictionary, one.dictionary);
        let (first, one) = (first.arranged(&[2, 0, 1], 4).finish(), one.arranged(&[2, 0, 1], 4).finish());
        assert_eq!((first.pieces, first.blocks, first.starts), (one.pieces, one.blocks, one.starts.clone()));
        assert_eq!(one.starts, [0, 4]);
    }

    #[test]
    fn overlapping_occurrences_are_spans() {
        let mut packer = TextPacker::default();
        let text = "é new york city";
        let occurrences = [(3..6, 1), (3..11, 2), (7..11, 3), (7..16, 4)];
        let packed = packer.pack(text, &occurrences);
        assert_eq!(packed.spans, [[2, 8, 2], [6, 9, 4]]);
        assert_eq!(unpacked(&packer, &packed), text);
    }
}
