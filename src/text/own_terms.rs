//! Counted documents with a vocabulary of their own, and vocabularies that add up: for documents that are counted in
//! parts, each of which knows nothing of the others.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::corpus::{RetiredCounter, SurfaceBlock, Type, renumber};
use super::{Analyzer, CorpusBuilder, CountBlock, TermCounter};

/// A surface form of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Form {
    surface: String,
    total: u64,
    n_unstemmed: u32,
}

/// A term with how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermCount {
    /// The term.
    pub term: String,
    /// Number of documents that have it.
    pub df: u32,
    /// Its total count.
    pub cf: u64,
    /// Its surface forms, in lexicographic order, where terms are stems or without accents.
    forms: Vec<Form>,
}

impl TermCount {
    /// Its most frequent surface form; of equally frequent ones the first.
    pub fn form(&self) -> &str {
        let best = self.forms.iter().fold(None, |best: Option<&Form>, form| match best {
            Some(best) if form.total <= best.total => Some(best),
            _ => Some(form),
        });
        best.map_or(&self.term, |form| &form.surface)
    }

    /// Number of its distinct surface forms for which the stemmer failed.
    pub fn n_unstemmed(&self) -> usize {
        self.forms.iter().map(|form| form.n_unstemmed as usize).sum()
    }

    /// Adds what other documents say of the same term.
    fn add(&mut self, other: Self) {
        self.df += other.df;
        self.cf += other.cf;
        let own = std::mem::take(&mut self.forms);
        self.forms = merged(own, other.forms, |a, b| a.surface.cmp(&b.surface), |own, other| own.total += other.total);
    }
}

/// The terms of some documents, in lexicographic order, and numbers that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermCounts {
    /// The terms.
    pub terms: Vec<TermCount>,
    /// Number of documents.
    pub n_documents: u64,
    /// Number of tokens.
    pub n_tokens: u64,
    /// Number of counts of terms in documents.
    pub n_nonzeros: u64,
}

impl TermCounts {
    /// The terms as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`TermCounts::to_bytes`] wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// Those of these documents and others together, in whatever order they are added.
    pub fn merge(self, other: Self) -> Self {
        Self {
            terms: merged(self.terms, other.terms, |a, b| a.term.cmp(&b.term), TermCount::add),
            n_documents: self.n_documents + other.n_documents,
            n_tokens: self.n_tokens.saturating_add(other.n_tokens),
            n_nonzeros: self.n_nonzeros + other.n_nonzeros,
        }
    }
}

/// Merges two sorted lists; of equal elements the second is added to the first.
fn merged<T>(first: Vec<T>, second: Vec<T>, order: impl Fn(&T, &T) -> Ordering, add: impl Fn(&mut T, T)) -> Vec<T> {
    let mut all = Vec::with_capacity(first.len().max(second.len()));
    let mut second = second.into_iter().peekable();
    for mut element in first {
        while let Some(before) = second.next_if(|other| order(other, &element) == Ordering::Less) {
            all.push(before);
        }
        if let Some(same) = second.next_if(|other| order(other, &element) == Ordering::Equal) {
            add(&mut element, same);
        }
        all.push(element);
    }
    all.extend(second);
    all
}

/// Counts documents on their own: `count` adds them to a counter. Returns their terms, and their counts by the numbers
/// of these; and what `count` returns.
///
/// ```
/// use topicmill::text::{Analyzer, TextParams, count_alone};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None)?)?;
/// let part = |text: &str| count_alone(&analyzer, |counter| counter.add(text));
/// let ((first, block, _), (second, ..)) = (part("pear plum pear"), part("apple pear"));
/// assert_eq!(block.document(0), (&[0, 1][..], &[2.0, 1.0][..]));
/// let terms = first.merge(second).terms;
/// assert_eq!(terms.iter().map(|term| (&*term.term, term.df, term.cf)).collect::<Vec<_>>(),
///     [("apple", 1, 1), ("pear", 2, 3), ("plum", 1, 1)]);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn count_alone<'a, T>(
    analyzer: &'a Analyzer,
    count: impl FnOnce(&mut TermCounter<'a>) -> T,
) -> (TermCounts, CountBlock, T) {
    let builder = CorpusBuilder::new(analyzer);
    let (SurfaceBlock { counts, .. }, result) = builder.count(count);
    let counters = builder.take_all();
    let types = counters.iter().flat_map(|RetiredCounter { counter, number, .. }| Type::of(analyzer, *number, counter));
    let mut types: Vec<Type<'_>> = types.collect();
    types.sort_unstable_by(Type::by_term);
    let n_types = counters.iter().map(|counter| counter.n_types()).max().unwrap_or(0);
    let (mut terms, mut numbers) = (Vec::new(), vec![0_u32; n_types]);
    for same in types.chunk_by(|a, b| a.term == b.term) {
        same.iter().for_each(|form| numbers[form.id] = terms.len() as u32);
        let form = |form: &Type<'_>| Form {
            surface: form.surface.to_string(),
            total: form.total,
            n_unstemmed: form.n_unstemmed as u32,
        };
        // Without stems a term is its own form, and there is no more to say of it.
        let forms = if analyzer.unites_forms() { same.iter().map(form).collect() } else { Vec::new() };
        let cf = same.iter().map(|form| form.total).sum();
        terms.push(TermCount { term: same[0].term.to_string(), df: 0, cf, forms });
    }
    let block = renumber(counts, &numbers);
    block.terms.iter().for_each(|&term| terms[term as usize].df += 1);
    let terms = TermCounts {
        terms,
        n_documents: block.n_documents() as u64,
        n_tokens: block.n_tokens.iter().fold(0, |sum, &n| sum.saturating_add(n)),
        n_nonzeros: block.terms.len() as u64,
    };
    (terms, block, result)
}
