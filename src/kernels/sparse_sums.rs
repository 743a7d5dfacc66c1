//! The loop over nonzeros where the rows of the other factor are lists: it costs what the lists have. It is plain code
//! that is compiled for every instruction set where it is inlined, so that the bits are the same everywhere.

use super::chunk::{CHUNK, MIN_CURVED_PRODUCT};
use super::lanes::{LANES, Lanes, flatten, flatten_mut};
use super::row_step::{self, StepTerms};
use super::sparse_rows::{GROUP, SparseRows};

/// The sums of a pass, and its workspace.
#[derive(Clone, Debug)]
pub(super) struct SparseSums {
    /// The entries of the row, and N and Q of each topic, side by side since they are added to together; both have
    /// places behind the last topic for what lists are filled up with.
    row: Vec<f32>,
    sums: Vec<[f32; 2]>,
    totals: Vec<[f64; 2]>,
    pub(super) numerators: Vec<Lanes>,
    pub(super) curvatures: Vec<Lanes>,
    pub(super) n_topics: usize,
}

impl SparseSums {
    pub(super) fn new(n_topics: usize) -> Self {
        let lanes = vec![Lanes::default(); n_topics.div_ceil(LANES)];
        let (row, sums, totals) =
            (vec![0.0; n_topics + GROUP], vec![[0.0; 2]; n_topics + GROUP], vec![[0.0; 2]; n_topics]);
        Self { row, sums, totals, numerators: lanes.clone(), curvatures: lanes, n_topics }
    }
}

/// Computes the sums over the nonzeros of a row. It is always inlined, as all below it, so that it is compiled for the
/// instruction set of its caller. A product is summed on four chains of fused multiply-adds, one for each place in a group of entries, which
/// are added in pairs. N and Q are added in the order of nonzeros, and in f64 after each chunk of 4,096.
#[inline(always)]
pub(super) fn pass(work: &mut SparseSums, row: &[Lanes], other: &SparseRows, (indices, values): (&[u32], &[f32])) {
    assert_eq!(indices.len(), values.len(), "indices and values");
    assert_eq!((other.n_topics, row.len()), (work.n_topics, work.numerators.len()), "topics of the factor");
    work.row[..work.n_topics].copy_from_slice(&flatten(row)[..work.n_topics]);
    let is_long = indices.len() > CHUNK;
    if is_long {
        work.totals.fill([0.0; 2]);
    }
    for (indices, values) in indices.chunks(CHUNK).zip(values.chunks(CHUNK)) {
        work.sums.fill([0.0; 2]);
        add_chunk(&work.row, other, (indices, values), &mut work.sums);
        if is_long {
            for (total, sum) in work.totals.iter_mut().zip(&work.sums) {
                (0..2).for_each(|i| total[i] += f64::from(sum[i]));
            }
        }
    }
    if is_long {
        work.sums.iter_mut().zip(&work.totals).for_each(|(sum, total)| *sum = total.map(|total| total as f32));
    }
    let places = flatten_mut(&mut work.numerators).iter_mut().zip(flatten_mut(&mut work.curvatures));
    places.zip(&work.sums[..work.n_topics]).for_each(|((numerator, curvature), &sum)| [*numerator, *curvature] = sum);
}

/// The same, and then the diagonal Newton step of the row with a step length.
#[inline(always)]
pub(super) fn update(
    work: &mut SparseSums,
    row: &mut [Lanes],
    other: &SparseRows,
    nonzeros: (&[u32], &[f32]),
    (terms, damping): (&StepTerms, f32),
) {
    pass(work, row, other, nonzeros);
    row_step::diagonal_newton(row, &work.numerators, &work.curvatures, terms, damping, || 0.0);
}

/// Adds the parts of some nonzeros to the sums, which have a place for each topic and for what lists are filled up
/// with, as the row has.
#[inline(always)]
fn add_chunk(row: &[f32], other: &SparseRows, (all_indices, values): (&[u32], &[f32]), sums: &mut [[f32; 2]]) {
    let n_places = other.n_topics + GROUP;
    assert_eq!((row.len(), sums.len()), (n_places, n_places), "topics of the factor");
    for (block, (indices, values)) in all_indices.chunks(LANES).zip(values.chunks(LANES)).enumerate() {
        for &ahead in all_indices.get((block + 1) * LANES..).unwrap_or_default().iter().take(LANES) {
            other.prefetch(ahead);
        }
        let (mut products, mut x, mut row_sums) = ([1.0_f32; LANES], [0.0_f32; LANES], [0.0_f32; LANES]);
        x[..values.len()].copy_from_slice(values);
        for (lane, &index) in indices.iter().enumerate() {
            row_sums[lane] = other.sums[index as usize];
            let mut chains = [0.0_f32; GROUP];
            for entries in other.row(index) {
                for (i, chain) in chains.iter_mut().enumerate() {
                    // SAFETY: topics of lists are below `n_places`, which is the length of the row.
                    let a = unsafe { row.get_unchecked(usize::from(entries.topics[i])) };
                    *chain = a.mul_add(entries.values[i], *chain);
                }
            }
            products[lane] = (chains[0] + chains[1]) + (chains[2] + chains[3]);
        }
        let mut by = [[0.0_f32; 2]; LANES];
        for lane in 0..LANES {
            let product = if products[lane] > MIN_CURVED_PRODUCT { products[lane] } else { MIN_CURVED_PRODUCT };
            let ratio = x[lane] / product;
            by[lane] = [ratio, ratio * (row_sums[lane] / product)];
        }
        for (by, &index) in by.iter().zip(indices) {
            for entries in other.row(index) {
                for i in 0..GROUP {
                    let value = entries.values[i];
                    // SAFETY: as above, and there is a sum for each place.
                    let sum = unsafe { sums.get_unchecked_mut(usize::from(entries.topics[i])) };
                    *sum = [value.mul_add(by[0], sum[0]), value.mul_add(by[1], sum[1])];
                }
            }
        }
    }
}
