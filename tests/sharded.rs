//! Tests fits of documents in shards: they descend as fits of all documents at once do, and resume to the bit.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use crate::common::{SOLVERS, planted};
use topicmill::factorize::{
    FactorMatrix, FactorizeParams, Fit, Init, LocalShards, Loss, MemoryRows, MemoryShards, Origin, Rows,
    ShardedCheckpoint, ShardedFactors, ShardedFit, Shards, Silent, Solver, StopReason, fit,
};
use topicmill::matrix::TermDocumentMatrix;

const TOPICS: usize = 4;

fn params(loss: Loss, solver: Solver, shard_documents: usize) -> FactorizeParams {
    FactorizeParams { loss, solver, n_topics: TOPICS, shard_documents, max_iterations: 30, ..Default::default() }
}

/// The solvers that need no whole rows of V.
fn solvers() -> impl Iterator<Item = (Loss, Solver)> {
    SOLVERS.into_iter().filter(|(_, solver)| *solver != Solver::CoordinateNewton)
}

/// A sharded fit to its end, with the rows of its canonical H.
fn sharded(v: &TermDocumentMatrix, params: &FactorizeParams) -> (ShardedFactors, FactorMatrix) {
    let shards = MemoryShards::new(v, None, params.shard_documents);
    let rows = Arc::new(MemoryRows::new(v.n_documents(), params.n_topics));
    let engine = LocalShards::new(&shards, rows.clone(), None);
    let mut fit = ShardedFit::new(&engine, params).unwrap();
    assert!(fit.advance(usize::MAX, &mut Silent).unwrap().is_some());
    (fit.finish(true, &mut Silent).unwrap(), rows.read(0..v.n_documents()).unwrap())
}

#[test]
fn a_sharded_descent_is_a_descent() {
    let v = planted(40, 90, TOPICS, true, 5);
    for (loss, solver) in solvers() {
        let fused = fit(&v, &params(loss, solver, 0), Origin::Init, &mut Silent).unwrap();
        for shard_documents in [7, 32, 90, 1000] {
            let (factors, h) = sharded(&v, &params(loss, solver, shard_documents));
            let what = format!("{loss} {solver} {shard_documents}");
            for pair in factors.trace.windows(2) {
                assert!(pair[1].objective <= pair[0].objective * (1.0 + 1e-6), "{what}: {pair:?}");
            }
            let (ends, expected) = (factors.final_objective, fused.trace.last().unwrap().objective);
            assert!((ends / expected - 1.0).abs() < 0.03, "{what}: {ends}, without shards {expected}");
            assert_eq!(factors.w.topic_sums().iter().filter(|sum| (*sum - 1.0).abs() < 1e-5).count(), TOPICS);
            assert!(h.topic_sums().is_sorted_by(|a, b| a >= b), "{what}: topics stand in order of mass");
            assert_eq!(h.topic_sums().iter().sum::<f64>() as f32, factors.masses.iter().sum::<f64>() as f32);
        }
    }
}

/// Multiplicative steps without a floor keep the sums of V's columns and rows, and so do those of shards.
#[test]
fn the_first_objectives_are_those_of_a_fused_fit() {
    let v = planted(30, 64, TOPICS, false, 9);
    for (loss, solver) in solvers() {
        let whole = params(loss, solver, 0);
        let mut fused = Fit::new(&v, &whole, Origin::Init).unwrap();
        fused.advance(3, &mut Silent).unwrap();
        let (factors, _) = sharded(&v, &params(loss, solver, 16));
        let expected = fused.current().unwrap().trace();
        for (found, expected) in factors.trace.iter().zip(expected).take(2) {
            let ratio = found.objective / expected.objective;
            assert!((ratio - 1.0).abs() < 1e-4, "{loss} {solver}: {found:?}, without shards {expected:?}");
        }
    }
}

#[test]
fn a_sharded_fit_resumes_to_the_bit() {
    let v = planted(40, 60, TOPICS, true, 3);
    for (loss, solver) in solvers() {
        let params = FactorizeParams { init: Init::Random, ..params(loss, solver, 16) };
        let whole = sharded(&v, &params);
        let shards = MemoryShards::new(&v, None, 16);
        let mut stored: Option<(String, FactorMatrix)> = None;
        for piece in [1, 4, 0, 9, usize::MAX] {
            let rows = Arc::new(MemoryRows::new(v.n_documents(), TOPICS));
            let engine = LocalShards::new(&shards, rows.clone(), None);
            let mut fit = match &stored {
                None => ShardedFit::new(&engine, &params).unwrap(),
                Some((text, h)) => {
                    rows.write(0, h).unwrap();
                    let checkpoint: ShardedCheckpoint = serde_json::from_str(text).unwrap();
                    ShardedFit::resume(&engine, &params, checkpoint).unwrap()
                }
            };
            let reason = fit.advance(piece, &mut Silent).unwrap();
            if piece < usize::MAX {
                let checkpoint = serde_json::to_string(fit.checkpoint()).unwrap();
                stored = Some((checkpoint, rows.read(0..v.n_documents()).unwrap()));
                continue;
            }
            assert!(matches!(reason, Some(StopReason::Converged | StopReason::MaxIterations)));
            let factors = fit.finish(true, &mut Silent).unwrap();
            let h = rows.read(0..v.n_documents()).unwrap();
            assert_eq!((&factors.w, &h), (&whole.0.w, &whole.1), "{loss} {solver}");
            assert_eq!(factors.trace, whole.0.trace, "{loss} {solver}");
        }
    }
}

