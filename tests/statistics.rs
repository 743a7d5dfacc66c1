//! Tests the term step from statistics of shards. It gives the same bits in any grouping of the shards, and the
//! result of the fused step up to the rounding of sums.

use crate::common::{SOLVERS, planted, random_cases};
use proptest::prelude::*;
use topicmill::factorize::{
    FactorMatrix, FactorizeParams, Fit, Guidance, Init, Loss, Origin, Shard, Silent, Solver, TermStatistics,
};
use topicmill::matrix::{SparseRows, TermDocumentMatrix};

/// Number of documents per block in these tests.
const BLOCK: usize = 8;

/// A fit after some iterations and a document step, and the part of each document in the objective.
fn after_documents<'v>(
    v: &'v TermDocumentMatrix,
    params: &FactorizeParams,
    guidance: &Guidance,
) -> (Fit<'v>, Vec<f64>) {
    let mut fit = Fit::new(v, params, Origin::Guided(guidance.clone())).unwrap();
    fit.advance(3, &mut Silent).unwrap();
    let objectives = fit.document_step();
    (fit, objectives)
}

/// The statistics of `n` shards, each of whole blocks and all as equal in size as possible.
fn statistics(v: &TermDocumentMatrix, fit: &Fit<'_>, objectives: &[f64], n: usize) -> Vec<TermStatistics> {
    let h = fit.current().unwrap().working_factors()[1];
    let n_blocks = h.n_rows().div_ceil(BLOCK);
    let parts =
        (0..n).map(|shard| (n_blocks * shard / n * BLOCK, (n_blocks * (shard + 1) / n * BLOCK).min(h.n_rows())));
    let of_part = |(first, end): (usize, usize)| {
        let mut rows = SparseRows::default();
        (first..end).for_each(|document| rows.push(v.entries(document)));
        let part = TermDocumentMatrix::from_documents(v.n_terms(), rows).unwrap();
        let h = FactorMatrix::from_fn(end - first, h.n_topics(), |row, topic| h.get(first + row, topic));
        let shard = Shard {
            v: &part,
            h: &h,
            objectives: &objectives[first..end],
            block_documents: BLOCK,
            first_block: (first / BLOCK) as u64,
        };
        // Statistics travel between machines as bytes, so they do here.
        TermStatistics::from_bytes(&fit.term_statistics(&shard).unwrap().unwrap().to_bytes()).unwrap()
    };
    parts.filter(|(first, end)| first < end).map(of_part).collect()
}

/// W after the term step from the statistics of `n` shards, and the objective. The order of merging depends on
/// `turn`.
fn sharded(v: &TermDocumentMatrix, fit: &Fit<'_>, objectives: &[f64], n: usize, turn: usize) -> (FactorMatrix, f64) {
    let mut parts = statistics(v, fit, objectives, n);
    // Neighbours are merged until one part is left; `turn` decides which ones, and whether left takes right or right
    // left.
    let (n_parts, mut at) = (parts.len(), turn);
    while parts.len() > 1 {
        at = (at * 7 + turn) % (parts.len() - 1);
        let part = parts.remove(at + 1);
        if turn.is_multiple_of(2) {
            parts[at].merge(part).unwrap();
        } else {
            let mut right = part;
            right.merge(parts.remove(at)).unwrap();
            parts.insert(at, right);
        }
    }
    assert!(n_parts > 0);
    let n_blocks = objectives.len().div_ceil(BLOCK) as u64;
    let mut fit = fit.clone();
    fit.apply_term_statistics(&parts[0], n_blocks).unwrap();
    let w = fit.current().unwrap().working_factors()[0].clone();
    (w, parts[0].objective(n_blocks).unwrap())
}

/// The largest difference between `w` and `of`, as a share of the largest entry of `of`.
fn difference(w: &FactorMatrix, of: &FactorMatrix) -> f64 {
    let largest = of.view().iter().copied().fold(0.0_f32, f32::max);
    let differences = w.view().iter().zip(of.view()).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max);
    f64::from(differences / largest)
}

fn check(v: &TermDocumentMatrix, params: &FactorizeParams, guidance: &Guidance, what: &str) {
    let (fit, objectives) = after_documents(v, params, guidance);
    // With seeds, V also has their pseudo-documents, behind the real ones.
    let v = fit.matrix();
    let (expected, objective) = sharded(v, &fit, &objectives, 1, 0);
    for n in [3, 7] {
        for turn in 0..4 {
            let (w, again) = sharded(v, &fit, &objectives, n, turn);
            assert_eq!(w, expected, "{what}, {n} shards, turn {turn}");
            assert_eq!(again.to_bits(), objective.to_bits(), "{what}");
        }
    }
    assert!((objective - objectives.iter().sum::<f64>()).abs() <= 1e-9 * objective.abs());
    let mut fused = fit.clone();
    fused.term_step();
    let far = difference(&expected, fused.current().unwrap().working_factors()[0]);
    assert!(far < 1e-5, "{what}: {far:e} from the fused step");
}

#[test]
fn shards_add_up_to_the_fused_step_for_every_solver() {
    let v = planted(50, 117, 4, true, 2);
    // Coordinate steps have no statistics.
    for (loss, solver) in SOLVERS.into_iter().filter(|(_, solver)| *solver != Solver::CoordinateNewton) {
        let params = FactorizeParams { loss, solver, n_topics: 5, init: Init::Random, ..Default::default() };
        check(&v, &params, &Guidance::default(), &format!("{loss} {solver}"));
    }
}

