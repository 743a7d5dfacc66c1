//! Coordinate descent for many rows at once: rows a that minimise ½ aᵀG a − (b − l)ᵀa over a ≥ floor, with one
//! matrix G and one linear penalty l.
//!
//! A panel holds [`PANEL_ROWS`] rows side by side: a lane is a row, and a vector holds one topic of sixteen rows. So no
//! sum goes across lanes, and a row's result does not depend on the rows beside it. The slopes b − G a are computed
//! for eight topics at a time, and brought up to date within the eight after each step.

use super::lanes::{LANES, Lanes};

/// Rows of a panel.
pub const PANEL_ROWS: usize = PANEL_VECTORS * LANES;

/// Vectors of a panel for each topic.
pub(super) const PANEL_VECTORS: usize = 2;

/// Topics whose slopes are computed together.
const BLOCK: usize = 8;

/// A diagonal entry of G below this one is that of a topic without weight, since its reciprocal is out of f32's range.
const LEAST_CURVATURE: f64 = 1e-30;

/// Largest curvature that a relative penalty adds.
pub(super) const MOST_SHIFT: f32 = 1e30;

/// The matrix G of a least-squares problem, in the form that panels need.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    pub(super) n_topics: usize,
    /// Numbers of a row of −G: n_topics, rounded up to a multiple of [`BLOCK`].
    pub(super) stride: usize,
    /// −G, padded with zeros.
    minus_gram: Vec<f32>,
    /// 1 / G_kk of each topic; 0 for a topic without weight.
    pub(super) reciprocals: Vec<f32>,
    /// −l of each topic, padded with zeros.
    minus_linear: Vec<f32>,
    pub(super) floor: f32,
    /// κ of each topic, which adds κ_k a_k² / (2 a_k before) to the objective; empty if there is no such penalty.
    pub(super) relative: Vec<f32>,
}

impl LeastSquares {
    /// The problem with the symmetric matrix `gram` (n_topics × n_topics, row after row), `linear` penalties l and
    /// `relative` penalties κ (one per topic, or none), and the smallest entry allowed.
    pub fn new(gram: &[f64], linear: &[f64], relative: &[f64], floor: f32) -> Self {
        let n_topics = gram.len().isqrt();
        assert_eq!(gram.len(), n_topics * n_topics, "a square matrix");
        assert!(linear.is_empty() || linear.len() == n_topics, "a penalty for each topic");
        assert!(relative.is_empty() || relative.len() == n_topics, "a penalty for each topic");
        let stride = n_topics.next_multiple_of(BLOCK);
        let mut minus_gram = vec![0.0; n_topics * stride];
        for (to, from) in minus_gram.chunks_exact_mut(stride.max(1)).zip(gram.chunks_exact(n_topics.max(1))) {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = -from as f32);
        }
        let reciprocal =
            |k: usize| Some(gram[k * n_topics + k]).filter(|&g| g >= LEAST_CURVATURE).map_or(0.0, |g| 1.0 / g);
        let reciprocals = (0..n_topics).map(|k| reciprocal(k) as f32).collect();
        let minus_linear = (0..stride).map(|k| -linear.get(k).copied().unwrap_or(0.0) as f32).collect();
        let relative = relative.iter().map(|&kappa| kappa as f32).collect();
        Self { n_topics, stride, minus_gram, reciprocals, minus_linear, floor, relative }
    }

    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.n_topics
    }

    /// G_kk as the steps see it.
    fn curvature(&self, topic: usize) -> f32 {
        -self.minus_gram[topic * self.stride + topic]
    }
}

/// What does not change while a panel descends.
pub(super) struct Rows<'a> {
    pub(super) problem: &'a LeastSquares,
    pub(super) b: &'a [Lanes],
    pub(super) shifts: &'a [Lanes],
}

