//! Counting the surface forms of documents; a counter analyses each distinct word once.

use std::ops::Range;

use hashbrown::HashMap;

use super::short_words::{ShortWord, ShortWords};
use super::{Analyzer, Vocabulary};

/// Documents per block of counts: a constant, so that no result depends on the machine.
pub const BLOCK_DOCUMENTS: usize = 256;

/// Term counts of a block of documents, in rows by document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CountBlock {
    /// Row pointers, `n_documents + 1`.
    pub indptr: Vec<u64>,
    /// Term of each entry; ascending within a document once the terms of the corpus are numbered.
    pub terms: Vec<u32>,
    /// Count of each entry; a ready matrix may hold any non-negative number.
    pub counts: Vec<f32>,
    /// Tokens per document that passed the filters.
    pub n_tokens: Vec<u64>,
}

impl CountBlock {
    /// Number of documents.
    pub fn n_documents(&self) -> usize {
        self.n_tokens.len()
    }

    /// Terms and counts of one document of the block.
    pub fn document(&self, index: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[index] as usize..self.indptr[index + 1] as usize;
        (&self.terms[range.clone()], &self.counts[range])
    }
}

/// What is known of one document once its terms are looked up in a fixed vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentCounts {
    /// Known terms, ascending, with their counts.
    pub counts: Vec<(u32, f32)>,
    /// Terms counted, n-grams among them.
    pub n_counted: u64,
    /// Those among them that the vocabulary lacks.
    pub n_unknown: u64,
}

/// Sorts by term and adds up the counts of equal terms.
pub(crate) fn merge_terms(counts: &mut Vec<(u32, f32)>) {
    counts.sort_unstable_by_key(|(term, _)| *term);
    counts.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 += next.1;
        }
        same
    });
}

/// Raw words that a counter remembers: beyond, it forgets them at the end of a block and analyses them anew. A stream has
/// no end of numbers, addresses and slips of the pen.
const MOST_WORDS: usize = 1 << 20;

/// What a short word stands for that gives no surface form.
const DROPPED: u32 = u32::MAX;

/// Counts documents one by one, in blocks, in a numbering of its own that stays from block to block.
///
/// ```
/// use topicmill::text::{Analyzer, TermCounter, TextParams};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None)?)?;
/// let mut counter = TermCounter::new(&analyzer);
/// assert_eq!(counter.add("Pear apple pear"), 3);
/// let block = counter.take_block();
/// assert_eq!(block.document(0), (&[0, 1][..], &[2.0, 1.0][..]));
/// assert_eq!(counter.surfaces().string(0), "pear");
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Debug)]
pub struct TermCounter<'a> {
    analyzer: &'a Analyzer,
    /// Short ASCII words; each is one surface form, or dropped.
    short_words: ShortWords,
    /// Other words as they stand in the text; word `i` gives `pieces[ends[i-1]..ends[i]]`.
    words: Vocabulary,
    ends: Vec<usize>,
    pieces: Vec<u32>,
    surfaces: Vocabulary,
    /// (n-gram, next surface form) → longer n-gram.
    ngrams: HashMap<(u32, u32), u32>,
    /// Count of each surface form and n-gram in all blocks.
    totals: Vec<u64>,
    block: CountBlock,
    /// Surface forms of the current document in order.
    sequence: Vec<u32>,
    /// Its short words, with their place in the sequence and in the text.
    shorts: Vec<(ShortWord, usize, Range<usize>)>,
    /// Count of each surface form and n-gram in the current document, and those that it has.
    counts: Vec<u32>,
    found: Vec<u32>,
}

