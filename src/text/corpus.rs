//! Blocks of counts with one vocabulary, and the word that each term is shown as.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::count::merge_terms;
use super::{Analyzer, CountBlock, SurfaceBlock, Vocabulary};

/// Counted documents: a list of blocks and their common vocabulary, terms in lexicographic order.
///
/// ```
/// use topicmill::text::{Analyzer, Corpus, TextParams};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None).unwrap()).unwrap();
/// let corpus = Corpus::from_texts(&analyzer, ["pear apple pear", "plum"]);
/// assert_eq!(corpus.vocabulary.iter().collect::<Vec<_>>(), ["apple", "pear", "plum"]);
/// assert_eq!(corpus.blocks[0].document(0), (&[0, 1][..], &[1.0, 2.0][..]));
/// ```
#[derive(Debug, Default)]
pub struct Corpus {
    /// The terms.
    pub vocabulary: Vocabulary,
    /// For each term the most frequent surface form; empty where terms are their own labels.
    pub labels: Vec<String>,
    /// Counts by document.
    pub blocks: Vec<CountBlock>,
    /// Distinct words that the stemmer failed on; they stand unstemmed.
    pub n_unstemmed: usize,
}

impl Corpus {
    /// Counts texts, in blocks of [`BLOCK_DOCUMENTS`](super::BLOCK_DOCUMENTS).
    pub fn from_texts<'t>(analyzer: &Analyzer, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        let mut builder = CorpusBuilder::default();
        for block in texts.chunks(super::BLOCK_DOCUMENTS) {
            builder.push(super::count_block(analyzer, block.iter().copied()));
        }
        builder.finish(analyzer)
    }

    /// Number of documents.
    pub fn n_documents(&self) -> usize {
        self.blocks.iter().map(CountBlock::n_documents).sum()
    }

    /// Number of stored counts.
    pub fn n_nonzeros(&self) -> usize {
        self.blocks.iter().map(|block| block.terms.len()).sum()
    }

    /// Number of tokens.
    pub fn n_tokens(&self) -> u64 {
        self.blocks.iter().flat_map(|block| &block.n_tokens).fold(0, |sum, &n| sum.saturating_add(n))
    }

    /// The form in which people see a term.
    pub fn label(&self, term: u32) -> &str {
        self.labels.get(term as usize).map_or_else(|| self.vocabulary.string(term), String::as_str)
    }
}

/// Gathers counted blocks into a [`Corpus`]; blocks are pushed in document order.
#[derive(Debug, Default)]
pub struct CorpusBuilder {
    surfaces: Vocabulary,
    totals: Vec<f64>,
    blocks: Vec<CountBlock>,
}

impl CorpusBuilder {
    /// Adds a block behind the others.
    pub fn push(&mut self, block: SurfaceBlock) {
        let SurfaceBlock { surfaces, mut counts } = block;
        let mut local = vec![0.0_f64; surfaces.len()];
        for (&surface, &count) in counts.terms.iter().zip(&counts.counts) {
            local[surface as usize] += f64::from(count);
        }
        let global: Vec<u32> = local
            .iter()
            .zip(surfaces.iter())
            .map(|(&count, surface)| if count > 0.0 { self.surfaces.intern(surface) } else { u32::MAX })
            .collect();
        self.totals.resize(self.surfaces.len(), 0.0);
        for (&id, &count) in global.iter().zip(&local).filter(|(id, _)| **id != u32::MAX) {
            self.totals[id as usize] += count;
        }
        counts.terms.iter_mut().for_each(|term| *term = global[*term as usize]);
        self.blocks.push(counts);
    }

