//! Tests the laws that every solver must keep, on combinations of solver, start and data.

use std::ops::ControlFlow;

use crate::common::{Dense, SOLVERS, dense_h, dense_w, planted, random_cases, twin};
use proptest::prelude::*;
use topicmill::evaluate::Agreement;
use topicmill::factorize::loss::kullback_leibler::update_documents;
use topicmill::factorize::{
    Canonical, Factorization, FactorizeParams, FoldIn, Init, Iteration, Loss, Origin, Silent, Solver, Start,
    StopReason, fit, initialise, objective,
};
use topicmill::kernels::{FactorMatrix, Step, StepTerms};
use topicmill::matrix::TermDocumentMatrix;

const KL: Loss = Loss::KullbackLeibler;
const INITS: [Init; 5] = [Init::Clusters, Init::Nndsvda, Init::Random, Init::Separable, Init::Tree];

fn params(solver: (Loss, Solver), init: Init, n_topics: usize, floor: f64) -> FactorizeParams {
    let (loss, solver) = solver;
    FactorizeParams { loss, solver, init, n_topics, floor, max_iterations: 40, tolerance: 0.0, ..Default::default() }
}

/// The solver that the f64 twin in `common` imitates.
const MU: (Loss, Solver) = (KL, Solver::Mu);

#[test]
fn the_objective_never_rises_and_factors_stay_non_negative() {
    for solver in SOLVERS {
        for init in [Init::Clusters, Init::Nndsvda, Init::Random] {
            for weights in [false, true] {
                for k in [1, 2, 10, 64, 200] {
                    // Many topics are slow, so they are tested with one floor only and, if there are 200, without
                    // NNDSVDa.
                    if k == 200 && init == Init::Nndsvda {
                        continue;
                    }
                    for floor in if k < 64 { vec![0.0, 1e-6] } else { vec![1e-6] } {
                        let v = planted(260, 210, k.clamp(2, 10), weights, k as u64);
                        // With 200 topics only the shapes are new, and what begins after three iterations, so a few
                        // are enough.
                        let max_iterations = if k == 200 { 8 } else { 30 };
                        let params = FactorizeParams { max_iterations, ..params(solver, init, k, floor) };
                        let Factorization { w, h, trace, .. } = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
                        let case = format!("{solver:?} {init:?} weights {weights} k {k} floor {floor}");
                        for pair in trace.windows(2) {
                            let rise = pair[1].objective - pair[0].objective;
                            assert!(rise <= 1e-6 * pair[0].objective.abs(), "{case}: {pair:?}");
                        }
                        assert!(w.view().iter().chain(h.view().iter()).all(|x| x.is_finite() && *x >= 0.0), "{case}");
                        let last = trace.last().unwrap().objective;
                        assert!(
                            (objective(&v, &w, &h, solver.0) - last).abs() <= 1e-9 * last.abs(),
                            "{case}: trace and factors agree"
                        );
                    }
                }
            }
        }
    }
}

