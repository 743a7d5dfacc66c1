//! Counting the surface forms of a block of documents; each distinct word is analysed once per block.

use hashbrown::HashMap;

use super::{Analyzer, Vocabulary};

/// Documents per block of counts: a constant, so that no result depends on the machine.
pub const BLOCK_DOCUMENTS: usize = 256;

/// Term counts of a block of documents, in rows by document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CountBlock {
    /// Row pointers, `n_documents + 1`.
    pub indptr: Vec<u64>,
    /// Term of each entry, ascending within a document.
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

/// Counts of surface forms in a block of documents, with its own numbering.
#[derive(Debug, Default)]
pub struct SurfaceBlock {
    pub(super) surfaces: Vocabulary,
    pub(super) counts: CountBlock,
}

impl SurfaceBlock {
    /// The documents' counts in terms of `vocabulary`, which is the model's.
    pub fn lookup(&self, analyzer: &Analyzer, vocabulary: &Vocabulary) -> Vec<DocumentCounts> {
        let known: Vec<Option<u32>> =
            self.surfaces.iter().map(|surface| vocabulary.get(&analyzer.term(surface).0)).collect();
        (0..self.counts.n_documents())
            .map(|index| {
                let (surfaces, counts) = self.counts.document(index);
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

/// Counts documents one by one.
pub struct TermCounter<'a> {
    analyzer: &'a Analyzer,
    /// Distinct words of the block as they stand in the text; word `i` gives `pieces[ends[i-1]..ends[i]]`.
    words: Vocabulary,
    ends: Vec<usize>,
    pieces: Vec<u32>,
    surfaces: Vocabulary,
    /// (n-gram, next surface form) → longer n-gram.
    ngrams: HashMap<(u32, u32), u32>,
    block: CountBlock,
    sequence: Vec<u32>,
    found: Vec<u32>,
}

impl<'a> TermCounter<'a> {
    /// An empty block.
    pub fn new(analyzer: &'a Analyzer) -> Self {
        Self {
            analyzer,
            words: Vocabulary::default(),
            ends: Vec::new(),
            pieces: Vec::new(),
            surfaces: Vocabulary::default(),
            ngrams: HashMap::new(),
            block: CountBlock { indptr: vec![0], ..Default::default() },
            sequence: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Counts one more document and gives its number of tokens.
    pub fn add(&mut self, text: &str) -> u64 {
        self.read(text);
        let [shortest, longest] = self.analyzer.spec().ngrams;
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        for start in 0..self.sequence.len() {
            let mut ngram = self.sequence[start];
            for length in 1..=longest.min(self.sequence.len() - start) {
                if length > 1 {
                    ngram = self.extend(ngram, self.sequence[start + length - 1]);
                }
                if length >= shortest {
                    found.push(ngram);
                }
            }
        }
        found.sort_unstable();
        for run in found.chunk_by(|a, b| a == b) {
            self.block.terms.push(run[0]);
            self.block.counts.push(run.len() as f32);
        }
        self.block.indptr.push(self.block.terms.len() as u64);
        let n_tokens = self.sequence.len() as u64;
        self.block.n_tokens.push(n_tokens);
        self.found = found;
        n_tokens
    }

    /// The counts of all documents added.
    pub fn finish(self) -> SurfaceBlock {
        SurfaceBlock { surfaces: self.surfaces, counts: self.block }
    }

    /// Fills `sequence` with the surface forms of the text in order.
    fn read(&mut self, text: &str) {
        let Self { analyzer, words, ends, pieces, surfaces, sequence, .. } = self;
        sequence.clear();
        analyzer.words(text, &mut |range| {
            let raw = &text[range];
            let word = words.intern(raw) as usize;
            if word == ends.len() {
                analyzer.surfaces(raw, &mut |_, surface| pieces.push(surfaces.intern(&surface)));
                ends.push(pieces.len());
            }
            let start = if word == 0 { 0 } else { ends[word - 1] };
            sequence.extend_from_slice(&pieces[start..ends[word]]);
        });
    }

    fn extend(&mut self, ngram: u32, next: u32) -> u32 {
        let surfaces = &mut self.surfaces;
        *self.ngrams.entry((ngram, next)).or_insert_with(|| {
            let joined = format!("{} {}", surfaces.string(ngram), surfaces.string(next));
            surfaces.intern(&joined)
        })
    }
}

/// Counts a block of texts at once.
pub fn count_block<'t>(analyzer: &Analyzer, texts: impl IntoIterator<Item = &'t str>) -> SurfaceBlock {
    let mut counter = TermCounter::new(analyzer);
    for text in texts {
        counter.add(text);
    }
    counter.finish()
}
