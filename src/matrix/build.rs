//! Builds the weighted matrix V from counted documents: chooses the terms, weights them, and numbers them anew.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::prune::{Frequencies, frequencies, kept_terms};
use super::weighting::idf;
use super::{EntryCounts, MatrixError, MatrixParams, SparseRows, TermDocumentMatrix, Weighting};
use crate::kernels::release_unused_memory;
use crate::text::{Corpus, CountBlock, View};

/// The term of a row of V, with its statistics in the corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The string that is counted: a normalised word, a stem, or an n-gram of these.
    pub term: String,
    /// The form shown to people: the most frequent surface form of the term.
    pub form: String,
    /// Document frequency: number of documents that have the term.
    pub df: u32,
    /// Corpus frequency: total count of the term in all documents.
    pub cf: f64,
    /// Factor of the term's weights: its inverse document frequency times the user's weight of the term.
    pub idf: f64,
    /// The user's weight of the term, 1 without one. Its counts are multiplied by it where topics are sharpened.
    pub weight: f64,
}

/// V with what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedMatrix {
    /// V, terms × documents.
    pub matrix: TermDocumentMatrix,
    /// The count behind each entry of V, in the order of V's documents.
    pub counts: EntryCounts,
    /// The terms, one for each row of V.
    pub terms: Vec<Term>,
}

/// Number of blocks of documents that are weighted together, before they are appended to the others and freed.
const GROUP_BLOCKS: usize = 64;

/// Prunes the terms of a corpus and weights its counts, which are freed on the way. Documents without a term stay as
/// empty columns of V and count as documents in idf and in fractions of documents. Fails if a parameter is invalid, if
/// no term or entry is left, or if a weight is negative or not finite.
///
/// ```
/// use topicmill::matrix::{MatrixParams, build};
/// use topicmill::text::{Analyzer, Corpus, TextParams};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None)?)?;
/// let corpus = Corpus::from_texts(&analyzer, ["pear apple pear", "plum", ""]);
/// let built = build(corpus, &MatrixParams::default())?;
/// assert_eq!((built.matrix.n_terms(), built.matrix.n_documents()), (3, 3));
/// assert_eq!(built.terms[1].term, "pear");
/// assert_eq!(built.counts.iter().collect::<Vec<f32>>(), [1.0, 2.0, 1.0]);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn build(corpus: Corpus, params: &MatrixParams) -> Result<WeightedMatrix, MatrixError> {
    params.check()?;
    let params = &params.resolved(false);
    let n_documents = corpus.n_documents();
    let frequencies = frequencies(&corpus);
    let kept = Kept::new(params, &frequencies, n_documents, |name| corpus.vocabulary.get(name))?;
    let strings = |term: u32| (corpus.vocabulary.string(term).to_string(), corpus.form(term).to_string());
    let weigher = Weigher::new(params, &frequencies, n_documents, kept, &corpus.views, strings);
    let n_counted = corpus.n_nonzeros();
    let (mut rows, mut counts) = (SparseRows::with_capacity(n_counted), EntryCounts::with_capacity(n_counted));
    let (mut blocks, mut first) = (corpus.blocks.into_iter(), 0);
    loop {
        let group: Vec<CountBlock> = blocks.by_ref().take(GROUP_BLOCKS).collect();
        if group.is_empty() {
            break;
        }
        let weighed: Vec<_> = group.into_par_iter().map(|block| weigher.weigh(&block)).collect();
        for block in weighed {
            let (block_rows, block_counts) = block.map_err(|(index, error)| weigher.locate(error, first + index))?;
            first += block_rows.n_rows();
            rows.append(block_rows);
            counts.append(block_counts);
        }
    }
    rows.shrink();
    counts.shrink();
    // The counts are gone, and what they took must not stand beside the second orientation of V.
    release_unused_memory();
    let terms = weigher.into_terms();
    let matrix = TermDocumentMatrix::from_documents(terms.len(), rows)?;
    if matrix.n_nonzeros() == 0 {
        return Err(MatrixError::NoEntries { n_terms: terms.len(), n_documents });
    }
    Ok(WeightedMatrix { matrix, counts, terms })
}

/// The terms of V, by their numbers in the corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The number of each term; `None` for one of a fixed vocabulary that does not occur.
    numbers: Vec<Option<u32>>,
    /// The terms of a fixed vocabulary; empty if there is none.
    names: Vec<String>,
}

impl Kept {
    /// Chooses the terms, in lexicographic order. `find` gives the number of a term in the corpus. Fails if none is
    /// left.
    pub fn new(
        params: &MatrixParams,
        frequencies: &Frequencies,
        n_documents: usize,
        find: impl Fn(&str) -> Option<u32>,
    ) -> Result<Self, MatrixError> {
        if params.vocabulary.is_empty() {
            let kept = kept_terms(frequencies, params, n_documents)?;
            return Ok(Self { numbers: kept.into_iter().map(Some).collect(), names: Vec::new() });
        }
        let mut names = params.vocabulary.clone();
        names.sort_unstable();
        names.dedup();
        Ok(Self { numbers: names.iter().map(|name| find(name)).collect(), names })
    }