    /// Numbers the terms in lexicographic order and finds each term's label.
    pub fn finish(self, analyzer: &Analyzer) -> Corpus {
        let Self { surfaces, totals, mut blocks } = self;
        let stems: Vec<(String, usize)> = if analyzer.stems() {
            (0..surfaces.len() as u32).into_par_iter().map(|id| analyzer.term(surfaces.string(id))).collect()
        } else {
            Vec::new()
        };
        let term_of = |id: u32| match stems.get(id as usize) {
            Some((stem, _)) => stem.as_str(),
            None => surfaces.string(id),
        };
        let mut order: Vec<u32> = (0..surfaces.len() as u32).collect();
        order.par_sort_unstable_by(|&a, &b| {
            term_of(a).cmp(term_of(b)).then_with(|| surfaces.string(a).cmp(surfaces.string(b)))
        });
        let mut vocabulary = Vocabulary::default();
        let mut term_ids = vec![0_u32; surfaces.len()];
        let mut best: HashMap<u32, u32> = HashMap::new();
        for &surface in &order {
            let term = vocabulary.intern(term_of(surface));
            term_ids[surface as usize] = term;
            if !stems.is_empty() {
                let best = best.entry(term).or_insert(surface);
                if totals[surface as usize] > totals[*best as usize] {
                    *best = surface;
                }
            }
        }
        let labels = if stems.is_empty() {
            Vec::new()
        } else {
            (0..vocabulary.len() as u32).map(|term| surfaces.string(best[&term]).to_string()).collect()
        };
        blocks.par_iter_mut().for_each(|block| renumber(block, &term_ids));
        let n_unstemmed = stems.iter().enumerate().filter(|(id, _)| !surfaces.string(*id as u32).contains(' '));
        let n_unstemmed = n_unstemmed.map(|(_, (_, failed))| failed).sum();
        Corpus { vocabulary, labels, blocks, n_unstemmed }
    }
}

/// Replaces surface forms by terms: sorted within each document, equal terms added up.
fn renumber(block: &mut CountBlock, term_ids: &[u32]) {
    let mut out = CountBlock { indptr: vec![0], n_tokens: std::mem::take(&mut block.n_tokens), ..Default::default() };
    out.terms.reserve_exact(block.terms.len());
    out.counts.reserve_exact(block.terms.len());
    let mut row: Vec<(u32, f32)> = Vec::new();
    for index in 0..out.n_tokens.len() {
        let (surfaces, counts) = block.document(index);
        row.clear();
        row.extend(surfaces.iter().map(|&surface| term_ids[surface as usize]).zip(counts.iter().copied()));
        merge_terms(&mut row);
        out.terms.extend(row.iter().map(|(term, _)| *term));
        out.counts.extend(row.iter().map(|(_, count)| *count));
        out.indptr.push(out.terms.len() as u64);
    }
    *block = out;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, TextParams};
    use proptest::prelude::*;

    fn analyzer(params: TextParams, language: Option<Language>) -> Analyzer {
        Analyzer::new(params.resolve(language).expect("valid")).expect("valid")
    }

    #[test]
    fn the_label_of_a_stem_is_its_most_frequent_form() {
        let analyzer =
            analyzer(TextParams { stem: true, ngrams: [1, 2], ..Default::default() }, Some(Language::English));
        let corpus = Corpus::from_texts(&analyzer, ["Voting votes votes", "voted votes"]);
        let labels: Vec<_> =
            (0..corpus.vocabulary.len() as u32).map(|t| (corpus.vocabulary.string(t), corpus.label(t))).collect();
        assert_eq!(labels, [("vote", "votes"), ("vote vote", "voted votes")]);
        assert_eq!(corpus.blocks[0].document(0), (&[0, 1][..], &[3.0, 2.0][..]));
    }

    #[test]
    fn ngrams_jump_over_stop_words() {
        let analyzer = analyzer(TextParams { ngrams: [2, 3], ..Default::default() }, Some(Language::English));
        let corpus = Corpus::from_texts(&analyzer, ["bank of the river", "one bank"]);
        assert_eq!(corpus.vocabulary.iter().collect::<Vec<_>>(), ["bank river", "one bank"]);
    }

    proptest! {
        /// The cached way of counting gives the terms that the plain way gives, whatever the text and the blocks.
        #[test]
        fn counts_are_the_tokens_counted(texts in prop::collection::vec("([a-dA-D]{1,3}|l'[a-c]{2}|[é水 ._]|the|\\PC){0,30}", 0..8), stem: bool, split in 1_usize..4) {
            let analyzer = analyzer(TextParams { stem, ..Default::default() }, Some(Language::French));
            let mut builder = CorpusBuilder::default();
            for block in texts.chunks(split) {
                builder.push(crate::text::count_block(&analyzer, block.iter().map(String::as_str)));
            }
            let corpus = builder.finish(&analyzer);
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
    }
}
