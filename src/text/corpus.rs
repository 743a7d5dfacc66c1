//! Merges blocks of counts, each with numbers of its own for surface forms, into one corpus with a common vocabulary,
//! and chooses the word that each term is shown as.

use std::borrow::Cow;
use std::cmp::Ordering as CmpOrdering;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::count::merge_terms;
use super::learn_phrases::{Merger, Sequences, learn_phrases};
use super::{Analyzer, CountBlock, TermCounter, View, Vocabulary};

/// Counted documents: blocks of counts in document order, and the vocabulary that they have in common.
///
/// ```
/// use topicmill::text::{Analyzer, Corpus, TextParams};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None).unwrap()).unwrap();
/// let corpus = Corpus::from_texts(&analyzer, ["pear apple pear", "plum"]);
/// assert_eq!(corpus.vocabulary.iter().collect::<Vec<_>>(), ["apple", "pear", "plum"]);
/// assert_eq!(corpus.blocks[0].document(0), (&[0, 1][..], &[1.0, 2.0][..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// The terms: in lexicographic order if they were counted in texts, else in the order of a ready matrix.
    pub vocabulary: Vocabulary,
    /// The most frequent surface form of each term; empty if terms are neither stems nor without accents, and so are
    /// their own forms.
    pub forms: Vec<String>,
    /// The phrases that were learned, sorted: [`AnalyzerSpec::phrases`](super::AnalyzerSpec::phrases) of new documents.
    pub phrases: Vec<String>,
    /// The columns whose values are among the terms.
    pub views: Vec<View>,
    /// Counts of terms by document.
    pub blocks: Vec<CountBlock>,
    /// Number of distinct words for which the stemmer failed; each is its own term.
    pub n_unstemmed: usize,
}

impl Corpus {
    /// Counts texts in parallel, in blocks of [`BLOCK_DOCUMENTS`](super::BLOCK_DOCUMENTS).
    pub fn from_texts<'t>(analyzer: &Analyzer, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        let builder = CorpusBuilder::new(analyzer);
        let blocks = texts.par_chunks(super::BLOCK_DOCUMENTS);
        let blocks = blocks.map(|block| builder.count(|counter| counter.add_all(block)).0).collect();
        builder.finish(blocks)
    }

    /// Number of documents.
    pub fn n_documents(&self) -> usize {
        self.blocks.iter().map(CountBlock::n_documents).sum()
    }

    /// Number of stored counts.
    pub fn n_nonzeros(&self) -> usize {
        self.blocks.iter().map(|block| block.terms.len()).sum()
    }

    /// Number of tokens that passed the filters.
    pub fn n_tokens(&self) -> u64 {
        self.blocks.iter().flat_map(|block| &block.n_tokens).fold(0, |sum, &n| sum.saturating_add(n))
    }

    /// The form in which a term is shown to people: its most frequent surface form, or the term itself.
    pub fn form(&self, term: u32) -> &str {
        self.forms.get(term as usize).map_or_else(|| self.vocabulary.string(term), String::as_str)
    }
}

/// A block counted by one of the counters of a [`CorpusBuilder`].
#[derive(Debug)]
pub struct SurfaceBlock {
    pub(super) counter: usize,
    pub(super) counts: CountBlock,
}

/// A counter that counts no more blocks.
#[derive(Debug)]
pub struct RetiredCounter<'a> {
    pub(super) number: usize,
    pub(super) counter: TermCounter<'a>,
    pub(super) analyzer: &'a Analyzer,
}

/// Counts blocks of documents, by any thread and in any order, for one [`Corpus`].
///
/// Each thread that counts takes a counter of its own, since counters number surface forms by first occurrence. Which
/// counter gets which block is chance, but does not show in the corpus: its terms are numbered in lexicographic order.
#[derive(Debug)]
pub struct CorpusBuilder<'a> {
    analyzer: &'a Analyzer,
    /// Least NPMI of phrases, if they are to be learned.
    least_npmi: Option<f64>,
    n_counters: AtomicUsize,
    idle: Mutex<Vec<(usize, TermCounter<'a>)>>,
}

