//! Compares multiplicative updates, NNDSVD and folding in with reference results of scikit-learn and NumPy.

use crate::common::{Dense, dense_h, dense_matrix, dense_w, golden, json, matrix, shared, twin};
use topicmill::factorize::loss::kullback_leibler::{update_documents, update_terms};
use topicmill::factorize::{
    Factorization, FactorizeParams, FoldIn, Loss, Origin, Silent, Solver, Start, fit, initialise, objective,
};
use topicmill::kernels::{FactorMatrix, Step, StepTerms};

fn plain(n_topics: usize, iterations: usize) -> FactorizeParams {
    let solver = Solver::Mu;
    FactorizeParams { solver, n_topics, max_iterations: iterations, tolerance: 0.0, floor: 0.0, ..Default::default() }
}

fn small_start() -> Start {
    Start { w: Dense::npy(&golden("nmf-small/W0.npy")).to_w(), h: Dense::npy(&golden("nmf-small/H0.npy")).to_h() }
}

#[test]
fn the_twin_follows_both_orders_to_1e_9() {
    let v = dense_matrix(&golden("nmf-small/V.mtx"));
    let results = json(&golden("nmf-small/results.json"));
    for order in ["kl_HW", "kl_WH"] {
        let (mut w, mut h) = (Dense::npy(&golden("nmf-small/W0.npy")), Dense::npy(&golden("nmf-small/H0.npy")));
        for iteration in 1..=100 {
            if order == "kl_HW" {
                twin::update_h(&v, &w, &mut h);
                twin::update_w(&v, &mut w, &h);
            } else {
                twin::update_w(&v, &mut w, &h);
                twin::update_h(&v, &w, &mut h);
            }
            if [1, 2, 10, 100].contains(&iteration) {
                let file = |factor: &str| golden(&format!("nmf-small/{order}/{factor}_{iteration:03}.npy"));
                assert!(w.max_difference(&Dense::npy(&file("W"))) < 1e-9, "{order} W at {iteration}");
                assert!(h.max_difference(&Dense::npy(&file("H"))) < 1e-9, "{order} H at {iteration}");
                let want = results["runs"][order][iteration.to_string()]["objective"].as_f64().unwrap();
                assert!((twin::objective(&v, &w, &h) / want - 1.0).abs() < 1e-10, "{order} objective at {iteration}");
            }
        }
    }
}

#[test]
fn the_product_follows_in_f32() {
    let v = matrix(&golden("nmf-small/V.mtx"));
    let results = json(&golden("nmf-small/results.json"));
    for iterations in [1, 2, 10, 100] {
        let fitted = fit(&v, &plain(6, iterations), Origin::Start(small_start()), &mut Silent).unwrap();
        let file = |factor: &str| Dense::npy(&golden(&format!("nmf-small/kl_HW/{factor}_{iterations:03}.npy")));
        assert!(dense_w(&fitted.w).max_difference(&file("W")) < 2e-5, "W at {iterations}");
        assert!(dense_h(&fitted.h).max_difference(&file("H")) < 2e-5, "H at {iterations}");
        let want = results["runs"]["kl_HW"][iterations.to_string()]["objective"].as_f64().unwrap();
        let got = fitted.trace.last().unwrap().objective;
        assert!((got / want - 1.0).abs() < 1e-7, "objective at {iterations}: {got} against {want}");
        assert_eq!(fitted.trace.len(), iterations + 1);
    }
}

#[test]
fn empty_rows_and_columns_become_exact_zeros() {
    let v = matrix(&golden("nmf-small/degenerate/V.mtx"));
    for floor in [0.0, 1e-6] {
        let params = FactorizeParams { floor, ..plain(6, 10) };
        let fitted = fit(&v, &params, Origin::Start(small_start()), &mut Silent).unwrap();
        assert!(fitted.w.row_values(5).iter().all(|&x| x == 0.0));
        assert!(fitted.h.row_values(7).iter().all(|&x| x == 0.0));
        assert!(fitted.w.view().iter().chain(fitted.h.view().iter()).all(|x| x.is_finite()));
    }
    let Factorization { w, h, .. } = fit(&v, &plain(6, 10), Origin::Start(small_start()), &mut Silent).unwrap();
    assert!(dense_w(&w).max_difference(&Dense::npy(&golden("nmf-small/degenerate/W_010.npy"))) < 2e-5);
    assert!(dense_h(&h).max_difference(&Dense::npy(&golden("nmf-small/degenerate/H_010.npy"))) < 2e-5);
}

