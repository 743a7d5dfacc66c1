//! The step of a row once its sums over the nonzeros are known.
//!
//! Let a be the row, N its numerators and Q its curvatures (see [`PassOutputs`](super::chunk::PassOutputs)), and s
//! the column sums of the other factor:
//!
//! ```text
//! multiplicative   a ← max(floor, a · (N · 1/s))
//! diagonal Newton  a ← max(floor, a / 5, a + γ (N − s) (a + c ā) / (N + c ā Q)),    ā the mean of a, c = ½
//! ```
//!
//! With penalties (see [`Penalty`]), let A = a N + c and g = N − s − q a − κ + c / a:
//!
//! ```text
//! multiplicative   a ← max(floor, 2 A / (s + √(s² + 4 (q A + κ N))))
//! diagonal Newton  a ← max(floor, a / 5, a + γ g / ((N + c̄ ā Q)/(a + c̄ ā) + q + (κ + τ …)/a + c/a²)),    c̄ = ½
//! ```
//!
//! The steps work entry by entry, in plain code that is compiled for every instruction set where it is inlined, so
//! that the bits are the same everywhere.

use super::lanes::{LANES, Lanes, flatten, flatten_mut, tree};

/// The share of the row's mean that a diagonal Newton step adds to each entry when it splits the curvature among
/// topics; without it tiny entries would take tiny steps.
const MEAN_SHARE: f32 = 0.5;

/// Smallest divisor of a step: the quotient 0 / 0 of a padding lane must be 0, not NaN.
const SMALLEST_DIVISOR: f32 = 1e-37;

/// A diagonal Newton step leaves at least this share of an entry. If a product (WH) reached 0 in one step, ln(V/WH)
/// would diverge; the local quadratic model does not see that pole.
const LOWEST: f32 = 0.2;

/// What a step needs beside the sums over nonzeros: the column sums of the other factor, a floor for the entries, and
/// penalties. All are padded to whole vectors, so that padding lanes stay zero.
#[derive(Clone, Debug)]
pub struct StepTerms {
    sums: Vec<Lanes>,
    reciprocals: Vec<Lanes>,
    floors: Vec<Lanes>,
    penalty: Option<Penalty>,
    n_topics: usize,
}

/// A penalty on the entries of a row a of weight m = Σ x. It adds to the objective, with K topics and column sums s
/// of the other factor:
///
/// ```text
/// Σ_k [ (q_k + p_k/m) a_k²/2 + κ_k · a_k²/(2 a_k before) − c ln a_k + c⁺ (K/m) s_k a_k ]
///     + Σ_k τ_k a_k (Σ_l u_l a_l − u_k a_k)
/// ```
///
/// Each list has a number per topic, or is empty if its part is not wanted. κ majorises a penalty on a column sum. c
/// is a pseudo-count; with it, c⁺ = max(c, 0) keeps the weight of the row, and for c < 0 the step adds |c| (K/m) s_k
/// to N to the same end. τ is decorrelation, which also adds `kept` to N. L1 penalties are not here, because they are
/// part of the sums that [`StepTerms::new`] is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Penalty {
    /// q, a quadratic penalty.
    pub quadratic: Vec<f32>,
    /// p, a quadratic penalty that is divided by the weight of the row.
    pub quadratic_per_weight: Vec<f32>,
    /// κ, a quadratic penalty that is divided by the entry before the step.
    pub relative: Vec<f32>,
    /// c, the pseudo-count of a Dirichlet prior; below 0 the prior favours zeros.
    pub count: f32,
    /// Added to s but not to N: it keeps the column sums of the updated factor in spite of c > 0.
    pub linear: Vec<f32>,
    /// Added to N: it keeps the column sums of the updated factor in spite of c < 0 and of decorrelation.
    pub kept: Vec<f32>,
    /// τ, the strength of decorrelation.
    pub decorrelation: Vec<f32>,
    /// u, the reciprocal column sums of the updated factor, by which an entry becomes a share of its topic.
    pub unit: Vec<f32>,
    /// Whether the step keeps the weight of the row in spite of c.
    pub keeps_weight: bool,
}

