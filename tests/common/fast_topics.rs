//! A plain f64 implementation of fastTopics' method: expectation maximisation, then coordinate descent with
//! extrapolation (P. Carbonetto et al., arXiv 2105.13440; A. M. S. Ang, N. Gillis, 2019, doi:10.1162/neco_a_01157).

use topicmill::factorize::initialise;
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::TermDocumentMatrix;

const SMALLEST: f64 = 1e-10;

/// A factor in f64, row after row.
#[derive(Clone)]
struct Factor<const K: usize>(Vec<[f64; K]>);

impl<const K: usize> Factor<K> {
    fn new(factor: &FactorMatrix) -> Self {
        let row = |row| std::array::from_fn(|k| f64::from(factor.get(row, k)).max(SMALLEST));
        Self((0..factor.n_rows()).map(row).collect())
    }

    fn sums(&self) -> [f64; K] {
        std::array::from_fn(|k| self.0.iter().map(|row| row[k]).sum())
    }

    /// Extrapolates to self + β (self − before), with entries of at least `SMALLEST`.
    fn beyond(&self, before: &Self, beta: f64) -> Self {
        let rows = self.0.iter().zip(&before.0);
        Self(rows.map(|(a, b)| std::array::from_fn(|k| (a[k] + beta * (a[k] - b[k])).max(SMALLEST))).collect())
    }
}

fn dot<const K: usize>(a: &[f64; K], b: &[f64; K]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Updates the rows of `a` with `other` fixed; `nonzeros` returns the entries of V in a row. It takes `rounds` rounds
/// of coordinate steps or, without `rounds`, one multiplicative update.
fn update<'v, const K: usize>(
    a: &mut Factor<K>,
    other: &Factor<K>,
    nonzeros: impl Fn(usize) -> (&'v [u32], &'v [f32]),
    rounds: Option<usize>,
) {
    let sums = other.sums();
    for (at, row) in a.0.iter_mut().enumerate() {
        let (indices, values) = nonzeros(at);
        let entries = || indices.iter().zip(values).map(|(&i, &x)| (&other.0[i as usize], f64::from(x)));
        let Some(rounds) = rounds else {
            let ratios: Vec<f64> = entries().map(|(entry, x)| x / dot(row, entry)).collect();
            let gain = |k: usize| entries().zip(&ratios).map(|((entry, _), ratio)| ratio * entry[k]).sum::<f64>();
            *row = std::array::from_fn(|k| (row[k] * gain(k) / sums[k]).max(SMALLEST));
            continue;
        };
        let mut products: Vec<f64> = entries().map(|(entry, _)| dot(row, entry)).collect();
        for k in (0..rounds).flat_map(|_| 0..K) {
            let (mut slope, mut curvature) = (-sums[k], 0.0);
            for ((entry, x), product) in entries().zip(&products) {
                let ratio = entry[k] / product;
                slope += x * ratio;
                curvature += x * ratio * ratio;
            }
            let next = (row[k] + slope / curvature.max(SMALLEST)).max(SMALLEST);
            for ((entry, _), product) in entries().zip(&mut products) {
                *product = (*product + (next - row[k]) * entry[k]).max(SMALLEST);
            }
            row[k] = next;
        }
    }
}

fn objective<const K: usize>(v: &TermDocumentMatrix, w: &Factor<K>, h: &Factor<K>) -> f64 {
    let mut sum = dot(&w.sums(), &h.sums()) - v.total();
    for document in 0..v.n_documents() {
        let (terms, values) = v.document(document);
        for (&t, &x) in terms.iter().zip(values) {
            let x = f64::from(x);
            sum += x * (x / dot(&w.0[t as usize], &h.0[document])).ln();
        }
    }
    sum
}

/// The objective after `updates` multiplicative updates and then `descents` extrapolated iterations of coordinate
/// descent, from a random start with K topics.
pub(crate) fn fast_topics<const K: usize>(v: &TermDocumentMatrix, seed: u64, updates: usize, descents: usize) -> f64 {
    let start = initialise::random(v, K, seed);
    let (mut w, mut h) = (Factor::<K>::new(&start.w), Factor::<K>::new(&start.h));
    for _ in 0..updates {
        update(&mut h, &w, |d| v.document(d), None);
        update(&mut w, &h, |t| v.term(t), None);
    }
    let (mut ahead_w, mut ahead_h) = (w.clone(), h.clone());
    let (mut beta, mut most, mut last) = (0.5_f64, 0.99_f64, objective(v, &w, &h));
    for _ in 0..descents {
        let mut next_h = ahead_h.clone();
        update(&mut next_h, &ahead_w, |d| v.document(d), Some(4));
        ahead_h = next_h.beyond(&h, beta);
        let mut next_w = ahead_w.clone();
        update(&mut next_w, &ahead_h, |t| v.term(t), Some(4));
        ahead_w = next_w.beyond(&w, beta);
        let f = objective(v, &next_w, &next_h);
        if f > last {
            (ahead_w, ahead_h) = (w.clone(), h.clone());
            (most, beta) = (beta, beta * 0.75);
        } else {
            (w, h, last) = (next_w, next_h, f);
            (most, beta) = ((1.05 * most).min(0.99), (1.1 * beta).min(most));
        }
    }
    last
}
