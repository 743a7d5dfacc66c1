//! Tests the laws that the forms of the factorisation must keep, each with its own constraint.

use crate::common::{planted, random_cases};
use proptest::prelude::*;
use topicmill::evaluate::Agreement;
use topicmill::factorize::{
    FactorizeParams, FoldIn, Loss, MissingEntries, Silent, Solver, Structure, Structured, Variant, fit, fit_masked,
    fit_structured, join_topics, masked_objective, objective,
};
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::{SparseRows, TermDocumentMatrix};

const LOSSES: [Loss; 2] = [Loss::KullbackLeibler, Loss::Frobenius];
const FORMS: [Variant; 4] = [Variant::Sequential, Variant::Hierarchical, Variant::Convex, Variant::Orthogonal];

/// The forms with each loss that they take.
fn cases() -> Vec<(Variant, Loss)> {
    let both = FORMS.into_iter().chain([Variant::Online]);
    let both = both.flat_map(|variant| LOSSES.map(|loss| (variant, loss)));
    let of_sums = [Variant::CoOccurrence, Variant::Agglomerate].map(|variant| (variant, Loss::KullbackLeibler));
    both.chain(of_sums).collect()
}

fn params(variant: Variant, loss: Loss, n_topics: usize) -> FactorizeParams {
    // Several batches of the few documents that there are.
    let batch_documents = if variant == Variant::Online { 40 } else { 0 };
    let word_groups = if variant == Variant::Agglomerate { 40 } else { 0 };
    FactorizeParams { variant, loss, n_topics, batch_documents, word_groups, ..Default::default() }
}

fn fitted(v: &TermDocumentMatrix, params: &FactorizeParams) -> Structured {
    fit_structured(v, params, &mut Silent).unwrap()
}

/// Random numbers below a bound, by xorshift.
fn draws(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed | 1;
    move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    }
}

/// Documents of `k` clusters that share a tenth of their words with all others, and the cluster of each.
fn clustered(k: usize, n_documents: usize, seed: u64) -> (TermDocumentMatrix, Vec<usize>) {
    let mut next = draws(seed);
    let (mut rows, mut clusters) = (SparseRows::default(), Vec::new());
    for _ in 0..n_documents {
        let cluster = next(k);
        let mut counts = vec![0.0_f32; 20 * k];
        for _ in 0..30 {
            let term = if next(10) == 0 { next(20 * k) } else { cluster * 20 + next(20) };
            counts[term] += 1.0;
        }
        let entries = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        rows.push(entries.map(|(term, &count)| (term as u32, count)));
        clusters.push(cluster);
    }
    (TermDocumentMatrix::from_documents(20 * k, rows).unwrap(), clusters)
}

fn largest(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, topic| if row[topic] > row[best] { topic } else { best })
}

fn agreement(h: &FactorMatrix, clusters: &[usize]) -> f64 {
    let found = clusters.iter().enumerate().map(|(d, cluster)| (cluster.to_string(), Some(largest(h.row_values(d)))));
    Agreement::of_documents(found).unwrap().nmi
}

#[test]
fn the_objective_of_no_form_rises_and_factors_stay_non_negative() {
    for (variant, loss) in cases() {
        for (k, weights) in [(1, false), (3, true), (17, false)] {
            let v = planted(260, 210, k.clamp(2, 10), weights, k as u64);
            let found = fitted(&v, &params(variant, loss, k)).factorization;
            let case = format!("{variant} {loss} {k}");
            // The objectives of a pass are those of its batches, each of which is another.
            let is_told_whole = variant != Variant::Online;
            for pair in found.trace.windows(2).filter(|_| is_told_whole) {
                let rise = pair[1].objective - pair[0].objective;
                assert!(rise <= 1e-6 * pair[0].objective.abs(), "{case}: {pair:?}");
            }
            // The kinds of documents that there are bound a hierarchy.
            let n_topics = if variant == Variant::Hierarchical { k.min(10) } else { k };
            assert_eq!((found.w.n_topics(), found.h.n_topics()), (n_topics, n_topics), "{case}");
            assert!(found.w.first_invalid().is_none() && found.h.first_invalid().is_none(), "{case}");
        }
    }
}

