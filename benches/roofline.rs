//! What the machine can do, and what share of it the loop over nonzeros reaches; all cores at once.
//!
//!     cargo bench --bench roofline
//!
//! One side of a multiplicative update takes, per nonzero and (padded) topic, 2 fused multiply-adds and 4 bytes of a
//! gathered row. G is 10⁹ of them a second, on all cores. Bounds: the multiply-adds, and the bytes from the level of
//! the cache that the rows lie in, each measured here with the widest vectors of the machine. Of rows met as often as
//! the terms of a text, the most frequent are taken to lie in 1 MiB of the second level, the others in the third.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use topicmill::kernels::{FactorMatrix, Kernel, LANES, Lanes, RowUpdate, Step, StepTerms};

/// Share of the nonzeros of 20 Newsgroups in the m most frequent terms.
const COVERAGE: [(f64, f64); 9] = [
    (1.0, 0.005),
    (128.0, 0.16),
    (512.0, 0.32),
    (1000.0, 0.43),
    (2000.0, 0.57),
    (4000.0, 0.70),
    (8000.0, 0.82),
    (16000.0, 0.92),
    (32768.0, 1.0),
];
const REPEATS: usize = 7;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = Kernel::current();
    println!("# {threads} threads, {kernel:?}; medians of {REPEATS}");
    let fma = on_all(threads, |_| multiply_adds(kernel));
    println!("\nfused multiply-adds of one f32: {:.0} G/s", fma / 1e9);
    let (l2, l3) = (on_all(threads, |_| bandwidth(kernel, 1 << 20)), on_all(threads, |_| bandwidth(kernel, 48 << 20)));
    println!("reading 1 MiB per thread: {:.0} GB/s\nreading 48 MiB per thread: {:.0} GB/s", l2 / 1e9, l3 / 1e9);
    println!("\ntopics  rows of the factor           G  multiply-adds allow  bytes allow  share");
    for n_topics in [20_usize, 64, 100, 128] {
        let in_l2 = (1 << 20) / (n_topics.next_multiple_of(LANES) * 4);
        let rows = [
            ("1 MiB, at random", in_l2, false, l2),
            ("48 MiB, at random", 48 * in_l2, false, l3),
            ("32,768, as in text", 32_768, true, 1.0 / (covered(in_l2) / l2 + (1.0 - covered(in_l2)) / l3)),
        ];
        for (name, n_rows, of_text, bytes) in rows {
            let speed = on_all(threads, |thread| pass(kernel, n_topics, n_rows, of_text, thread)) / 1e9;
            let (by_fma, by_bytes) = (fma / 2e9, bytes / 4e9);
            let share = 100.0 * speed / by_fma.min(by_bytes);
            println!("{n_topics:6}  {name:20}  {speed:8.1}  {by_fma:19.1}  {by_bytes:11.1}  {share:4.0} %");
        }
    }
}

/// The sum over threads that work at the same time, median of the repeats.
fn on_all(threads: usize, work: impl Fn(usize) -> f64 + Sync) -> f64 {
    let mut sums: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let barrier = Barrier::new(threads);
            let run = |thread| {
                barrier.wait();
                work(thread)
            };
            std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
                workers.into_iter().map(|worker| worker.join().unwrap_or(f64::NAN)).sum()
            })
        })
        .collect();
    sums.sort_by(f64::total_cmp);
    sums[REPEATS / 2]
}

/// Nonzeros times padded topics per second, in rows of 96 nonzeros.
fn pass(kernel: Kernel, n_topics: usize, n_rows: usize, of_text: bool, thread: usize) -> f64 {
    const ROWS: usize = 4096;
    const ROW: usize = 96;
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (thread as u64 + 1);
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let other = FactorMatrix::from_fn(n_rows, n_topics, |row, topic| ((row * 7 + topic * 3) % 11 + 1) as f32);
    let mut factor = FactorMatrix::from_fn(ROWS, n_topics, |_, topic| (topic % 5 + 1) as f32);
    let mut index = || if of_text { rank(uniform()) } else { (uniform() * n_rows as f64) as u32 };
    let indices: Vec<u32> = (0..ROWS * ROW).map(|_| index().min(n_rows as u32 - 1)).collect();
    let values = vec![1.5_f32; ROWS * ROW];
    let pointers: Vec<u64> = (0..=ROWS).map(|row| (row * ROW) as u64).collect();
    let scale = StepTerms::new(&other.topic_sums(), 1e-6);
    let update = RowUpdate::new(kernel, Step::Multiplicative, &pointers, &indices, &values, &other, &scale);
    update.run(0, factor.lanes_mut(), &mut []);
    let start = Instant::now();
    update.run(0, factor.lanes_mut(), &mut []);
    (ROWS * ROW * n_topics.next_multiple_of(LANES)) as f64 / start.elapsed().as_secs_f64()
}