impl<'a> CorpusBuilder<'a> {
    /// An empty corpus.
    pub fn new(analyzer: &'a Analyzer) -> Self {
        Self { analyzer, least_npmi: None, n_counters: AtomicUsize::new(0), idle: Mutex::default() }
    }

    /// The same, with phrases learned where `least_npmi` says how closely their words must belong together; see
    /// [`TextParams::phrases`](super::TextParams::phrases). Documents are then held as sequences, 4 bytes a token,
    /// until all are known.
    pub fn learning_phrases(self, least_npmi: Option<f64>) -> Self {
        Self { least_npmi, ..self }
    }

    /// The analyser that documents are counted with.
    pub fn analyzer(&self) -> &'a Analyzer {
        self.analyzer
    }

    /// Calls `add` with a counter, and returns the documents that it added as a block, with the result of `add`.
    pub fn count<T>(&self, add: impl FnOnce(&mut TermCounter<'a>) -> T) -> (SurfaceBlock, T) {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let (number, mut counter) = taken.unwrap_or_else(|| {
            let new = if self.least_npmi.is_some() { TermCounter::keeping_order } else { TermCounter::new };
            (self.n_counters.fetch_add(1, Ordering::Relaxed), new(self.analyzer))
        });
        let added = add(&mut counter);
        let counts = counter.take_block();
        idle().push((number, counter));
        (SurfaceBlock { counter: number, counts }, added)
    }

    /// Takes out the counters that know more than `most_types` surface forms and n-grams, so that their memory can be
    /// freed: no block will be counted by them any more.
    pub fn take_large(&self, most_types: usize) -> Vec<RetiredCounter<'a>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle.extract_if(.., |(_, counter)| counter.surfaces().len() > most_types);
        taken.map(|(number, counter)| RetiredCounter { number, counter, analyzer: self.analyzer }).collect()
    }

    /// Takes out all counters.
    pub fn take_all(self) -> Vec<RetiredCounter<'a>> {
        let analyzer = self.analyzer;
        let idle = self.idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        idle.into_iter().map(|(number, counter)| RetiredCounter { number, counter, analyzer }).collect()
    }

    /// Merges the blocks, which must be in document order, into a corpus: numbers the terms and finds their forms.
    pub fn finish(self, blocks: Vec<SurfaceBlock>) -> Corpus {
        let Self { analyzer, least_npmi, idle, .. } = self;
        let mut counters = idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        counters.sort_by_key(|(number, _)| *number);
        let mut counters: Vec<TermCounter<'_>> = counters.into_iter().map(|(_, counter)| counter).collect();
        counters.iter_mut().for_each(TermCounter::forget_words);
        let mut types: Vec<Type<'_>> = counters
            .par_iter()
            .enumerate()
            .flat_map_iter(|(number, counter)| Type::of(analyzer, number, counter))
            .collect();
        types.par_sort_unstable_by(Type::by_term);
        let mut term_ids: Vec<Vec<u32>> = counters.iter().map(|counter| vec![0; counter.totals().len()]).collect();
        let terms: Vec<&[Type<'_>]> = types.chunk_by(|a, b| a.prefix == b.prefix && a.term == b.term).collect();
        for (term, types) in terms.iter().enumerate() {
            for form in *types {
                term_ids[form.counter][form.id] = term as u32;
            }
        }
        let Some(least_npmi) = least_npmi else {
            let renumber = |block: SurfaceBlock| renumber(block.counts, &term_ids[block.counter]);
            let ((vocabulary, forms, n_unstemmed), blocks) =
                rayon::join(|| name(analyzer, &terms), || blocks.into_par_iter().map(renumber).collect());
            return Corpus {
                vocabulary,
                forms,
                phrases: Vec::new(),
                views: analyzer.spec().views.clone(),
                blocks,
                n_unstemmed,
            };
        };
        let (words, word_forms, n_unstemmed) = name(analyzer, &terms);
        let blocks: Vec<Sequences<'_>> = blocks
            .into_iter()
            .map(|SurfaceBlock { counter, counts }| Sequences {
                block: counts,
                terms: &term_ids[counter],
                surfaces: counters[counter].surfaces(),
            })
            .collect();
        let pairs = learn_phrases(&blocks, least_npmi, &words);
        let merger = Merger::new(&words, &pairs);
        let (blocks, phrase_forms) = merger.count(blocks, analyzer.unites_forms());
        let (vocabulary, phrases) = (merger.vocabulary(), merger.phrases());
        let forms = if analyzer.unites_forms() { merger.forms(word_forms, phrase_forms) } else { Vec::new() };
        Corpus { vocabulary, forms, phrases, views: analyzer.spec().views.clone(), blocks, n_unstemmed }
    }
}

