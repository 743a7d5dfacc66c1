//! A whole fit of a small matrix of any numbers, with any start and solver.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topicmill::factorize::{FactorizeParams, Init, Loss, Origin, Silent, Solver, fit};
use topicmill::matrix::TermDocumentMatrix;

const INITS: [Init; 5] = [Init::Tree, Init::Clusters, Init::Nndsvda, Init::Separable, Init::Random];
const SOLVERS: [(Loss, Solver); 6] = [
    (Loss::KullbackLeibler, Solver::Auto),
    (Loss::KullbackLeibler, Solver::CoordinateNewton),
    (Loss::KullbackLeibler, Solver::Mu),
    (Loss::Frobenius, Solver::Hals),
    (Loss::Frobenius, Solver::Anls),
    (Loss::Frobenius, Solver::Mu),
];

fuzz_target!(|bytes: &[u8]| {
    let [choice, k, n_terms, n_documents, entries @ ..] = bytes else { return };
    let (n_terms, n_documents) = (usize::from(*n_terms) % 40 + 1, usize::from(*n_documents) % 40 + 1);
    let triplets: Vec<(u32, u32, f32)> = entries
        .chunks_exact(4)
        .map(|e| {
            // Any positive number: the exponent is free, the fraction is coarse.
            let value = f32::from_bits(u32::from(e[2] & 0x7f) << 24 | u32::from(e[3]) << 16);
            (u32::from(e[0]) % n_terms as u32, u32::from(e[1]) % n_documents as u32, value)
        })
        .filter(|(_, _, value)| value.is_finite())
        .collect();
    let Ok(v) = TermDocumentMatrix::from_triplets(n_terms, n_documents, &triplets) else { return };
    let (loss, solver) = SOLVERS[usize::from(*choice) / 5 % SOLVERS.len()];
    let params = FactorizeParams {
        n_topics: usize::from(*k) % 5 + 1,
        init: INITS[usize::from(*choice) % INITS.len()],
        loss,
        solver,
        max_iterations: 12,
        ..FactorizeParams::default()
    };
    let Ok(fitted) = fit(&v, &params, Origin::Init, &mut Silent) else { return };
    assert!(fitted.trace.iter().all(|iteration| iteration.objective.is_finite()));
    let canonical = fitted.canonical(&v, &params);
    // Overflow is found out before a model is stored; what is no number must not come from ordinary ones.
    let is_ordinary = v.by_term().data().iter().all(|x| (1e-15..1e15).contains(x));
    let is_valid = canonical.w.first_invalid().is_none() && canonical.h.first_invalid().is_none();
    assert!(is_valid || !is_ordinary, "factors of ordinary numbers are numbers");
});
