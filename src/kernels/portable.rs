//! The loop in plain code: the definition that the other paths follow bit by bit.

use super::logarithm::ln;
use super::row_pass::{Chunk, MIN_PRODUCT};
use super::storage::{LANES, Lanes};

pub(super) fn chunk(chunk: &Chunk<'_>, numerators: &mut [Lanes]) -> f64 {
    let mut objective = [0.0_f64; LANES];
    let blocks = chunk.indices.chunks(LANES).zip(chunk.values.chunks(LANES));
    for (indices, values) in blocks {
        let mut products = [1.0_f32; LANES];
        for (product, &index) in products.iter_mut().zip(indices) {
            *product = dot(chunk.row, chunk.factor_row(index));
        }
        let ratios = ratios(values, products, chunk.with_objective.then_some(&mut objective));
        for (&ratio, &index) in ratios.iter().zip(indices) {
            for (sum, entry) in numerators.iter_mut().zip(chunk.factor_row(index)) {
                for lane in 0..LANES {
                    sum.0[lane] = ratio.mul_add(entry.0[lane], sum.0[lane]);
                }
            }
        }
    }
    tree(objective)
}

/// x / max(v, 1e-30) of a block of nonzeros; adds x ln(x / v) to the objective, lane by lane. Every path compiles this
/// for itself.
#[inline(always)]
pub(super) fn ratios(values: &[f32], products: [f32; LANES], objective: Option<&mut [f64; LANES]>) -> [f32; LANES] {
    let x = match <&[f32; LANES]>::try_from(values) {
        Ok(whole) => *whole,
        Err(_) => {
            let mut x = [0.0_f32; LANES];
            x.iter_mut().zip(values).for_each(|(x, &value)| *x = value);
            x
        }
    };
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
