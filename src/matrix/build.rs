//! From counted documents to the weighted matrix.

use rayon::prelude::*;

use super::prune::{frequencies, kept_terms};
use super::weighting::idf;
use super::{MatrixError, MatrixParams, SparseRows, TermDocumentMatrix, Weighting};
use crate::text::{Corpus, CountBlock};

/// A row of V: a term with its numbers in the corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What is counted: a normalised word, stem or n-gram.
    pub term: String,
    /// What people see: its most frequent surface form.
    pub label: String,
    /// Documents that it occurs in.
    pub df: u32,
    /// Its total count in the corpus.
    pub cf: f64,
    /// Its weight factor.
    pub idf: f64,
}

/// V with its terms.
#[derive(Clone, Debug)]
pub struct WeightedMatrix {
    /// The matrix.
    pub matrix: TermDocumentMatrix,
    /// Its rows.
    pub terms: Vec<Term>,
}

/// Prunes and weights a corpus. Documents without a term stay as empty columns and count in n_documents.
///
/// ```
/// use topicmill::matrix::{MatrixParams, build};
/// use topicmill::text::{Analyzer, Corpus, TextParams};
/// let analyzer = Analyzer::new(TextParams::default().resolve(None)?)?;
/// let corpus = Corpus::from_texts(&analyzer, ["pear apple pear", "plum", ""]);
/// let weighted = build(&corpus, &MatrixParams::default())?;
/// assert_eq!((weighted.matrix.n_terms(), weighted.matrix.n_documents()), (3, 3));
/// assert_eq!(weighted.terms[1].term, "pear");
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn build(corpus: &Corpus, params: &MatrixParams) -> Result<WeightedMatrix, MatrixError> {
    params.check()?;
    let n_documents = corpus.n_documents();
    let frequencies = frequencies(corpus);
    let (names, kept) = if params.vocabulary.is_empty() {
        let kept = kept_terms(&frequencies, params, n_documents)?;
        let names: Vec<String> = kept.par_iter().map(|&term| corpus.vocabulary.string(term).to_string()).collect();
        (names, kept.into_iter().map(Some).collect())
    } else {
        fixed_terms(&params.vocabulary, corpus)
    };
    let terms: Vec<Term> = names
        .into_par_iter()
        .zip(&kept)
        .map(|(name, counted)| {
            let df = counted.map_or(0, |term| frequencies.df[term as usize]);
            let cf = counted.map_or(0.0, |term| frequencies.cf[term as usize]);
            let label = counted.map_or(name.as_str(), |term| corpus.label(term)).to_string();
            let weight = params.term_weights.get(&name).copied().unwrap_or(1.0);
            Term { term: name, label, df, cf, idf: weight * idf(params.idf, df, n_documents) }
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
    let firsts: Vec<usize> = corpus
        .blocks
        .iter()
        .scan(0, |next, block| Some(std::mem::replace(next, *next + block.n_documents())))
        .collect();
    let parts: Vec<SparseRows> = corpus
        .blocks
        .par_iter()
        .zip(&firsts)
        .map(|(block, &first)| {
            weigh_block(block, &new_ids, weighting, &idf).map_err(|(index, error)| match error {
                MatrixError::Entry { term, value, .. } => {
                    let term = kept[term - 1].map_or(term, |counted| counted as usize + 1);
                    MatrixError::Entry { term, document: first + index + 1, value }
                }
                other => other,
            })
        })
        .collect::<Result<_, _>>()?;
    let matrix = TermDocumentMatrix::from_documents(terms.len(), SparseRows::concatenate(parts))?;
    if matrix.n_nonzeros() == 0 {
        return Err(MatrixError::NoEntries { n_terms: terms.len(), n_documents });
    }
    Ok(WeightedMatrix { matrix, terms })
}

/// The terms of a fixed vocabulary in order, and their numbers in the corpus, if they occur in it.
fn fixed_terms(vocabulary: &[String], corpus: &Corpus) -> (Vec<String>, Vec<Option<u32>>) {
    let mut names = vocabulary.to_vec();
    names.sort_unstable();
    names.dedup();
    let counted = names.iter().map(|name| corpus.vocabulary.get(name)).collect();
    (names, counted)
}

/// Weighs the documents of a block; an error comes with the document's index in the block.
fn weigh_block(
    block: &CountBlock,
    new_ids: &[u32],
    weighting: Weighting,
    idf: &[f64],
) -> Result<SparseRows, (usize, MatrixError)> {
    let mut rows = SparseRows::default();
    let mut document: Vec<(u32, f32)> = Vec::new();
    for index in 0..block.n_documents() {
        let (terms, counts) = block.document(index);
        document.clear();
        let renumbered = terms.iter().map(|&term| new_ids[term as usize]).zip(counts.iter().copied());
        document.extend(renumbered.filter(|(term, _)| *term != u32::MAX));
        document.sort_unstable_by_key(|(term, _)| *term);
        weighting.apply(&mut document, idf).map_err(|error| (index, error))?;
        rows.push(document.iter().copied());
    }
    Ok(rows)
}
