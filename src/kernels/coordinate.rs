//! Coordinate descent on one row: Newton steps with exact second derivatives, exact zeros, and a check that the
//! objective of the row has not risen.
//!
//! It minimises g(a) = Σ_k s_k a_k − Σ_e x_e ln⟨a, F_e⟩ over a ≥ 0 by Newton steps along one coordinate after
//! another:
//!
//! ```text
//! r_e = F_ek / v_e      p = Σ_e x_e r_e − s_k      h = Σ_e x_e r_e²      a_k ← max(0, a_k + p / h)      v ← v + δ F_·k
//! ```
//!
//! It visits the active topics, those with a_k > 0 or N_k > s_k. A step that lowers a coordinate can overshoot. If g
//! has risen for the row as a whole, or if some v was cancelled so far that little but rounding is left of it, the
//! row is reset and descends again, now with such steps damped by 1/(1 + λ), λ = |p/h| √(h / min x) (the
//! self-concordant Newton method: L. T. K. Hien, N. Gillis, *Algorithms for nonnegative matrix factorization with the
//! Kullback-Leibler divergence*, 2021, [doi:10.1007/s10915-021-01504-0](https://doi.org/10.1007/s10915-021-01504-0)).
//! So g never rises by more than rounding.
//!
//! The entries of a topic at the row's nonzeros are gathered when its turn comes. The same loop brings v up to date
//! with the step of the topic before it, so that nothing of size nnz × K is stored.

use super::chunk::{CHUNK, MIN_CURVED_PRODUCT};
use super::lanes::{LANES, Lanes, flatten, flatten_mut, tree};
use super::logarithm::ln;
use super::storage::FactorMatrix;

/// Number of blocks of nonzeros whose derivatives are summed in f32 before their sums are added in f64.
pub(super) const BLOCKS: usize = CHUNK / LANES;

/// Smallest λ for which a step is damped, because with a smaller one a full step cannot raise g.
const SAFE_STEP: f64 = 0.683_802;

/// A rise of g up to this share of Σ x may be rounding and is accepted.
const ROUNDING: f64 = 3e-7;

/// A v below this share of its value at the start is mostly rounding, because v follows the steps in f32 and each of
/// them leaves an error of 2⁻²⁴ of it. The next step would take this error for the true product, and the row could
/// then only creep up from it, doubling once a round.
const CANCELLED: f32 = 1e-6;

/// The problem of one row: minimise g for these nonzeros and this factor.
pub(super) struct RowProblem<'a> {
    pub(super) factor: &'a FactorMatrix,
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [f32],
    /// The column sums s of the factor, length n_topics.
    pub(super) sums: &'a [f32],
    /// Number of rounds over the active topics.
    pub(super) passes: usize,
    /// Whether a cancelled v counts as a rise of g. It does not when documents are folded in: they iterate until they
    /// are solved, so that a cancelled v only costs rounds, and the results of stored models must not change.
    pub(super) minds_cancellation: bool,
}

/// The workspace of one thread. Nonzeros stand in blocks of 16; the last one is filled up with x = 0, v = 1 and F =
/// 0, which add nothing to a sum.
#[derive(Clone, Debug, Default)]
pub(super) struct CoordinateDescent {
    active: Vec<usize>,
    nonzeros: Nonzeros,
    products_before: Vec<Lanes>,
    row_before: Vec<Lanes>,
}

/// The row's nonzeros in blocks of 16.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonzeros {
    /// Where the factor's rows begin, counted in numbers. Vector code gathers by them, for factors of fewer than 2³¹
    /// numbers.
    pub(super) offsets: Vec<u32>,
    /// The values x.
    pub(super) values: Vec<Lanes>,
    /// The products v = ⟨a, F_e⟩.
    pub(super) products: Vec<Lanes>,
    /// The entries F of the topic that was visited last.
    pub(super) entries: Vec<Lanes>,
}

/// The loop over the nonzeros of a row, which is implemented in portable code and on vector registers.
pub(super) trait Visit {
    /// Sets v ← max(v + `delta` F, 1e-15) with the entries F of the topic visited before. Then replaces these by the
    /// entries of `topic`, and returns Σ x r and Σ x r² for r = F / v.
    ///
    /// # Safety
    /// The CPU must have the instruction set; every index must be a row of the factor, `topic` one of its columns,
    /// and the offsets must be those of the problem.
    unsafe fn visit(nonzeros: &mut Nonzeros, problem: &RowProblem<'_>, topic: usize, delta: f32) -> (f64, f64);
}

/// The loop in portable code, which defines the result.
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
    /// Finds the active topics of `row` from its N (`numerators`), and takes its products v out of `products`. Panics
    /// if an index is no row of the factor.
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

    /// Fills the blocks, and copies what `restore` needs to undo the descent.
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

    /// Runs all rounds of Newton steps over the active topics; `damping` is as in [`step`].
    ///
    /// # Safety
    /// The caller promises what [`Visit`] asks for.
    #[inline(always)]
    unsafe fn descend<V: Visit>(&mut self, problem: &RowProblem<'_>, row: &mut [Lanes], damping: Option<f64>) {
        let row = flatten_mut(row);
        let mut delta = 0.0;
        for _ in 0..problem.passes {
            for &topic in &self.active {
                // SAFETY: the caller's promise covers the problem, and active topics are columns of its factor.
                let (slope, curvature) = unsafe { V::visit(&mut self.nonzeros, problem, topic, delta) };
                let updated = step(row[topic], slope - f64::from(problem.sums[topic]), curvature, damping);
                delta = updated - row[topic];
                row[topic] = updated;
            }
        }
        if let Some(&last) = self.active.last() {
            // SAFETY: as above. This visit only brings v up to date with the last step.
            unsafe { V::visit(&mut self.nonzeros, problem, last, delta) };
        }
    }

    /// Whether some v has been cancelled down to rounding; see [`CANCELLED`].
    #[inline(always)]
    fn is_cancelled(&self) -> bool {
        let mut pairs = self.nonzeros.products.iter().zip(&self.products_before);
        pairs.any(|(v, before)| (0..LANES).any(|lane| v.0[lane] < CANCELLED * before.0[lane]))
    }

    /// The change g(a) − g(a before) since the start of the descent.
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

/// Coordinate descent on one row: with full steps, and if that fails again from the same start with damped steps. If
/// these fail too, the row stays as it was.
///
/// # Safety
/// The caller promises what [`Visit`] asks for.
#[inline(always)]
pub(super) unsafe fn descend<V: Visit>(work: &mut CoordinateDescent, problem: &RowProblem<'_>, row: &mut [Lanes]) {
    work.start(problem, row);
    // SAFETY: the caller's promise is the one that this function needs.
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

/// The entry `a` after a Newton step along its coordinate. If `damping` holds the smallest x of the row, a step
/// downwards is damped. Values below the smallest normal number become exact zeros.
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
