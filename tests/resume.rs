//! Tests that a fit which is interrupted, stored and resumed gives the same bits as one that is not: resume(n), then
//! resume(m), is run(n + m).

use std::ops::ControlFlow;

use crate::common::{SOLVERS, planted, random_cases};
use proptest::prelude::*;
use topicmill::factorize::{
    Checkpoint, Factorization, FactorizeParams, Fit, Guidance, Init, Iteration, Loss, Origin, Silent, Solver, Start,
    StopReason, fit, initialise,
};
use topicmill::matrix::TermDocumentMatrix;

/// Runs a fit in pieces of these numbers of iterations, and then to its end. Between the pieces it is stored as JSON.
fn in_pieces(v: &TermDocumentMatrix, params: &FactorizeParams, origin: &Origin, pieces: &[usize]) -> Factorization {
    let mut stored: Option<String> = None;
    let resume = |stored: &Option<String>| match stored {
        None => Fit::new(v, params, origin.clone()).unwrap(),
        Some(text) => {
            let checkpoint: Checkpoint = serde_json::from_str(text).unwrap();
            Fit::resume(v, params, origin.clone(), checkpoint).unwrap()
        }
    };
    for &piece in pieces {
        let mut fit = resume(&stored);
        fit.advance(piece, &mut Silent).unwrap();
        stored = Some(serde_json::to_string(fit.checkpoint()).unwrap());
    }
    let mut fit = resume(&stored);
    let reason = fit.advance(usize::MAX, &mut Silent).unwrap().expect("a fit ends");
    fit.finish(reason, &mut Silent).unwrap()
}

fn assert_same(a: &Factorization, b: &Factorization, what: &str) {
    assert_eq!(a.trace, b.trace, "{what}");
    assert_eq!((&a.w, &a.h), (&b.w, &b.h), "{what}");
    assert_eq!((a.stop_reason, a.kkt_residual), (b.stop_reason, b.kkt_residual), "{what}");
}

#[test]
fn every_solver_resumes_to_the_bit_with_restarts() {
    let v = planted(40, 60, 4, true, 3);
    for (loss, solver) in SOLVERS {
        for restarts in [1, 2, 5] {
            let params = FactorizeParams {
                loss,
                solver,
                restarts,
                init: Init::Random,
                n_topics: 4,
                max_iterations: 45,
                tolerance: 1e-4,
                ..Default::default()
            };
            let whole = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
            for pieces in [&[1][..], &[16, 1, 15], &[0, 7, 0, 40], &[3; 30]] {
                let resumed = in_pieces(&v, &params, &Origin::Init, pieces);
                assert_same(&resumed, &whole, &format!("{solver} {restarts} {pieces:?}"));
            }
        }
    }
}

#[test]
fn penalties_guidance_and_given_factors_resume_to_the_bit() {
    let v = planted(40, 60, 4, false, 5);
    let base = FactorizeParams { n_topics: 4, max_iterations: 30, tolerance: 0.0, ..Default::default() };
    let penalties =
        FactorizeParams { l1_topics: 0.2, l2_documents: 0.1, decorrelation: 0.3, restarts: 3, ..base.clone() };
    let priors = FactorizeParams { topic_prior: 1.05, document_prior: 0.9, solver: Solver::Mu, ..base.clone() };
    let frobenius = FactorizeParams { loss: Loss::Frobenius, l1_documents: 0.1, l2_topics: 0.1, ..base.clone() };
    let guided = FactorizeParams { background: true, restarts: 3, init: Init::Random, ..base.clone() };
    let guidance = Guidance { seeds: vec![vec![0, 4], vec![1]], excluded: vec![vec![2]], ..Default::default() };
    // V of an odd scale is rescaled by a fit, which must resume to the bit as well.
    let small = v.scaled(-40);
    let given = Start { ..initialise::random(&v, 3, 9) };
    for (what, v, params, origin) in [
        ("penalties", &v, &penalties, Origin::Init),
        ("priors", &v, &priors, Origin::Init),
        ("frobenius", &v, &frobenius, Origin::Init),
        ("guided", &v, &guided, Origin::Guided(guidance)),
        ("small", &small, &penalties, Origin::Init),
        ("given", &v, &base, Origin::Start(given)),
    ] {
        let whole = fit(v, params, origin.clone(), &mut Silent).unwrap();
        for pieces in [&[5][..], &[1, 1, 20], &[17, 3]] {
            assert_same(&in_pieces(v, params, &origin, pieces), &whole, what);
        }
    }
}

