//! Quality `best` beside a plain f64 implementation of fastTopics' method: expectation maximisation, then coordinate descent
//! with extrapolation (P. Carbonetto et al., arXiv 2105.13440; A. M. S. Ang, N. Gillis, 2019, doi:10.1162/neco_a_01157).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{matrix, shared};
use topicmill::factorize::{FactorizeParams, Init, Silent, Solver, fit, initialise};
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::TermDocumentMatrix;

const TOPICS: usize = 10;
const SMALLEST: f64 = 1e-10;

/// A factor in f64, row after row.
#[derive(Clone)]
struct Factor(Vec<[f64; TOPICS]>);

impl Factor {
    fn new(factor: &FactorMatrix) -> Self {
        let row = |row| std::array::from_fn(|k| f64::from(factor.get(row, k)).max(SMALLEST));
        Self((0..factor.n_rows()).map(row).collect())
    }

    fn sums(&self) -> [f64; TOPICS] {
        std::array::from_fn(|k| self.0.iter().map(|row| row[k]).sum())
    }

    /// self + β (self − before), not below the smallest number.
    fn beyond(&self, before: &Self, beta: f64) -> Self {
        let rows = self.0.iter().zip(&before.0);
        Self(rows.map(|(a, b)| std::array::from_fn(|k| (a[k] + beta * (a[k] - b[k])).max(SMALLEST))).collect())
    }
}

fn dot(a: &[f64; TOPICS], b: &[f64; TOPICS]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Rows of `a` against `other`; `nonzeros` are those of V. Either a multiplicative update or rounds over the coordinates.
fn update<'v>(
    a: &mut Factor,
    other: &Factor,
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
        for k in (0..rounds).flat_map(|_| 0..TOPICS) {
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

fn objective(v: &TermDocumentMatrix, w: &Factor, h: &Factor) -> f64 {
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

fn fast_topics(v: &TermDocumentMatrix, seed: u64, updates: usize, descents: usize) -> f64 {
    let start = initialise::random(v, TOPICS, seed);
    let (mut w, mut h) = (Factor::new(&start.w), Factor::new(&start.h));
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

#[test]
fn best_ends_at_or_below_the_best_of_fast_topics() {
    let Some(folder) = shared("golden/nmf/bbc1000") else { return };
    let v = matrix(&folder.join("V.mtx.gz"));
    let oracle = (1..=3).map(|seed| fast_topics(&v, seed, 30, 30)).fold(f64::INFINITY, f64::min);
    // As `config/presets/best.toml`.
    let params = FactorizeParams {
        n_topics: TOPICS,
        solver: Solver::Newton,
        init: Init::Nndsvda,
        restarts: 8,
        max_iterations: 500,
        tolerance: 1e-6,
        ..Default::default()
    };
    let best = fit(&v, &params, &mut Silent).unwrap().trace.last().unwrap().objective;
    assert!(best <= oracle * (1.0 + 1e-4), "best {best}, fastTopics' method {oracle}");
}