#[test]
fn penalties_and_given_topics_add_up_too() {
    let v = planted(50, 117, 4, false, 4);
    let base = FactorizeParams { n_topics: 4, ..Default::default() };
    let guidance = Guidance { seeds: vec![vec![0, 4]], excluded: vec![vec![2]], ..Default::default() };
    for solver in [Solver::Mu, Solver::DiagonalNewton] {
        let all = FactorizeParams {
            solver,
            l1_topics: 0.2,
            l1_documents: 0.1,
            l2_topics: 0.3,
            l2_documents: 0.1,
            decorrelation: 0.4,
            topic_prior: 1.05,
            ..base.clone()
        };
        check(&v, &all, &Guidance::default(), "penalties");
        check(&v, &FactorizeParams { solver, background: true, ..base.clone() }, &guidance, "guided");
    }
    let frobenius =
        FactorizeParams { loss: Loss::Frobenius, l1_topics: 0.2, l2_documents: 0.1, l2_topics: 0.3, ..base };
    check(&v, &frobenius, &Guidance::default(), "frobenius");
}

#[test]
fn coordinate_steps_have_no_statistics() {
    let v = planted(20, 30, 3, false, 4);
    let params = FactorizeParams { solver: Solver::CoordinateNewton, n_topics: 3, ..Default::default() };
    let mut fit = Fit::new(&v, &params, Origin::Init).unwrap();
    fit.advance(8, &mut Silent).unwrap();
    let objectives = fit.document_step();
    let h = fit.current().unwrap().working_factors()[1];
    let shard = Shard { v: &v, h, objectives: &objectives, block_documents: BLOCK, first_block: 0 };
    assert!(fit.term_statistics(&shard).unwrap().is_none());
}

#[test]
fn what_is_no_whole_is_refused() {
    let v = planted(20, 40, 3, false, 4);
    let (fit, objectives) =
        after_documents(&v, &FactorizeParams { n_topics: 3, ..Default::default() }, &Guidance::default());
    let parts = statistics(&v, &fit, &objectives, 3);
    let mut fitting = fit.clone();
    let mut first = parts[0].clone();
    assert!(fitting.apply_term_statistics(&first, 5).unwrap_err().to_string().contains("end at block 1 of 5"));
    assert!(first.merge(parts[0].clone()).unwrap_err().to_string().contains("are there already"));
    let mut gap = parts[0].clone();
    gap.merge(parts[2].clone()).unwrap();
    assert!(fitting.apply_term_statistics(&gap, 5).is_err(), "a gap in the middle");
    let other = FactorizeParams { n_topics: 2, ..Default::default() };
    let (other_fit, other_objectives) = after_documents(&v, &other, &Guidance::default());
    let of_another = statistics(&v, &other_fit, &other_objectives, 1).remove(0);
    assert!(first.merge(of_another).unwrap_err().to_string().contains("different problems"));
    let bytes = parts[1].to_bytes();
    for cut in [0, 7, 39, 48, bytes.len() - 1] {
        assert!(TermStatistics::from_bytes(&bytes[..cut]).is_err(), "{cut} bytes");
    }
}

proptest! {
    #![proptest_config(random_cases(64))]

    #[test]
    fn no_change_of_bytes_brings_the_reader_down(changes in prop::collection::vec((0_usize..400, any::<u8>()), 1..6), cut in 0_usize..9) {
        let v = planted(4, 30, 2, false, 4);
        let (fit, objectives) = after_documents(&v, &FactorizeParams { n_topics: 2, ..Default::default() }, &Guidance::default());
        let mut bytes = statistics(&v, &fit, &objectives, 2).remove(1).to_bytes();
        let n = bytes.len();
        changes.iter().for_each(|&(at, byte)| bytes[at % n] = byte);
        bytes.truncate(n - 8 * (cut / 4));
        if let Ok(forged) = TermStatistics::from_bytes(&bytes) {
            let mut fit = fit;
            let mut other = statistics(&v, &fit, &objectives, 2).remove(0);
            let _ = other.merge(forged);
            let _ = fit.apply_term_statistics(&other, 4);
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down(numbers in prop::collection::vec(prop_oneof![0_u64..9, any::<u64>()], 0..12), tail in prop::collection::vec(any::<u8>(), 0..9)) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).chain(tail).collect();
        let _ = TermStatistics::from_bytes(&bytes);
    }
}

#[test]
fn many_blocks_are_read_in_no_time() {
    let header = [0_u64, 0, 0, 8, 1 << 18].map(u64::to_le_bytes);
    let nodes = (0_u64..1 << 18).flat_map(|block| [0, 2 * block, 0].map(u64::to_le_bytes));
    let bytes: Vec<u8> = header.into_iter().chain(nodes).flatten().collect();
    assert!(TermStatistics::from_bytes(&bytes).is_ok());
}

#[test]
fn statistics_of_another_solver_or_problem_are_refused() {
    let v = planted(20, 40, 3, false, 4);
    let of = |solver, n_topics| FactorizeParams { solver, n_topics, ..Default::default() };
    let (mut fit, objectives) = after_documents(&v, &of(Solver::DiagonalNewton, 3), &Guidance::default());
    for other in [of(Solver::Mu, 3), of(Solver::DiagonalNewton, 2)] {
        let (other, other_objectives) = after_documents(&v, &other, &Guidance::default());
        let statistics = statistics(&v, &other, &other_objectives, 1).remove(0);
        let refused = fit.apply_term_statistics(&statistics, 5).unwrap_err().to_string();
        assert!(refused.contains("of another problem or solver"), "{refused}");
    }
    let h = fit.current().unwrap().working_factors()[1];
    let shard = Shard { v: &v, h, objectives: &objectives[1..], block_documents: BLOCK, first_block: 0 };
    assert!(fit.term_statistics(&shard).is_err());
}