/// One round over all topics, in portable code, which defines the result.
pub(super) fn sweep(rows: &Rows<'_>, a: &mut [Lanes]) {
    let problem = rows.problem;
    for vector in 0..PANEL_VECTORS {
        for first in (0..problem.n_topics).step_by(BLOCK) {
            let block = first..problem.n_topics.min(first + BLOCK);
            let mut slopes: Vec<Lanes> = block.clone().map(|topic| slope(rows, a, topic, vector)).collect();
            for topic in block.clone() {
                let slope = slopes[topic - first];
                let entry = &mut a[topic * PANEL_VECTORS + vector];
                let before = *entry;
                for lane in 0..LANES {
                    let a = before.0[lane];
                    let moved = match rows.shifts.get(topic * PANEL_VECTORS + vector) {
                        None => slope.0[lane].mul_add(problem.reciprocals[topic], a),
                        Some(shift) => {
                            let shift = shift.0[lane];
                            a + (-a).mul_add(shift, slope.0[lane]) / (problem.curvature(topic) + shift)
                        }
                    };
                    let has_weight = problem.reciprocals[topic] != 0.0;
                    entry.0[lane] = if has_weight && moved > problem.floor { moved } else { problem.floor };
                }
                for other in topic + 1..block.end {
                    let minus_gram = problem.minus_gram[topic * problem.stride + other];
                    for lane in 0..LANES {
                        let step = entry.0[lane] - before.0[lane];
                        slopes[other - first].0[lane] = step.mul_add(minus_gram, slopes[other - first].0[lane]);
                    }
                }
            }
        }
    }
}

/// b − l of one topic.
fn attraction(rows: &Rows<'_>, topic: usize, vector: usize) -> Lanes {
    Lanes(rows.b[topic * PANEL_VECTORS + vector].0.map(|b| b + rows.problem.minus_linear[topic]))
}

/// b − l − G a of one topic.
fn slope(rows: &Rows<'_>, a: &[Lanes], topic: usize, vector: usize) -> Lanes {
    let mut slope = attraction(rows, topic, vector);
    for i in 0..rows.problem.n_topics {
        let minus_gram = rows.problem.minus_gram[i * rows.problem.stride + topic];
        let a = a[i * PANEL_VECTORS + vector];
        for lane in 0..LANES {
            slope.0[lane] = a.0[lane].mul_add(minus_gram, slope.0[lane]);
        }
    }
    slope
}

