//! The laws that every solver keeps: a row per solver, start and data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Dense, dense_h, dense_w, twin};
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use topicmill::evaluate::Agreement;
use topicmill::factorize::{
    Factorization, FactorizeParams, FoldIn, Init, Silent, Solver, Start, StopReason, Sweep, Verdict, canonicalise,
    factorize, fit, initialise, objective,
};
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::TermDocumentMatrix;

const SOLVERS: [Solver; 3] = [Solver::Mu, Solver::Accelerated, Solver::Newton];
const INITS: [Init; 3] = [Init::Clusters, Init::Nndsvda, Init::Random];

fn uniform(generator: &mut Xoshiro256PlusPlus) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Counts or weights with a planted structure: document d is about topic d mod k, term t belongs to topic t mod k.
fn planted(n_terms: usize, n_documents: usize, k: usize, weights: bool, seed: u64) -> TermDocumentMatrix {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut triplets = Vec::new();
    for document in 0..n_documents {
        for term in 0..n_terms {
            let chance = if term % k == document % k { 0.5 } else { 0.03 };
            if uniform(&mut generator) < chance {
                let count = 1.0 + (uniform(&mut generator) * 4.0).floor();
                let value = if weights { (1.0 + count.ln()) * (1.0 + uniform(&mut generator)) } else { count };
                triplets.push((term as u32, document as u32, value as f32));
            }
        }
    }
    TermDocumentMatrix::from_triplets(n_terms, n_documents, &triplets).unwrap()
}

fn params(solver: Solver, init: Init, n_topics: usize, floor: f64) -> FactorizeParams {
    FactorizeParams { solver, init, n_topics, floor, max_iterations: 40, tolerance: 0.0, ..Default::default() }
}

