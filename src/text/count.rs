//! Counts the surface forms of documents. Words repeat, so a counter analyses each distinct word once and then only
//! looks it up.

use std::ops::Range;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::phrases::join_pairs;
use super::short_words::{ShortWord, ShortWords};
use super::{Analyzer, View, Vocabulary};

/// Documents per block of counts. It does not depend on the number of threads, so that no result does.
pub const BLOCK_DOCUMENTS: usize = 256;

/// Term counts of a block of documents as sparse rows (CSR), one per document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CountBlock {
    /// Row pointers (`n_documents + 1` of them): document i has the entries `indptr[i]..indptr[i + 1]`.
    pub indptr: Vec<u64>,
    /// Term of each entry, ascending within a document. In a block that comes from [`TermCounter::take_block`] it is
    /// the number of a surface form, in no order.
    pub terms: Vec<u32>,
    /// Count of each entry; a ready matrix may hold any non-negative number.
    pub counts: Vec<f32>,
    /// Number of tokens of each document that passed the filters.
    pub n_tokens: Vec<u64>,
}

impl CountBlock {
    /// Number of documents.
    pub fn n_documents(&self) -> usize {
        self.n_tokens.len()
    }

    /// Terms and counts of the document with this index in the block.
    pub fn document(&self, index: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[index] as usize..self.indptr[index + 1] as usize;
        (&self.terms[range.clone()], &self.counts[range])
    }
}

/// The counts of one document in terms of a fixed vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentCounts {
    /// Terms of the vocabulary with their counts, ascending by term.
    pub counts: Vec<(u32, f32)>,
    /// Number of words counted, each as often as it occurs; where n-grams of several lengths are counted, of the
    /// shortest, since most of the longer ones are rare and no terms.
    pub n_counted: u64,
    /// Number of those that the vocabulary lacks.
    pub n_unknown: u64,
}

/// Sorts by term and adds the counts of equal terms.
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

/// A counter that knows more than this many raw words forgets them at the end of a block and analyses them again.
/// Numbers, addresses and misspellings never stop being new, and would fill memory.
const MOST_WORDS: usize = 1 << 20;

/// Stored in place of a surface form for a short word that the filters drop.
const DROPPED: u32 = u32::MAX;