/// With many topics, the default solver works on active topics after a few iterations, and looks at all topics in
/// turn; both depend on the number of the iteration.
#[test]
fn active_topics_resume_to_the_bit() {
    let v = planted(220, 260, 140, false, 5);
    let params = FactorizeParams { n_topics: 140, max_iterations: 14, tolerance: 0.0, ..Default::default() };
    let whole = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
    for pieces in [&[2][..], &[3], &[1, 3, 1, 2], &[9]] {
        assert_same(&in_pieces(&v, &params, &Origin::Init, pieces), &whole, "active topics");
    }
}

#[test]
fn an_observer_that_stops_leaves_a_fit_that_goes_on() {
    let v = planted(30, 40, 3, false, 1);
    let params = FactorizeParams { n_topics: 3, max_iterations: 25, tolerance: 0.0, restarts: 4, ..Default::default() };
    let whole = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
    let mut interrupted = Fit::new(&v, &params, Origin::Init).unwrap();
    let mut n = 0;
    let mut observer = |_: &Iteration| {
        n += 1;
        if n % 9 == 0 { ControlFlow::Break(StopReason::Interrupted) } else { ControlFlow::Continue(()) }
    };
    let reason = loop {
        match interrupted.advance(usize::MAX, &mut observer).unwrap() {
            Some(StopReason::Interrupted) => {
                let best = interrupted.clone().finish(StopReason::Interrupted, &mut Silent).unwrap();
                assert!(best.trace.iter().all(|iteration| iteration.objective.is_finite()));
            }
            Some(reason) => break reason,
            None => panic!("a fit without a bound ends for a reason"),
        }
    };
    assert_same(&interrupted.finish(reason, &mut Silent).unwrap(), &whole, "interrupted");
}

#[test]
fn forged_checkpoints_are_refused() {
    let v = planted(20, 30, 3, false, 1);
    let params = FactorizeParams { n_topics: 3, restarts: 3, ..Default::default() };
    let mut fit = Fit::new(&v, &params, Origin::Init).unwrap();
    fit.advance(20, &mut Silent).unwrap();
    let stored = serde_json::to_value(fit.checkpoint()).unwrap();
    type Change = fn(&mut serde_json::Value);
    let changes: [Change; 7] = [
        |checkpoint| checkpoint["turn"] = 7.into(),
        |checkpoint| checkpoint["n_starts"] = 0.into(),
        |checkpoint| checkpoint["n_begun"] = 9.into(),
        |checkpoint| checkpoint["round"] = 4_000_000_000_u32.into(),
        |checkpoint| checkpoint["states"][0]["w"][0] = 5.into(),
        // A row of −1, 0, 0.
        |checkpoint| checkpoint["states"][0]["h"][2][0] = serde_json::json!([0, 0, 128, 191, 0, 0, 0, 0, 0, 0, 0, 0]),
        |checkpoint| checkpoint["states"] = serde_json::json!([]),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut forged = stored.clone();
        change(&mut forged);
        let resumed =
            serde_json::from_value(forged).map(|checkpoint| Fit::resume(&v, &params, Origin::Init, checkpoint));
        assert!(!matches!(resumed, Ok(Ok(_))), "change {i}");
    }
    let other = FactorizeParams { restarts: 2, ..params };
    assert!(Fit::resume(&v, &other, Origin::Init, fit.checkpoint().clone()).is_err());
}

#[test]
fn a_checkpoint_of_another_matrix_is_refused() {
    let (v, other) = (planted(30, 40, 3, false, 1), planted(30, 41, 3, false, 1));
    let params = FactorizeParams { n_topics: 3, ..Default::default() };
    let mut fit = Fit::new(&v, &params, Origin::Init).unwrap();
    fit.advance(2, &mut Silent).unwrap();
    let error = Fit::resume(&other, &params, Origin::Init, fit.checkpoint().clone()).unwrap_err().to_string();
    assert_eq!(error, "the start has H of (40, 3), expected (41, 3)");
}

proptest! {
    #![proptest_config(random_cases(24))]

    #[test]
    fn any_pieces_make_the_whole(which in 0..SOLVERS.len(), restarts in 1_usize..7, seed: u64, pieces in prop::collection::vec(0_usize..40, 1..6)) {
        let (loss, solver) = SOLVERS[which];
        let v = planted(20, 30, 3, seed % 2 == 0, seed);
        let params = FactorizeParams { loss, solver, restarts, seed, n_topics: 3, max_iterations: 40, ..Default::default() };
        let whole = fit(&v, &params, Origin::Init, &mut Silent).unwrap();
        assert_same(&in_pieces(&v, &params, &Origin::Init, &pieces), &whole, "pieces");
    }
}