#[test]
fn planted_clusters_are_found_by_every_form() {
    for (variant, loss) in cases() {
        let (v, clusters) = clustered(4, 240, 7);
        let found = fitted(&v, &params(variant, loss, 4));
        let nmi = agreement(&found.factorization.h, &clusters);
        assert!(nmi > 0.9, "{variant} {loss}: {nmi}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let v = planted(300, 250, 5, false, 3);
    for (variant, loss) in cases() {
        let params = params(variant, loss, 5);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(&v, &params))
        };
        let (one, four) = (on(1), on(4));
        assert_eq!(one.factorization.w, four.factorization.w, "{variant} {loss}");
        assert_eq!(one.factorization.h, four.factorization.h, "{variant} {loss}");
        assert_eq!(one.structure, four.structure, "{variant} {loss}");
    }
}

proptest! {
    #![proptest_config(random_cases(24))]

    #[test]
    fn documents_of_orthogonal_factors_have_one_topic_in_the_fit_and_later(
        seed: u64, k in 1_usize..6, frobenius: bool,
    ) {
        let v = planted(60, 40, k.max(2), false, seed);
        let loss = if frobenius { Loss::Frobenius } else { Loss::KullbackLeibler };
        let params = params(Variant::Orthogonal, loss, k);
        let found = fitted(&v, &params).factorization;
        let canonical = found.clone().canonical(&v, &params);
        for h in [&found.h, &canonical.h] {
            for document in 0..v.n_documents() {
                let n = h.row_values(document).iter().filter(|weight| **weight > 0.0).count();
                prop_assert_eq!(n, usize::from(!v.document(document).0.is_empty()));
            }
        }
        // No other topic, and no other weight, is better for a document: solved alone, it stays what it is.
        let mut solver = FoldIn::for_params(canonical.w.clone(), &params);
        for document in 0..v.n_documents() {
            let (terms, values) = v.document(document);
            let mut row = vec![0.0; k];
            solver.solve(terms, values, &mut row);
            prop_assert_eq!(&row[..], canonical.h.row_values(document));
            let alone = TermDocumentMatrix::from_documents(v.n_terms(), {
                let mut rows = SparseRows::default();
                rows.push(v.entries(document));
                rows
            }).unwrap();
            let cost = |row: &[f32]| {
                objective(&alone, &canonical.w, &FactorMatrix::from_fn(1, k, |_, topic| row[topic]), loss)
            };
            let best = cost(&row);
            for topic in (0..k).filter(|_| !terms.is_empty()) {
                for factor in [0.9_f32, 1.0, 1.1] {
                    let sum: f64 = v.document_sum(document);
                    let mut other = vec![0.0; k];
                    other[topic] = factor * if frobenius { row[largest(&row)] } else { sum as f32 };
                    let slack = 1e-4 * cost(&vec![0.0; k]).abs().min(1e6);
                    prop_assert!(best <= cost(&other) + slack, "{} {}", best, cost(&other));
                }
            }
        }
    }

    #[test]
    fn convex_topics_are_means_of_the_documents_that_are_named(seed: u64, k in 1_usize..6, frobenius: bool) {
        let v = planted(60, 40, k.max(2), true, seed);
        let loss = if frobenius { Loss::Frobenius } else { Loss::KullbackLeibler };
        let params = params(Variant::Convex, loss, k);
        let Structured { factorization, structure } = fitted(&v, &params);
        let Some(Structure::Convex { documents }) = structure else { panic!("documents are named") };
        let w = factorization.canonical(&v, &params).w;
        for (topic, documents) in documents.iter().enumerate() {
            let sum: f64 = documents.iter().map(|(_, weight)| f64::from(*weight)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-5, "weights sum to {sum}");
            prop_assert!(documents.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            let mut mean = vec![0.0_f64; v.n_terms()];
            for &(document, weight) in documents {
                for (term, value) in v.entries(document as usize) {
                    mean[term as usize] += f64::from(weight) * f64::from(value) / v.document_sum(document as usize);
                }
            }
            for (term, mean) in mean.iter().enumerate() {
                prop_assert!((f64::from(w.get(term, topic)) - mean).abs() < 1e-5, "{} {mean}", w.get(term, topic));
            }
        }
    }
}

#[test]
fn each_further_topic_explains_more_and_the_last_number_as_much_as_a_plain_fit() {
    let (v, _) = clustered(6, 300, 11);
    for loss in LOSSES {
        for keep_earlier in [false, true] {
            let params = FactorizeParams { keep_earlier, ..params(Variant::Sequential, loss, 8) };
            let Structured { factorization, structure } = fitted(&v, &params);
            let Some(Structure::Sequential { explained }) = structure else { panic!("there is a curve") };
            assert_eq!(explained.len(), 8);
            assert!(explained.windows(2).all(|pair| pair[1] >= pair[0] - 1e-6), "{loss} {keep_earlier}: {explained:?}");
            for pair in factorization.trace.windows(2) {
                assert!(pair[1].objective <= pair[0].objective * (1.0 + 1e-6), "{loss} {keep_earlier}: {pair:?}");
            }
            // Six clusters: the sixth topic is worth far more than the seventh.
            let gain = |n: usize| explained[n - 1] - explained[n - 2];
            assert!(keep_earlier || gain(6) > 3.0 * gain(7), "{loss}: {explained:?}");
            let plain = FactorizeParams { variant: Variant::Plain, keep_earlier: false, ..params };
            let plain = fit(&v, &plain, topicmill::factorize::Origin::Init, &mut Silent).unwrap();
            let [plain, own] = [&plain.trace, &factorization.trace].map(|trace| trace.last().unwrap().objective);
            assert!(keep_earlier || own < 1.02 * plain, "{loss}: {own} beside {plain}");
        }
    }
}

/// Documents of `groups` · `of_group` kinds: a word is of the kind, of its group or of all.
fn grouped(groups: usize, of_group: usize, n_documents: usize, seed: u64) -> (TermDocumentMatrix, Vec<usize>) {
    let mut next = draws(seed);
    let n_kinds = groups * of_group;
    let (words, of_kinds) = (25, 25 * (1 + groups));
    let (mut rows, mut kinds) = (SparseRows::default(), Vec::new());
    for _ in 0..n_documents {
        let kind = next(n_kinds);
        let mut counts = vec![0.0_f32; of_kinds + words * n_kinds];
        for _ in 0..60 {
            let first = match next(10) {
                0..2 => 0,
                2..5 => words * (1 + kind / of_group),
                _ => of_kinds + words * kind,
            };
            counts[first + next(words)] += 1.0;
        }
        let entries = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        rows.push(entries.map(|(term, &count)| (term as u32, count)));
        kinds.push(kind);
    }
    (TermDocumentMatrix::from_documents(of_kinds + words * n_kinds, rows).unwrap(), kinds)
}

#[test]
fn topics_within_topics_are_found_and_no_more_than_there_are() {
    for loss in LOSSES {
        for seed in [3, 8] {
            let (v, kinds) = grouped(3, 4, 1200, seed);
            // Twice as many are asked for as there are.
            let params = params(Variant::Hierarchical, loss, 24);
            let found = fitted(&v, &params).factorization;
            assert_eq!(found.w.n_topics(), 12, "{loss} {seed}");
            let canonical = found.canonical(&v, &params);
            let nmi = agreement(&canonical.h, &kinds);
            assert!(nmi > 0.97, "{loss} {seed}: {nmi}");
            let [nodes] = join_topics(&canonical.w, &canonical.h.topic_sums(), 2).try_into().unwrap();
            assert_eq!(nodes.iter().max(), Some(&2), "{loss} {seed}: three groups");
            let (of_node, of_group): (Vec<_>, Vec<_>) =
                kinds.iter().enumerate().map(|(d, kind)| (nodes[largest(canonical.h.row_values(d))], kind / 4)).unzip();
            let pairs = of_group.iter().zip(of_node).map(|(group, node)| (group.to_string(), Some(node as usize)));
            let nmi = Agreement::of_documents(pairs).unwrap().nmi;
            assert!(nmi > 0.97, "{loss} {seed}: {nmi}");
        }
    }
}

#[test]
fn where_there_is_one_kind_of_document_there_is_one_topic() {
    for seed in [1, 2, 3] {
        let (v, _) = grouped(1, 1, 400, seed);
        assert_eq!(fitted(&v, &params(Variant::Hierarchical, LOSSES[0], 8)).factorization.w.n_topics(), 1);
    }
}

#[test]
fn topics_that_are_kept_stay_as_they_are() {
    let (v, _) = clustered(4, 200, 5);
    for loss in LOSSES {
        let of = |n_topics| {
            let params = FactorizeParams { keep_earlier: true, ..params(Variant::Sequential, loss, n_topics) };
            fitted(&v, &params).factorization.w
        };
        let (three, four) = (of(3), of(4));
        // The third topic is refined longer where it is the last.
        for term in 0..v.n_terms() {
            assert_eq!(three.row_values(term)[..2], four.row_values(term)[..2], "{loss}");
        }
    }
}

#[test]
fn topics_have_the_sparseness_that_is_asked_for() {
    let (v, clusters) = clustered(4, 240, 3);
    for term_sparseness in [0.3, 0.6, 0.8] {
        let params = FactorizeParams { term_sparseness, ..params(Variant::Plain, Loss::Frobenius, 4) };
        let found = fitted(&v, &params).factorization;
        for pair in found.trace.windows(2) {
            let rise = pair[1].objective - pair[0].objective;
            assert!(rise <= 1e-6 * pair[0].objective.abs(), "{term_sparseness}: {pair:?}");
        }
        for topic in 0..4 {
            let column: Vec<f64> = (0..v.n_terms()).map(|term| f64::from(found.w.get(term, topic))).collect();
            let (sum, square): (f64, f64) = (column.iter().sum(), column.iter().map(|value| value * value).sum());
            let root = (v.n_terms() as f64).sqrt();
            let sparseness = (root - sum / square.sqrt()) / (root - 1.0);
            assert!((sparseness - term_sparseness).abs() < 1e-6, "{term_sparseness}: {sparseness}");
        }
        // Twenty of eighty words a topic: that sparseness, and less, is no loss.
        let nmi = agreement(&found.h, &clusters);
        assert!(nmi > 0.9 || term_sparseness > 0.7, "{term_sparseness}: {nmi}");
    }
    for (term_sparseness, loss) in
        [(-0.1, Loss::Frobenius), (1.0, Loss::Frobenius), (f64::NAN, Loss::Frobenius), (0.5, Loss::KullbackLeibler)]
    {
        assert!(FactorizeParams { term_sparseness, loss, ..Default::default() }.check().is_err());
    }
}

#[test]
fn documents_have_the_sparseness_that_is_asked_for_in_the_fit_and_later() {
    let (v, clusters) = clustered(4, 240, 3);
    for (document_sparseness, term_sparseness) in [(0.3, 0.0), (0.6, 0.0), (0.9, 0.0), (0.6, 0.5)] {
        let params =
            FactorizeParams { document_sparseness, term_sparseness, ..params(Variant::Plain, Loss::Frobenius, 4) };
        let found = fitted(&v, &params).factorization;
        for pair in found.trace.windows(2) {
            let rise = pair[1].objective - pair[0].objective;
            assert!(rise <= 1e-6 * pair[0].objective.abs(), "{document_sparseness}: {pair:?}");
        }
        let canonical = found.canonical(&v, &params);
        for document in 0..v.n_documents() {
            let row: Vec<f64> = canonical.h.row_values(document).iter().map(|&weight| f64::from(weight)).collect();
            let (sum, square): (f64, f64) = (row.iter().sum(), row.iter().map(|weight| weight * weight).sum());
            let sparseness = 2.0 - sum / square.sqrt();
            assert!((sparseness - document_sparseness).abs() < 1e-6, "{document_sparseness}: {sparseness}");
        }
        assert!(agreement(&canonical.h, &clusters) > 0.9, "{document_sparseness} {term_sparseness}");
    }
    // With a single topic there is nothing to be sparse of.
    let params = FactorizeParams { document_sparseness: 0.5, ..params(Variant::Plain, Loss::Frobenius, 1) };
    assert!(fitted(&v, &params).factorization.h.mean() > 0.0);
    assert!(FactorizeParams { loss: Loss::KullbackLeibler, ..params }.check().is_err());
}

#[test]
fn what_does_not_go_with_a_form_is_refused() {
    let v = planted(30, 20, 2, false, 1);
    let plain = FactorizeParams { n_topics: 2, ..Default::default() };
    for variant in FORMS.into_iter().chain([Variant::CoOccurrence, Variant::Online]) {
        let of = || FactorizeParams { variant, ..plain.clone() };
        let refused = [
            FactorizeParams { restarts: 2, ..of() },
            FactorizeParams { background: true, ..of() },
            FactorizeParams { l1_topics: 1.0, ..of() },
            FactorizeParams { n_topics: 21, ..of() },
        ];
        let shards = FactorizeParams { shard_documents: 8, ..of() };
        assert_eq!(shards.check().is_err(), variant != Variant::Online, "{variant}");
        assert!(fit(&v, &of(), topicmill::factorize::Origin::Init, &mut Silent).is_err(), "{variant} is no plain fit");
        for params in refused {
            assert!(fit_structured(&v, &params, &mut Silent).is_err(), "{params:?}");
        }
    }
    assert!(FactorizeParams { variant: Variant::Convex, solver: Solver::Mu, ..plain.clone() }.check().is_err());
    for variant in [Variant::Plain, Variant::Convex, Variant::Orthogonal] {
        assert!(FactorizeParams { keep_earlier: true, variant, ..plain.clone() }.check().is_err(), "{variant}");
    }
}

#[test]
fn a_v_of_any_scale_has_the_same_structure() {
    let (v, _) = clustered(3, 60, 9);
    for (variant, loss) in cases().into_iter().filter(|(_, loss)| *loss == Loss::KullbackLeibler) {
        for exponent in [-60, 50] {
            let [one, other] = [&v, &v.scaled(exponent)].map(|v| fitted(v, &params(variant, loss, 3)));
            for document in 0..v.n_documents() {
                let [a, b] = [&one, &other].map(|found| largest(found.factorization.h.row_values(document)));
                assert_eq!(a, b, "{variant} 2^{exponent}");
            }
        }
    }
}

/// A product of planted factors with noise of a tenth, of which a fifth is hidden: V without it, the places, and the
/// values without noise.
fn with_holes(seed: u64) -> (TermDocumentMatrix, MissingEntries, Vec<Vec<f64>>) {
    let mut state = seed | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (n_terms, n_documents, k) = (50, 80, 3);
    let mut factor =
        |n: usize| -> Vec<Vec<f64>> { (0..n).map(|_| (0..k).map(|_| next() * next()).collect()).collect() };
    let (w, h) = (factor(n_terms), factor(n_documents));
    let (mut rows, mut missing, mut truth) = (SparseRows::default(), Vec::new(), Vec::new());
    for h in &h {
        let values: Vec<f64> = w.iter().map(|w| 0.05 + w.iter().zip(h).map(|(w, h)| w * h).sum::<f64>()).collect();
        let hidden: Vec<bool> = values.iter().map(|_| next() < 0.2).collect();
        let entries: Vec<(u32, f32)> = values
            .iter()
            .enumerate()
            .map(|(term, value)| (term as u32, (value * (0.9 + 0.2 * next())) as f32))
            .filter(|(term, _)| !hidden[*term as usize])
            .collect();
        rows.push(entries);
        missing.push((0..n_terms as u32).filter(|&term| hidden[term as usize]).collect());
        truth.push(values);
    }
    (TermDocumentMatrix::from_documents(n_terms, rows).unwrap(), MissingEntries::new(n_terms, missing), truth)
}

#[test]
fn hidden_entries_are_imputed_within_the_noise() {
    for loss in LOSSES {
        for seed in [3, 4, 5] {
            let (v, missing, truth) = with_holes(seed);
            let params =
                FactorizeParams { n_topics: 4, loss, tolerance: 1e-7, max_iterations: 3000, ..Default::default() };
            let found = fit_masked(&v, &missing, &params, &mut Silent).unwrap();
            for pair in found.trace.windows(2) {
                let rise = pair[1].objective - pair[0].objective;
                assert!(rise <= 1e-6 * pair[0].objective.abs(), "{loss} {seed}: {pair:?}");
            }
            let expected = |document: usize, term: usize| -> f64 {
                let pairs = found.w.row_values(term).iter().zip(found.h.row_values(document));
                pairs.map(|(&w, &h)| f64::from(w) * f64::from(h)).sum()
            };
            // Relative errors of hidden places, beside those of a fit that takes them for zeros.
            let error = |expected: &dyn Fn(usize, usize) -> f64| -> f64 {
                let places =
                    (0..v.n_documents()).flat_map(|d| missing.of_document(d).iter().map(move |&t| (d, t as usize)));
                let errors: Vec<f64> = places.map(|(d, t)| (expected(d, t) / truth[d][t] - 1.0).powi(2)).collect();
                (errors.iter().sum::<f64>() / errors.len() as f64).sqrt()
            };
            let masked = error(&expected);
            assert!(masked < 0.1, "{loss} {seed}: {masked}");
            let plain = fit(&v, &params, topicmill::factorize::Origin::Init, &mut Silent).unwrap();
            let as_zeros = error(&|document, term| {
                let pairs = plain.w.row_values(term).iter().zip(plain.h.row_values(document));
                pairs.map(|(&w, &h)| f64::from(w) * f64::from(h)).sum()
            });
            assert!(masked < 0.5 * as_zeros, "{loss} {seed}: {masked} beside {as_zeros}");
            let same = masked_objective(&v, &missing, &found.w, &found.h, loss);
            let last = found.trace.last().unwrap().objective;
            assert!((same - last).abs() <= 1e-9 * last.abs(), "{loss} {seed}: {same} {last}");
        }
    }
}

#[test]
fn where_nothing_is_missing_the_loss_is_that_of_all_entries() {
    let v = planted(30, 24, 3, true, 2);
    let missing = MissingEntries::new(30, vec![Vec::new(); 24]);
    assert!(missing.is_empty());
    for loss in LOSSES {
        let params = FactorizeParams { n_topics: 3, loss, ..Default::default() };
        let found = fit_masked(&v, &missing, &params, &mut Silent).unwrap();
        let [masked, all] =
            [masked_objective(&v, &missing, &found.w, &found.h, loss), objective(&v, &found.w, &found.h, loss)];
        assert!((masked - all).abs() < 1e-4 * all, "{loss}: {masked} {all}");
        // A document of which nothing is known does no harm.
        let mut rows = vec![Vec::new(); 24];
        rows[7] = (0..30).collect();
        let entries = (0..24).map(|d| v.entries(d).filter(|_| d != 7).collect::<Vec<_>>());
        let mut known = SparseRows::default();
        entries.for_each(|row| known.push(row));
        let known = TermDocumentMatrix::from_documents(30, known).unwrap();
        let found = fit_masked(&known, &MissingEntries::new(30, rows), &params, &mut Silent).unwrap();
        assert!(found.w.first_invalid().is_none() && found.h.first_invalid().is_none(), "{loss}");
        for refused in [
            FactorizeParams { restarts: 2, ..params.clone() },
            FactorizeParams { variant: Variant::Convex, ..params.clone() },
            FactorizeParams { l1_topics: 1.0, ..params.clone() },
        ] {
            assert!(fit_masked(&v, &missing, &refused, &mut Silent).is_err(), "{refused:?}");
        }
    }
}

#[test]
fn groups_of_words_and_topics_made_of_them_are_found() {
    // Four groups of thirty words; documents of three kinds mix them in their own ways.
    const MIXES: [[usize; 10]; 3] =
        [[0, 0, 0, 0, 0, 1, 1, 1, 1, 3], [1, 2, 2, 2, 2, 2, 2, 3, 3, 3], [0, 0, 1, 3, 3, 3, 3, 3, 3, 2]];
    let mut state = 5_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut rows, mut kinds) = (SparseRows::default(), Vec::new());
    for _ in 0..300 {
        let kind = next(3);
        let mut counts = vec![0.0_f32; 120];
        (0..50).for_each(|_| counts[MIXES[kind][next(10)] * 30 + next(30)] += 1.0);
        let entries = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        rows.push(entries.map(|(term, &count)| (term as u32, count)).collect::<Vec<_>>());
        kinds.push(kind);
    }
    let v = TermDocumentMatrix::from_documents(120, rows).unwrap();
    let params = FactorizeParams { word_groups: 4, ..params(Variant::Tri, LOSSES[0], 3) };
    let found = fitted(&v, &params);
    for pair in found.factorization.trace.windows(2) {
        let rise = pair[1].objective - pair[0].objective;
        assert!(rise <= 1e-6 * pair[0].objective.abs(), "{pair:?}");
    }
    let Some(Structure::WordGroups { groups }) = &found.structure else { panic!("terms have groups") };
    let pairs = groups.iter().enumerate().map(|(term, group)| ((term / 30).to_string(), Some(*group as usize)));
    let nmi = Agreement::of_documents(pairs).unwrap().nmi;
    assert!(nmi > 0.97, "{nmi}");
    let canonical = found.factorization.clone().canonical(&v, &params);
    let nmi = agreement(&canonical.h, &kinds);
    assert!(nmi > 0.9, "{nmi}");
    // W = A S: the terms of a group have the same row of W but for a factor.
    let row = |term: usize| -> Vec<f64> {
        let row = canonical.w.row_values(term);
        let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
        row.iter().map(|&x| f64::from(x) / sum).collect()
    };
    for term in 0..120 {
        let first = groups.iter().position(|group| *group == groups[term]).unwrap();
        assert!(row(term).iter().zip(row(first)).all(|(a, b)| (a - b).abs() < 1e-6), "{term}");
    }
    // The same on other threads, and with more groups than terms.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let again = pool.install(|| fitted(&v, &params));
    assert_eq!((again.factorization.w, again.structure), (found.factorization.w, found.structure));
    let many = FactorizeParams { word_groups: 500, ..params.clone() };
    assert_eq!(fitted(&v, &many).factorization.w.n_topics(), 3);
    for refused in [
        FactorizeParams { word_groups: 1, ..params.clone() },
        FactorizeParams { loss: Loss::Frobenius, ..params.clone() },
        FactorizeParams { variant: Variant::Convex, ..params },
    ] {
        assert!(refused.check().is_err(), "{refused:?}");
    }
}