#[test]
fn nndsvd_of_the_exact_decomposition() {
    let v = matrix(&golden("nmf-small/V.mtx"));
    let file = |name: &str| Dense::npy(&golden(&format!("nmf-small/nndsvd/{name}.npy")));
    let start = initialise::nndsvd(&v, 6, 1);
    assert!(dense_w(&start.w).max_difference(&file("W_nndsvd")) < 1e-6);
    assert!(dense_h(&start.h).max_difference(&file("H_nndsvd")) < 1e-6);
    let start = initialise::nndsvda(&v, 6, 1);
    assert!(dense_w(&start.w).max_difference(&file("W_nndsvda")) < 1e-6);
    assert!(dense_h(&start.h).max_difference(&file("H_nndsvda")) < 1e-6);
    let values = initialise::truncated_svd(&v, 6, 1).values;
    let results = json(&golden("nmf-small/results.json"));
    for (got, want) in values.iter().zip(results["nndsvd"]["singular_values_first_10"].as_array().unwrap()) {
        assert!((got - want.as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn fold_in_by_updates_and_to_convergence() {
    let v = matrix(&golden("nmf-small/V_new.mtx"));
    let results = json(&golden("nmf-small/results.json"));
    let w = Dense::npy(&golden("nmf-small/foldin/W.npy")).to_w();
    let start = results["foldin"]["start_value"].as_f64().unwrap() as f32;
    let mut h = FactorMatrix::from_fn(v.n_documents(), 6, |_, _| start);
    for _ in 0..200 {
        update_documents(&v, &w, &StepTerms::new(&w.topic_sums(), 0.0), &mut h, Step::Multiplicative);
    }
    assert!(dense_h(&h).max_difference(&Dense::npy(&golden("nmf-small/foldin/H_200.npy"))) < 2e-5);

    let optimum = Dense::npy(&golden("nmf-small/foldin/H_optimum.npy")).to_h();
    let mut solved = FactorMatrix::zeros(v.n_documents(), 6);
    let mut fold_in = FoldIn::new(w.clone(), Loss::KullbackLeibler);
    for document in 0..v.n_documents() {
        let (terms, values) = v.document(document);
        let mut weights = [0.0; 6];
        let passes = fold_in.solve(terms, values, &mut weights);
        (0..6).for_each(|topic| solved.set(document, topic, weights[topic]));
        assert!((1..=100).contains(&passes));
    }
    let f = |h| objective(&v, &w, h, Loss::KullbackLeibler);
    let (got, best) = (f(&solved), f(&optimum));
    assert!(got >= best * (1.0 - 1e-6) && got <= best * (1.0 + 1e-4), "{got} against the optimum {best}");
}

#[test]
fn bbc1000_with_and_without_floor() {
    let Some(folder) = shared("golden/nmf/bbc1000") else { return };
    let v = matrix(&folder.join("V.mtx.gz"));
    let start = || Start { w: Dense::npy(&folder.join("W0.npy")).to_w(), h: Dense::npy(&folder.join("H0.npy")).to_h() };
    let trajectory = json(&folder.join("trajectory.json"));
    let plain_curve: Vec<f64> =
        trajectory["kl_HW_plain_float64"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    let fitted = fit(&v, &plain(10, 200), Origin::Start(start()), &mut Silent).unwrap();
    for (i, want) in plain_curve.iter().enumerate() {
        let got = fitted.trace[10 * i].objective;
        let tolerance = if i <= 10 { 1e-7 } else { 1e-3 };
        assert!((got / want - 1.0).abs() < tolerance, "objective at {}: {got} against {want}", 10 * i);
    }
    let ten = fit(&v, &plain(10, 10), Origin::Start(start()), &mut Silent).unwrap();
    assert!(dense_w(&ten.w).max_difference(&Dense::npy(&folder.join("W_010.npy"))) < 2e-5);
    assert!(dense_h(&ten.h).max_difference(&Dense::npy(&folder.join("H_010.npy"))) < 2e-5);

    let params = FactorizeParams { solver: Solver::Mu, tolerance: 0.0, ..Default::default() };
    let floored = fit(&v, &params, Origin::Start(start()), &mut Silent).unwrap();
    let (got, plain) = (floored.trace.last().unwrap().objective, plain_curve.last().unwrap());
    assert!(got <= plain * (1.0 + 1e-5), "with the default floor {got}, plain {plain}");
    assert!(got < 29_900.0, "a floor should end near 29,820, got {got}");
    for solver in [Solver::DiagonalNewton, Solver::CoordinateNewton] {
        let params = FactorizeParams { solver, tolerance: 0.0, ..Default::default() };
        let second_order = fit(&v, &params, Origin::Start(start()), &mut Silent).unwrap().trace;
        assert!(second_order[60].objective < got, "{solver:?} in 60 iterations below the updates in 200");
    }
}

#[test]
fn sum_laws_hold_to_f32() {
    let v = matrix(&golden("nmf-small/V.mtx"));
    let Start { mut w, mut h } = small_start();
    for _ in 0..20 {
        update_documents(&v, &w, &StepTerms::new(&w.topic_sums(), 0.0), &mut h, Step::Multiplicative);
        let wh = twin::product(&dense_w(&w), &dense_h(&h));
        for document in 0..v.n_documents() {
            let sum: f64 = (0..v.n_terms()).map(|term| wh.at(term, document)).sum();
            let want = v.document_sum(document);
            assert!((sum - want).abs() < 1e-5 * want, "column {document}: {sum} against {want}");
        }
        update_terms(&v, &mut w, &h, &StepTerms::new(&h.topic_sums(), 0.0), Step::Multiplicative);
        let wh = twin::product(&dense_w(&w), &dense_h(&h));
        for term in 0..v.n_terms() {
            let sum: f64 = (0..v.n_documents()).map(|document| wh.at(term, document)).sum();
            let want: f64 = v.term(term).1.iter().map(|&x| f64::from(x)).sum();
            assert!((sum - want).abs() < 1e-5 * want, "row {term}: {sum} against {want}");
        }
    }
}
