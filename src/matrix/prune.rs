//! Chooses the terms to keep, by document frequency and total count.

use rayon::prelude::*;

use super::{MatrixError, MatrixParams};
use crate::text::{Corpus, CountBlock};

/// Document frequency (df) and total count (cf) of every term of a corpus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frequencies {
    pub(super) df: Vec<u32>,
    pub(super) cf: Vec<f64>,
}

impl Frequencies {
    /// Of so many terms in no documents.
    pub fn new(n_terms: usize) -> Self {
        Self { df: vec![0; n_terms], cf: vec![0.0; n_terms] }
    }

    /// Those that were counted elsewhere, by term.
    pub fn of_counts(df: Vec<u32>, cf: Vec<f64>) -> Self {
        Self { df, cf }
    }

    /// Adds the documents of a block, whose terms ascend. Blocks must come in the order of their documents, because cf
    /// is summed in that order.
    pub fn add(&mut self, block: &CountBlock) {
        for (&term, &count) in block.terms.iter().zip(&block.counts).filter(|(_, count)| **count > 0.0) {
            self.df[term as usize] += 1;
            self.cf[term as usize] += f64::from(count);
        }
    }
}

/// Counts df and cf, with ranges of terms in parallel. The counts of a term are summed in document order, so that cf
/// does not depend on the number of threads.
pub(super) fn frequencies(corpus: &Corpus) -> Frequencies {
    let n_terms = corpus.vocabulary.len();
    let mut total = Frequencies::new(n_terms);
    let length = n_terms.div_ceil(rayon::current_num_threads()).max(1);
    let ranges = total.df.par_chunks_mut(length).zip(total.cf.par_chunks_mut(length)).enumerate();
    ranges.for_each(|(range, (df, cf))| {
        let (first, last) = ((range * length) as u32, (range * length + df.len()) as u32);
        for (terms, counts) in
            corpus.blocks.iter().flat_map(|block| (0..block.n_documents()).map(|i| block.document(i)))
        {
            let (start, end) = (terms.partition_point(|&t| t < first), terms.partition_point(|&t| t < last));
            for (&term, &count) in terms[start..end].iter().zip(&counts[start..end]) {
                if count > 0.0 {
                    df[(term - first) as usize] += 1;
                    cf[(term - first) as usize] += f64::from(count);
                }
            }
        }
    });
    total
}

/// The terms to keep, ascending: those with min_df ≤ df ≤ max_df, and of these the `max_terms` with the largest total
/// counts (of equal counts, the terms that come first). Fails if none is left.
pub(super) fn kept_terms(
    frequencies: &Frequencies,
    params: &MatrixParams,
    n_documents: usize,
) -> Result<Vec<u32>, MatrixError> {
    let (low, high) = (params.min_df.documents(n_documents), params.max_df.most_documents(n_documents));
    let n_terms = frequencies.df.len();
    let mut kept: Vec<u32> = (0..n_terms as u32)
        .into_par_iter()
        .filter(|&term| (low..=high).contains(&f64::from(frequencies.df[term as usize])))
        .collect();
    if kept.is_empty() {
        return Err(if n_terms == 0 {
            MatrixError::NoTokens { n_documents }
        } else {
            MatrixError::NoTerms { n_terms, min_df: low.ceil() as u64, max_df: high.floor() as u64 }
        });
    }
    if let Some(limit) = params.max_terms.filter(|&limit| limit < kept.len()) {
        kept.sort_by(|&a, &b| frequencies.cf[b as usize].total_cmp(&frequencies.cf[a as usize]).then(a.cmp(&b)));
        kept.truncate(limit);
        kept.sort_unstable();
    }
    Ok(kept)
}
