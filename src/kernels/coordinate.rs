//! Coordinate descent on one row: exact second derivatives, zeros that are zeros, and a check that it helped.
//!
//! Minimises g(a) = Σ_k s_k a_k − Σ_e x_e ln⟨a, F_e⟩ over a ≥ 0 by Newton steps along one coordinate after another:
//!
//! ```text
//! r_e = F_ek / v_e      p = Σ_e x_e r_e − s_k      h = Σ_e x_e r_e²      a_k ← max(0, a_k + p / h)      v ← v + δ F_·k
//! ```
//!
//! over the active topics, those with a_k > 0 or N_k > s_k. A step that lowers a coordinate can overshoot: where g
//! would rise for the row as a whole, or where a v has been cancelled so far that only rounding is left of it, it is
//! put back and such steps are damped by 1/(1 + λ), λ = |p/h| √(h / min x) (the self-concordant Newton method: L. T. K.
//! Hien, N. Gillis, *Algorithms for nonnegative matrix factorization with the Kullback-Leibler divergence*, 2021,
//! [doi:10.1007/s10915-021-01504-0](https://doi.org/10.1007/s10915-021-01504-0)). So g never rises, but for rounding.
//!
//! The entries of a topic at the row's nonzeros are gathered when its turn comes, and in the same loop v follows the
//! step of the topic before: nothing of size nnz × K is stored.

use super::chunk::{CHUNK, MIN_CURVED_PRODUCT};
use super::lanes::{LANES, Lanes, flatten, flatten_mut, tree};
use super::logarithm::ln;
use super::storage::FactorMatrix;

/// Blocks of nonzeros whose derivatives are summed in f32.
pub(super) const BLOCKS: usize = CHUNK / LANES;

/// Damped from this λ: below, a full step cannot raise g.
const SAFE_STEP: f64 = 0.683_802;

/// Rise of g, as a share of Σ x, that is rounding.
const ROUNDING: f64 = 3e-7;

/// A v that has fallen below this share of what it was is rounding, or nearly: v follows the steps in f32, and each
/// leaves 2⁻²⁴ of it. The next step would take that rest for the truth and creep up from it, doubling the row once a
/// round.
const CANCELLED: f32 = 1e-6;

/// The problem of a row.
pub(super) struct RowProblem<'a> {
    pub(super) factor: &'a FactorMatrix,
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    /// s, length n_topics.
    pub(super) sums: &'a [f32],
    /// Rounds over the active topics.
    pub(super) passes: usize,
    /// Whether a cancelled v counts as a rise. Documents that are folded in go on until they are solved: there it costs
    /// rounds alone, and what stored models say of their documents stays what it was.
    pub(super) minds_cancellation: bool,
}

/// Workspace of one thread. Nonzeros stand in blocks of 16, with x = 0, v = 1 and F = 0 behind the last.
#[derive(Clone, Debug, Default)]
pub(super) struct CoordinateDescent {
    active: Vec<usize>,
    nonzeros: Nonzeros,
    products_before: Vec<Lanes>,
    row_before: Vec<Lanes>,
}

/// The row's nonzeros, block by block.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonzeros {
    /// Where the rows of the factor begin, in numbers; below 2³¹.
    pub(super) offsets: Vec<u32>,
    /// x.
    pub(super) values: Vec<Lanes>,
    /// v.
    pub(super) products: Vec<Lanes>,
    /// F of the topic whose turn it is.
    pub(super) entries: Vec<Lanes>,
}