    /// The numbers of the terms that occur, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().flatten().copied()
    }
}

/// Weights blocks of counted documents, whose terms it numbers anew.
#[derive(Debug)]
pub struct Weigher {
    terms: Vec<Term>,
    idf: Vec<f64>,
    /// The numbers of the terms in the corpus.
    kept: Vec<Option<u32>>,
    /// The number in V of each term of the corpus; `u32::MAX` for one that is left out.
    new_ids: Vec<u32>,
    weighting: Weighting,
}

impl Weigher {
    /// For the terms `kept`, of which values of `views` have the weights of these; `strings` gives the term and the
    /// form of a number in the corpus.
    pub fn new(
        params: &MatrixParams,
        frequencies: &Frequencies,
        n_documents: usize,
        kept: Kept,
        views: &[View],
        strings: impl Fn(u32) -> (String, String) + Sync,
    ) -> Self {
        let Kept { numbers: kept, names } = kept;
        let term = |(place, counted): (usize, &Option<u32>)| {
            let (name, form) = match counted {
                Some(term) => strings(*term),
                None => (names[place].clone(), names[place].clone()),
            };
            let df = counted.map_or(0, |term| frequencies.df[term as usize]);
            let cf = counted.map_or(0.0, |term| frequencies.cf[term as usize]);
            let of_view = || views.iter().find(|view| view.value(&name).is_some()).map(|view| view.weight);
            let weight = params.term_weights.get(&name).copied().or_else(of_view).unwrap_or(1.0);
            Term { term: name, form, df, cf, idf: weight * idf(params.idf, df, n_documents), weight }
        };
        let terms: Vec<Term> = kept.par_iter().enumerate().map(term).collect();
        let idf = terms.iter().map(|term| term.idf).collect();
        let mut new_ids = vec![u32::MAX; frequencies.df.len()];
        for (new, old) in kept.iter().enumerate() {
            if let Some(old) = old {
                new_ids[*old as usize] = new as u32;
            }
        }
        Self { terms, idf, kept, new_ids, weighting: Weighting { tf: params.tf, norm: params.norm } }
    }

    /// For documents whose terms are numbered as these; the number after the last one stands for any other term.
    pub fn of_terms(terms: Vec<Term>, weighting: Weighting) -> Self {
        let numbers = 0..terms.len() as u32;
        let idf = terms.iter().map(|term| term.idf).collect();
        let new_ids = numbers.clone().chain([u32::MAX]).collect();
        Self { terms, idf, kept: numbers.map(Some).collect(), new_ids, weighting }
    }

    /// Weights the documents of a block; also returns the count of each entry. An error comes with the index of the
    /// document in the block, since the block does not know its place in the corpus.
    pub fn weigh(&self, block: &CountBlock) -> Result<(SparseRows, EntryCounts), (usize, MatrixError)> {
        weigh_block(block, &self.new_ids, self.weighting, &self.idf)
    }

    /// An error of [`Weigher::weigh`] with the numbers that a user knows, for the document with this index.
    pub fn locate(&self, error: MatrixError, document: usize) -> MatrixError {
        match error {
            MatrixError::Entry { term, value, .. } => {
                let term = self.kept[term - 1].map_or(term, |counted| counted as usize + 1);
                MatrixError::Entry { term, document: document + 1, value }
            }
            other => other,
        }
    }

    /// The terms, one for each row of V.
    pub fn into_terms(self) -> Vec<Term> {
        self.terms
    }

    /// The terms, one for each row of V.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// How counts become weights.
    pub fn weighting(&self) -> Weighting {
        self.weighting
    }

    /// Number of terms.
    pub fn n_terms(&self) -> usize {
        self.terms.len()
    }
}

/// Weights the documents of a block, whose terms become `new_ids` (`u32::MAX` drops a term); also returns the count of
/// each entry. An error comes with the index of the document in the block, since the block does not know its place in
/// the corpus.
fn weigh_block(
    block: &CountBlock,
    new_ids: &[u32],
    weighting: Weighting,
    idf: &[f64],
) -> Result<(SparseRows, EntryCounts), (usize, MatrixError)> {
    let (mut rows, mut row_counts) = (SparseRows::default(), EntryCounts::default());
    let (mut document, mut counted) = (Vec::<(u32, f32)>::new(), Vec::<(u32, f32)>::new());
    for index in 0..block.n_documents() {
        let (terms, counts) = block.document(index);
        document.clear();
        let renumbered = terms.iter().map(|&term| new_ids[term as usize]).zip(counts.iter().copied());
        document.extend(renumbered.filter(|(term, _)| *term != u32::MAX));
        document.sort_unstable_by_key(|(term, _)| *term);
        counted.clone_from(&document);
        weighting.apply(&mut document, idf).map_err(|error| (index, error))?;
        // An entry whose weight is 0 is none, and its count is none either.
        let mut kept = document.iter().map(|(term, _)| *term).peekable();
        row_counts.extend(counted.iter().filter(|(term, _)| kept.next_if_eq(term).is_some()).map(|(_, count)| *count));
        rows.push(document.iter().copied());
    }
    Ok((rows, row_counts))
}
