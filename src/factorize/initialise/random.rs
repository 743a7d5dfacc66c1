//! The start from uniform random numbers, scaled to the data.

use rand_xoshiro::rand_core::Rng;

use crate::factorize::Start;
use crate::factorize::random::{Stream, row_generator};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// A start with entries uniform in [0.05, 1.05), scaled so that Σ WH = Σ V. Every row has a random stream of its own
/// (Xoshiro256++), so that no entry depends on the order of work.
pub fn random(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Start {
    let w = uniform(v.n_terms(), n_topics, seed, Stream::Terms);
    let h = uniform(v.n_documents(), n_topics, seed, Stream::Documents);
    let product: f64 = w.topic_sums().iter().zip(h.topic_sums()).map(|(w, h)| w * h).sum();
    let scale = if product > 0.0 { (v.total() / product).sqrt() } else { 1.0 };
    let scaled = |factor: &FactorMatrix| {
        FactorMatrix::from_fn(factor.n_rows(), n_topics, |row, topic| {
            (f64::from(factor.get(row, topic)) * scale) as f32
        })
    };
    Start { w: scaled(&w), h: scaled(&h) }
}

fn uniform(n_rows: usize, n_topics: usize, seed: u64, stream: Stream) -> FactorMatrix {
    let mut generator = row_generator(seed, stream, 0);
    let mut current = 0;
    FactorMatrix::from_fn(n_rows, n_topics, |row, _| {
        if row != current {
            current = row;
            generator = row_generator(seed, stream, row);
        }
        0.05 + (generator.next_u64() >> 40) as f32 / (1_u32 << 24) as f32
    })
}
