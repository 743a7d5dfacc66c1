//! What happens to a row once its sums over nonzeros are known.
//!
//! a is the row, N its numerators and Q its curvatures (see `row_pass`), s the column sums of the other factor:
//!
//! ```text
//! multiplicative   a ← max(floor, a · (N · 1/s))
//! diagonal Newton  a ← max(floor, a / 5, a + γ (N − s) (a + c ā) / (N + c ā Q)),    ā the mean of a, c = ½
//! ```
//!
//! With penalties (see [`Penalty`]), A = a N + c and g = N − s − q a − κ + c / a:
//!
//! ```text
//! multiplicative   a ← max(floor, 2 A / (s + √(s² + 4 (q A + κ N))))
//! diagonal Newton  a ← max(floor, a / 5, a + γ g / ((N + c̄ ā Q)/(a + c̄ ā) + q + (κ + τ …)/a + c/a²)),    c̄ = ½
//! ```
//!
//! Elementwise and in plain code, compiled for every instruction set where it is inlined: the same bits everywhere.

use super::lanes::{LANES, Lanes, flatten, flatten_mut, tree};

/// Share of the row's mean that is added to each entry where the curvature is split among topics.
const MEAN_SHARE: f32 = 0.5;

/// Keeps the quotient of a padding lane, 0 / 0 otherwise, at 0.
const SMALLEST_DIVISOR: f32 = 1e-37;

/// Smallest share of an entry that a diagonal Newton step leaves: v must not vanish in one step, since the local model knows
/// nothing of the pole at 0.
const LOWEST: f32 = 0.2;

/// What the rows of one factor are divided by and kept above: column sums of the other factor and a floor, padded to whole
/// vectors so that padding lanes stay zero.
#[derive(Clone, Debug)]
pub struct StepTerms {
    sums: Vec<Lanes>,
    reciprocals: Vec<Lanes>,
    floors: Vec<Lanes>,
    penalty: Option<Penalty>,
    n_topics: usize,
}

/// What is added to the objective of a row a, of weight m = Σ x, by topic; every part may be empty:
///
/// ```text
/// Σ_k [ (q_k + p_k/m) a_k²/2 + κ_k · a_k²/(2 a_k before) − c ln a_k + c⁺ (K/m) s_k a_k ] + Σ_k τ_k a_k (Σ_l u_l a_l − u_k a_k)
/// ```
///
/// κ majorises a penalty on a column sum, c⁺ keeps the weight of a row with pseudo-counts c (for c < 0 the same by adding
/// |c| (K/m) s_k to N), τ is decorrelation, whose N gets `kept` besides. Linear penalties are part of the sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Penalty {
    /// q.
    pub quadratic: Vec<f32>,
    /// p.
    pub quadratic_per_weight: Vec<f32>,
    /// κ.
    pub relative: Vec<f32>,
    /// c.
    pub count: f32,
    /// Added to s, not to N: what keeps the column sums in spite of c (per topic).
    pub linear: Vec<f32>,
    /// Added to N.
    pub kept: Vec<f32>,
    /// τ.
    pub decorrelation: Vec<f32>,
    /// u.
    pub unit: Vec<f32>,
    /// Whether c keeps the weight of the row.
    pub keeps_weight: bool,
}

impl StepTerms {
    /// For column `sums` (length n_topics) and a floor for every entry. A topic whose sum is 0 is divided by 1: its
    /// numerators are 0.
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

    /// With a penalty.
    pub fn with_penalty(mut self, penalty: Penalty) -> Self {
        self.penalty = Some(penalty);
        self
    }

    /// Column sums of the other factor, in f32, length n_topics.
    pub(super) fn sums(&self) -> &[f32] {
        &flatten(&self.sums)[..self.n_topics]
    }

    /// Vectors per row.
    pub(super) fn lanes(&self) -> usize {
        self.floors.len()
    }

    /// Reciprocals of the sums, and floors; none where there is a penalty.
    pub(super) fn plain(&self) -> Option<(&[Lanes], &[Lanes])> {
        if self.penalty.is_some() { None } else { Some((&self.reciprocals, &self.floors)) }
    }
}

/// The multiplicative step of a row of weight Σ x, asked for where there is a penalty.
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

/// The diagonal Newton step with γ = `damping`.
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

/// Σ x of a row.
pub(super) fn weight(values: &[f32]) -> f32 {
    values.iter().map(|&x| f64::from(x)).sum::<f64>() as f32
}

/// c ā of a row.
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

/// Either step with a penalty, one topic after another; `damping` is that of a diagonal Newton step.
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
                // The product of two entries is majorised by their squares.
                let correlation = part(&penalty.decorrelation, topic) * others;
                let updated = a + damping * gradient / (split + q + (relative + correlation) * inverse + curved);
                if updated > LOWEST * a { updated } else { LOWEST * a }
            }
        };
        // Not a number, from a topic without any weight, becomes the floor as well.
        row[topic] = if updated > floor { updated } else { floor };
    }
}