/// The vocabulary, the forms of its terms if these are stems, and the number of words for which the stemmer failed.
fn name(analyzer: &Analyzer, terms: &[&[Type<'_>]]) -> (Vocabulary, Vec<String>, usize) {
    let mut vocabulary = Vocabulary::with_capacity(terms.len());
    let (mut forms, mut n_unstemmed) = (Vec::new(), 0);
    for types in terms {
        vocabulary.push(&types[0].term);
        if !analyzer.unites_forms() {
            continue;
        }
        let mut best = ("", 0);
        for same_surface in types.chunk_by(|a, b| a.surface == b.surface) {
            let total = same_surface.iter().map(|form| form.total).sum();
            if total > best.1 {
                best = (same_surface[0].surface, total);
            }
            n_unstemmed += same_surface[0].n_unstemmed;
        }
        forms.push(best.0.to_string());
    }
    (vocabulary, forms, n_unstemmed)
}

/// A surface form or n-gram that a counter has counted.
pub(super) struct Type<'a> {
    /// First eight bytes of the term as a big-endian number, which decides most comparisons without touching the
    /// string.
    prefix: u64,
    pub(super) term: Cow<'a, str>,
    pub(super) surface: &'a str,
    pub(super) total: u64,
    counter: usize,
    pub(super) id: usize,
    /// Number of words for which the stemmer failed; 0 for an n-gram, whose words are surface forms of their own and
    /// would be counted twice.
    pub(super) n_unstemmed: usize,
}

impl<'a> Type<'a> {
    pub(super) fn of(
        analyzer: &'a Analyzer,
        number: usize,
        counter: &'a TermCounter<'_>,
    ) -> impl Iterator<Item = Self> {
        let counted = counter.surfaces().iter().zip(counter.totals()).enumerate().filter(|(_, (_, total))| **total > 0);
        counted.map(move |(id, (surface, &total))| {
            let (term, failed) = match analyzer.unites_forms() {
                true => {
                    let (stem, failed) = analyzer.term(surface);
                    (Cow::Owned(stem), failed)
                }
                false => (Cow::Borrowed(surface), 0),
            };
            let mut prefix = [0; 8];
            let length = term.len().min(8);
            prefix[..length].copy_from_slice(&term.as_bytes()[..length]);
            let n_unstemmed = if surface.contains(' ') { 0 } else { failed };
            Self { prefix: u64::from_be_bytes(prefix), term, surface, total, counter: number, id, n_unstemmed }
        })
    }

    pub(super) fn by_term(&self, other: &Self) -> CmpOrdering {
        let prefix = self.prefix.cmp(&other.prefix);
        prefix.then_with(|| self.term.cmp(&other.term)).then_with(|| self.surface.cmp(other.surface))
    }
}

/// Replaces the surface forms of a block by terms, sorted within each document, with the counts of equal terms added.
pub(super) fn renumber(mut block: CountBlock, term_ids: &[u32]) -> CountBlock {
    let mut row: Vec<(u32, f32)> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for pointer in &mut block.indptr[1..] {
        let entries = start..*pointer as usize;
        start = entries.end;
        row.clear();
        row.extend(entries.map(|at| (term_ids[block.terms[at] as usize], block.counts[at])));
        merge_terms(&mut row);
        for &(term, count) in &row {
            (block.terms[end], block.counts[end]) = (term, count);
            end += 1;
        }
        *pointer = end as u64;
    }
    block.terms.truncate(end);
    block.counts.truncate(end);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{AnalyzerSpec, Language, TextParams};
    use proptest::prelude::*;

    fn analyzer(params: TextParams, language: Option<Language>) -> Analyzer {
        Analyzer::new(params.resolve(language).expect("valid")).expect("valid")
    }

    #[test]
    fn the_form_of_a_stem_is_its_most_frequent_form() {
        let analyzer =
            analyzer(TextParams { stem: true, ngrams: [1, 2], ..Default::default() }, Some(Language::English));
        let corpus = Corpus::from_texts(&analyzer, ["Voting votes votes", "voted votes"]);
        let forms: Vec<_> =
            (0..corpus.vocabulary.len() as u32).map(|t| (corpus.vocabulary.string(t), corpus.form(t))).collect();
        assert_eq!(forms, [("vote", "votes"), ("vote vote", "voted votes")]);
        assert_eq!(corpus.blocks[0].document(0), (&[0, 1][..], &[3.0, 2.0][..]));
    }

    #[test]
    fn ngrams_jump_over_stop_words() {
        let analyzer = analyzer(TextParams { ngrams: [2, 3], ..Default::default() }, Some(Language::English));
        let corpus = Corpus::from_texts(&analyzer, ["bank of the river", "one bank"]);
        assert_eq!(corpus.vocabulary.iter().collect::<Vec<_>>(), ["bank river", "one bank"]);
    }

    fn learn(spec: &AnalyzerSpec, least_npmi: f64, texts: &[String], split: usize) -> Corpus {
        let analyzer = Analyzer::new(spec.clone()).expect("valid");
        let builder = CorpusBuilder::new(&analyzer).learning_phrases(Some(least_npmi));
        let blocks = texts.chunks(split).map(|block| {
            let texts: Vec<&str> = block.iter().map(String::as_str).collect();
            builder.count(|counter| counter.add_all(&texts)).0
        });
        let blocks = blocks.collect();
        builder.finish(blocks)
    }

    fn english(stem: bool) -> AnalyzerSpec {
        TextParams { stem, ..Default::default() }.resolve(Some(Language::English)).expect("valid")
    }

    #[test]
    fn words_that_belong_together_are_one_term_with_its_most_frequent_form() {
        let mut texts: Vec<String> = (0..6).map(|i| format!("The United States of a{i}, b{i} {i}c")).collect();
        texts.extend((0..3).map(|i| format!("uniting a state, {i}d states e{i}")));
        let corpus = learn(&english(true), 0.3, &texts, 4);
        assert_eq!(corpus.phrases, ["unit state"]);
        let form = |term| corpus.vocabulary.get(term).map(|number| corpus.form(number));
        assert_eq!(
            (form("unit state"), form("state"), form("unit")),
            (Some("united states"), Some("states"), Some("united"))
        );
        let (terms, counts) = corpus.blocks[0].document(0);
        assert_eq!(
            terms.iter().map(|&term| corpus.vocabulary.string(term)).collect::<Vec<_>>(),
            ["0c", "a0", "b0", "unit state"]
        );
        assert_eq!(counts, [1.0; 4]);
        assert_eq!(corpus.blocks[0].n_tokens[0], 5);
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        /// Counting with caches gives the terms of [`Analyzer::tokens`], whatever the texts and the blocks.
        #[test]
        fn counts_are_the_tokens_counted(texts in prop::collection::vec("([a-dA-D]{1,3}|l'[a-c]{2}|[é水 ._]|the|\\PC){0,30}", 0..8), stem: bool, split in 1_usize..4) {
            let analyzer = analyzer(TextParams { stem, ..Default::default() }, Some(Language::French));
            let builder = CorpusBuilder::new(&analyzer);
            let mut blocks = Vec::new();
            for block in texts.chunks(split) {
                let texts: Vec<&str> = block.iter().map(String::as_str).collect();
                let count = || builder.count(|counter| counter.add_all(&texts)).0;
                // Every other block is counted while the first counter is in use, and so by a second one.
                blocks.push(if blocks.len() % 2 == 0 { count() } else { builder.count(|_| count()).1 });
            }
            let corpus = builder.finish(blocks);
            prop_assert_eq!(corpus.n_documents(), texts.len());
            let mut documents = corpus.blocks.iter().flat_map(|b| (0..b.n_documents()).map(move |i| b.document(i)));
            for text in &texts {
                let mut expected = std::collections::BTreeMap::new();
                for token in analyzer.tokens(text) {
                    *expected.entry(token.term).or_insert(0.0_f32) += 1.0;
                }
                let (terms, counts) = documents.next().unwrap();
                let got: Vec<_> = terms.iter().map(|&t| corpus.vocabulary.string(t).to_string()).zip(counts.iter().copied()).collect();
                prop_assert_eq!(got, expected.into_iter().collect::<Vec<_>>());
            }
        }

        /// A new document is counted as the ones that the phrases were learned from.
        #[test]
        fn counts_are_the_tokens_of_an_analyzer_with_the_phrases(
            texts in prop::collection::vec("([a-d]|ab|[A-B]c|é|running|runs| |the|\\.){0,40}", 5..12),
            stem: bool,
            fold_accents: bool,
            keep_case: bool,
            split in 1_usize..6,
        ) {
            let spec = AnalyzerSpec { min_length: 1, fold_accents, keep_case, ..english(stem) };
            let corpus = learn(&spec, 0.05, &texts, split);
            let again = learn(&spec, 0.05, &texts, texts.len());
            prop_assert_eq!(&corpus.phrases, &again.phrases);
            prop_assert_eq!(&corpus.forms, &again.forms);
            let analyzer = Analyzer::new(AnalyzerSpec { phrases: corpus.phrases.clone(), ..spec }).unwrap();
            let whole: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut documents = corpus.blocks.iter().flat_map(|b| (0..b.n_documents()).map(move |i| b.document(i)));
            for text in &whole {
                let mut expected = std::collections::BTreeMap::new();
                for token in analyzer.tokens(text) {
                    let place = &text[token.range.clone()];
                    let place = if keep_case { place.to_string() } else { place.to_lowercase() };
                    prop_assert!(token.surface.split(' ').all(|word| place.contains(word)));
                    *expected.entry(token.term).or_insert(0.0_f32) += 1.0;
                }
                let (terms, counts) = documents.next().unwrap();
                let counted = terms.iter().map(|&t| corpus.vocabulary.string(t).to_string());
                let counted = counted.zip(counts.iter().copied());
                prop_assert_eq!(counted.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
            }
            let direct = Corpus::from_texts(&analyzer, whole.iter().copied());
            for (text, index) in direct.blocks.iter().flat_map(|b| (0..b.n_documents()).map(move |i| (b, i))).zip(0..) {
                let (terms, counts) = text.0.document(text.1);
                let tokens = analyzer.tokens(&texts[index]);
                prop_assert_eq!(counts.iter().sum::<f32>() as usize, tokens.len());
                let is_token = |term: &str| tokens.iter().any(|token| token.term == term);
                prop_assert!(terms.iter().all(|&t| is_token(direct.vocabulary.string(t))));
            }
        }
    }
}