/// The solvers that promise to reach a stationary point must reach one.
#[test]
fn stationary_points_are_reached() {
    let promise = [(KL, Solver::CoordinateNewton), (Loss::Frobenius, Solver::Hals), (Loss::Frobenius, Solver::Anls)];
    for solver in promise {
        for weights in [false, true] {
            for k in [1, 2, 10, 64, 200] {
                let v = planted(260, 210, k.clamp(2, 10), weights, k as u64);
                let params = FactorizeParams {
                    max_iterations: if k == 200 { 60 } else { 500 },
                    kkt_tolerance: 5e-5,
                    ..params(solver, Init::Tree, k, if solver.1 == Solver::Hals { 1e-9 } else { 1e-6 })
                };
                let fitted = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
                let case = format!("{solver:?} weights {weights} k {k}");
                assert!(fitted.kkt_residual.unwrap() < 1e-4, "{case}: {:?}", fitted.kkt_residual);
                if solver.1 == Solver::CoordinateNewton {
                    assert_eq!(fitted.stop_reason, StopReason::Stationary, "{case}");
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
                let fitted =
                    fit(&v, &FactorizeParams { seed, ..params(solver, init, 5, 1e-6) }, Origin::Init, &mut Silent)
                        .unwrap();
                let Canonical { h, .. } = fitted.clone().canonical(&v, &params(solver, init, 5, 1e-6));
                let clusters: Vec<usize> =
                    (0..100).map(|d| (0..5).max_by(|&a, &b| h.get(d, a).total_cmp(&h.get(d, b))).unwrap()).collect();
                let planted: Vec<usize> = (0..100).map(|d| d % 5).collect();
                let nmi = Agreement::new(&planted, &clusters).nmi;
                assert!(nmi > 0.99, "{solver:?} {init:?} seed {seed}: NMI {nmi}");
            }
        }
    }
}

/// Compares both second-order steps of all documents, from a random start, with their f64 twins.
fn follow_their_twins(v: &TermDocumentMatrix, k: usize, seed: u64) {
    let start = initialise::random(v, k, seed);
    for (step, twin_step) in [
        (Step::DiagonalNewton { damping: 1.5, passes: 2 }, twin::Step::DiagonalNewton { damping: 1.5, passes: 2 }),
        (Step::CoordinateNewton { passes: 2 }, twin::Step::CoordinateNewton { passes: 2 }),
    ] {
        let mut h = start.h.clone();
        let log_ratio = update_documents(v, &start.w, &StepTerms::new(&start.w.topic_sums(), 1e-9), &mut h, step);
        let dense = Dense::of_matrix(v);
        let (w, mut expected) = (dense_w(&start.w), dense_h(&start.h));
        let before = twin::objective(&dense, &w, &expected);
        twin::rows_step(&dense, &w, &mut expected, 1e-9, twin_step);
        let scale = expected.data.iter().copied().fold(0.0, f64::max);
        assert!(dense_h(&h).max_difference(&expected) < 1e-4 * scale, "{:?}", step);
        let wh: f64 = start.w.topic_sums().iter().zip(start.h.topic_sums()).map(|(w, h)| w * h).sum();
        assert!((log_ratio.iter().sum::<f64>() - v.total() + wh - before).abs() < 1e-5 * (before + v.total()));
    }
}

#[test]
fn second_order_steps_follow_their_twins_where_products_are_cancelled() {
    for (n_terms, n_documents, k, seed) in
        [(27, 14, 1, 7_121_494_934_327_104_168), (26, 11, 3, 1_468_245_622_755_031_001)]
    {
        follow_their_twins(&planted(n_terms, n_documents, 3, true, seed), k, seed);
    }
}

proptest! {
    #![proptest_config(random_cases(24))]

    /// The sparse f32 solver must follow the dense f64 twin, also on matrices with empty rows and columns. Every
    /// iteration starts from the same factors in both, because the rounding of one iteration is bounded, but what ten
    /// iterations make of it near a saddle is not.
    #[test]
    fn sparse_f32_follows_dense_f64(n_terms in 3_usize..30, n_documents in 3_usize..30, k in 1_usize..4, seed: u64) {
        let v = planted(n_terms, n_documents, 3, true, seed);
        prop_assume!(v.n_nonempty_documents() >= k && v.n_nonempty_terms() >= k);
        let dense = Dense::of_matrix(&v);
        let mut start = initialise::random(&v, k, seed);
        for _ in 0..10 {
            let (mut w, mut h) = (dense_w(&start.w), dense_h(&start.h));
            twin::update_h(&dense, &w, &mut h);
            twin::update_w(&dense, &mut w, &h);
            let params = FactorizeParams { max_iterations: 1, ..params(MU, Init::Random, k, 0.0) };
            let fitted = fit(&v, &params, Origin::Start(start), &mut Silent).unwrap();
            let largest = |factor: &Dense| factor.data.iter().copied().fold(0.0, f64::max);
            prop_assert!(dense_w(&fitted.w).max_difference(&w) < 1e-5 * largest(&w));
            prop_assert!(dense_h(&fitted.h).max_difference(&h) < 1e-5 * largest(&h));
            let want = twin::objective(&dense, &w, &h);
            let got = fitted.trace.last().unwrap().objective;
            prop_assert!((got - want).abs() <= 2e-6 * (want.abs() + v.total()), "{got} against {want}");
            start = Start { w: fitted.w, h: fitted.h };
        }
    }

    /// The second-order steps must follow their f64 twins from the same start.
    #[test]
    fn second_order_steps_follow_their_twins(n_terms in 5_usize..30, n_documents in 5_usize..30, k in 1_usize..5, seed: u64) {
        let v = planted(n_terms, n_documents, 3, true, seed);
        prop_assume!(v.n_nonempty_documents() >= k && v.n_nonempty_terms() >= k);
        follow_their_twins(&v, k, seed);
    }

    /// The Frobenius objective of the trace must equal that of the dense residual.
    #[test]
    fn frobenius_objectives_are_those_of_the_dense_residual(n_terms in 3_usize..30, n_documents in 3_usize..30, k in 1_usize..4, seed: u64) {
        let v = planted(n_terms, n_documents, 3, true, seed);
        prop_assume!(v.n_nonempty_documents() >= k && v.n_nonempty_terms() >= k);
        for solver in SOLVERS.into_iter().filter(|(loss, _)| *loss == Loss::Frobenius) {
            let fitted = fit(&v, &FactorizeParams { max_iterations: 5, ..params(solver, Init::Random, k, 0.0) }, Origin::Init, &mut Silent).unwrap();
            let wh = twin::product(&dense_w(&fitted.w), &dense_h(&fitted.h));
            let residual: f64 = Dense::of_matrix(&v).data.iter().zip(&wh.data).map(|(v, wh)| 0.5 * (v - wh).powi(2)).sum();
            let size: f64 = Dense::of_matrix(&v).data.iter().map(|v| 0.5 * v * v).sum();
            let got = fitted.trace.last().unwrap().objective;
            prop_assert!((got - residual).abs() < 1e-5 * size, "{:?}: {got} against {residual}", solver);
        }
    }

    /// Without a floor, zeros of a start must stay zeros.
    #[test]
    fn zeros_are_kept_without_a_floor(seed: u64, term in 0_u32..40, topic in 0_usize..4) {
        let v = planted(40, 30, 4, false, seed);
        let mut start = initialise::random(&v, 4, seed);
        start.w.set(term as usize, topic, 0.0);
        let fitted = fit(&v, &params(MU, Init::Random, 4, 0.0), Origin::Start(start), &mut Silent).unwrap();
        prop_assert_eq!(fitted.w.get(term as usize, topic), 0.0);
    }

    /// The order of terms and documents must not matter, except for rounding. Every iteration starts from the same
    /// factors, so that rounding cannot add up.
    #[test]
    fn permuted_data_give_permuted_factors(seed: u64) {
        let (n_terms, n_documents, k) = (40, 30, 3);
        let v = planted(n_terms, n_documents, k, true, seed);
        let turn = |i: usize, n: usize| (i * 7 + 3) % n;
        let mut triplets = Vec::new();
        for document in 0..n_documents {
            let turned = turn(document, n_documents) as u32;
            triplets.extend(v.entries(document).map(|(term, x)| (turn(term as usize, n_terms) as u32, turned, x)));
        }
        let turned = TermDocumentMatrix::from_triplets(n_terms, n_documents, &triplets).unwrap();
        let turn_rows = |factor: &FactorMatrix| {
            let n = factor.n_rows();
            let mut rows = FactorMatrix::zeros(n, k);
            (0..n).for_each(|row| (0..k).for_each(|topic| rows.set(turn(row, n), topic, factor.get(row, topic))));
            rows
        };
        let params = FactorizeParams { max_iterations: 1, ..params(MU, Init::Random, k, 1e-6) };
        let mut start = initialise::random(&v, k, seed);
        for _ in 0..40 {
            let turned_start = Start { w: turn_rows(&start.w), h: turn_rows(&start.h) };
            let a = fit(&v, &params, Origin::Start(start), &mut Silent).unwrap();
            let b = fit(&turned, &params, Origin::Start(turned_start), &mut Silent).unwrap();
            let (fa, fb) = (a.trace.last().unwrap().objective, b.trace.last().unwrap().objective);
            prop_assert!((fa - fb).abs() <= 1e-6 * (fa.abs() + v.total()));
            for (a, b) in [(&a.w, &b.w), (&a.h, &b.h)] {
                let (a, b) = (dense_w(&turn_rows(a)), dense_w(b));
                prop_assert!(a.max_difference(&b) <= 1e-5 * a.data.iter().copied().fold(0.0, f64::max));
            }
            start = Start { w: a.w, h: a.h };
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let v = planted(3000, 2500, 7, true, 3);
    let cases = SOLVERS.map(|solver| (solver, Init::Random)).into_iter().chain(INITS.map(|init| (MU, init)));
    for (solver, init) in cases {
        let fitted = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let params = FactorizeParams { max_iterations: 15, restarts: 2, ..params(solver, init, 20, 1e-6) };
                let fitted = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
                let canonical = fitted.clone().canonical(&v, &params);
                (fitted.w, fitted.h, fitted.trace, fitted.kkt_residual, canonical)
            })
        };
        let one = fitted(1);
        for threads in [2, 4] {
            assert!(fitted(threads) == one, "{solver:?} {init:?}, {threads} threads");
        }
    }
}