/// Counts documents one by one and returns them in blocks. Surface forms are numbered by first occurrence; the numbers
/// stay the same from block to block.
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
    /// Short ASCII words, each with the number of its one surface form, or [`DROPPED`].
    short_words: ShortWords,
    /// All other words as they are in the text; word `i` has the surface forms `pieces[ends[i-1]..ends[i]]`.
    words: Vocabulary,
    ends: Vec<usize>,
    pieces: Vec<u32>,
    surfaces: Vocabulary,
    /// Maps (n-gram, next surface form) to the longer n-gram, so that its string is joined and looked up only once.
    ngrams: HashMap<(u32, u32), u32>,
    /// The phrase of two surface forms in a row, if they are one.
    phrases: HashMap<(u32, u32), Option<u32>>,
    /// Whether blocks hold the surface forms of documents in their order, uncounted.
    keeps_order: bool,
    /// Total count of each surface form and n-gram over all blocks.
    totals: Vec<u64>,
    block: CountBlock,
    /// Surface forms of the current document in the order of the text.
    sequence: Vec<u32>,
    /// Short words of the current document, with their index in `sequence` and byte range in the text.
    shorts: Vec<(ShortWord, usize, Range<usize>)>,
    /// Count of each surface form and n-gram in the current document; all zero between documents.
    counts: Vec<u32>,
    /// The surface forms and n-grams whose count in the current document is not 0.
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
            phrases: HashMap::new(),
            keeps_order: false,
            totals: Vec::new(),
            block: CountBlock { indptr: vec![0], ..Default::default() },
            sequence: Vec::new(),
            shorts: Vec::new(),
            counts: Vec::new(),
            found: Vec::new(),
        }
    }

    /// A counter whose blocks hold the surface forms of documents in their order, with no counts, so that phrases can
    /// be learned from them.
    pub(super) fn keeping_order(analyzer: &'a Analyzer) -> Self {
        Self { keeps_order: true, ..Self::new(analyzer) }
    }

    /// Counts one more document, and returns its number of tokens that passed the filters.
    pub fn add(&mut self, text: &str) -> u64 {
        self.add_with(text, &[])
    }

    /// As [`add`](Self::add), with further terms of the document: values of [`View`](super::View)s, which are no
    /// tokens.
    pub fn add_with(&mut self, text: &str, values: &[String]) -> u64 {
        self.read(text);
        let n_tokens = self.sequence.len() as u64;
        self.join_phrases();
        match self.analyzer.spec().ngrams {
            _ if self.keeps_order => {
                self.totals.resize(self.surfaces.len(), 0);
                self.sequence.iter().for_each(|&id| self.totals[id as usize] += 1);
                self.block.terms.extend(&self.sequence);
            }
            [1, 1] => self.count_words(),
            [shortest, longest] => self.count_ngrams(shortest, longest),
        }
        for value in values {
            let id = self.surfaces.intern(value);
            self.counts.resize(self.surfaces.len(), 0);
            count(&mut self.counts, &mut self.found, id);
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

    /// Counts documents in order.
    pub fn add_all(&mut self, texts: &[&str]) {
        for text in texts {
            self.add(text);
        }
    }

    /// Removes and returns the documents added since the last block. Their terms are numbers of this counter's
    /// [`surfaces`](Self::surfaces), in no order.
    pub fn take_block(&mut self) -> CountBlock {
        // The block is a copy: it takes no more memory than it needs, and the counter keeps its capacity for the next
        // one.
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

    /// Frees the memory of raw words; surface forms and n-grams stay, since blocks refer to their numbers.
    pub(super) fn forget_words(&mut self) {
        self.short_words = ShortWords::default();
        (self.words, self.ends, self.pieces) = Default::default();
    }

    /// The surface forms and n-grams seen so far, by number.
    pub fn surfaces(&self) -> &Vocabulary {
        &self.surfaces
    }

    /// Total count of each of [`surfaces`](Self::surfaces); 0 for those that only are parts of counted n-grams.
    pub(super) fn totals(&self) -> &[u64] {
        &self.totals
    }

    /// Counts of the documents of a block in terms of `vocabulary`, such as that of a model. The block must come from
    /// this counter.
    pub fn lookup(&self, block: &CountBlock, vocabulary: &Vocabulary) -> Vec<DocumentCounts> {
        let known: Vec<Option<u32>> =
            self.surfaces.iter().map(|surface| vocabulary.get(&self.analyzer.term(surface).0)).collect();
        let [shortest, longest] = self.analyzer.spec().ngrams;
        let views = &self.analyzer.spec().views;
        let is_word = |surface: u32| {
            let surface = || self.surfaces.string(surface);
            (shortest == longest || surface().matches(' ').count() < shortest)
                && (views.is_empty() || !View::is_value(views, surface()))
        };
        (0..block.n_documents())
            .map(|index| {
                let (surfaces, counts) = block.document(index);
                let mut document = DocumentCounts::default();
                for (&surface, &count) in surfaces.iter().zip(counts) {
                    let words = if is_word(surface) { count as u64 } else { 0 };
                    document.n_counted += words;
                    match known[surface as usize] {
                        Some(term) => document.counts.push((term, count)),
                        None => document.n_unknown += words,
                    }
                }
                merge_terms(&mut document.counts);
                document
            })
            .collect()
    }

    /// Fills `sequence` with the surface forms of the text, in its order.
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
        // Short words are looked up in a loop of their own, so that the waits for memory of several lookups overlap.
        for (short, place, range) in shorts.drain(..) {
            sequence[place] = short_words.get_or_insert_with(short, || {
                let mut id = DROPPED;
                analyzer.surfaces(&text[range], &mut |_, surface| id = surfaces.intern(&surface));
                id
            });
        }
        sequence.retain(|&id| id != DROPPED);
    }

    /// Makes one surface form of each two in `sequence` whose terms are a phrase.
    fn join_phrases(&mut self) {
        let Self { analyzer, surfaces, phrases, sequence, .. } = self;
        if analyzer.phrases().is_empty() {
            return;
        }
        join_pairs(sequence, |&first, &second| {
            *phrases.entry((first, second)).or_insert_with(|| {
                let [a, b] = [surfaces.string(first), surfaces.string(second)];
                let is_phrase = analyzer.phrases().contains(&analyzer.term(a).0, &analyzer.term(b).0);
                let joined = format!("{a} {b}");
                is_phrase.then(|| surfaces.intern(&joined))
            })
        });
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
