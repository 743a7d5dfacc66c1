//! Learns phrases, pairs of words that stand together far more often than by chance, and counts documents with them.

use std::ops::Range;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::count::merge_terms;
use super::phrases::join_pairs;
use super::{CountBlock, Vocabulary};

/// A phrase stands in at least so many documents: what fewer have is as likely chance, and would be pruned anyway.
const FEWEST_DOCUMENTS: u32 = 5;

/// Pairs that a thread counts at once, some 200 MB of them, where no single word begins more.
const MOST_PAIRS: u64 = 1 << 22;

/// A block of documents whose surface forms stand in the order of the text.
pub(super) struct Sequences<'a> {
    /// The documents; a term of the block is the number of a surface form, and it has no counts.
    pub(super) block: CountBlock,
    /// The term of each surface form.
    pub(super) terms: &'a [u32],
    /// The surface forms.
    pub(super) surfaces: &'a Vocabulary,
}

impl Sequences<'_> {
    /// The surface forms of each document.
    fn documents(&self) -> impl Iterator<Item = &[u32]> {
        self.block.indptr.windows(2).map(|ends| &self.block.terms[ends[0] as usize..ends[1] as usize])
    }

    fn term(&self, surface: u32) -> u32 {
        self.terms[surface as usize]
    }
}

/// How often a pair occurs, and in how many documents.
#[derive(Clone, Copy, Default)]
struct Occurrences {
    n: u64,
    documents: u32,
    /// The last document in which it occurred, from 1; 0 for none.
    last: u32,
}

/// Learns which pairs of `words` are phrases: pairs whose normalised pointwise mutual information, ln(p(ab) / (p(a)
/// p(b))) / −ln p(ab), is at least `least_npmi`, with probabilities among the tokens of the documents (Bouma 2009;
/// gensim: `npmi_scorer`).
pub(super) fn learn_phrases(blocks: &[Sequences<'_>], least_npmi: f64, words: &Vocabulary) -> Vec<(u32, u32)> {
    let mut totals = vec![0_u64; words.len()];
    for block in blocks {
        block.block.terms.iter().for_each(|&surface| totals[block.term(surface) as usize] += 1);
    }
    let n_tokens: u64 = totals.iter().sum();
    let may_be_part: Vec<bool> = (totals.iter().zip(words.iter()))
        .map(|(&total, word)| total >= u64::from(FEWEST_DOCUMENTS) && !word.contains(' '))
        .collect();
    let pairs_from = |firsts: Range<usize>| {
        let mut pairs: HashMap<(u32, u32), Occurrences> = HashMap::new();
        let documents = blocks.iter().flat_map(|block| block.documents().map(move |surfaces| (block, surfaces)));
        for (document, (block, surfaces)) in (1..).zip(documents) {
            for pair in surfaces.windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|surface| block.term(surface));
                if firsts.contains(&(a as usize)) && may_be_part[a as usize] && may_be_part[b as usize] {
                    let pair = pairs.entry((a, b)).or_default();
                    pair.n += 1;
                    pair.documents += u32::from(pair.last != document);
                    pair.last = document;
                }
            }
        }
        pairs
    };
    let probability = |n: u64| n as f64 / n_tokens as f64;
    let npmi = |(a, b): (u32, u32), n: u64| {
        let [a, b, both] = [totals[a as usize], totals[b as usize], n].map(probability);
        libm::log(both / (a * b)) / -libm::log(both)
    };
    let is_phrase = |(pair, found): &((u32, u32), Occurrences)| {
        found.documents >= FEWEST_DOCUMENTS && npmi(*pair, found.n) >= least_npmi
    };
    // Each thread goes through all documents for some first words, so that its map has a bound.
    let most = (n_tokens / rayon::current_num_threads() as u64).clamp(1, MOST_PAIRS);
    let phrases = ranges(&totals, most).into_par_iter().map(|firsts| {
        let phrases = pairs_from(firsts).into_iter().filter(is_phrase);
        phrases.map(|(pair, _)| pair).collect::<Vec<_>>()
    });
    let mut phrases: Vec<(u32, u32)> = phrases.flatten().collect();
    phrases.sort_unstable();
    phrases
}

/// Cuts the terms into ranges, each with at most `most` tokens where a single term has no more.
fn ranges(totals: &[u64], most: u64) -> Vec<Range<usize>> {
    let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0);
    for (term, &total) in totals.iter().enumerate() {
        if sum > 0 && sum + total > most {
            ranges.push(start..term);
            (start, sum) = (term, 0);
        }
        sum += total;
    }
    ranges.push(start..totals.len());
    ranges
}

