//! Times of the stages on the sample corpus.
#![allow(clippy::expect_used, missing_docs)]

use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use topicmill::config::Config;
use topicmill::factorize::solver::multiplicative_update::{document_step, term_step};
use topicmill::factorize::{FactorizeParams, Silent, canonicalise, factorize, initialise};
use topicmill::pipeline;

const N_TOPICS: usize = 20;

fn stages(criterion: &mut Criterion) {
    let inputs = [PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/newsroom"))];
    let config = Config::default();
    let prepare = || pipeline::prepare(&inputs, &config, &mut |_| true).expect("the sample corpus");
    criterion.bench_function("read and count", |bencher| bencher.iter(prepare));

    let v = prepare().weighted.matrix;
    criterion.bench_function("start", |bencher| bencher.iter(|| initialise::nndsvda(&v, N_TOPICS, 1)));

    let mut state = initialise::nndsvda(&v, N_TOPICS, 1);
    criterion.bench_function("one iteration", |bencher| {
        bencher.iter(|| {
            let w_sums = state.w.topic_sums();
            let log_ratio = document_step(&v, &state.w, &w_sums, &mut state.h, 1e-9);
            term_step(&v, &mut state.w, &state.h, &state.h.topic_sums(), 1e-9);
            log_ratio
        });
    });

    let params = FactorizeParams { n_topics: N_TOPICS, ..Default::default() };
    let fitted = factorize(&v, state, &params, &mut Silent).expect("a fit");
    criterion.bench_function("canonical form", |bencher| {
        bencher.iter(|| canonicalise(&v, fitted.w.clone(), fitted.h.clone()));
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
