//! The loop in plain code: the definition that the other paths follow bit by bit.

use std::array::from_fn;

use super::coordinate::{BLOCKS, Nonzeros, Problem, Visit};
use super::logarithm::ln;
use super::row_pass::{Chunk, MIN_CURVED_PRODUCT, MIN_PRODUCT, Sums, chains};
use super::storage::{LANES, Lanes};
use super::weighted_sum::{CHAINS, Sum};

pub(super) fn chunk(chunk: &Chunk<'_>, to: &mut Sums<'_>) -> f64 {
    let lanes_per_row = chunk.row.len();
    let factor_row = |index: u32| &chunk.factor[index as usize * lanes_per_row..][..lanes_per_row];
    let row_sums = chunk.wanted.row_sums;
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
        if chunk.wanted.objective {
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

/// The plain loop of coordinate descent.
pub(super) struct Plain;

impl Visit for Plain {
    unsafe fn visit(nonzeros: &mut Nonzeros, problem: &Problem<'_>, topic: usize, delta: f32) -> (f64, f64) {
        let Nonzeros { values, products, entries, .. } = nonzeros;
        let (mut slope, mut curvature) = (0.0, 0.0);
        for first in (0..values.len()).step_by(BLOCKS) {
            let (mut slopes, mut curvatures) = ([0.0_f32; LANES], [0.0_f32; LANES]);
            for block in first..values.len().min(first + BLOCKS) {
                let indices = &problem.indices[block * LANES..problem.indices.len().min((block + 1) * LANES)];
                for lane in 0..LANES {
                    let product = entries[block].0[lane].mul_add(delta, products[block].0[lane]);
                    products[block].0[lane] = if product > MIN_CURVED_PRODUCT { product } else { MIN_CURVED_PRODUCT };
                    let entry = |&index: &u32| problem.factor.get(index as usize, topic);
                    entries[block].0[lane] = indices.get(lane).map_or(0.0, entry);
                    let ratio = entries[block].0[lane] / products[block].0[lane];
                    let weighted = values[block].0[lane] * ratio;
                    slopes[lane] += weighted;
                    curvatures[lane] = weighted.mul_add(ratio, curvatures[lane]);
                }
            }
            slope += f64::from(tree(slopes));
            curvature += f64::from(tree(curvatures));
        }
        (slope, curvature)
    }
}

/// Adds a row times a number to sums.
fn add(sums: &mut [Lanes], row: &[Lanes], by: f32) {
    for (sum, entry) in sums.iter_mut().zip(row) {
        for lane in 0..LANES {
            sum.0[lane] = by.mul_add(entry.0[lane], sum.0[lane]);
        }
    }
}

pub(super) fn sum(sum: &Sum<'_>, out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    let mut chains = vec![Lanes::default(); CHAINS * lanes_per_row];
    for (e, (&index, &value)) in sum.indices.iter().zip(sum.values).enumerate() {
        let entry = &sum.factor[index as usize * lanes_per_row..][..lanes_per_row];
        for (sum, entry) in chains[e % CHAINS * lanes_per_row..].iter_mut().zip(entry) {
            for lane in 0..LANES {
                sum.0[lane] = entry.0[lane].mul_add(value, sum.0[lane]);
            }
        }
    }
    add_chains(&chains, out);
}

/// The sum of chains of as many vectors as `out` has, in order.
fn add_chains(chains: &[Lanes], out: &mut [Lanes]) {
    let lanes_per_row = out.len();
    for (m, out) in out.iter_mut().enumerate() {
        *out = chains[m];
        for chain in chains.chunks_exact(lanes_per_row).skip(1) {
            for lane in 0..LANES {
                out.0[lane] += chain[m].0[lane];
            }
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

/// The fixed reduction tree: l + (l+8), then +4, +2, +1.
#[inline(always)]
pub(super) fn tree<T: Copy + std::ops::AddAssign>(mut sum: [T; LANES]) -> T {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            let other = sum[lane + half];
            sum[lane] += other;
        }
    }
    sum[0]
}
