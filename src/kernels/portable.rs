//! The loop in plain code: the definition that the other paths follow bit by bit.

use super::logarithm::ln;
use super::row_pass::{Chunk, MIN_PRODUCT, chains};
use super::storage::{LANES, Lanes};
use super::weighted_sum::{CHAINS, Sum};

pub(super) fn chunk(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    let lanes_per_row = chunk.row.len();
    let factor_row = |index: u32| &chunk.factor[index as usize * lanes_per_row..][..lanes_per_row];
    let mut objective = [0.0_f64; LANES];
    let mut sums = vec![Lanes::default(); chains(lanes_per_row) * lanes_per_row];
    let (indices, values) = (&chunk.indices[chunk.range.clone()], &chunk.values[chunk.range.clone()]);
    for (indices, values) in indices.chunks(LANES).zip(values.chunks(LANES)) {
        let (mut x, mut products) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        x[..values.len()].copy_from_slice(values);
        for (product, &index) in products.iter_mut().zip(indices) {
            *product = dot(chunk.row, factor_row(index));
        }
        let ratios = ratios(x, products, chunk.with_objective.then_some(&mut objective));
        for (e, (&ratio, &index)) in ratios.iter().zip(indices).enumerate() {
            let chain = &mut sums[e % chains(lanes_per_row) * lanes_per_row..][..lanes_per_row];
            for (sum, entry) in chain.iter_mut().zip(factor_row(index)) {
                for lane in 0..LANES {
                    sum.0[lane] = ratio.mul_add(entry.0[lane], sum.0[lane]);
                }
            }
        }
    }
    add_chains(&sums, numerators);
    tree(objective)
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

/// x / max(v, 1e-30) of a block of nonzeros (x = 0 beyond the last); adds x ln(x / v) to the objective, lane by lane.
fn ratios(x: [f32; LANES], products: [f32; LANES], objective: Option<&mut [f64; LANES]>) -> [f32; LANES] {
    let mut ratios = [0.0_f32; LANES];
    for lane in 0..LANES {
        let product = if products[lane] > MIN_PRODUCT { products[lane] } else { MIN_PRODUCT };
        ratios[lane] = x[lane] / product;
    }
    if let Some(objective) = objective {
        let logarithm = ln(ratios);
        for lane in 0..LANES {
            objective[lane] += f64::from(x[lane] * logarithm[lane]);
        }
    }
    ratios
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