/// Rows that are kept one by one, as another owner might.
#[derive(Debug)]
struct OneByOne(Mutex<Vec<Vec<f32>>>);

impl Rows for OneByOne {
    fn read(&self, documents: Range<usize>) -> std::io::Result<FactorMatrix> {
        let all = self.0.lock().unwrap();
        Ok(FactorMatrix::from_fn(documents.len(), TOPICS, |row, topic| all[documents.start + row][topic]))
    }

    fn write(&self, first: usize, rows: &FactorMatrix) -> std::io::Result<()> {
        let mut all = self.0.lock().unwrap();
        (0..rows.n_rows()).for_each(|row| all[first + row] = rows.row_values(row).to_vec());
        Ok(())
    }
}

#[test]
fn it_does_not_matter_who_keeps_the_rows_or_how_many_threads_there_are() {
    let v = planted(40, 60, TOPICS, true, 4);
    let params = params(Loss::KullbackLeibler, Solver::Auto, 11);
    let (whole, h) = sharded(&v, &params);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let rows = Arc::new(OneByOne(Mutex::new(vec![vec![0.0; TOPICS]; 60])));
            let shards = MemoryShards::new(&v, None, 11);
            let engine = LocalShards::new(&shards, rows.clone(), None);
            let mut fit = ShardedFit::new(&engine, &params).unwrap();
            fit.advance(usize::MAX, &mut Silent).unwrap();
            assert_eq!(fit.finish(true, &mut Silent).unwrap().w, whole.w);
            assert_eq!(rows.read(0..60).unwrap(), h);
        });
    }
}

#[test]
fn what_needs_all_documents_is_refused_by_name() {
    let base = params(Loss::KullbackLeibler, Solver::Auto, 8);
    let cases: [(&str, FactorizeParams); 9] = [
        ("solver", FactorizeParams { solver: Solver::CoordinateNewton, ..base.clone() }),
        ("restarts", FactorizeParams { restarts: 2, ..base.clone() }),
        ("runs", FactorizeParams { runs: 2, ..base.clone() }),
        ("background", FactorizeParams { background: true, ..base.clone() }),
        ("seeds", FactorizeParams { seeds: vec![vec!["a".into()]], ..base.clone() }),
        ("excluded", FactorizeParams { excluded: vec![vec!["a".into()]], ..base.clone() }),
        ("l1_topics", FactorizeParams { l1_topics: 0.1, ..base.clone() }),
        ("decorrelation", FactorizeParams { decorrelation: 0.1, ..base.clone() }),
        ("document_weights", FactorizeParams { document_weights: Some("n".into()), ..base.clone() }),
    ];
    for (key, params) in cases {
        let error = ShardedFit::check(&params).unwrap_err().to_string();
        assert!(error.starts_with(&format!("factorize.{key} is ")), "{error}");
    }
    let v = planted(20, 30, TOPICS, false, 1);
    let shards = MemoryShards::new(&v, None, 8);
    let engine = LocalShards::new(&shards, Arc::new(MemoryRows::new(30, 31)), None);
    let many = FactorizeParams { n_topics: 31, ..base };
    let error = ShardedFit::new(&engine, &many).err().unwrap().to_string();
    assert!(error.contains("31 topics cannot be found"), "{error}");
}

#[test]
fn shards_have_all_documents_in_order() {
    let v = planted(20, 33, TOPICS, false, 2);
    let shards = MemoryShards::new(&v, None, 10);
    let (sizes, mut seen) = (shards.sizes(), 0);
    for shard in 0..sizes.n_shards() {
        let part = shards.load(shard, false).unwrap();
        assert_eq!((sizes.documents(shard).start, part.v.n_documents()), (seen, 10.min(33 - seen)));
        for document in 0..part.v.n_documents() {
            assert_eq!(part.v.document(document), v.document(seen + document));
        }
        seen += part.v.n_documents();
    }
    assert_eq!((seen, sizes.n_shards()), (33, 4));
}
