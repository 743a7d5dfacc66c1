//! Sums over documents by term, from the documents' own lists of terms: each document adds its row to the sums of its
//! terms. It takes the place of a pass over the rows of V where V is stored by document alone.

use std::ops::Range;

use super::lanes::{LANES, Lanes, is_zero, prefetch};

/// Documents as CSR rows, with numbers for the entries of some of them.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    /// Where the entries of each document begin, and the end of the last one.
    pub pointers: &'a [u64],
    /// The term of each entry, ascending within a document.
    pub terms: &'a [u32],
    /// A number for each entry of the documents that are looked at, beginning with the first of these.
    pub values: &'a [f32],
    /// Other numbers of the same entries; empty if there are none.
    pub seconds: &'a [f32],
    /// Number of all terms.
    pub n_terms: usize,
}

/// Documents that add their rows to the sums of some terms.
pub(super) struct Scatter<'a> {
    pub(super) entries: Entries<'a>,
    pub(super) rows: &'a [Lanes],
    pub(super) lanes_per_row: usize,
    pub(super) documents: Range<usize>,
    /// The terms that are summed.
    pub(super) range: Range<u32>,
}

/// How many entries ahead the sums of a term are prefetched: those of rare terms are in no near cache.
const AHEAD: usize = 8;

/// Adds value_e · row_d to `sums` at the term of each entry e of each document d, and second_e · row_d to `seconds`.
/// `sums` begin with the first term of the range. Additions are fused, in the order of documents.
#[inline(always)]
pub(super) fn scatter(work: &Scatter<'_>, sums: &mut [Lanes], seconds: &mut [Lanes]) {
    let (lanes_per_row, n_terms) = (work.lanes_per_row, work.entries.n_terms as u64);
    let Entries { pointers, terms: all_terms, values: all_values, seconds: all_seconds, .. } = work.entries;
    let mut places = Vec::with_capacity(lanes_per_row);
    let base = pointers[work.documents.start] as usize;
    for document in work.documents.clone() {
        let entries = pointers[document] as usize..pointers[document + 1] as usize;
        let terms = &all_terms[entries.clone()];
        let from = first_from(terms, work.range.start, n_terms);
        let to = first_from(terms, work.range.end, n_terms);
        if from >= to {
            continue;
        }
        let row = &work.rows[document * lanes_per_row..(document + 1) * lanes_per_row];
        let numbers = entries.start + from - base..entries.start + to - base;
        let values = &all_values[numbers.clone()];
        let second_values = all_seconds.get(numbers).unwrap_or_default();
        let terms = &terms[from..to];
        let first = work.range.start;
        match *row {
            [a] => add_row([a], terms, first, (values, second_values), sums, seconds),
            [a, b] => add_row([a, b], terms, first, (values, second_values), sums, seconds),
            [a, b, c] => add_row([a, b, c], terms, first, (values, second_values), sums, seconds),
            [a, b, c, d] => add_row([a, b, c, d], terms, first, (values, second_values), sums, seconds),
            [a, b, c, d, e] => add_row([a, b, c, d, e], terms, first, (values, second_values), sums, seconds),
            [a, b, c, d, e, f] => add_row([a, b, c, d, e, f], terms, first, (values, second_values), sums, seconds),
            [a, b, c, d, e, f, g] => {
                add_row([a, b, c, d, e, f, g], terms, first, (values, second_values), sums, seconds);
            }
            [a, b, c, d, e, f, g, h] => {
                add_row([a, b, c, d, e, f, g, h], terms, first, (values, second_values), sums, seconds);
            }
            _ => {
                places.clear();
                places.extend((0..lanes_per_row).filter(|&m| !is_zero(&row[m])));
                add_places(row, &places, terms, first, (values, second_values), sums, seconds);
            }
        }
    }
}

/// Adds a row of few vectors, which stays in registers.
#[inline(always)]
fn add_row<const M: usize>(
    row: [Lanes; M],
    terms: &[u32],
    first: u32,
    (values, second_values): (&[f32], &[f32]),
    sums: &mut [Lanes],
    seconds: &mut [Lanes],
) {
    let at = |e: usize| (terms[e] - first) as usize * M;
    for e in 0..terms.len() {
        if e + AHEAD < terms.len() {
            prefetch(sums.as_ptr().wrapping_add(at(e + AHEAD)));
            if !second_values.is_empty() {
                prefetch(seconds.as_ptr().wrapping_add(at(e + AHEAD)));
            }
        }
        let at = at(e);
        let sum = &mut sums[at..at + M];
        for m in 0..M {
            add(&mut sum[m], &row[m], values[e]);
        }
        if !second_values.is_empty() {
            let sum = &mut seconds[at..at + M];
            for m in 0..M {
                add(&mut sum[m], &row[m], second_values[e]);
            }
        }
    }
}

/// Adds the vectors of a long row that are not zero.
#[inline(always)]
fn add_places(
    row: &[Lanes],
    places: &[usize],
    terms: &[u32],
    first: u32,
    (values, second_values): (&[f32], &[f32]),
    sums: &mut [Lanes],
    seconds: &mut [Lanes],
) {
    for (e, &term) in terms.iter().enumerate() {
        let at = (term - first) as usize * row.len();
        let sum = &mut sums[at..at + row.len()];
        places.iter().for_each(|&m| add(&mut sum[m], &row[m], values[e]));
        if !second_values.is_empty() {
            let sum = &mut seconds[at..at + row.len()];
            places.iter().for_each(|&m| add(&mut sum[m], &row[m], second_values[e]));
        }
    }
}

/// The place of the first term that is not below `bound`. Terms are spread about evenly, which says where to begin.
#[inline(always)]
fn first_from(terms: &[u32], bound: u32, n_terms: u64) -> usize {
    let guess = terms.len() as u64 * u64::from(bound) / n_terms.max(1);
    let mut place = (guess as usize).min(terms.len());
    while place > 0 && terms[place - 1] >= bound {
        place -= 1;
    }
    while place < terms.len() && terms[place] < bound {
        place += 1;
    }
    place
}

#[inline(always)]
fn add(sum: &mut Lanes, row: &Lanes, value: f32) {
    for lane in 0..LANES {
        sum.0[lane] = row.0[lane].mul_add(value, sum.0[lane]);
    }
}