/// Share of the nonzeros in the most frequent terms, by interpolation in log rank.
fn covered(terms: usize) -> f64 {
    let at = COVERAGE.partition_point(|(m, _)| *m < terms as f64).clamp(1, COVERAGE.len() - 1);
    let ((m0, c0), (m1, c1)) = (COVERAGE[at - 1], COVERAGE[at]);
    c0 + (c1 - c0) * (terms as f64 / m0).ln() / (m1 / m0).ln()
}

/// The rank of the term of a nonzero, by interpolation of the coverage in log rank.
fn rank(share: f64) -> u32 {
    let at = COVERAGE.partition_point(|(_, covered)| *covered < share).clamp(1, COVERAGE.len() - 1);
    let ((m0, c0), (m1, c1)) = (COVERAGE[at - 1], COVERAGE[at]);
    let part = ((share - c0) / (c1 - c0)).clamp(0.0, 1.0);
    (m0 * (m1 / m0).powf(part)) as u32 - 1
}

/// Bytes per second read from a buffer again and again.
fn bandwidth(kernel: Kernel, bytes: usize) -> f64 {
    let buffer = vec![Lanes([1.0; LANES]); bytes / size_of::<Lanes>()];
    let rounds = ((512 << 20) / bytes).max(4);
    black_box(read(kernel, &buffer));
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(read(kernel, black_box(&buffer)));
    }
    (rounds * bytes) as f64 / start.elapsed().as_secs_f64()
}

/// Fused multiply-adds per second, of single numbers.
fn multiply_adds(kernel: Kernel) -> f64 {
    const ROUNDS: usize = 2_000_000;
    let start = Instant::now();
    let (numbers, result) = compute(kernel, black_box(ROUNDS));
    black_box(result);
    numbers as f64 / start.elapsed().as_secs_f64()
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use topicmill::kernels::Lanes;

    const CHAINS: usize = 12;

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn read512(buffer: &[Lanes]) -> f32 {
        let mut sums = [_mm512_setzero_ps(); 8];
        for eight in buffer.as_chunks::<8>().0 {
            for (sum, lanes) in sums.iter_mut().zip(eight) {
                // SAFETY: `Lanes` are 16 aligned f32.
                *sum = _mm512_add_ps(*sum, unsafe { _mm512_load_ps(lanes.0.as_ptr()) });
            }
        }
        sums.iter().map(|sum| _mm512_reduce_add_ps(*sum)).sum()
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn compute512(rounds: usize) -> (usize, f32) {
        let mut sums: [_; CHAINS] = std::array::from_fn(|i| _mm512_set1_ps(black_box(i as f32)));
        let (a, b) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(0.001)));
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        (rounds * CHAINS * 16, sums.iter().map(|sum| _mm512_reduce_add_ps(*sum)).sum())
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn read256(buffer: &[Lanes]) -> f32 {
        let mut sums = [_mm256_setzero_ps(); 8];
        for four in buffer.as_chunks::<4>().0 {
            for (i, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `Lanes` are 16 aligned f32, two registers.
                *sum = _mm256_add_ps(*sum, unsafe { _mm256_load_ps(four[i / 2].0.as_ptr().add(i % 2 * 8)) });
            }
        }
        total(&sums)
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn compute256(rounds: usize) -> (usize, f32) {
        let mut sums: [_; CHAINS] = std::array::from_fn(|i| _mm256_set1_ps(black_box(i as f32)));
        let (a, b) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(0.001)));
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        (rounds * CHAINS * 8, total(&sums))
    }

    #[target_feature(enable = "avx2,fma")]
    fn total(sums: &[__m256]) -> f32 {
        let mut out = [0.0; 8];
        let sum = sums.iter().fold(_mm256_setzero_ps(), |total, sum| _mm256_add_ps(total, *sum));
        // SAFETY: eight numbers.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sum) };
        out.iter().sum()
    }
}

fn read(kernel: Kernel, buffer: &[Lanes]) -> f32 {
    match kernel {
        // SAFETY: `Kernel::current` gives what the machine has.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { vectors::read512(buffer) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { vectors::read256(buffer) },
        _ => buffer.iter().map(|lanes| lanes.0.iter().sum::<f32>()).sum(),
    }
}

fn compute(kernel: Kernel, rounds: usize) -> (usize, f32) {
    match kernel {
        // SAFETY: `Kernel::current` gives what the machine has.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { vectors::compute512(rounds) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { vectors::compute256(rounds) },
        _ => {
            let mut sums = [1.0_f32; 64];
            for _ in 0..rounds {
                sums.iter_mut().for_each(|sum| *sum = sum.mul_add(0.999, 0.001));
            }
            (rounds * 64, sums.iter().sum())
        }
    }
}