/// A start that has converged must not end the others, which may still reach a lower objective.
#[test]
fn restarts_give_the_best_of_all_starts() {
    let v = planted(260, 210, 10, true, 4);
    let base = FactorizeParams { tolerance: 0.4, max_iterations: 100, ..params(SOLVERS[1], Init::Random, 10, 1e-6) };
    let last = |seed, restarts| {
        let fitted = fit(&v, &FactorizeParams { seed, restarts, ..base.clone() }, Origin::Init, &mut Silent).unwrap();
        assert_eq!(fitted.stop_reason, StopReason::Converged);
        (fitted.trace.len(), fitted.trace.last().unwrap().objective)
    };
    let alone: Vec<(usize, f64)> = (1..=4).map(|seed| last(seed, 1)).collect();
    assert!(alone.iter().all(|(n, _)| *n <= 16), "each converges within the first round: {alone:?}");
    let lowest = alone.iter().map(|(_, objective)| *objective).fold(f64::INFINITY, f64::min);
    assert!(last(1, 4).1 <= lowest * 1.001, "{:?} against {alone:?}", last(1, 4));
}

#[test]
fn canonical_topics_sum_to_one_in_order_of_mass() {
    let v = planted(200, 150, 6, true, 1);
    let fitted = fit(&v, &params(MU, Init::Random, 9, 1e-6), Origin::Init, &mut Silent).unwrap();
    let before = objective(&v, &fitted.w, &fitted.h, KL);
    let Canonical { w, h, .. } = fitted.clone().canonical(&v, &FactorizeParams::default());
    w.topic_sums().iter().for_each(|sum| assert!((sum - 1.0).abs() < 1e-5, "{sum}"));
    let mass = h.topic_sums();
    assert!(mass.windows(2).all(|pair| pair[0] >= pair[1]), "{mass:?}");
    assert!((mass.iter().sum::<f64>() / v.total() - 1.0).abs() < 1e-4, "the weight of the data is kept");
    let after = objective(&v, &w, &h, KL);
    assert!(after <= before * (1.0 + 1e-3), "{after} against {before}");
    // H is solved if the KKT residual of every document is below the tolerance of folding in, here 1e-4 and a tenth
    // of it for rounding.
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
            assert!(residual < 1.1e-4 * v.document_sum(document), "document {document}, topic {topic}: {residual}");
        }
    }
}

