//! Times of the stages on the sample corpus, and of the loop over nonzeros for every kernel and number of topics.
#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use topicmill::config::Config;
use topicmill::factorize::loss::kullback_leibler::{document_step, term_step};
use topicmill::factorize::{FactorizeParams, Silent, canonicalise, factorize, initialise};
use topicmill::ingest::documents;
use topicmill::kernels::{FactorMatrix, Kernel, RowUpdate, Step, TopicScale};
use topicmill::pipeline;
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
        bencher.iter(|| pipeline::prepare(&newsroom(), &config, &mut |_| true).expect("the sample corpus"));
    });
}

fn fit(criterion: &mut Criterion) {
    let v =
        pipeline::prepare(&newsroom(), &Config::default(), &mut |_| true).expect("the sample corpus").weighted.matrix;
    let mut group = criterion.benchmark_group("fit");
    group.bench_function("start", |bencher| bencher.iter(|| initialise::nndsvda(&v, N_TOPICS, 1)));
    let start = initialise::nndsvda(&v, N_TOPICS, 1);
    let mut state = start.clone();
    group.bench_function("one iteration", |bencher| {
        bencher.iter(|| {
            let w_sums = state.w.topic_sums();
            let log_ratio =
                document_step(&v, &state.w, &TopicScale::new(&w_sums, 1e-9), &mut state.h, Step::Multiplicative);
            term_step(&v, &mut state.w, &state.h, &TopicScale::new(&state.h.topic_sums(), 1e-9), Step::Multiplicative);
            log_ratio
        });
    });
    let params = FactorizeParams { n_topics: N_TOPICS, ..Default::default() };
    group.bench_function("to convergence", |bencher| {
        bencher.iter(|| factorize(&v, start.clone(), &params, &mut Silent).expect("a fit"));
    });
    let fitted = factorize(&v, start, &params, &mut Silent).expect("a fit");
    group.bench_function("canonical form", |bencher| {
        bencher
            .iter(|| canonicalise(&v, fitted.w.clone(), fitted.h.clone(), &FactorizeParams::default(), fitted.given));
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
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        let mut group = criterion.benchmark_group(format!("{kernel:?}"));
        for n_topics in [10, 20, 40, 64, 100, 128, 256, 1000] {
            let other = FactorMatrix::from_fn(OTHERS, n_topics, |row, topic| ((row + 3 * topic) % 11 + 1) as f32);
            let mut factor = FactorMatrix::from_fn(ROWS, n_topics, |row, topic| ((row + topic) % 5 + 1) as f32);
            let scale = TopicScale::new(&other.topic_sums(), 1e-6);
            group.throughput(Throughput::Elements((NONZEROS * n_topics) as u64));
            for (name, step) in [
                ("multiplicative", Step::Multiplicative),
                ("accelerated", Step::Accelerated { damping: 1.9, passes: 1 }),
                ("coordinate", Step::Coordinate { passes: 1 }),
            ] {
                let update = RowUpdate::new(kernel, step, &pointers, &indices, &values, &other, &scale);
                group.bench_function(BenchmarkId::new(name, n_topics), |bencher| {
                    bencher.iter(|| update.run(0, factor.lanes_mut(), &mut []));
                });
            }
        }
    }
}

criterion_group!(benches, text, fit, kernels);
criterion_main!(benches);
