//! Builds the weighted matrix V from counted documents: chooses the terms, weights them, and numbers them anew.

use rayon::prelude::*;

use super::prune::{frequencies, kept_terms};
use super::weighting::idf;
use super::{EntryCounts, MatrixError, MatrixParams, SparseRows, TermDocumentMatrix, Weighting};
use crate::kernels::release_unused_memory;
use crate::text::{Corpus, CountBlock};

/// The term of a row of V, with its statistics in the corpus.
#[derive(Clone, Debug, PartialEq)]
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
    let (names, kept) = if params.vocabulary.is_empty() {
        let kept = kept_terms(&frequencies, params, n_documents)?;
        let names: Vec<String> = kept.par_iter().map(|&term| corpus.vocabulary.string(term).to_string()).collect();
        (names, kept.into_iter().map(Some).collect())
    } else {
        fixed_terms(&params.vocabulary, &corpus)
    };
    let terms: Vec<Term> = names
        .into_par_iter()
        .zip(&kept)
        .map(|(name, counted)| {
            let df = counted.map_or(0, |term| frequencies.df[term as usize]);
            let cf = counted.map_or(0.0, |term| frequencies.cf[term as usize]);
            let form = counted.map_or(name.as_str(), |term| corpus.form(term)).to_string();
            let weight = params.term_weights.get(&name).copied().unwrap_or(1.0);
            Term { term: name, form, df, cf, idf: weight * idf(params.idf, df, n_documents), weight }
        })
        .collect();
    let idf: Vec<f64> = terms.iter().map(|term| term.idf).collect();
    let mut new_ids = vec![u32::MAX; corpus.vocabulary.len()];
    for (new, old) in kept.iter().enumerate() {
        if let Some(old) = old {
            new_ids[*old as usize] = new as u32;
        }
    }
    let weighting = Weighting { tf: params.tf, norm: params.norm };
    let n_counted = corpus.n_nonzeros();
    let (mut rows, mut counts) = (SparseRows::with_capacity(n_counted), EntryCounts::with_capacity(n_counted));
    let (mut blocks, mut first) = (corpus.blocks.into_iter(), 0);
    loop {
        let group: Vec<CountBlock> = blocks.by_ref().take(GROUP_BLOCKS).collect();
        if group.is_empty() {
            break;
        }
        let weighed: Vec<_> =
            group.into_par_iter().map(|block| weigh_block(&block, &new_ids, weighting, &idf)).collect();
        for block in weighed {
            let (block_rows, block_counts) = block.map_err(|(index, error)| match error {
                MatrixError::Entry { term, value, .. } => {
                    let term = kept[term - 1].map_or(term, |counted| counted as usize + 1);
                    MatrixError::Entry { term, document: first + index + 1, value }
                }
                other => other,
            })?;
            first += block_rows.n_rows();
            rows.append(block_rows);
            counts.append(block_counts);
        }
    }
    rows.shrink();
    counts.shrink();
    // The counts are gone, and what they took must not stand beside the second orientation of V.
    release_unused_memory();
    let matrix = TermDocumentMatrix::from_documents(terms.len(), rows)?;
    if matrix.n_nonzeros() == 0 {
        return Err(MatrixError::NoEntries { n_terms: terms.len(), n_documents });
    }
    Ok(WeightedMatrix { matrix, counts, terms })
}

/// The terms of a fixed vocabulary in lexicographic order, each with its number in the corpus, or `None` if it does not
/// occur there.
fn fixed_terms(vocabulary: &[String], corpus: &Corpus) -> (Vec<String>, Vec<Option<u32>>) {
    let mut names = vocabulary.to_vec();
    names.sort_unstable();
    names.dedup();
    let counted = names.iter().map(|name| corpus.vocabulary.get(name)).collect();
    (names, counted)
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