impl StepTerms {
    /// The terms for the column sums of the other factor (`sums`, length n_topics) and a floor for every entry. A sum
    /// of 0 is replaced by 1 as a divisor, which is harmless, because the numerators of that topic are 0.
    pub fn new(sums: &[f64], floor: f32) -> Self {
        let lanes = sums.len().div_ceil(LANES);
        let mut scale = Self {
            sums: vec![Lanes::default(); lanes],
            reciprocals: vec![Lanes::default(); lanes],
            floors: vec![Lanes::default(); lanes],
            penalty: None,
            n_topics: sums.len(),
        };
        for (to, &sum) in flatten_mut(&mut scale.reciprocals).iter_mut().zip(sums) {
            *to = if sum > 0.0 { (1.0 / sum) as f32 } else { 1.0 };
        }
        flatten_mut(&mut scale.sums).iter_mut().zip(sums).for_each(|(to, &sum)| *to = sum as f32);
        flatten_mut(&mut scale.floors)[..sums.len()].fill(floor);
        scale
    }

    /// The same terms with a penalty.
    pub fn with_penalty(mut self, penalty: Penalty) -> Self {
        self.penalty = Some(penalty);
        self
    }

    /// The column sums of the other factor, in f32, length n_topics.
    pub(super) fn sums(&self) -> &[f32] {
        &flatten(&self.sums)[..self.n_topics]
    }

    /// The column sums of the other factor with their padding of zeros.
    pub(super) fn padded_sums(&self) -> &[Lanes] {
        &self.sums
    }

    /// Number of vectors per row.
    pub(super) fn lanes(&self) -> usize {
        self.floors.len()
    }

    /// The reciprocals of the sums and the floors; `None` if there is a penalty, because these do not suffice then.
    pub(super) fn plain(&self) -> Option<(&[Lanes], &[Lanes])> {
        if self.penalty.is_some() { None } else { Some((&self.reciprocals, &self.floors)) }
    }
}

/// The multiplicative step of a row. `weight` computes Σ x of the row, and is called only if there is a penalty.
#[inline(always)]
pub(super) fn multiplicative(row: &mut [Lanes], numerators: &[Lanes], scale: &StepTerms, weight: impl FnOnce() -> f32) {
    if let Some(penalty) = &scale.penalty {
        return penalised(row, (numerators, &[]), scale, penalty, (weight(), None));
    }
    let scales = scale.reciprocals.iter().zip(&scale.floors);
    for ((row, numerators), (reciprocals, floors)) in row.iter_mut().zip(numerators).zip(scales) {
        for lane in 0..LANES {
            let updated = row.0[lane] * (numerators.0[lane] * reciprocals.0[lane]);
            row.0[lane] = if updated > floors.0[lane] { updated } else { floors.0[lane] };
        }
    }
}

/// The diagonal Newton step of a row with γ = `damping`; `weight` is as in [`multiplicative`].
#[inline(always)]
pub(super) fn diagonal_newton(
    row: &mut [Lanes],
    numerators: &[Lanes],
    curvatures: &[Lanes],
    scale: &StepTerms,
    damping: f32,
    weight: impl FnOnce() -> f32,
) {
    if let Some(penalty) = &scale.penalty {
        return penalised(row, (numerators, curvatures), scale, penalty, (weight(), Some(damping)));
    }
    let share = mean_share(row, scale.n_topics);
    let scales = scale.sums.iter().zip(&scale.floors);
    let sums = numerators.iter().zip(curvatures);
    for ((row, (numerators, curvatures)), (sums, floors)) in row.iter_mut().zip(sums).zip(scales) {
        for lane in 0..LANES {
            let updated =
                newton_entry(row.0[lane], numerators.0[lane], curvatures.0[lane], sums.0[lane], share, damping);
            row.0[lane] = if updated > floors.0[lane] { updated } else { floors.0[lane] };
        }
    }
}

