//! Tests penalties and given topics, each on data where it makes a difference.

use std::sync::Arc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use topicmill::factorize::{FactorizeParams, Guidance, Init, Loss, Origin, Silent, Solver, fit, objective};
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::TermDocumentMatrix;

const TOPICS: usize = 5;
const WORDS_PER_TOPIC: usize = 30;
/// Number of words that every document uses at the same rate. They are numbered behind the words of the topics.
const FUNCTION_WORDS: usize = 10;
const TERMS: usize = TOPICS * WORDS_PER_TOPIC + FUNCTION_WORDS;
const DOCUMENTS: usize = 200;

/// Counts of documents that are drawn word by word from two topics each. Topic k has the words from 30 k on, with
/// frequencies that fall as 1/rank.
fn corpus(tokens: usize, function_share: f64, seed: u64) -> TermDocumentMatrix {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut uniform = move || (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut triplets = Vec::new();
    for document in 0..DOCUMENTS {
        let topics = [document % TOPICS, (document / TOPICS) % TOPICS];
        for _ in 0..tokens {
            let term = if uniform() < function_share {
                TOPICS * WORDS_PER_TOPIC + (uniform() * FUNCTION_WORDS as f64) as usize
            } else {
                let topic = topics[usize::from(uniform() < 0.3)];
                let rank = (WORDS_PER_TOPIC as f64).powf(uniform()) - 1.0;
                topic * WORDS_PER_TOPIC + rank as usize
            };
            triplets.push((term as u32, document as u32, 1.0));
        }
    }
    TermDocumentMatrix::from_triplets(TERMS, DOCUMENTS, &triplets).unwrap()
}

fn params(n_topics: usize) -> FactorizeParams {
    FactorizeParams { n_topics, max_iterations: 300, tolerance: 1e-6, ..Default::default() }
}

/// W and H in canonical form.
fn fitted(v: &TermDocumentMatrix, params: &FactorizeParams, guidance: &Guidance) -> (FactorMatrix, FactorMatrix) {
    let fitted = fit(v, params, Origin::Guided(guidance.clone()), &mut Silent).unwrap();
    let canonical = fitted.canonical(v, params);
    (Arc::unwrap_or_clone(canonical.w), canonical.h)
}

fn plain(v: &TermDocumentMatrix, params: &FactorizeParams) -> (FactorMatrix, FactorMatrix) {
    fitted(v, params, &Guidance::default())
}

/// The words of a topic, by descending weight.
fn words(w: &FactorMatrix, topic: usize) -> Vec<usize> {
    let mut words: Vec<usize> = (0..w.n_rows()).collect();
    words.sort_by(|&a, &b| w.get(b, topic).total_cmp(&w.get(a, topic)));
    words
}

/// Share of entries that are at most a thousandth of the largest of their row.
fn sparsity(factor: &FactorMatrix) -> f64 {
    let (mut zeros, mut all) = (0, 0);
    for row in 0..factor.n_rows() {
        let largest = factor.row_values(row).iter().copied().fold(0.0, f32::max);
        zeros += factor.row_values(row).iter().filter(|x| **x <= 1e-3 * largest).count();
        all += factor.n_topics();
    }
    f64::from(zeros as u32) / f64::from(all as u32)
}

/// Share of distinct words among the ten first words of all topics.
fn diversity(w: &FactorMatrix) -> f64 {
    let mut top: Vec<usize> = (0..w.n_topics()).flat_map(|topic| words(w, topic).into_iter().take(10)).collect();
    let all = top.len();
    top.sort_unstable();
    top.dedup();
    top.len() as f64 / all as f64
}

fn row_shares(h: &FactorMatrix, document: usize) -> Vec<f64> {
    let sum: f64 = h.row_values(document).iter().map(|&x| f64::from(x)).sum();
    h.row_values(document).iter().map(|&x| f64::from(x) / sum.max(f64::MIN_POSITIVE)).collect()
}

#[test]
fn penalties_lower_what_they_penalise_and_nothing_rises() {
    let v = corpus(60, 0.2, 1);
    type Set = fn(&mut FactorizeParams);
    let all: [(&str, Set); 7] = [
        ("l1_topics", |p| p.l1_topics = 2.0),
        ("l1_documents", |p| p.l1_documents = 2.0),
        ("l2_topics", |p| p.l2_topics = 0.5),
        ("l2_documents", |p| p.l2_documents = 0.5),
        ("decorrelation", |p| p.decorrelation = 1.0),
        ("topic_prior", |p| p.topic_prior = 1.5),
        ("document_prior", |p| p.document_prior = 1.5),
    ];
    let divergence = [Solver::Mu, Solver::DiagonalNewton].map(|solver| (Loss::KullbackLeibler, solver));
    for (loss, solver) in divergence.into_iter().chain([(Loss::Frobenius, Solver::Hals)]) {
        for (name, set) in &all[..if loss == Loss::Frobenius { 4 } else { 7 }] {
            let mut params = FactorizeParams { loss, solver, init: Init::Random, tolerance: 0.0, ..params(8) };
            params.max_iterations = 60;
            set(&mut params);
            let trace = fit(&v, &params, Origin::Init, &mut Silent).unwrap().trace;
            for pair in trace.windows(2) {
                let rise = pair[1].objective - pair[0].objective;
                assert!(rise <= 2e-5 * pair[0].objective.abs(), "{solver:?} {name}: {pair:?}");
            }
        }
    }
}

/// The scale of the start must not matter: otherwise a fit could lower a penalty by scaling W down and H up.
#[test]
fn penalties_do_not_depend_on_the_scale_of_topics() {
    let v = corpus(60, 0.2, 2);
    let params =
        FactorizeParams { l1_topics: 1.0, l2_documents: 0.3, decorrelation: 0.5, topic_prior: 1.2, ..params(6) };
    let start = topicmill::factorize::initialise::random(&v, 6, 3);
    let mut scaled = start.clone();
    for topic in 0..6 {
        let scale = 4.0_f32.powi(topic as i32 - 3);
        (0..TERMS).for_each(|t| scaled.w.set(t, topic, start.w.get(t, topic) * scale));
        (0..DOCUMENTS).for_each(|d| scaled.h.set(d, topic, start.h.get(d, topic) / scale));
    }
    let last = |start| {
        let params = FactorizeParams { solver: Solver::Mu, floor: 0.0, max_iterations: 30, ..params.clone() };
        fit(&v, &params, Origin::Start(start), &mut Silent).unwrap().trace.last().unwrap().objective
    };
    let (a, b) = (last(start), last(scaled));
    assert!((a / b - 1.0).abs() < 1e-4, "{a} and {b}");
}

/// The unit of V must not matter: if V is multiplied by a constant, and with it the parameters that have V's unit,
/// the fit stays the same.
#[test]
fn penalties_do_not_depend_on_the_unit_of_the_data() {
    let v = corpus(60, 0.2, 2);
    let kullback_leibler =
        FactorizeParams { l1_topics: 1.0, l2_documents: 0.3, decorrelation: 0.5, topic_prior: 1.2, ..params(5) };
    let frobenius = FactorizeParams { loss: Loss::Frobenius, l1_documents: 0.5, l2_topics: 0.1, ..params(5) };
    for (params, penalty_grows) in [(kullback_leibler, 1), (frobenius, 2)] {
        let of_unit = |exponent: i32| {
            // Parameters that do not scale with the objective are given in the unit of the data, so the test scales
            // them.
            let scale = |x: f64, by: i32| x * 2.0_f64.powi(by * exponent);
            let params = match params.loss {
                Loss::KullbackLeibler => {
                    FactorizeParams { topic_prior: 1.0 + scale(params.topic_prior - 1.0, 1), ..params.clone() }
                }
                Loss::Frobenius => FactorizeParams { l1_documents: scale(params.l1_documents, 1), ..params.clone() },
            };
            let fitted = fit(&v.scaled(exponent), &params, Origin::Init, &mut Silent).unwrap();
            (fitted.w, fitted.trace.last().unwrap().objective / 2.0_f64.powi(penalty_grows * exponent))
        };
        let (ordinary, small, large) = (of_unit(0), of_unit(-30), of_unit(12));
        for (what, other) in [("small", small), ("large", large)] {
            assert!((ordinary.1 / other.1 - 1.0).abs() < 1e-4, "{what}: {} and {}", ordinary.1, other.1);
        }
    }
}

/// A document of weight 10 must count like ten copies of it.
#[test]
fn weights_of_documents_are_numbers_of_documents() {
    let v = corpus(60, 0.2, 3);
    let (n, often) = (40, 10);
    let repeated: Vec<usize> = (0..n).chain((0..4).flat_map(|d| std::iter::repeat_n(d, often - 1))).collect();
    let entries =
        |(to, &from): (usize, &usize)| v.entries(from).map(move |(t, x)| (t, to as u32, x)).collect::<Vec<_>>();
    let of = |from: &[usize]| {
        let triplets: Vec<_> = from.iter().enumerate().flat_map(entries).collect();
        TermDocumentMatrix::from_triplets(TERMS, from.len(), &triplets).unwrap()
    };
    let (once, many) = (of(&(0..n).collect::<Vec<_>>()), of(&repeated));
    let weights: Vec<f32> = (0..n).map(|d| if d < 4 { often as f32 } else { 1.0 }).collect();
    let last = |v: &TermDocumentMatrix| {
        let params = FactorizeParams { solver: Solver::CoordinateNewton, restarts: 4, ..params(TOPICS) };
        fit(v, &params, Origin::Init, &mut Silent).unwrap().trace.last().unwrap().objective
    };
    let (weighted, repeated) = (last(&once.weighted(&[], &weights).unwrap()), last(&many));
    assert!((weighted / repeated - 1.0).abs() < 2e-3, "{weighted} and {repeated}");
}

#[test]
fn l1_recovers_planted_sparsity() {
    // Each document has two of five topics. The documents are short, so that noise hides this sparsity without a
    // penalty.
    let v = corpus(40, 0.5, 3);
    let frobenius = FactorizeParams { loss: Loss::Frobenius, ..params(TOPICS) };
    let recovered = |params: &FactorizeParams| {
        let (w, h) = plain(&v, params);
        let owner = |topic: usize| words(&w, topic)[0] / WORDS_PER_TOPIC;
        let right = (0..DOCUMENTS).flat_map(|d| (0..TOPICS).map(move |topic| (d, topic))).filter(|&(d, topic)| {
            let is_planted = [d % TOPICS, (d / TOPICS) % TOPICS].contains(&owner(topic));
            let largest = h.row_values(d).iter().copied().fold(0.0, f32::max);
            (h.get(d, topic) > 1e-3 * largest) == is_planted
        });
        (right.count() as f64 / (DOCUMENTS * TOPICS) as f64, sparsity(&h))
    };
    let (without, with) =
        (recovered(&frobenius), recovered(&FactorizeParams { l1_documents: 1.0, ..frobenius.clone() }));
    assert!(with.0 > without.0 + 0.1 && with.1 > without.1 + 0.1, "zeros of H: {without:?} → {with:?}");
    let (w, _) = plain(&v, &frobenius);
    let (sparse, _) = plain(&v, &FactorizeParams { l1_topics: 0.5, ..frobenius });
    let (before, after) = (sparsity(&w), sparsity(&sparse));
    assert!(after > before + 0.1, "zeros of W: {before} → {after}");
}

#[test]
fn l2_evens_out() {
    let v = corpus(60, 0.1, 4);
    let largest = |params: &FactorizeParams| {
        let (_, h) = plain(&v, params);
        (0..DOCUMENTS).map(|d| row_shares(&h, d).into_iter().fold(0.0, f64::max)).sum::<f64>() / DOCUMENTS as f64
    };
    let (before, after) =
        (largest(&params(TOPICS)), largest(&FactorizeParams { l2_documents: 10.0, ..params(TOPICS) }));
    assert!(after < before - 0.05, "{before} → {after}");
}

#[test]
fn decorrelation_raises_diversity_at_equal_fit() {
    let v = corpus(60, 0.4, 5);
    let base = params(8);
    let (w, h) = plain(&v, &base);
    let (distinct, distinct_h) = plain(&v, &FactorizeParams { decorrelation: 0.2, ..base });
    let (before, after) = (diversity(&w), diversity(&distinct));
    assert!(after > before + 0.1, "diversity {before} → {after}");
    let f = |w, h| objective(&v, w, h, Loss::KullbackLeibler);
    let loss = f(&distinct, &distinct_h) / f(&w, &h);
    assert!(loss < 1.05, "the fit is worse by {loss}");
}

#[test]
fn priors_smooth_and_sparsify() {
    let v = corpus(40, 0.1, 6);
    let entropy = |params: &FactorizeParams| {
        let (_, h) = plain(&v, params);
        let entropy = |d| row_shares(&h, d).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum::<f64>();
        (0..DOCUMENTS).map(entropy).sum::<f64>() / DOCUMENTS as f64
    };
    let with = |prior| entropy(&FactorizeParams { document_prior: prior, ..params(TOPICS) });
    let (sparse, none, smooth) = (with(0.5), with(1.0), with(2.0));
    assert!(sparse < none && none < smooth - 0.1, "entropy {sparse}, {none}, {smooth}");
    let (none, _) = plain(&v, &params(TOPICS));
    let (smooth, _) = plain(&v, &FactorizeParams { topic_prior: 1.5, ..params(TOPICS) });
    let (none, smooth) = (sparsity(&none), sparsity(&smooth));
    assert!(none > 0.4 && smooth < 0.1, "zeros of W: {none} without, {smooth} with a prior");
}

#[test]
fn the_background_takes_the_function_words() {
    let v = corpus(80, 0.4, 7);
    let function_words = TOPICS * WORDS_PER_TOPIC..TERMS;
    let share = |w: &FactorMatrix, topic| function_words.clone().map(|t| f64::from(w.get(t, topic))).sum::<f64>();
    let (w, _) = plain(&v, &FactorizeParams { background: true, ..params(TOPICS + 1) });
    assert!(share(&w, 0) > 0.8, "the background consists of them: {}", share(&w, 0));
    let rest = (1..=TOPICS).map(|topic| share(&w, topic)).fold(0.0, f64::max);
    let (plain, _) = plain(&v, &params(TOPICS));
    let spread = (0..TOPICS).map(|topic| share(&plain, topic)).fold(1.0, f64::min);
    assert!(rest < 0.15 && spread > 0.25, "others {rest} with, {spread} without a background");
}

#[test]
fn a_seeded_topic_keeps_its_number_and_its_words() {
    let v = corpus(60, 0.2, 8);
    // Three of the planted topics are seeded in another order, with two words each; the other two come from the data
    // alone.
    let order = [3, 0, 4];
    let seeds: Vec<Vec<u32>> = order.iter().map(|&topic| vec![30 * topic as u32, 30 * topic as u32 + 2]).collect();
    for init in [Init::Nndsvda, Init::Random, Init::Clusters] {
        let guidance = Guidance { seeds: seeds.clone(), ..Default::default() };
        let (w, _) = fitted(&v, &FactorizeParams { init, ..params(TOPICS) }, &guidance);
        for (topic, planted) in order.iter().enumerate() {
            let top = words(&w, topic);
            let own = top[..8].iter().filter(|&&term| term / WORDS_PER_TOPIC == *planted).count();
            assert!(own >= 6, "{init:?}: topic {topic} has {:?}", &top[..8]);
            assert!(top[..8].contains(&(30 * planted)), "{init:?}: the seed word is among the first");
        }
    }
}

#[test]
fn an_excluded_word_is_exactly_zero() {
    let v = corpus(60, 0.2, 9);
    let guidance = Guidance { excluded: vec![vec![150, 151], vec![], vec![0]], ..Default::default() };
    for solver in [Solver::Mu, Solver::DiagonalNewton] {
        let (w, _) = fitted(&v, &FactorizeParams { solver, ..params(TOPICS) }, &guidance);
        assert_eq!((w.get(150, 0), w.get(151, 0), w.get(0, 2)), (0.0, 0.0, 0.0));
        assert!((1..TOPICS).any(|topic| w.get(150, topic) > 0.0), "the word is elsewhere");
    }
}

#[test]
fn a_frozen_topic_is_unchanged_to_the_bit() {
    let v = corpus(60, 0.2, 10);
    let (old, _) = plain(&v, &params(TOPICS));
    let frozen = FactorMatrix::from_fn(TERMS, 2, |term, topic| old.get(term, topic));
    for solver in [Solver::Mu, Solver::DiagonalNewton] {
        let guidance = Guidance { frozen: Some(frozen.clone()), seeds: vec![vec![60]], ..Default::default() };
        let (w, h) = fitted(&v, &FactorizeParams { solver, ..params(TOPICS) }, &guidance);
        for term in 0..TERMS {
            for topic in 0..2 {
                assert_eq!(w.get(term, topic).to_bits(), frozen.get(term, topic).to_bits());
            }
        }
        assert!(w.topic_sums()[2..].iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        let f = objective(&v, &w, &h, Loss::KullbackLeibler);
        let (old, old_h) = plain(&v, &params(TOPICS));
        assert!(f < 1.05 * objective(&v, &old, &old_h, Loss::KullbackLeibler), "the others are fitted beside");
    }
}

#[test]
fn weights_count_documents_and_terms_more_or_less() {
    let v = corpus(60, 0.0, 11);
    // A document of weight 2 must count as two documents, so that the fit is the same as with the document twice.
    let weights: Vec<f32> = (0..DOCUMENTS).map(|d| if d % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let weighted = v.weighted(&[], &weights).unwrap();
    let mut triplets = Vec::new();
    let mut copies = 0;
    for (document, weight) in weights.iter().enumerate() {
        for _ in 0..*weight as usize {
            let (terms, values) = v.document(document);
            triplets.extend(terms.iter().zip(values).map(|(&t, &x)| (t, copies, x)));
            copies += 1;
        }
    }
    let doubled = TermDocumentMatrix::from_triplets(TERMS, copies as usize, &triplets).unwrap();
    let params = FactorizeParams {
        init: Init::Nndsvda,
        solver: Solver::CoordinateNewton,
        kkt_tolerance: 1e-6,
        ..params(TOPICS)
    };
    let (a, _) = plain(&weighted, &params);
    let (b, _) = plain(&doubled, &params);
    for topic in 0..TOPICS {
        for term in 0..TERMS {
            assert!((a.get(term, topic) - b.get(term, topic)).abs() < 0.02, "term {term} of topic {topic}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_any_work() {
    let v = corpus(10, 0.2, 12);
    let refused = |params: FactorizeParams, guidance: Guidance| {
        fit(&v, &params, Origin::Guided(guidance.clone()), &mut Silent).unwrap_err().to_string()
    };
    let none = Guidance::default;
    let seeds = |seeds: Vec<Vec<u32>>| Guidance { seeds, ..none() };
    let base = || params(3);
    let cases = [
        (
            FactorizeParams { n_topics: 0, ..base() },
            none(),
            "factorize.n_topics is auto, expected a number; a selection proposes some",
        ),
        (FactorizeParams { l1_topics: -1.0, ..base() }, none(), "factorize.l1_topics is -1, expected from 0 to 1e9"),
        (
            FactorizeParams { document_prior: f64::NAN, ..base() },
            none(),
            "factorize.document_prior is NaN, expected from 0 to 1e6; 1 is no prior",
        ),
        (
            FactorizeParams { solver: Solver::Hals, ..base() },
            none(),
            "factorize.solver is hals, expected one for kullback-leibler: auto, diagonal-newton, coordinate-newton, mu",
        ),
        (
            FactorizeParams { solver: Solver::CoordinateNewton, decorrelation: 1.0, ..base() },
            none(),
            "factorize.solver is coordinate-newton for kullback-leibler, with penalties, expected diagonal-newton or mu for kullback-leibler, hals and no more than L1 and L2 for frobenius",
        ),
        (
            FactorizeParams { loss: Loss::Frobenius, ..base() },
            seeds(vec![vec![1]]),
            "factorize.solver is auto for frobenius, expected auto, diagonal-newton or mu, and kullback-leibler, with given topics",
        ),
        (
            base(),
            seeds(vec![vec![1], vec![1]]),
            "factorize.seeds is term 1 twice, expected each seed word in one topic, and not excluded from it",
        ),
        (
            base(),
            Guidance { excluded: vec![vec![1]], ..seeds(vec![vec![1]]) },
            "factorize.excluded is term 1 twice, expected each seed word in one topic, and not excluded from it",
        ),
        (
            base(),
            seeds(vec![vec![1], vec![2], vec![3], vec![4]]),
            "factorize.seeds is lists for 4 topics, expected at most 3 of 3 topics",
        ),
        (base(), seeds(vec![vec![900]]), "factorize.seeds is term 900, expected below 160"),
        (
            base(),
            Guidance { frozen: Some(FactorMatrix::zeros(7, 1)), ..none() },
            "factorize.frozen is topics of 7 terms, expected topics of the 160 terms of the matrix",
        ),
    ];
    for (params, guidance, message) in cases {
        assert_eq!(refused(params, guidance), message);
    }
}