/// The loop over nonzeros, by instruction set.
pub(super) trait Visit {
    /// v ← max(v + `delta` F, 1e-15) with the entries F of the last topic; then these are those of `topic`, and r = F /
    /// v gives Σ x r and Σ x r².
    ///
    /// # Safety
    /// The CPU has the instruction set; every index is a row of the factor, `topic` one of its columns, the offsets are
    /// those of the problem.
    unsafe fn visit(nonzeros: &mut Nonzeros, problem: &RowProblem<'_>, topic: usize, delta: f32) -> (f64, f64);
}

/// The plain loop of coordinate descent.
pub(super) struct Plain;

impl Visit for Plain {
    unsafe fn visit(nonzeros: &mut Nonzeros, problem: &RowProblem<'_>, topic: usize, delta: f32) -> (f64, f64) {
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

impl CoordinateDescent {
    /// Takes note of the active topics of `row`, whose N are `numerators`, and of its products v, which `products` gives away.
    pub(super) fn begin(
        &mut self,
        problem: &RowProblem<'_>,
        numerators: &[f32],
        products: &mut Vec<Lanes>,
        row: &[Lanes],
    ) {
        assert!(problem.indices.iter().all(|&index| (index as usize) < problem.factor.n_rows()), "an index is no row");
        assert_eq!(problem.sums.len(), problem.factor.n_topics(), "a sum for each topic");
        self.active.clear();
        for (topic, ((a, numerator), sum)) in flatten(row).iter().zip(numerators).zip(problem.sums).enumerate() {
            if *a > 0.0 || numerator > sum {
                self.active.push(topic);
            }
        }
        std::mem::swap(&mut self.nonzeros.products, products);
    }

    /// Fills the blocks, and what is needed to go back.
    fn start(&mut self, problem: &RowProblem<'_>, row: &[Lanes]) {
        let n = problem.values.len();
        let Nonzeros { offsets, values, products, entries } = &mut self.nonzeros;
        let stride = (problem.factor.lanes_per_row() * LANES) as u32;
        offsets.clear();
        offsets.extend(problem.indices.iter().map(|index| index.wrapping_mul(stride)));
        values.clear();
        values.resize(n.div_ceil(LANES), Lanes::default());
        flatten_mut(values)[..n].copy_from_slice(problem.values);
        entries.clear();
        entries.resize(values.len(), Lanes::default());
        let products = flatten_mut(products);
        products[n..].fill(1.0);
        products.iter_mut().for_each(|v| *v = if *v > MIN_CURVED_PRODUCT { *v } else { MIN_CURVED_PRODUCT });
        self.products_before.clone_from(&self.nonzeros.products);
        self.row_before.clear();
        self.row_before.extend_from_slice(row);
    }

    fn restore(&mut self, row: &mut [Lanes]) {
        self.nonzeros.products.copy_from_slice(&self.products_before);
        row.copy_from_slice(&self.row_before);
    }

    /// # Safety
    /// As [`Visit`].
    #[inline(always)]
    unsafe fn descend<V: Visit>(&mut self, problem: &RowProblem<'_>, row: &mut [Lanes], damping: Option<f64>) {
        let row = flatten_mut(row);
        let mut delta = 0.0;
        for _ in 0..problem.passes {
            for &topic in &self.active {
                // SAFETY: the caller's promise; active topics are columns of the factor.
                let (slope, curvature) = unsafe { V::visit(&mut self.nonzeros, problem, topic, delta) };
                let updated = step(row[topic], slope - f64::from(problem.sums[topic]), curvature, damping);
                delta = updated - row[topic];
                row[topic] = updated;
            }
        }
        if let Some(&last) = self.active.last() {
            // SAFETY: as above; only v is asked for.
            unsafe { V::visit(&mut self.nonzeros, problem, last, delta) };
        }
    }

    /// Whether a v has been cancelled.
    #[inline(always)]
    fn is_cancelled(&self) -> bool {
        let mut pairs = self.nonzeros.products.iter().zip(&self.products_before);
        pairs.any(|(v, before)| (0..LANES).any(|lane| v.0[lane] < CANCELLED * before.0[lane]))
    }

    /// g(a) − g(a before).
    #[inline(always)]
    fn change(&self, problem: &RowProblem<'_>, row: &[Lanes]) -> f64 {
        let moved = flatten(row).iter().zip(flatten(&self.row_before)).zip(problem.sums);
        let linear: f64 = moved.map(|((a, before), &s)| f64::from(s) * (f64::from(*a) - f64::from(*before))).sum();
        let Nonzeros { values, products, .. } = &self.nonzeros;
        let mut logarithms = [0.0_f64; LANES];
        for ((x, v), before) in values.iter().zip(products).zip(&self.products_before) {
            let ratios = ln(std::array::from_fn(|lane| v.0[lane] / before.0[lane]));
            for lane in 0..LANES {
                logarithms[lane] += f64::from(x.0[lane] * ratios[lane]);
            }
        }
        linear - tree(logarithms)
    }
}

/// The loop for one instruction set.
///
/// # Safety
/// As [`Visit`].
#[inline(always)]
pub(super) unsafe fn descend<V: Visit>(work: &mut CoordinateDescent, problem: &RowProblem<'_>, row: &mut [Lanes]) {
    work.start(problem, row);
    // SAFETY: the caller's promise.
    unsafe { work.descend::<V>(problem, row, None) };
    let most = ROUNDING * problem.values.iter().map(|&x| f64::from(x)).sum::<f64>();
    let is_lost = problem.minds_cancellation && work.is_cancelled();
    if !is_lost && work.change(problem, row) <= most {
        return;
    }
    work.restore(row);
    let smallest = problem.values.iter().copied().fold(f32::INFINITY, f32::min);
    // SAFETY: as above.
    unsafe { work.descend::<V>(problem, row, Some(f64::from(smallest))) };
    let change = work.change(problem, row);
    if change > most || change.is_nan() {
        work.restore(row);
    }
}

/// A Newton step along a coordinate; with `damping`, the smallest x, a step down is damped.
#[inline(always)]
fn step(a: f32, slope: f64, curvature: f64, damping: Option<f64>) -> f32 {
    if curvature <= 0.0 {
        return if slope < 0.0 { 0.0 } else { a };
    }
    let mut step = slope / curvature;
    if let Some(smallest) = damping.filter(|_| slope < 0.0) {
        let lambda = -step * (curvature / smallest).sqrt();
        if lambda > SAFE_STEP {
            step /= 1.0 + lambda;
        }
    }
    let updated = (f64::from(a) + step) as f32;
    if updated > f32::MIN_POSITIVE { updated } else { 0.0 }
}
