//! Counted documents that do not fit into memory: blocks as bytes, and the types of a counter as a sorted run, which
//! are merged with those of other counters without holding them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read, Write};

use super::CountBlock;
use super::corpus::{RetiredCounter, SurfaceBlock, Type, renumber};

impl RetiredCounter<'_> {
    /// The number of the counter, which blocks are known by.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Number of surface forms and n-grams: those of its blocks have numbers below it.
    pub fn n_types(&self) -> usize {
        self.counter.surfaces().len()
    }

    /// Writes what the counter has counted as a run, sorted by term and surface form.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.counter.forget_words();
        let mut types: Vec<Type<'_>> = Type::of(self.analyzer, self.number, &self.counter).collect();
        types.sort_unstable_by(Type::by_term);
        for Type { term, surface, total, id, n_unstemmed, .. } in &types {
            let surface = if *surface == &**term { "" } else { surface };
            for text in [&**term, surface] {
                out.write_all(&(text.len() as u32).to_le_bytes())?;
                out.write_all(text.as_bytes())?;
            }
            out.write_all(&total.to_le_bytes())?;
            out.write_all(&(*id as u32).to_le_bytes())?;
            out.write_all(&(*n_unstemmed as u32).to_le_bytes())?;
        }
        Ok(())
    }
}

/// A type of a run; types are ordered by term, surface form and run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    term: String,
    surface: String,
    run: usize,
    id: u32,
    total: u64,
    n_unstemmed: u32,
}

impl Counted {
    /// Reads the next type of a run; `None` at its end.
    fn read(run: usize, from: &mut dyn Read) -> io::Result<Option<Self>> {
        let Some(length) = number(from)? else { return Ok(None) };
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let term = text(from, length)?;
        let length = number(from)?.ok_or_else(cut)?;
        // An empty surface form stands for the term itself.
        let surface = Some(text(from, length)?).filter(|surface| !surface.is_empty()).unwrap_or_else(|| term.clone());
        let mut total = [0; 8];
        from.read_exact(&mut total)?;
        let (id, n_unstemmed) = (number(from)?.ok_or_else(cut)?, number(from)?.ok_or_else(cut)?);
        Ok(Some(Self { term, surface, run, id, total: u64::from_le_bytes(total), n_unstemmed }))
    }
}

/// Reads a number; `None` at the end.
fn number(from: &mut dyn Read) -> io::Result<Option<u32>> {
    let mut bytes = [0; 4];
    match from.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(u32::from_le_bytes(bytes))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn text(from: &mut dyn Read, length: u32) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}

/// A term of all runs together.
#[derive(Clone, Copy, Debug)]
pub struct MergedTerm<'m> {
    /// The term.
    pub term: &'m str,
    /// Its most frequent surface form; of equally frequent ones the first.
    pub form: &'m str,
    /// The runs that have it, each with the number of a type.
    pub types: &'m [(usize, u32)],
}