impl<'a> TermCounter<'a> {
    /// A counter that has seen nothing.
    pub fn new(analyzer: &'a Analyzer) -> Self {
        Self {
            analyzer,
            short_words: ShortWords::default(),
            words: Vocabulary::default(),
            ends: Vec::new(),
            pieces: Vec::new(),
            surfaces: Vocabulary::default(),
            ngrams: HashMap::new(),
            totals: Vec::new(),
            block: CountBlock { indptr: vec![0], ..Default::default() },
            sequence: Vec::new(),
            shorts: Vec::new(),
            counts: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Counts one more document and gives its number of tokens.
    pub fn add(&mut self, text: &str) -> u64 {
        self.read(text);
        let n_tokens = self.sequence.len() as u64;
        match self.analyzer.spec().ngrams {
            [1, 1] => self.count_words(),
            [shortest, longest] => self.count_ngrams(shortest, longest),
        }
        self.totals.resize(self.surfaces.len(), 0);
        for id in self.found.drain(..) {
            let count = std::mem::take(&mut self.counts[id as usize]);
            self.totals[id as usize] += u64::from(count);
            self.block.terms.push(id);
            self.block.counts.push(count as f32);
        }
        self.block.indptr.push(self.block.terms.len() as u64);
        self.block.n_tokens.push(n_tokens);
        n_tokens
    }

    /// Counts documents.
    pub fn add_all(&mut self, texts: &[&str]) {
        for text in texts {
            self.add(text);
        }
    }

    /// The documents added since the last block. Their terms are this counter's surface forms, in no order.
    pub fn take_block(&mut self) -> CountBlock {
        // Copied, so that the block holds no more memory than it needs and this one keeps what it has.
        let block = self.block.clone();
        self.block.indptr.truncate(1);
        self.block.terms.clear();
        self.block.counts.clear();
        self.block.n_tokens.clear();
        if self.words.len() + self.short_words.len() > MOST_WORDS {
            self.forget_words();
        }
        block
    }

    /// Gives back the memory of raw words; surface forms and n-grams stay.
    pub(super) fn forget_words(&mut self) {
        self.short_words = ShortWords::default();
        (self.words, self.ends, self.pieces) = Default::default();
    }

    /// The surface forms and n-grams seen, by number.
    pub fn surfaces(&self) -> &Vocabulary {
        &self.surfaces
    }

    /// Count of each in all documents; some stand only in longer n-grams.
    pub(super) fn totals(&self) -> &[u64] {
        &self.totals
    }

    /// The counts of the documents of a block in terms of `vocabulary`, which is a model's.
    pub fn lookup(&self, block: &CountBlock, vocabulary: &Vocabulary) -> Vec<DocumentCounts> {
        let known: Vec<Option<u32>> =
            self.surfaces.iter().map(|surface| vocabulary.get(&self.analyzer.term(surface).0)).collect();
        (0..block.n_documents())
            .map(|index| {
                let (surfaces, counts) = block.document(index);
                let mut document = DocumentCounts::default();
                for (&surface, &count) in surfaces.iter().zip(counts) {
                    document.n_counted += count as u64;
                    match known[surface as usize] {
                        Some(term) => document.counts.push((term, count)),
                        None => document.n_unknown += count as u64,
                    }
                }
                merge_terms(&mut document.counts);
                document
            })
            .collect()
    }

    /// Fills `sequence` with the surface forms of the text in order.
    fn read(&mut self, text: &str) {
        let Self { analyzer, short_words, words, ends, pieces, surfaces, sequence, shorts, .. } = self;
        sequence.clear();
        shorts.clear();
        let folds_ascii = analyzer.folds_ascii();
        analyzer.words(text, &mut |range| {
            let raw = &text[range.clone()];
            if folds_ascii && let Some(short) = ShortWord::new(raw) {
                shorts.push((short, sequence.len(), range));
                sequence.push(DROPPED);
                return;
            }
            let word = words.intern(raw) as usize;
            if word == ends.len() {
                analyzer.surfaces(raw, &mut |_, surface| pieces.push(surfaces.intern(&surface)));
                ends.push(pieces.len());
            }
            let start = if word == 0 { 0 } else { ends[word - 1] };
            sequence.extend_from_slice(&pieces[start..ends[word]]);
        });
        // Looked up one right after the other, so that waiting for memory overlaps.
        for (short, place, range) in shorts.drain(..) {
            sequence[place] = short_words.get_or_insert_with(short, || {
                let mut id = DROPPED;
                analyzer.surfaces(&text[range], &mut |_, surface| id = surfaces.intern(&surface));
                id
            });
        }
        sequence.retain(|&id| id != DROPPED);
    }

    fn count_words(&mut self) {
        self.counts.resize(self.surfaces.len(), 0);
        for &id in &self.sequence {
            count(&mut self.counts, &mut self.found, id);
        }
    }

    fn count_ngrams(&mut self, shortest: usize, longest: usize) {
        for start in 0..self.sequence.len() {
            let mut ngram = self.sequence[start];
            for length in 1..=longest.min(self.sequence.len() - start) {
                if length > 1 {
                    ngram = self.extend(ngram, self.sequence[start + length - 1]);
                }
                if length >= shortest {
                    self.counts.resize(self.surfaces.len(), 0);
                    count(&mut self.counts, &mut self.found, ngram);
                }
            }
        }
    }

    fn extend(&mut self, ngram: u32, next: u32) -> u32 {
        let surfaces = &mut self.surfaces;
        *self.ngrams.entry((ngram, next)).or_insert_with(|| {
            let joined = format!("{} {}", surfaces.string(ngram), surfaces.string(next));
            surfaces.intern(&joined)
        })
    }
}

fn count(counts: &mut [u32], found: &mut Vec<u32>, id: u32) {
    let count = &mut counts[id as usize];
    if *count == 0 {
        found.push(id);
    }
    *count = count.saturating_add(1);
}
