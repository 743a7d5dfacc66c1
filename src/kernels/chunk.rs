//! The loop of the KL-divergence over the nonzeros of one row, in portable code. This code defines the result: the
//! loops for other instruction sets (`vector_pass`) must give the same bits.
//!
//! Let a ∈ ℝ^K be a row (a term's row of W, or a document's column of H), x_e > 0 the values of its nonzeros in V,
//! and F_e the rows of the other factor at these nonzeros:
//!
//! ```text
//! v_e = max(⟨a, F_e⟩, v_min)        N = Σ_e (x_e / v_e) · F_e        f = Σ_e x_e · ln(x_e / v_e)
//! Q = Σ_e (x_e / v_e · σ_e / v_e) · F_e        σ_e the sum of F_e
//! ```
//!
//! A nonzero costs 4 K flops and one division; Q, which second-order steps ask for, costs 2 K flops and one more
//! division, and f costs a logarithm. Nothing of size nnz × K is stored. v_min is 1e-30, but 1e-15 where Q is
//! computed, because 1/v² must be finite.
//!
//! The order of operations is the same on every path, because sums in another order differ in the last bits:
//!
//! * A dot product is one chain of fused multiply-adds per lane, then the tree l + (l+8), +4, +2, +1.
//! * N and Q are summed in f32 in storage order, on [`chains`] chains, over chunks of 4,096 nonzeros; the sums of the
//!   chunks are added in f64.
//! * f is summed in f64 by lane over blocks of 16 nonzeros, then by the same tree.

use std::array::from_fn;
use std::ops::Range;

use super::lanes::{LANES, Lanes, add_chains, tree};
use super::logarithm::ln;

/// Smallest product v = ⟨a, F_e⟩; a quotient x / v would become infinite at v = 0.
pub const MIN_PRODUCT: f32 = 1e-30;

/// Smallest product where 1 / v² is used as well, which would overflow at [`MIN_PRODUCT`].
pub const MIN_CURVED_PRODUCT: f32 = 1e-15;

/// Most nonzeros that are summed in f32 before their sum goes into f64, because long f32 sums lose digits.
pub(super) const CHUNK: usize = 4096;

/// What a pass over the nonzeros of a row computes beside the numerators N = Σ_e (x_e / v_e) · F_e.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassOutputs<'a> {
    /// Whether to compute f = Σ_e x_e · ln(x_e / v_e).
    pub objective: bool,
    /// The row sums σ of the other factor, which the curvatures Q = Σ_e (x_e σ_e / v_e²) · F_e need. Q is not
    /// computed if they are empty.
    pub row_sums: &'a [f32],
    /// Whether to store the product v_e = ⟨a, F_e⟩ of each nonzero.
    pub products: bool,
}

/// Number of independent chains on which the numerators are summed; nonzero e of a chunk goes to chain e mod this
/// number. A row of few vectors needs several chains, because each addition has to wait for the one before it.
pub(super) const fn chains(lanes_per_row: usize) -> usize {
    match lanes_per_row {
        1 => 4,
        2 => 2,
        _ => 1,
    }
}

/// Nonzeros of a row, at most [`CHUNK`] of them, with all that a pass over them reads.
pub(super) struct Chunk<'a> {
    pub(super) row: &'a [Lanes],
    pub(super) factor: &'a [Lanes],
    /// The nonzeros of all rows, of which `range` belongs to this chunk; what follows `range` may be prefetched.
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) range: Range<usize>,
    pub(super) outputs: PassOutputs<'a>,
}

/// Where the sums of a chunk are written; a slice is empty if its sums are not asked for.
pub(super) struct Sums<'a> {
    pub(super) numerators: &'a mut [Lanes],
    pub(super) curvatures: &'a mut [Lanes],
    pub(super) products: &'a mut [Lanes],
}

/// Computes the sums over a chunk; returns the chunk's part of f, or 0 if f is not asked for.
pub(super) fn chunk(chunk: &Chunk<'_>, to: &mut Sums<'_>) -> f64 {
    let lanes_per_row = chunk.row.len();
    let factor_row = |index: u32| &chunk.factor[index as usize * lanes_per_row..][..lanes_per_row];
    let row_sums = chunk.outputs.row_sums;
    let mut objective = [0.0_f64; LANES];
    let chains = chains(lanes_per_row);
    let mut numerators = vec![Lanes::default(); chains * lanes_per_row];
    let mut curvatures = if row_sums.is_empty() { Vec::new() } else { numerators.clone() };
    let (indices, values) = (&chunk.indices[chunk.range.clone()], &chunk.values[chunk.range.clone()]);
    for (block, (indices, values)) in indices.chunks(LANES).zip(values.chunks(LANES)).enumerate() {
        let (mut x, mut products) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        x[..values.len()].copy_from_slice(values);
        for (product, &index) in products.iter_mut().zip(indices) {
            *product = dot(chunk.row, factor_row(index));
        }
        let smallest = if row_sums.is_empty() { MIN_PRODUCT } else { MIN_CURVED_PRODUCT };
        products.iter_mut().for_each(|product| *product = if *product > smallest { *product } else { smallest });
        if let Some(place) = to.products.get_mut(block) {
            *place = Lanes(products);
        }
        let ratios: [f32; LANES] = from_fn(|lane| x[lane] / products[lane]);
        if chunk.outputs.objective {
            let logarithms = ln(ratios);
            for lane in 0..LANES {
                objective[lane] += f64::from(x[lane] * logarithms[lane]);
            }
        }
        let chain = |e: usize| e % chains * lanes_per_row..(e % chains + 1) * lanes_per_row;
        for (e, &index) in indices.iter().enumerate() {
            add(&mut numerators[chain(e)], factor_row(index), ratios[e]);
            if let Some(sum) = row_sums.get(index as usize) {
                add(&mut curvatures[chain(e)], factor_row(index), ratios[e] * (sum / products[e]));
            }
        }
    }
    add_chains(&numerators, to.numerators);
    add_chains(&curvatures, to.curvatures);
    tree(objective)
}

/// Adds `by` times a row to the sums.
fn add(sums: &mut [Lanes], row: &[Lanes], by: f32) {
    for (sum, entry) in sums.iter_mut().zip(row) {
        for lane in 0..LANES {
            sum.0[lane] = by.mul_add(entry.0[lane], sum.0[lane]);
        }
    }
}

fn dot(a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sum = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sum[lane] = a.0[lane].mul_add(b.0[lane], sum[lane]);
        }
    }
    tree(sum)
}