/// ½ aᵀG a − bᵀa = −½ Σ a (b + (b − G a)) of each row (b less l), in portable code, which defines the result.
pub(super) fn objectives(rows: &Rows<'_>, a: &[Lanes], values: &mut [Lanes; PANEL_VECTORS]) {
    for (vector, value) in values.iter_mut().enumerate() {
        *value = Lanes::default();
        for topic in 0..rows.problem.n_topics {
            let (slope, b) = (slope(rows, a, topic, vector), attraction(rows, topic, vector));
            for lane in 0..LANES {
                let a = a[topic * PANEL_VECTORS + vector].0[lane];
                value.0[lane] = (a * -0.5).mul_add(slope.0[lane] + b.0[lane], value.0[lane]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use in_registers::{objectives as objectives_in_registers, sweep as sweep_in_registers};

/// The same loops for one instruction set. All functions need what [`Vector`] asks for, and a panel of the problem's
/// size, which [`Panel`] makes.
#[cfg(target_arch = "x86_64")]
mod in_registers {
    #![allow(unsafe_op_in_unsafe_fn, reason = "each function is a loop over operations whose terms the trait states")]

    use super::{BLOCK, LANES, Lanes, PANEL_VECTORS, Rows};
    use crate::kernels::vector::Vector;

    /// b − l of a topic, 0 beyond the last one.
    #[inline(always)]
    unsafe fn attraction<V: Vector>(rows: &Rows<'_>, topic: usize, vector: usize) -> V {
        let b = V::load(rows.b.as_ptr().add(topic * PANEL_VECTORS + vector).cast());
        b.add(V::splat(*rows.problem.minus_linear.as_ptr().add(topic)))
    }

    /// The slopes of [`BLOCK`] topics from `first` on, those beyond the last topic being 0.
    #[inline(always)]
    unsafe fn slopes<V: Vector>(rows: &Rows<'_>, a: &[Lanes], first: usize) -> [[V; PANEL_VECTORS]; BLOCK] {
        let mut slopes = [[V::zero(); PANEL_VECTORS]; BLOCK];
        if V::HAS_MANY_REGISTERS {
            slopes_of::<V, BLOCK, PANEL_VECTORS>(rows, a, first, 0, &mut slopes);
        } else {
            for part in (0..BLOCK).step_by(BLOCK / 2) {
                for vector in 0..PANEL_VECTORS {
                    let mut some = [[V::zero(); 1]; BLOCK / 2];
                    slopes_of::<V, { BLOCK / 2 }, 1>(rows, a, first + part, vector, &mut some);
                    (0..BLOCK / 2).for_each(|t| slopes[part + t][vector] = some[t][0]);
                }
            }
        }
        slopes
    }

    /// The slopes of `T` topics from `first` on in `M` vectors from `vector` on.
    #[inline(always)]
    unsafe fn slopes_of<V: Vector, const T: usize, const M: usize>(
        rows: &Rows<'_>,
        a: &[Lanes],
        first: usize,
        vector: usize,
        slopes: &mut [[V; M]; T],
    ) {
        let problem = rows.problem;
        let mut sums: [[V; M]; T] = *slopes;
        for t in 0..T {
            for m in 0..M {
                sums[t][m] = attraction(rows, first + t, vector + m);
            }
        }
        for i in 0..problem.n_topics {
            let entries: [V; M] =
                std::array::from_fn(|m| V::load(a.as_ptr().add(i * PANEL_VECTORS + vector + m).cast()));
            let minus_gram = problem.minus_gram.as_ptr().add(i * problem.stride + first);
            for t in 0..T {
                let g = V::splat(*minus_gram.add(t));
                for m in 0..M {
                    sums[t][m] = entries[m].multiply_add(g, sums[t][m]);
                }
            }
        }
        *slopes = sums;
    }

    #[inline(always)]
    pub(in crate::kernels) unsafe fn sweep<V: Vector>(rows: &Rows<'_>, a: &mut [Lanes]) {
        if rows.shifts.is_empty() { sweep_with::<V, false>(rows, a) } else { sweep_with::<V, true>(rows, a) }
    }

    #[inline(always)]
    unsafe fn sweep_with<V: Vector, const IS_RELATIVE: bool>(rows: &Rows<'_>, a: &mut [Lanes]) {
        let problem = rows.problem;
        let (floor, minus_one) = (V::splat(problem.floor), V::splat(-1.0));
        for first in (0..problem.n_topics).step_by(BLOCK) {
            let mut slopes = slopes::<V>(rows, a, first);
            let n = BLOCK.min(problem.n_topics - first);
            for t in 0..n {
                let topic = first + t;
                let minus_gram = problem.minus_gram.as_ptr().add(topic * problem.stride + first);
                for m in 0..PANEL_VECTORS {
                    let place = topic * PANEL_VECTORS + m;
                    let before = V::load(a.as_ptr().add(place).cast());
                    let moved = if IS_RELATIVE {
                        let shift = V::load(rows.shifts.as_ptr().add(place).cast());
                        let slope = before.multiply(minus_one).multiply_add(shift, slopes[t][m]);
                        before.add(slope.divide(V::splat(problem.curvature(topic)).add(shift)))
                    } else {
                        slopes[t][m].multiply_add(V::splat(problem.reciprocals[topic]), before)
                    };
                    let after = if problem.reciprocals[topic] != 0.0 { moved.maximum(floor) } else { floor };
                    after.store(a.as_mut_ptr().add(place).cast());
                    let step = before.multiply_add(minus_one, after);
                    for other in t + 1..BLOCK {
                        slopes[other][m] = step.multiply_add(V::splat(*minus_gram.add(other)), slopes[other][m]);
                    }
                }
            }
        }
    }

    #[inline(always)]
    pub(in crate::kernels) unsafe fn objectives<V: Vector>(
        rows: &Rows<'_>,
        a: &[Lanes],
        values: &mut [Lanes; PANEL_VECTORS],
    ) {
        let mut sums = [V::zero(); PANEL_VECTORS];
        let minus_half = V::splat(-0.5);
        for first in (0..rows.problem.n_topics).step_by(BLOCK) {
            let slopes = slopes::<V>(rows, a, first);
            for t in 0..BLOCK.min(rows.problem.n_topics - first) {
                for m in 0..PANEL_VECTORS {
                    let place = (first + t) * PANEL_VECTORS + m;
                    let b = attraction::<V>(rows, first + t, m);
                    let a = V::load(a.as_ptr().add(place).cast()).multiply(minus_half);
                    sums[m] = a.multiply_add(slopes[t][m].add(b), sums[m]);
                }
            }
        }
        for (sum, value) in sums.iter().zip(values) {
            sum.store(value.0.as_mut_ptr());
        }
    }

    const _: () = assert!(LANES == 16, "a vector has sixteen lanes");
}
