//! What happens to a row once its sums over nonzeros are known.
//!
//! a is the row, N its numerators and Q its curvatures (see `row_pass`), s the column sums of the other factor:
//!
//! ```text
//! multiplicative   a ← max(floor, a · (N · 1/s))
//! accelerated      a ← max(floor, a / 5, a + γ (N − s) (a + c ā) / (N + c ā Q)),    ā the mean of a, c = ½
//! ```
//!
//! Elementwise and in plain code, compiled for every instruction set where it is inlined: the same bits everywhere.

use super::storage::{LANES, Lanes, flatten, flatten_mut};

/// Share of the row's mean that is added to each entry where the curvature is split among topics.
const MEAN_SHARE: f32 = 0.5;

/// Keeps the quotient of a padding lane, 0 / 0 otherwise, at 0.
const SMALLEST_DIVISOR: f32 = 1e-37;

/// Smallest share of an entry that an accelerated step leaves: v must not vanish in one step, since the local model knows
/// nothing of the pole at 0.
const LOWEST: f32 = 0.2;

/// What the rows of one factor are divided by and kept above: column sums of the other factor and a floor, padded to whole
/// vectors so that padding lanes stay zero.
#[derive(Clone, Debug)]
pub struct TopicScale {
    sums: Vec<Lanes>,
    reciprocals: Vec<Lanes>,
    floors: Vec<Lanes>,
    n_topics: usize,
}

impl TopicScale {
    /// For column `sums` (length n_topics) and a floor for every entry. A topic whose sum is 0 is divided by 1: its
    /// numerators are 0.
    pub fn new(sums: &[f64], floor: f32) -> Self {
        let lanes = sums.len().div_ceil(LANES);
        let mut scale = Self {
            sums: vec![Lanes::default(); lanes],
            reciprocals: vec![Lanes::default(); lanes],
            floors: vec![Lanes::default(); lanes],
            n_topics: sums.len(),
        };
        for (to, &sum) in flatten_mut(&mut scale.reciprocals).iter_mut().zip(sums) {
            *to = if sum > 0.0 { (1.0 / sum) as f32 } else { 1.0 };
        }
        flatten_mut(&mut scale.sums).iter_mut().zip(sums).for_each(|(to, &sum)| *to = sum as f32);
        scale.set_floor(floor);
        scale
    }

    /// Column sums of the other factor, in f32, length n_topics.
    pub(super) fn sums(&self) -> &[f32] {
        &flatten(&self.sums)[..self.n_topics]
    }

    /// Vectors per row.
    pub(super) fn lanes(&self) -> usize {
        self.floors.len()
    }

    /// Another floor for the same sums.
    pub fn set_floor(&mut self, floor: f32) {
        flatten_mut(&mut self.floors)[..self.n_topics].fill(floor);
    }
}

/// The multiplicative step.
#[inline(always)]
pub(super) fn multiplicative(row: &mut [Lanes], numerators: &[Lanes], scale: &TopicScale) {
    let scales = scale.reciprocals.iter().zip(&scale.floors);
    for ((row, numerators), (reciprocals, floors)) in row.iter_mut().zip(numerators).zip(scales) {
        for lane in 0..LANES {
            let updated = row.0[lane] * (numerators.0[lane] * reciprocals.0[lane]);
            row.0[lane] = if updated > floors.0[lane] { updated } else { floors.0[lane] };
        }
    }
}

/// The accelerated step with γ = `damping`.
#[inline(always)]
pub(super) fn accelerated(
    row: &mut [Lanes],
    numerators: &[Lanes],
    curvatures: &[Lanes],
    scale: &TopicScale,
    damping: f32,
) {
    let mut total = [0.0_f32; LANES];
    for row in row.iter() {
        for lane in 0..LANES {
            total[lane] += row.0[lane];
        }
    }
    let share = MEAN_SHARE * (super::portable::tree(total) / scale.n_topics as f32);
    let scales = scale.sums.iter().zip(&scale.floors);
    let sums = numerators.iter().zip(curvatures);
    for ((row, (numerators, curvatures)), (sums, floors)) in row.iter_mut().zip(sums).zip(scales) {
        for lane in 0..LANES {
            let (a, n) = (row.0[lane], numerators.0[lane]);
            let divisor = share.mul_add(curvatures.0[lane], n);
            let divisor = if divisor > SMALLEST_DIVISOR { divisor } else { SMALLEST_DIVISOR };
            let updated = (damping * (n - sums.0[lane])).mul_add((a + share) / divisor, a);
            let lowest = LOWEST * a;
            let updated = if updated > lowest { updated } else { lowest };
            row.0[lane] = if updated > floors.0[lane] { updated } else { floors.0[lane] };
        }
    }
}
