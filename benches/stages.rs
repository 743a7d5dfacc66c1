//! Times of the stages on the sample corpus, and of the loop over nonzeros for every kernel and number of topics.
#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use topicmill::config::Config;
use topicmill::factorize::loss::kullback_leibler::{update_documents, update_terms};
use topicmill::factorize::{FactorizeParams, Origin, Silent, fit, initialise};
use topicmill::ingest::documents;
use topicmill::kernels::{FactorMatrix, Kernel, RowUpdate, Step, StepTerms};
use topicmill::pipeline::Dataset;
use topicmill::text::{Analyzer, Language, TermCounter, TextParams, Tokenizer, UnicodeWords};

const N_TOPICS: usize = 20;

fn newsroom() -> Vec<PathBuf> {
    vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/newsroom"))]
}

fn text(criterion: &mut Criterion) {
    let config = Config::default();
    let found = documents(&newsroom(), &config.ingest).expect("the sample corpus");
    let texts: Vec<String> = found.map(|document| document.expect("a document").text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let analyzer =
        Analyzer::new(TextParams::default().resolve(Some(Language::English)).expect("valid")).expect("valid");
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum()));
    group.bench_function("tokenizer", |bencher| {
        let mut n_bytes = 0;
        bencher.iter(|| texts.iter().for_each(|text| UnicodeWords.tokenize(text, &mut |word| n_bytes += word.len())));
        black_box(n_bytes);
    });
    group.bench_function("counting, new words", |bencher| {
        bencher.iter(|| {
            let mut counter = TermCounter::new(&analyzer);
            counter.add_all(&texts);
            counter.take_block()
        });
    });
    let mut counter = TermCounter::new(&analyzer);
    group.bench_function("counting, known words", |bencher| {
        bencher.iter(|| {
            counter.add_all(&texts);
            counter.take_block()
        });
    });
    group.bench_function("read, count and weigh", |bencher| {
        bencher.iter(|| Dataset::read(&newsroom(), &config).expect("the sample corpus"));
    });
}

fn factorisation(criterion: &mut Criterion) {
    let v = Dataset::read(&newsroom(), &Config::default()).expect("the sample corpus").matrix;
    let mut group = criterion.benchmark_group("fit");
    group.bench_function("start", |bencher| bencher.iter(|| initialise::nndsvda(&v, N_TOPICS, 1)));
    let start = initialise::nndsvda(&v, N_TOPICS, 1);
    let mut state = start.clone();
    group.bench_function("one iteration", |bencher| {
        bencher.iter(|| {
            let w_sums = state.w.topic_sums();
            let log_ratio =
                update_documents(&v, &state.w, &StepTerms::new(&w_sums, 1e-9), &mut state.h, Step::Multiplicative);
            update_terms(
                &v,
                &mut state.w,
                &state.h,
                &StepTerms::new(&state.h.topic_sums(), 1e-9),
                Step::Multiplicative,
            );
            log_ratio
        });
    });
    let params = FactorizeParams { n_topics: N_TOPICS, ..Default::default() };
    group.bench_function("to convergence", |bencher| {
        bencher.iter(|| fit(&v, &params, Origin::Start(start.clone()), &mut Silent).expect("a fit"));
    });
    let fitted = fit(&v, &params, Origin::Start(start), &mut Silent).expect("a fit");
    group.bench_function("canonical form", |bencher| {
        bencher.iter(|| fitted.clone().canonical(&v, &FactorizeParams::default()));
    });
}

/// 200 rows of 100 nonzeros over 2,000 rows of the other factor.
fn kernels(criterion: &mut Criterion) {
    const ROWS: usize = 200;
    const NONZEROS: usize = 100 * ROWS;
    const OTHERS: usize = 2000;
    let pointers: Vec<u64> = (0..=ROWS).map(|row| 100 * row as u64).collect();
    let indices: Vec<u32> = (0..NONZEROS).map(|e| (e * 7919 % OTHERS) as u32).collect();
    let values: Vec<f32> = (0..NONZEROS).map(|e| (e % 7 + 1) as f32).collect();
    for kernel in Kernel::ALL.iter().copied().filter(|kernel| kernel.is_available()) {
        let mut group = criterion.benchmark_group(format!("{kernel:?}"));
        for n_topics in [10, 20, 40, 64, 100, 128, 256, 1000] {
            let other = FactorMatrix::from_fn(OTHERS, n_topics, |row, topic| ((row + 3 * topic) % 11 + 1) as f32);
            let mut factor = FactorMatrix::from_fn(ROWS, n_topics, |row, topic| ((row + topic) % 5 + 1) as f32);
            let scale = StepTerms::new(&other.topic_sums(), 1e-6);
            group.throughput(Throughput::Elements((NONZEROS * n_topics) as u64));
            for (name, step) in [
                ("multiplicative", Step::Multiplicative),
                ("diagonal-newton", Step::DiagonalNewton { damping: 1.9, passes: 1 }),
                ("coordinate", Step::CoordinateNewton { passes: 1 }),
            ] {
                let update = RowUpdate::new(kernel, step, &pointers, &indices, &values, &other, &scale);
                group.bench_function(BenchmarkId::new(name, n_topics), |bencher| {
                    bencher.iter(|| update.run(0, factor.lanes_mut(), &mut []));
                });
            }
        }
    }
}

criterion_group!(benches, text, factorisation, kernels);
criterion_main!(benches);