#[test]
fn a_document_is_solved_alone_as_in_any_batch() {
    let v = planted(200, 150, 6, true, 2);
    let fitted = fit(&v, &params(MU, Init::Nndsvda, 6, 1e-6), Origin::Init, &mut Silent).unwrap();
    let params = FactorizeParams::default();
    let Canonical { w, h, fold_in_order } = fitted.clone().canonical(&v, &params);
    let mut fold_in = match &fold_in_order {
        Some(order) => FoldIn::in_order(&w, &params, order),
        None => FoldIn::new(w.clone(), KL),
    };
    for document in [0, 77, 149] {
        let (terms, values) = v.document(document);
        let mut alone = [0.0; 6];
        fold_in.solve(terms, values, &mut alone);
        assert_eq!(alone, h.row_values(document));
    }
}

#[test]
fn stopping() {
    let v = planted(100, 80, 4, false, 5);
    let base = params(MU, Init::Nndsvda, 4, 1e-6);
    let all = fit(&v, &base, Origin::Init, &mut Silent).unwrap();
    assert_eq!((all.stop_reason, all.trace.len()), (StopReason::MaxIterations, 41));
    let loose = FactorizeParams { tolerance: 1e-3, max_iterations: 500, ..base.clone() };
    let converged = fit(&v, &loose, Origin::Init, &mut Silent).unwrap();
    assert_eq!(converged.stop_reason, StopReason::Converged);
    let last = converged.trace.len() - 1;
    assert!(last < 500, "{last}");
    let exact = TermDocumentMatrix::from_triplets(2, 2, &[(0, 0, 1.0), (1, 0, 1.0), (0, 1, 1.0), (1, 1, 1.0)]).unwrap();
    let nothing_left = fit(&exact, &FactorizeParams { n_topics: 1, ..loose }, Origin::Init, &mut Silent).unwrap();
    assert_eq!(nothing_left.stop_reason, StopReason::Converged, "an objective of 0 falls no further");
    let mut seen = Vec::new();
    let mut observer = |iteration: &Iteration| {
        seen.push(*iteration);
        if iteration.number == 3 { ControlFlow::Break(StopReason::TimeLimit) } else { ControlFlow::Continue(()) }
    };
    let stopped = fit(&v, &base, Origin::Init, &mut observer).unwrap();
    assert_eq!((stopped.stop_reason, stopped.trace.len()), (StopReason::TimeLimit, 5));
    assert_eq!(seen, stopped.trace);
    assert_eq!(stopped.trace[..5], all.trace[..5], "an observer changes nothing but the end");
}

