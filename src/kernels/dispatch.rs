//! The entry points of the loops: each function runs on the instruction set of a [`Kernel`]. Only this file chooses
//! between instruction sets, so that the CPU is checked before every call of code that needs one.

use super::active::{self, ActivePass, ActiveStep};
use super::chunk::{self, Chunk, Sums};
use super::coordinate::{self, CoordinateDescent, RowProblem};
use super::gram::{self, TILE_ROWS, Tile};
use super::kernel::Kernel;
use super::lanes::{LANES, Lanes, flatten};
use super::least_squares;
use super::logarithm::{replace_by_logarithms, weighted_logarithms};
use super::row_step::StepTerms;
use super::rows::Rows;
use super::scatter::{self, Entries, Scatter};
use super::sparse_rows::SparseRows;
use super::sparse_sums::{self, SparseSums};
use super::storage::FactorMatrix;
use super::weighted_sum::{self, Sum};

/// Calls `$function` compiled for the kernel's instruction set, else `$portable`. Checks the CPU; the caller must have
/// checked every other precondition.
macro_rules! on_path {
    ($kernel:expr, $function:ident($($argument:expr),*), $portable:expr) => {
        match $kernel {
            #[cfg(target_arch = "x86_64")]
            kernel @ $crate::kernels::Kernel::Avx2 => {
                assert!(kernel.is_available(), "this machine has no AVX2");
                // SAFETY: the assertion checked that the CPU has the instruction set; the caller has checked the
                // rest.
                unsafe { $crate::kernels::avx2::$function($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            kernel @ $crate::kernels::Kernel::Avx512 => {
                assert!(kernel.is_available(), "this machine has no AVX-512");
                // SAFETY: the assertion checked that the CPU has the instruction set; the caller has checked the
                // rest.
                unsafe { $crate::kernels::avx512::$function($($argument),*) }
            }
            _ => $portable,
        }
    };
}

/// Computes the sums over a chunk of nonzeros; returns the chunk's part of the objective f.
#[inline]
pub(super) fn chunk(kernel: Kernel, chunk: &Chunk<'_>, sums: &mut Sums<'_>) -> f64 {
    on_path!(kernel, chunk(chunk, sums), chunk::chunk(chunk, sums))
}

/// Updates the rows in `factor`, of which the first has the number `first`, and returns how many it updated. It stops
/// at a row that the instruction set cannot keep in registers, which the caller must update by itself.
#[inline]
pub(super) fn update(
    kernel: Kernel,
    rows: &Rows<'_>,
    first: usize,
    factor: &mut [Lanes],
    objectives: &mut [f64],
) -> usize {
    on_path!(kernel, update(rows, first, factor, objectives), 0)
}

/// Runs coordinate descent on a row, which [`CoordinateDescent::begin`] must have prepared.
#[inline]
pub(super) fn descend(kernel: Kernel, descent: &mut CoordinateDescent, problem: &RowProblem<'_>, row: &mut [Lanes]) {
    // A gather takes signed 32-bit offsets, which a factor of 2³¹ numbers or more exceeds.
    let kernel = if flatten(problem.factor.lanes()).len() < 1 << 31 { kernel } else { Kernel::Portable };
    // SAFETY: portable code needs no instruction set, and `begin` has checked the indices and the topics.
    on_path!(kernel, descend(descent, problem, row), unsafe {
        coordinate::descend::<coordinate::Plain>(descent, problem, row)
    });
}

/// Computes `out ← Σ_e values_e · F[indices_e]`, a weighted sum of rows F of `factor` with their padding. The
/// additions are fused, in f32 and in a fixed order, so that every kernel gives the same bits. Panics if the lengths
/// do not fit or an index is no row of `factor`.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, Lanes, weighted_sum};
/// let factor = FactorMatrix::from_fn(2, 1, |row, _| [1.0, 10.0][row]);
/// let mut out = [Lanes::default()];
/// weighted_sum(Kernel::current(), &mut out, &factor, &[0, 1, 1], &[3.0, 1.0, 0.5]);
/// assert_eq!(out[0].0[0], 18.0);
/// ```
pub fn weighted_sum(kernel: Kernel, out: &mut [Lanes], factor: &FactorMatrix, indices: &[u32], values: &[f32]) {
    assert_eq!(indices.len(), values.len(), "indices and values");
    assert_eq!(out.len(), factor.lanes_per_row(), "vectors of the factor");
    let largest = indices.iter().copied().max().unwrap_or(0) as usize;
    assert!(indices.is_empty() || largest < factor.n_rows(), "index {largest} is no row of the factor");
    let sum = Sum { factor: factor.lanes(), indices, values };
    on_path!(kernel, sum(&sum, out), weighted_sum::sum(&sum, out))
}

/// Adds value_e · R_d to the first sums at the term of each entry e of each of the `documents` d, where R_d is the row
/// of d in `rows`, and second_e · R_d to the second sums, which may be empty where there are no seconds. Only terms of
/// `range` are summed, and the sums begin with the first of them. The additions are fused, in f32 and in the order of
/// documents, so that every kernel gives the same bits. Panics if the lengths do not fit.
///
/// ```
/// use topicmill::kernels::{Entries, FactorMatrix, Kernel, Lanes, scatter};
/// let h = FactorMatrix::from_fn(2, 1, |document, _| [1.0, 10.0][document]);
/// let mut sums = vec![Lanes::default(); 3];
/// // The first document has the terms 0 and 2, the second one has term 2.
/// let (pointers, terms, values) = (&[0, 2, 3], &[0, 2, 2], &[5.0, 6.0, 7.0]);
/// let entries = Entries { pointers, terms, values, seconds: &[], n_terms: 3 };
/// scatter(Kernel::current(), &entries, &h, 0..2, 0..3, (&mut sums, &mut []));
/// assert_eq!([sums[0].0[0], sums[1].0[0], sums[2].0[0]], [5.0, 0.0, 76.0]);
/// ```
pub fn scatter(
    kernel: Kernel,
    entries: &Entries<'_>,
    rows: &FactorMatrix,
    documents: std::ops::Range<usize>,
    range: std::ops::Range<u32>,
    (sums, seconds): (&mut [Lanes], &mut [Lanes]),
) {
    assert!(documents.end < entries.pointers.len() && documents.end <= rows.n_rows(), "a row for each document");
    let (rows, lanes_per_row) = (rows.lanes(), rows.lanes_per_row());
    let work = Scatter { entries: *entries, rows, lanes_per_row, documents, range };
    on_path!(kernel, scatter(&work, sums, seconds), scatter::scatter(&work, sums, seconds))
}

/// Σ a_i a_j over some rows of `factor` for every pair of topics: the Gram matrix of these rows, n_topics × n_topics,
/// row after row. Products are summed in f32 over 64 rows, and these sums in f64, in a fixed order, so that every
/// kernel gives the same bits.
///
/// ```
/// use topicmill::kernels::{FactorMatrix, Kernel, products_of_columns};
/// let factor = FactorMatrix::from_fn(2, 2, |row, topic| (row + topic) as f32);
/// assert_eq!(products_of_columns(Kernel::current(), &factor, 0..2), [1.0, 2.0, 2.0, 5.0]);
/// ```
pub fn products_of_columns(kernel: Kernel, factor: &FactorMatrix, rows: std::ops::Range<usize>) -> Vec<f64> {
    let (n, lanes_per_row) = (factor.n_topics(), factor.lanes_per_row());
    let width = lanes_per_row * LANES;
    let mut sums = vec![0.0; width * width];
    let rows = &factor.lanes()[rows.start * lanes_per_row..rows.end * lanes_per_row];
    for rows in rows.chunks((TILE_ROWS * lanes_per_row).max(1)) {
        let tile = Tile { rows, lanes_per_row };
        on_path!(kernel, add_products(&tile, &mut sums), gram::add_products(&tile, &mut sums));
    }
    // A pair stands in the row of the topic with the lower vector alone.
    let entry = |i: usize, j: usize| if j / LANES >= i / LANES { sums[i * width + j] } else { sums[j * width + i] };
    (0..n * n).map(|place| entry(place / n, place % n)).collect()
}

/// One round of coordinate descent on a panel.
#[inline]
pub(super) fn panel_sweep(kernel: Kernel, rows: &least_squares::Rows<'_>, a: &mut [Lanes]) {
    on_path!(kernel, panel_sweep(rows, a), least_squares::sweep(rows, a));
}

/// The objectives of the rows of a panel.
#[inline]
pub(super) fn panel_objectives(kernel: Kernel, rows: &least_squares::Rows<'_>, a: &[Lanes], values: &mut [Lanes; 2]) {
    on_path!(kernel, panel_objectives(rows, a, values), least_squares::objectives(rows, a, values));
}

/// A pass over the active topics of a row, and the step that follows; returns f.
#[inline]
pub(super) fn active_step(kernel: Kernel, work: &mut ActivePass, step: &ActiveStep<'_>, with_objective: bool) -> f64 {
    on_path!(kernel, active_step(work, step, with_objective), {
        let objective = active::pass(work, with_objective);
        active::step(work, step);
        objective
    })
}

/// A pass over nonzeros where the rows of the other factor are lists.
#[inline]
pub(super) fn sparse_pass(
    kernel: Kernel,
    work: &mut SparseSums,
    row: &[Lanes],
    other: &SparseRows,
    nonzeros: (&[u32], &[f32]),
) {
    on_path!(kernel, sparse_pass(work, row, other, nonzeros), sparse_sums::pass(work, row, other, nonzeros));
}

/// The same with the step that follows.
#[inline]
pub(super) fn sparse_update(
    kernel: Kernel,
    work: &mut SparseSums,
    row: &mut [Lanes],
    other: &SparseRows,
    nonzeros: (&[u32], &[f32]),
    step: (&StepTerms, f32),
) {
    on_path!(
        kernel,
        sparse_update(work, row, other, nonzeros, step),
        sparse_sums::update(work, row, other, nonzeros, step)
    );
}

/// Σ w ln x over positive normal numbers x, added in the order that [`weighted_logarithms`] defines.
pub(crate) fn sum_of_logarithms(kernel: Kernel, weights: &[f32], x: &[f32]) -> f64 {
    assert_eq!(weights.len(), x.len(), "a weight for each number");
    on_path!(kernel, logarithms(weights, x), weighted_logarithms(weights, x))
}

/// Replaces positive normal numbers by their natural logarithms; every kernel gives the same bits.
pub(crate) fn to_logarithms(kernel: Kernel, numbers: &mut [Lanes]) {
    on_path!(kernel, to_logarithms(numbers), replace_by_logarithms(numbers));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::LANES;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_path_gives_the_same_bits(n in 1_usize..20, k in 1_usize..150, entries in prop::collection::vec((0_u32..1000, -2.0_f32..2.0), 0..70)) {
            let factor = FactorMatrix::from_fn(n, k, |row, topic| ((row * 31 + topic * 7) % 23) as f32 * 0.37 - 3.0);
            let (indices, values): (Vec<u32>, Vec<f32>) = entries.iter().map(|&(i, x)| (i % n as u32, x)).unzip();
            let mut expected = vec![Lanes::default(); k.div_ceil(LANES)];
            weighted_sum(Kernel::Portable, &mut expected, &factor, &indices, &values);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                let mut out = vec![Lanes([7.0; LANES]); k.div_ceil(LANES)];
                weighted_sum(kernel, &mut out, &factor, &indices, &values);
                prop_assert_eq!(&out, &expected, "{:?}", kernel);
            }
            for topic in 0..k {
                let sum: f64 = indices.iter().zip(&values).map(|(&i, &x)| f64::from(x) * f64::from(factor.get(i as usize, topic))).sum();
                prop_assert!((f64::from(expected[topic / LANES].0[topic % LANES]) - sum).abs() < 1e-3);
            }
        }
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        #[test]
        fn every_path_scatters_the_same_sums(
            documents in prop::collection::vec(prop::collection::btree_map(0_u32..30, 0.1_f32..5.0, 0..9), 1..12),
            k in 1_usize..70,
            first in 0_u32..30,
            length in 0_u32..31,
            is_sparse: bool,
        ) {
            let (mut pointers, mut terms, mut values) = (vec![0_u64], Vec::new(), Vec::new());
            for document in &documents {
                terms.extend(document.keys());
                values.extend(document.values());
                pointers.push(terms.len() as u64);
            }
            let seconds: Vec<f32> = values.iter().map(|value| value * 0.5).collect();
            let entry = |row: usize, topic: usize| ((row * 31 + topic * 7) % 23) as f32 * 0.37;
            let rows = FactorMatrix::from_fn(documents.len(), k, |row, topic| {
                if is_sparse && topic % 20 != row { 0.0 } else { entry(row, topic) }
            });
            let range = first..(first + length).min(30);
            let run = |kernel: Kernel| {
                let length = range.len() * k.div_ceil(LANES);
                let mut sums = [vec![Lanes::default(); length], vec![Lanes::default(); length]];
                let [of_values, of_seconds] = &mut sums;
                let entries =
                    Entries { pointers: &pointers, terms: &terms, values: &values, seconds: &seconds, n_terms: 30 };
                let to = (&mut of_values[..], &mut of_seconds[..]);
                scatter(kernel, &entries, &rows, 0..documents.len(), range.clone(), to);
                sums
            };
            let expected = run(Kernel::Portable);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(&run(kernel), &expected, "{:?}", kernel);
            }
            for (place, term) in range.clone().enumerate() {
                for topic in 0..k {
                    let sum: f32 = documents
                        .iter()
                        .enumerate()
                        .map(|(row, document)| document.get(&term).copied().unwrap_or(0.0) * rows.get(row, topic))
                        .sum();
                    let at = place * k.div_ceil(LANES) + topic / LANES;
                    let found = [expected[0][at].0[topic % LANES], 2.0 * expected[1][at].0[topic % LANES]];
                    let is_sum = |found: &f32| (found - sum).abs() <= 1e-4 * sum.max(1e-3);
                    prop_assert!(found.iter().all(is_sum), "{found:?} {sum}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(64))]

        #[test]
        fn every_path_gives_the_same_products(n in 0_usize..150, k in 1_usize..90, from in 0_usize..20) {
            let factor = FactorMatrix::from_fn(n, k, |row, topic| ((row * 31 + topic * 7) % 23) as f32 * 0.37);
            let rows = from.min(n)..n;
            let expected = products_of_columns(Kernel::Portable, &factor, rows.clone());
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(&products_of_columns(kernel, &factor, rows.clone()), &expected, "{:?}", kernel);
            }
            for (place, &found) in expected.iter().enumerate() {
                let entry = |row: usize, topic: usize| f64::from(factor.get(row, topic));
                let product = |row: usize| entry(row, place / k) * entry(row, place % k);
                let sum: f64 = rows.clone().map(product).sum();
                prop_assert!((found - sum).abs() <= 1e-5 * sum, "{place}: {found} for {sum}");
                prop_assert_eq!(found, expected[place % k * k + place / k]);
            }
        }
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_path_gives_the_same_logarithms(numbers in prop::collection::vec((0.0_f32..9.0, 1e-3_f32..1e3), 0..70)) {
            let (weights, x): (Vec<f32>, Vec<f32>) = numbers.iter().copied().unzip();
            let expected = sum_of_logarithms(Kernel::Portable, &weights, &x);
            for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
                prop_assert_eq!(sum_of_logarithms(kernel, &weights, &x).to_bits(), expected.to_bits(), "{:?}", kernel);
                let mut lanes: Vec<Lanes> = x.iter().map(|&x| Lanes([x; LANES])).collect();
                let mut portable = lanes.clone();
                to_logarithms(kernel, &mut lanes);
                to_logarithms(Kernel::Portable, &mut portable);
                prop_assert_eq!(lanes, portable);
            }
            let plain: f64 = numbers.iter().map(|&(w, x)| f64::from(w) * libm::log(f64::from(x))).sum();
            prop_assert!((expected - plain).abs() < 1e-3);
        }
    }
}