#[test]
fn the_objective_never_rises_and_factors_stay_non_negative() {
    for solver in SOLVERS {
        for init in INITS {
            for weights in [false, true] {
                for k in [1, 2, 10, 64, 200] {
                    for floor in [0.0, 1e-6] {
                        let v = planted(260, 210, k.clamp(2, 10), weights, k as u64);
                        let Factorization { w, h, trace, .. } =
                            fit(&v, &params(solver, init, k, floor), &mut Silent).unwrap();
                        let case = format!("{solver:?} {init:?} weights {weights} k {k} floor {floor}");
                        for pair in trace.windows(2) {
                            let rise = pair[1].objective - pair[0].objective;
                            assert!(rise <= 1e-6 * pair[0].objective.abs(), "{case}: {pair:?}");
                        }
                        assert!(w.view().iter().chain(h.view().iter()).all(|x| x.is_finite() && *x >= 0.0), "{case}");
                        let last = trace.last().unwrap().objective;
                        assert!(
                            (objective(&v, &w, &h) - last).abs() <= 1e-9 * last.abs(),
                            "{case}: trace and factors agree"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn planted_topics_are_recovered() {
    for solver in SOLVERS {
        for init in INITS {
            for seed in 0..3 {
                let v = planted(120, 100, 5, false, seed);
                let fitted = fit(&v, &FactorizeParams { seed, ..params(solver, init, 5, 1e-6) }, &mut Silent).unwrap();
                let (_, h) = canonicalise(&v, fitted.w, fitted.h);
                let clusters: Vec<usize> =
                    (0..100).map(|d| (0..5).max_by(|&a, &b| h.get(d, a).total_cmp(&h.get(d, b))).unwrap()).collect();
                let planted: Vec<usize> = (0..100).map(|d| d % 5).collect();
                let nmi = Agreement::new(&planted, &clusters).nmi;
                assert!(nmi > 0.99, "{solver:?} {init:?} seed {seed}: NMI {nmi}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Sparse = dense and f32 ≈ f64: the product against the plain twin, on matrices with empty rows and columns.
    #[test]
    fn sparse_f32_follows_dense_f64(n_terms in 3_usize..30, n_documents in 3_usize..30, k in 1_usize..4, seed: u64) {
        let v = planted(n_terms, n_documents, 3, true, seed);
        prop_assume!(v.n_nonempty_documents() >= k && v.n_nonempty_terms() >= k);
        let start = initialise::random(&v, k, seed);
        let (mut w, mut h) = (dense_w(&start.w), dense_h(&start.h));
        let dense = Dense::of_matrix(&v);
        for _ in 0..10 {
            twin::update_h(&dense, &w, &mut h);
            twin::update_w(&dense, &mut w, &h);
        }
        let fitted = factorize(&v, start, &FactorizeParams { max_iterations: 10, ..params(Solver::Mu, Init::Random, k, 0.0) }, &mut Silent).unwrap();
        let scale = w.data.iter().chain(&h.data).copied().fold(0.0, f64::max);
        prop_assert!(dense_w(&fitted.w).max_difference(&w) < 2e-5 * scale);
        prop_assert!(dense_h(&fitted.h).max_difference(&h) < 2e-5 * scale);
        let want = twin::objective(&dense, &w, &h);
        let got = fitted.trace.last().unwrap().objective;
        prop_assert!((got - want).abs() <= 2e-6 * (want.abs() + v.total()), "{got} against {want}");
    }

    /// Zeros of a start stay zeros without a floor.
    #[test]
    fn zeros_are_kept_without_a_floor(seed: u64, term in 0_u32..40, topic in 0_usize..4) {
        let v = planted(40, 30, 4, false, seed);
        let mut start = initialise::random(&v, 4, seed);
        start.w.set(term as usize, topic, 0.0);
        let fitted = factorize(&v, start, &params(Solver::Mu, Init::Random, 4, 0.0), &mut Silent).unwrap();
        prop_assert_eq!(fitted.w.get(term as usize, topic), 0.0);
    }

    /// The order of terms and documents does not matter, but for rounding.
    #[test]
    fn permuted_data_give_permuted_factors(seed: u64) {
        let (n_terms, n_documents, k) = (40, 30, 3);
        let v = planted(n_terms, n_documents, k, true, seed);
        let turn = |i: usize, n: usize| (i * 7 + 3) % n;
        let mut triplets = Vec::new();
        for document in 0..n_documents {
            let (terms, values) = v.document(document);
            for (&term, &value) in terms.iter().zip(values) {
                triplets.push((turn(term as usize, n_terms) as u32, turn(document, 30) as u32, value));
            }
        }
        let turned = TermDocumentMatrix::from_triplets(n_terms, n_documents, &triplets).unwrap();
        let start = initialise::random(&v, k, seed);
        let mut turned_start = Start { w: FactorMatrix::zeros(n_terms, k), h: FactorMatrix::zeros(n_documents, k) };
        for topic in 0..k {
            (0..n_terms).for_each(|t| turned_start.w.set(turn(t, n_terms), topic, start.w.get(t, topic)));
            (0..n_documents).for_each(|d| turned_start.h.set(turn(d, 30), topic, start.h.get(d, topic)));
        }
        let params = params(Solver::Mu, Init::Random, k, 1e-6);
        let a = factorize(&v, start, &params, &mut Silent).unwrap();
        let b = factorize(&turned, turned_start, &params, &mut Silent).unwrap();
        let (fa, fb) = (a.trace.last().unwrap().objective, b.trace.last().unwrap().objective);
        prop_assert!((fa - fb).abs() <= 1e-5 * fa.abs());
        for t in 0..n_terms {
            for topic in 0..k {
                prop_assert!((a.w.get(t, topic) - b.w.get(turn(t, n_terms), topic)).abs() < 1e-3);
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let v = planted(3000, 2500, 7, true, 3);
    for init in INITS {
        let fitted = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let params = FactorizeParams { max_iterations: 8, ..params(Solver::Mu, init, 20, 1e-6) };
                let fitted = fit(&v, &params, &mut Silent).unwrap();
                let canonical = canonicalise(&v, fitted.w.clone(), fitted.h.clone());
                (fitted.w, fitted.h, fitted.trace, canonical)
            })
        };
        let one = fitted(1);
        for threads in [2, 4] {
            assert!(fitted(threads) == one, "{init:?}, {threads} threads");
        }
    }
}

#[test]
fn canonical_topics_sum_to_one_in_order_of_mass() {
    let v = planted(200, 150, 6, true, 1);
    let fitted = fit(&v, &params(Solver::Mu, Init::Random, 9, 1e-6), &mut Silent).unwrap();
    let before = objective(&v, &fitted.w, &fitted.h);
    let (w, h) = canonicalise(&v, fitted.w, fitted.h);
    w.topic_sums().iter().for_each(|sum| assert!((sum - 1.0).abs() < 1e-5, "{sum}"));
    let mass = h.topic_sums();
    assert!(mass.windows(2).all(|pair| pair[0] >= pair[1] * (1.0 - 1e-6)), "{mass:?}");
    assert!((mass.iter().sum::<f64>() / v.total() - 1.0).abs() < 1e-4, "the weight of the data is kept");
    let after = objective(&v, &w, &h);
    assert!(after <= before * (1.0 + 1e-3), "{after} against {before}");
    // Solved: the KKT residual of every document is below the tolerance that the header names.
    let w_sums = w.topic_sums();
    for document in 0..v.n_documents() {
        let (terms, values) = v.document(document);
        let row = h.row_values(document);
        for topic in 0..9 {
            let numerator: f64 = terms
                .iter()
                .zip(values)
                .map(|(&t, &x)| {
                    let wh: f64 = (0..9).map(|k| f64::from(w.get(t as usize, k)) * f64::from(row[k])).sum();
                    f64::from(x) / wh * f64::from(w.get(t as usize, topic))
                })
                .sum();
            let residual = (f64::from(row[topic]) * (w_sums[topic] - numerator)).abs();
            assert!(residual < 1.1e-4 * v.document_weight(document), "document {document}, topic {topic}: {residual}");
        }
    }
}

#[test]
fn a_document_is_solved_alone_as_in_any_batch() {
    let v = planted(200, 150, 6, true, 2);
    let fitted = fit(&v, &params(Solver::Mu, Init::Nndsvda, 6, 1e-6), &mut Silent).unwrap();
    let (w, h) = canonicalise(&v, fitted.w, fitted.h);
    for document in [0, 77, 149] {
        let (terms, values) = v.document(document);
        let mut alone = FactorMatrix::zeros(1, 6);
        FoldIn::new(&w).solve(terms, values, alone.row_mut(0));
        assert_eq!(alone.row_values(0), h.row_values(document));
    }
}

#[test]
fn stopping() {
    let v = planted(100, 80, 4, false, 5);
    let base = params(Solver::Mu, Init::Nndsvda, 4, 1e-6);
    let all = fit(&v, &base, &mut Silent).unwrap();
    assert_eq!((all.stop_reason, all.trace.len()), (StopReason::MaxIterations, 41));
    let loose = FactorizeParams { tolerance: 1e-3, max_iterations: 500, ..base.clone() };
    let converged = fit(&v, &loose, &mut Silent).unwrap();
    assert_eq!(converged.stop_reason, StopReason::Converged);
    let last = converged.trace.len() - 1;
    assert!(last < 500, "{last}");
    let mut seen = Vec::new();
    let mut observer = |sweep: &Sweep| {
        seen.push(*sweep);
        if sweep.iteration == 3 { Verdict::Stop(StopReason::TimeLimit) } else { Verdict::Continue }
    };
    let stopped = fit(&v, &base, &mut observer).unwrap();
    assert_eq!((stopped.stop_reason, stopped.trace.len()), (StopReason::TimeLimit, 5));
    assert_eq!(seen, stopped.trace);
    assert_eq!(stopped.trace[..5], all.trace[..5], "an observer changes nothing but the end");
}

#[test]
fn data_without_enough_rank_still_gives_topics() {
    // Ten copies of two documents: rank 2, five topics asked for.
    let triplets: Vec<(u32, u32, f32)> =
        (0..20_u32).flat_map(|d| (0..6_u32).map(move |t| (t + 6 * (d % 2), d, 1.0 + t as f32))).collect();
    let v = TermDocumentMatrix::from_triplets(12, 20, &triplets).unwrap();
    for init in INITS {
        let fitted = fit(&v, &params(Solver::Mu, init, 5, 1e-6), &mut Silent).unwrap();
        assert!(fitted.trace.last().unwrap().objective < 1e-3 * v.total(), "{init:?}: {:?}", fitted.trace.last());
    }
}

#[test]
fn senseless_sizes_are_refused() {
    let v = planted(10, 8, 2, false, 1);
    for k in [0, 9, 1001] {
        let refused = fit(&v, &FactorizeParams { n_topics: k, ..Default::default() }, &mut Silent);
        assert!(refused.is_err(), "k = {k}");
    }
    let start = Start { w: FactorMatrix::zeros(9, 2), h: FactorMatrix::zeros(8, 2) };
    let error = factorize(&v, start, &FactorizeParams::default(), &mut Silent).unwrap_err().to_string();
    assert_eq!(error, "the start has W of (9, 2), expected (10, 2)");
}