#[test]
fn data_without_enough_rank_still_gives_topics() {
    // Ten copies of two documents have rank 2, but five topics are asked for.
    let triplets: Vec<(u32, u32, f32)> =
        (0..20_u32).flat_map(|d| (0..6_u32).map(move |t| (t + 6 * (d % 2), d, 1.0 + t as f32))).collect();
    let v = TermDocumentMatrix::from_triplets(12, 20, &triplets).unwrap();
    for solver in SOLVERS {
        for init in INITS {
            let fitted = fit(&v, &params(solver, init, 5, 1e-6), Origin::Init, &mut Silent).unwrap();
            let last = fitted.trace.last().unwrap().objective;
            assert!(last < 2e-3 * v.total(), "{solver:?} {init:?}: {last}");
        }
    }
}

#[test]
fn senseless_sizes_are_refused() {
    let v = planted(10, 8, 2, false, 1);
    for k in [0, 9, 1001] {
        let refused = fit(&v, &FactorizeParams { n_topics: k, ..Default::default() }, Origin::Init, &mut Silent);
        assert!(refused.is_err(), "k = {k}");
    }
    let start = Start { w: FactorMatrix::zeros(9, 2), h: FactorMatrix::zeros(8, 2) };
    let error = fit(&v, &FactorizeParams::default(), Origin::Start(start), &mut Silent).unwrap_err().to_string();
    assert_eq!(error, "the start has W of (9, 2), expected (10, 2)");
}

/// V = W H with k topics, all of whose entries are 0 with a given probability.
fn exactly_factorisable(n_terms: u64, n_documents: u64, k: u64, share: u64, seed: u64) -> TermDocumentMatrix {
    // A number from 0 to 1 that depends on three numbers (splitmix64).
    let number = |a: u64, b: u64, c: u64| {
        let mut x = (seed << 48) ^ (a << 40) ^ (b << 20) ^ c;
        for _ in 0..3 {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x ^= x >> 27;
        }
        (x >> 40) as f32 / (1 << 24) as f32
    };
    let entry = |which: u64, row: u64, topic: u64| match number(which, row, topic) * 100.0 < share as f32 {
        true => 0.1 + number(which + 2, row, topic),
        false => 0.0,
    };
    let pairs = (0..n_terms).flat_map(|term| (0..n_documents).map(move |document| (term, document)));
    let value = |(t, d): (u64, u64)| (0..k).map(|topic| entry(0, t, topic) * entry(1, d, topic)).sum::<f32>();
    let entries: Vec<(u32, u32, f32)> =
        pairs.map(|(t, d)| (t as u32, d as u32, value((t, d)))).filter(|(_, _, value)| *value > 0.0).collect();
    TermDocumentMatrix::from_triplets(n_terms as usize, n_documents as usize, &entries).unwrap()
}

/// A start must not keep a descent from a factorisation without error, where there is one.
#[test]
fn exact_factorisations_are_found_from_the_tree_and_low_ranks_survived() {
    for (n_terms, n_documents, k, share) in [(60, 40, 4, 30), (150, 100, 8, 20), (100, 120, 5, 60), (200, 150, 10, 25)]
    {
        for seed in 1..=3 {
            let v = exactly_factorisable(n_terms, n_documents, k, share, seed);
            let squares: f64 = v.by_term().data().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            let k = k as usize;
            let params =
                FactorizeParams { max_iterations: 300, ..params((Loss::Frobenius, Solver::Hals), Init::Tree, k, 1e-6) };
            let fitted = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
            let error = (2.0 * fitted.trace.last().unwrap().objective / squares).max(0.0).sqrt();
            assert!(error < 0.01, "{n_terms} × {n_documents}, {k} topics, seed {seed}: {error}");
        }
    }
    // Of more than 256 terms and documents the decomposition is not exact, and there are more columns than the rank.
    let v = exactly_factorisable(300, 290, 20, 15, 1);
    for solver in [MU, (Loss::Frobenius, Solver::Hals)] {
        let fitted = fit(&v, &params(solver, Init::Nndsvda, 20, 1e-6), Origin::Init, &mut Silent).unwrap();
        assert_eq!((fitted.w.n_rows(), fitted.h.n_rows()), (300, 290));
        assert!(fitted.trace.last().unwrap().objective < 0.2 * fitted.trace[0].objective, "{:?}", fitted.trace);
    }
}