/// Merges runs: calls `visit` with each term in lexicographic order. Returns the number of distinct words for which the
/// stemmer failed; `unites_forms` says whether terms are stems at all.
pub fn merge_runs<R: Read>(
    mut runs: Vec<R>,
    unites_forms: bool,
    visit: &mut dyn FnMut(MergedTerm<'_>) -> io::Result<()>,
) -> io::Result<usize> {
    let mut next = BinaryHeap::new();
    for (run, from) in runs.iter_mut().enumerate() {
        next.extend(Counted::read(run, from)?.map(Reverse));
    }
    let (mut n_unstemmed, mut same, mut types) = (0, Vec::<Counted>::new(), Vec::new());
    loop {
        let ends = next.peek().is_none_or(|Reverse(first)| same.first().is_some_and(|same| same.term != first.term));
        if ends && !same.is_empty() {
            types.clear();
            types.extend(same.iter().map(|counted| (counted.run, counted.id)));
            let mut best = ("", 0);
            for same_surface in same.chunk_by(|a, b| a.surface == b.surface) {
                let total = same_surface.iter().map(|counted| counted.total).sum();
                if total > best.1 {
                    best = (same_surface[0].surface.as_str(), total);
                }
                n_unstemmed += if unites_forms { same_surface[0].n_unstemmed as usize } else { 0 };
            }
            visit(MergedTerm { term: &same[0].term, form: best.0, types: &types })?;
            same.clear();
        }
        let Some(Reverse(first)) = next.pop() else { return Ok(n_unstemmed) };
        next.extend(Counted::read(first.run, &mut runs[first.run])?.map(Reverse));
        same.push(first);
    }
}

impl SurfaceBlock {
    /// The number of the counter that has counted the block.
    pub fn counter(&self) -> usize {
        self.counter
    }

    /// Number of documents.
    pub fn n_documents(&self) -> usize {
        self.counts.n_documents()
    }

    /// Whether all surface forms of the block have numbers below this one.
    pub fn has_types_below(&self, n_types: usize) -> bool {
        self.counts.terms.iter().all(|&id| (id as usize) < n_types)
    }

    /// Number of tokens of each document.
    pub fn n_tokens(&self) -> &[u64] {
        &self.counts.n_tokens
    }

    /// The block with terms in place of surface forms: `terms` has that of each surface form of its counter.
    pub fn renumbered(self, terms: &[u32]) -> CountBlock {
        renumber(self.counts, terms)
    }

    /// The block as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let CountBlock { indptr, terms, counts, n_tokens } = &self.counts;
        let lengths = indptr.windows(2).map(|pair| (pair[1] - pair[0]) as u32);
        // Counts of documents are whole numbers.
        let counts = counts.iter().map(|&count| count as u32);
        let mut numbers = Vec::with_capacity(2 * terms.len() + 3 * n_tokens.len() + 2);
        numbers.extend([self.counter as u32, n_tokens.len() as u32]);
        numbers.extend(lengths);
        numbers.extend(n_tokens.iter().map(|&n| u32::try_from(n).unwrap_or(u32::MAX)));
        numbers.extend(terms);
        numbers.extend(counts);
        postcard::to_allocvec(&numbers).unwrap_or_default()
    }

    /// Reads what [`SurfaceBlock::to_bytes`] wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let numbers: Vec<u32> = postcard::from_bytes(bytes).ok()?;
        let (&[counter, n_documents], rest) = numbers.split_first_chunk()?;
        let n_documents = n_documents as usize;
        let (lengths, rest) = rest.split_at_checked(n_documents)?;
        let (n_tokens, rest) = rest.split_at_checked(n_documents)?;
        let mut indptr = vec![0_u64];
        indptr.extend(lengths.iter().scan(0, |end, &length| {
            *end += u64::from(length);
            Some(*end)
        }));
        let (terms, counts) = rest.split_at_checked(rest.len() / 2)?;
        if (terms.len(), indptr.last()) != (counts.len(), Some(&(terms.len() as u64))) {
            return None;
        }
        let counts = CountBlock {
            indptr,
            terms: terms.to_vec(),
            counts: counts.iter().map(|&count| count as f32).collect(),
            n_tokens: n_tokens.iter().map(|&n| u64::from(n)).collect(),
        };
        Some(Self { counter: counter as usize, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Analyzer, AnalyzerSpec, CorpusBuilder, TextParams};
    use super::*;
    use crate::text::Language;
    use proptest::prelude::*;

    /// A counter that is retired after `most_types` types, as bytes of a run, with the blocks that it has counted.
    fn spilled(
        analyzer: &Analyzer,
        texts: &[String],
        split: usize,
        most_types: usize,
    ) -> (Vec<(usize, Vec<u8>)>, Vec<SurfaceBlock>) {
        let builder = CorpusBuilder::new(analyzer);
        let (mut runs, mut blocks) = (Vec::new(), Vec::new());
        let mut write = |counters: Vec<RetiredCounter<'_>>| {
            for counter in counters {
                let (number, mut bytes) = (counter.number(), Vec::new());
                counter.write(&mut bytes).unwrap();
                runs.push((number, bytes));
            }
        };
        for texts in texts.chunks(split) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let block = builder.count(|counter| counter.add_all(&texts)).0;
            blocks.push(SurfaceBlock::from_bytes(&block.to_bytes()).unwrap());
            write(builder.take_large(most_types));
        }
        write(builder.take_all());
        (runs, blocks)
    }

    /// Words of which some have the same stem, and some a surface form that sorts before its term.
    const TEXT: &str = "([a-d]|ab|[A-B]c|é|running|runs|votes?|voting|sky|skies| |the|\\.){0,40}";

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        /// However often counters are written and forgotten, the terms, their forms and the counts are those of a
        /// corpus in memory.
        #[test]
        fn merged_runs_are_the_corpus(
            texts in prop::collection::vec(TEXT, 1..12),
            stem: bool,
            ngrams in prop_oneof![Just([1_usize, 1]), Just([1, 2])],
            split in 1_usize..4,
            most_types in 0_usize..12,
        ) {
            let params = TextParams { stem, ngrams, ..Default::default() };
            let spec = AnalyzerSpec { min_length: 1, ..params.resolve(Some(Language::English)).unwrap() };
            let analyzer = Analyzer::new(spec).unwrap();
            let expected = {
                let builder = CorpusBuilder::new(&analyzer);
                let of = |texts: &[String]| {
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    builder.count(|counter| counter.add_all(&texts)).0
                };
                let blocks = texts.chunks(split).map(of).collect();
                builder.finish(blocks)
            };
            let (runs, blocks) = spilled(&analyzer, &texts, split, most_types);
            let n_counters = runs.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
            let mut term_ids = vec![vec![u32::MAX; 1000]; n_counters];
            let mut strings = Vec::new();
            let readers: Vec<&[u8]> = runs.iter().map(|(_, bytes)| &bytes[..]).collect();
            let n_unstemmed = merge_runs(readers, analyzer.unites_forms(), &mut |term| {
                term.types.iter().for_each(|&(run, id)| term_ids[runs[run].0][id as usize] = strings.len() as u32);
                strings.push((term.term.to_string(), term.form.to_string()));
                Ok(())
            })
            .unwrap();
            let of_corpus = |term: usize| {
                let term = term as u32;
                (expected.vocabulary.string(term).to_string(), expected.form(term).to_string())
            };
            prop_assert_eq!(strings, (0..expected.vocabulary.len()).map(of_corpus).collect::<Vec<_>>());
            prop_assert_eq!(n_unstemmed, expected.n_unstemmed);
            let blocks: Vec<CountBlock> = blocks
                .into_iter()
                .map(|block| {
                    let ids = &term_ids[block.counter()];
                    block.renumbered(ids)
                })
                .collect();
            prop_assert_eq!(blocks, expected.blocks);
        }

        #[test]
        fn no_bytes_bring_the_readers_down(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = merge_runs(vec![&bytes[..], &bytes[..]], true, &mut |_| Ok(()));
            if let Some(block) = SurfaceBlock::from_bytes(&bytes) {
                prop_assert_eq!(block.n_documents(), block.n_tokens().len());
            }
        }
    }
}