/// Words and phrases with the numbers that they have in one vocabulary, in lexicographic order.
pub(super) struct Merger {
    /// The string of each term, and whether it is a phrase.
    names: Vec<(String, bool)>,
    /// The term of each word.
    of_word: Vec<u32>,
    /// The term of each pair of words.
    of_pair: HashMap<(u32, u32), u32>,
}

/// How often each phrase, a term, has been written in each way.
type PhraseForms = HashMap<(u32, String), u64>;

impl Merger {
    pub(super) fn new(words: &Vocabulary, pairs: &[(u32, u32)]) -> Self {
        let phrase = |&(a, b): &(u32, u32)| format!("{} {}", words.string(a), words.string(b));
        let numbered = words.iter().map(str::to_string).chain(pairs.iter().map(phrase)).enumerate();
        let mut sorted: Vec<(String, usize)> = numbered.map(|(number, name)| (name, number)).collect();
        sorted.par_sort_unstable();
        let mut of_word = vec![0; words.len()];
        let mut of_pair = HashMap::with_capacity(pairs.len());
        for (term, (_, number)) in (0..).zip(&sorted) {
            match number.checked_sub(words.len()) {
                None => of_word[*number] = term,
                Some(pair) => {
                    of_pair.insert(pairs[pair], term);
                }
            }
        }
        let names = sorted.into_iter().map(|(name, number)| (name, number >= words.len())).collect();
        Self { names, of_word, of_pair }
    }

    /// All terms.
    pub(super) fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::with_capacity(self.names.len());
        for (name, _) in &self.names {
            vocabulary.push(name);
        }
        vocabulary
    }

    /// The phrases alone.
    pub(super) fn phrases(&self) -> Vec<String> {
        self.names.iter().filter(|(_, is_phrase)| *is_phrase).map(|(name, _)| name.clone()).collect()
    }

    /// Counts the terms of each block; also how each phrase was written, if `with_forms`.
    pub(super) fn count(&self, blocks: Vec<Sequences<'_>>, with_forms: bool) -> (Vec<CountBlock>, PhraseForms) {
        let counted: Vec<(CountBlock, PhraseForms)> =
            blocks.into_par_iter().map(|block| self.count_block(block, with_forms)).collect();
        let mut all_forms = PhraseForms::new();
        let blocks = counted.into_iter().map(|(block, forms)| {
            forms.into_iter().for_each(|(form, n)| *all_forms.entry(form).or_insert(0) += n);
            block
        });
        (blocks.collect(), all_forms)
    }

    fn count_block(&self, block: Sequences<'_>, with_forms: bool) -> (CountBlock, PhraseForms) {
        let mut forms = PhraseForms::new();
        let mut counted = CountBlock { indptr: vec![0], ..CountBlock::default() };
        // An item is a surface form and its term; a phrase has no surface form.
        let mut items: Vec<(u32, u32)> = Vec::new();
        for document in block.documents() {
            items.clear();
            items.extend(document.iter().map(|&surface| (surface, self.of_word[block.term(surface) as usize])));
            join_pairs(&mut items, |&(a, _), &(b, _)| {
                let &phrase = self.of_pair.get(&(block.term(a), block.term(b)))?;
                if with_forms {
                    let form = format!("{} {}", block.surfaces.string(a), block.surfaces.string(b));
                    *forms.entry((phrase, form)).or_insert(0) += 1;
                }
                Some((u32::MAX, phrase))
            });
            let mut row: Vec<(u32, f32)> = items.iter().map(|&(_, term)| (term, 1.0)).collect();
            merge_terms(&mut row);
            for (term, count) in row {
                counted.terms.push(term);
                counted.counts.push(count);
            }
            counted.indptr.push(counted.terms.len() as u64);
        }
        (CountBlock { n_tokens: block.block.n_tokens, ..counted }, forms)
    }

    /// The form of each term: of a word its own, of a phrase the most frequent one; of equal ones the first.
    pub(super) fn forms(&self, of_words: Vec<String>, of_phrases: PhraseForms) -> Vec<String> {
        let mut forms = vec![String::new(); self.names.len()];
        for (&term, form) in self.of_word.iter().zip(of_words) {
            forms[term as usize] = form;
        }
        let mut of_phrases: Vec<((u32, String), u64)> = of_phrases.into_iter().collect();
        of_phrases.sort_unstable_by(|((a, x), n), ((b, y), m)| a.cmp(b).then(m.cmp(n)).then_with(|| x.cmp(y)));
        for same in of_phrases.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let ((term, form), _) = &same[0];
            forms[*term as usize].clone_from(form);
        }
        forms
    }
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn ranges_have_every_term_once_and_a_bound() {
        assert_eq!(ranges(&[3, 0, 4, 9, 1, 1], 5), [0..2, 2..3, 3..4, 4..6]);
        assert_eq!(ranges(&[], 5).len(), 1);
    }
}
