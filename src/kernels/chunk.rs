//! The loop of KL updates over the nonzeros of one row (fused dot, divide, scaled add): its definition, in plain code that the
//! other instruction sets follow bit by bit.
//!
//! For a row a ∈ ℝ^K (a term's row of W, or a document's column of H), the rows F_e of the other factor at the row's
//! nonzeros and their values x_e > 0:
//!
//! ```text
//! v_e = max(⟨a, F_e⟩, v_min)        N = Σ_e (x_e / v_e) · F_e        f = Σ_e x_e · ln(x_e / v_e)
//! Q = Σ_e (x_e / v_e · σ_e / v_e) · F_e        σ_e the sum of F_e
//! ```
//!
//! 4 K flops and one division per nonzero; 2 K and one division more for Q, which second-order steps ask for, and a
//! logarithm for f; nothing of size nnz × K is stored. v_min is 1e-30, with Q 1e-15, since 1/v² must be finite. Order
//! of operations, the same on every path: a dot product is one chain of fused multiply-adds per lane, then the tree l +
//! (l+8), +4, +2, +1; N and Q are summed in storage order in f32 on [`chains`] chains over chunks of 4,096 nonzeros,
//! whose partial sums are added in f64; f is summed in f64 by lane over blocks of 16 nonzeros, then by the same tree.

use std::array::from_fn;
use std::ops::Range;

use super::lanes::{LANES, Lanes, add_chains, tree};
use super::logarithm::ln;

/// Smallest value of ⟨a, F_e⟩ in a quotient.
pub const MIN_PRODUCT: f32 = 1e-30;

/// The same where 1 / v² is used as well.
pub(super) const MIN_CURVED_PRODUCT: f32 = 1e-15;

/// Nonzeros whose numerators are summed in f32 before the partial sum goes into f64.
pub(super) const CHUNK: usize = 4096;

/// What a pass gives beside the numerators.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassOutputs<'a> {
    /// f.
    pub objective: bool,
    /// Q, for these row sums σ of the other factor; none where it is empty.
    pub row_sums: &'a [f32],
    /// v of each nonzero.
    pub products: bool,
}

/// Chains that the numerators are summed on, nonzero e of a chunk on chain e mod this: enough to hide the latency of an
/// addition where a row has few vectors.
pub(super) const fn chains(lanes_per_row: usize) -> usize {
    match lanes_per_row {
        1 => 4,
        2 => 2,
        _ => 1,
    }
}

/// Nonzeros of a row, at most [`CHUNK`] of them, and what they meet.
pub(super) struct Chunk<'a> {
    pub(super) row: &'a [Lanes],
    pub(super) factor: &'a [Lanes],
    /// Storage of all rows' nonzeros; what comes behind `range` may be fetched ahead.
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    pub(super) range: Range<usize>,
    pub(super) outputs: PassOutputs<'a>,
}

/// Where the results of a chunk go; empty where nobody asks.
pub(super) struct Sums<'a> {
    pub(super) numerators: &'a mut [Lanes],
    pub(super) curvatures: &'a mut [Lanes],
    pub(super) products: &'a mut [Lanes],
}

/// The sums of a chunk and its part of the objective.
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

/// Adds a row times a number to sums.
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
