//! Sums over documents by term and topic, Σ_d x_td R_dk, from documents alone: V need not be stored by term.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::{Entries, FactorMatrix, Kernel, Lanes, scatter};
use crate::matrix::TermDocumentMatrix;

/// Fewest ranges of terms per thread. Every range reads the lists of all documents, so that there are no more than need
/// be.
const RANGES_PER_THREAD: usize = 2;

/// Most bytes of the sums of a range, so that those of frequent terms stay in the caches of a core.
const MOST_BYTES: usize = 4 << 20;

/// Adds Σ_d x_td R_dk over some documents to `sums`, terms × topics, where R_d is the row of document d in `rows`;
/// `values` has x for each of the entries of these documents.
pub fn add_by_term(
    v: &TermDocumentMatrix,
    rows: &FactorMatrix,
    documents: Range<usize>,
    values: &[f32],
    sums: &mut FactorMatrix,
) {
    add_both_by_term(v, rows, documents, (values, &[]), (sums, &mut FactorMatrix::zeros(0, rows.n_topics())));
}

/// As [`add_by_term`], for two values of each entry at once; of the second ones there may be none.
pub(super) fn add_both_by_term(
    v: &TermDocumentMatrix,
    rows: &FactorMatrix,
    documents: Range<usize>,
    (values, seconds): (&[f32], &[f32]),
    (sums, second_sums): (&mut FactorMatrix, &mut FactorMatrix),
) {
    let (n_terms, lanes_per_row) = (v.n_terms(), rows.lanes_per_row());
    let bytes_per_term = lanes_per_row * size_of::<Lanes>() * if seconds.is_empty() { 1 } else { 2 };
    let most = (MOST_BYTES / bytes_per_term.max(1)).max(1);
    let length = n_terms.div_ceil(RANGES_PER_THREAD * rayon::current_num_threads()).clamp(1, most);
    let by_document = v.by_document();
    let pointers = by_document.indptr();
    let entries = Entries { pointers: pointers.raw_storage(), terms: by_document.indices(), values, seconds, n_terms };
    let kernel = Kernel::current();
    let width = (length * lanes_per_row).max(1);
    let mut second_parts = second_sums.lanes_mut().chunks_mut(width);
    let parts: Vec<(&mut [Lanes], &mut [Lanes])> =
        sums.lanes_mut().chunks_mut(width).map(|part| (part, second_parts.next().unwrap_or_default())).collect();
    parts.into_par_iter().enumerate().for_each(|(part, sums)| {
        let range = (part * length) as u32..n_terms.min((part + 1) * length) as u32;
        scatter(kernel, &entries, rows, documents.clone(), range, sums);
    });
}

/// The sum of the weights of each term over some documents.
pub(super) fn weights_by_term(v: &TermDocumentMatrix, documents: Range<usize>, weights: &mut [f64]) {
    for document in documents {
        v.entries(document).for_each(|(term, value)| weights[term as usize] += f64::from(value));
    }
}