/// The diagonal Newton step of an entry, before the floor; `share` is c ā.
#[inline(always)]
pub(super) fn newton_entry(a: f32, n: f32, q: f32, s: f32, share: f32, damping: f32) -> f32 {
    let divisor = share.mul_add(q, n);
    let divisor = if divisor > SMALLEST_DIVISOR { divisor } else { SMALLEST_DIVISOR };
    let updated = (damping * (n - s)).mul_add((a + share) / divisor, a);
    let lowest = LOWEST * a;
    if updated > lowest { updated } else { lowest }
}

/// c ā of a row, of which `entries` are not zero.
pub(super) fn share_of_mean(entries: &[f32], n_topics: usize) -> f32 {
    MEAN_SHARE * entries.iter().sum::<f32>() / n_topics as f32
}

/// The weight Σ x of a row, added in f64.
pub(super) fn weight(values: &[f32]) -> f32 {
    values.iter().map(|&x| f64::from(x)).sum::<f64>() as f32
}

/// c ā, the share of a row's mean that is added to each entry.
#[inline(always)]
fn mean_share(row: &[Lanes], n_topics: usize) -> f32 {
    let mut total = [0.0_f32; LANES];
    for row in row {
        for lane in 0..LANES {
            total[lane] += row.0[lane];
        }
    }
    MEAN_SHARE * (tree(total) / n_topics as f32)
}

/// Either step with a penalty, one topic after another. `damping` is γ of a diagonal Newton step, and `None` asks for
/// the multiplicative step.
fn penalised(
    row: &mut [Lanes],
    (numerators, curvatures): (&[Lanes], &[Lanes]),
    scale: &StepTerms,
    penalty: &Penalty,
    (weight, damping): (f32, Option<f32>),
) {
    let (n_topics, share) = (scale.n_topics, mean_share(row, scale.n_topics));
    let row = flatten_mut(row);
    let part = |part: &[f32], topic: usize| part.get(topic).copied().unwrap_or(0.0);
    let scaled = row.iter().zip(&penalty.unit).map(|(a, u)| a * u);
    let correlated: f32 = scaled.fold(0.0, |sum, x| sum + x);
    let per_weight = if weight > 0.0 { 1.0 / weight } else { 0.0 };
    let (count, kept_weight) = (penalty.count, if penalty.keeps_weight { n_topics as f32 * per_weight } else { 0.0 });
    for topic in 0..n_topics {
        let (a, sum, floor) = (row[topic], flatten(&scale.sums)[topic], flatten(&scale.floors)[topic]);
        let gained = if count < 0.0 { -count * kept_weight * sum } else { 0.0 };
        let n = flatten(numerators)[topic] + part(&penalty.kept, topic) + gained;
        let others = correlated - a * part(&penalty.unit, topic);
        let lost = if count > 0.0 { count * kept_weight * sum } else { 0.0 };
        let s = sum + lost + part(&penalty.linear, topic) + part(&penalty.decorrelation, topic) * others;
        let q = part(&penalty.quadratic, topic) + part(&penalty.quadratic_per_weight, topic) * per_weight;
        let relative = part(&penalty.relative, topic);
        let updated = match damping {
            None => {
                let counted = a * n + count;
                let counted = if counted > 0.0 { counted } else { 0.0 };
                2.0 * counted / (s + (s * s + 4.0 * (q * counted + relative * n)).sqrt())
            }
            Some(damping) => {
                let inverse = 1.0 / if a > SMALLEST_DIVISOR { a } else { SMALLEST_DIVISOR };
                let gradient = n - s - q * a - relative + count * inverse;
                let split = (n + share * flatten(curvatures)[topic]) / (a + share);
                let curved = if count > 0.0 { count * inverse * inverse } else { 0.0 };
                // Decorrelation has products of two entries, which their squares majorise: this is the curvature of
                // those.
                let correlation = part(&penalty.decorrelation, topic) * others;
                let updated = a + damping * gradient / (split + q + (relative + correlation) * inverse + curved);
                if updated > LOWEST * a { updated } else { LOWEST * a }
            }
        };
        // A topic without any weight gives NaN, which this comparison turns into the floor as well.
        row[topic] = if updated > floor { updated } else { floor };
    }
}
