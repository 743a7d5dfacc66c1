//! Helpers that several test files share: golden data, dense f64 matrices, and f64 twins of the solvers.
#![allow(unreachable_pub, reason = "one module of a test program")]

#[cfg(feature = "cli")]
pub mod documents;
pub mod fast_topics;
mod random;
#[cfg(feature = "cli")]
pub mod workplace;

use std::path::{Path, PathBuf};

pub use random::random_cases;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use topicmill::factorize::{Loss, Solver};
use topicmill::ingest::read_matrix_market;
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::TermDocumentMatrix;

/// Every solver with its loss.
pub const SOLVERS: [(Loss, Solver); 7] = [
    (Loss::KullbackLeibler, Solver::Mu),
    (Loss::KullbackLeibler, Solver::DiagonalNewton),
    (Loss::KullbackLeibler, Solver::CoordinateNewton),
    (Loss::Frobenius, Solver::Mu),
    (Loss::Frobenius, Solver::Hals),
    (Loss::Frobenius, Solver::Anls),
    (Loss::Frobenius, Solver::ProjectedGradient),
];

/// Path of golden data that the project ships.
pub fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(path)
}

/// Path of data outside the project, in the folder `TOPICMILL_SHARED` or else `../shared`. Returns `None`, with a
/// message, if it is absent, so that the test can be skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TOPICMILL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {} is absent (set TOPICMILL_SHARED)", found.display());
    None
}

pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A uniform random number from 0 (inclusive) to 1 (exclusive).
fn uniform(generator: &mut Xoshiro256PlusPlus) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A matrix of counts or weights with planted topics: document d is about topic d mod k, term t belongs to topic t
/// mod k.
pub fn planted(n_terms: usize, n_documents: usize, k: usize, weights: bool, seed: u64) -> TermDocumentMatrix {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut triplets = Vec::new();
    for document in 0..n_documents {
        for term in 0..n_terms {
            let chance = if term % k == document % k { 0.5 } else { 0.03 };
            if uniform(&mut generator) < chance {
                let count = 1.0 + (uniform(&mut generator) * 4.0).floor();
                let value = if weights { (1.0 + count.ln()) * (1.0 + uniform(&mut generator)) } else { count };
                triplets.push((term as u32, document as u32, value as f32));
            }
        }
    }
    TermDocumentMatrix::from_triplets(n_terms, n_documents, &triplets).unwrap()
}

/// A dense f64 matrix, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f64>,
}

impl Dense {
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, data: vec![0.0; rows * columns] }
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.data[row * self.columns + column]
    }

    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.data[row * self.columns + column] = value;
    }

    /// Reads an `.npy` file of f4 or f8.
    pub fn npy(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
        let header = String::from_utf8_lossy(&bytes[10..10 + length]).replace(' ', "");
        let shape = header.split("'shape':(").nth(1).unwrap().split(')').next().unwrap();
        let sizes: Vec<usize> = shape.split(',').filter_map(|size| size.parse().ok()).collect();
        let body = &bytes[10 + length..];
        let data = if header.contains("<f8") {
            body.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
        } else {
            body.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect()
        };
        Self { rows: sizes[0], columns: sizes[1], data }
    }

    pub fn of_matrix(v: &TermDocumentMatrix) -> Self {
        let mut dense = Self::zeros(v.n_terms(), v.n_documents());
        for document in 0..v.n_documents() {
            let (terms, values) = v.document(document);
            terms.iter().zip(values).for_each(|(&term, &value)| dense.set(term as usize, document, f64::from(value)));
        }
        dense
    }

    /// As W, terms × topics.
    pub fn to_w(&self) -> FactorMatrix {
        FactorMatrix::from_fn(self.rows, self.columns, |row, column| self.at(row, column) as f32)
    }

    /// As the stored H, documents × topics; this matrix is topics × documents.
    pub fn to_h(&self) -> FactorMatrix {
        FactorMatrix::from_fn(self.columns, self.rows, |document, topic| self.at(topic, document) as f32)
    }

    pub fn max_difference(&self, other: &Self) -> f64 {
        assert_eq!((self.rows, self.columns), (other.rows, other.columns));
        self.data.iter().zip(&other.data).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }
}

/// W as a dense f64 matrix, terms × topics.
pub fn dense_w(w: &FactorMatrix) -> Dense {
    Dense { rows: w.n_rows(), columns: w.n_topics(), data: w.view().iter().map(|&x| f64::from(x)).collect() }
}

/// The stored H as a dense f64 matrix, topics × documents.
pub fn dense_h(h: &FactorMatrix) -> Dense {
    Dense { rows: h.n_topics(), columns: h.n_rows(), data: h.view().t().iter().map(|&x| f64::from(x)).collect() }
}

/// Reads V, terms × documents, from a MatrixMarket file.
pub fn matrix(path: &Path) -> TermDocumentMatrix {
    let read = read_matrix_market(path, |_| Ok::<_, topicmill::Error>(())).unwrap();
    TermDocumentMatrix::from_triplets(read.n_rows, read.n_columns, &read.entries).unwrap()
}

/// Reads V in f64. The files hold f64, but a `TermDocumentMatrix` would round to f32.
pub fn dense_matrix(path: &Path) -> Dense {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('%'));
    let sizes: Vec<usize> = lines.next().unwrap().split(' ').map(|size| size.parse().unwrap()).collect();
    let mut dense = Dense::zeros(sizes[0], sizes[1]);
    for line in lines {
        let fields: Vec<f64> = line.split(' ').map(|field| field.parse().unwrap()).collect();
        dense.set(fields[0] as usize - 1, fields[1] as usize - 1, fields[2]);
    }
    dense
}

/// Plain f64 twins of the solvers on a dense V: textbook multiplicative updates without a floor, and second-order
/// steps.
pub mod twin {
    use super::Dense;

    pub fn product(w: &Dense, h: &Dense) -> Dense {
        let mut wh = Dense::zeros(w.rows, h.columns);
        for t in 0..w.rows {
            for k in 0..w.columns {
                for d in 0..h.columns {
                    wh.data[t * h.columns + d] += w.at(t, k) * h.at(k, d);
                }
            }
        }
        wh
    }

    /// The KL-divergence, Σ v ln(v / wh) − v + wh over all entries.
    pub fn objective(v: &Dense, w: &Dense, h: &Dense) -> f64 {
        let wh = product(w, h);
        let term = |(&v, &wh): (&f64, &f64)| if v > 0.0 { v * (v / wh).ln() - v + wh } else { wh };
        v.data.iter().zip(&wh.data).map(term).sum()
    }

    fn ratio(v: &Dense, w: &Dense, h: &Dense) -> Dense {
        let mut wh = product(w, h);
        wh.data.iter_mut().zip(&v.data).for_each(|(wh, &v)| *wh = if v > 0.0 { v / *wh } else { 0.0 });
        wh
    }

    /// A second-order step of the documents, with W fixed.
    #[derive(Clone, Copy, Debug)]
    pub enum Step {
        DiagonalNewton { damping: f64, passes: usize },
        CoordinateNewton { passes: usize },
    }

    /// Takes a step of every column of H with W fixed, by the formulas in the headers of the solvers. A diagonal
    /// Newton step is taken even if the objective rises.
    pub fn rows_step(v: &Dense, w: &Dense, h: &mut Dense, floor: f64, step: Step) {
        let n_topics = w.columns;
        let sums: Vec<f64> = (0..n_topics).map(|k| (0..w.rows).map(|t| w.at(t, k)).sum()).collect();
        for d in 0..h.columns {
            let terms: Vec<usize> = (0..v.rows).filter(|&t| v.at(t, d) > 0.0).collect();
            if terms.is_empty() {
                (0..n_topics).for_each(|k| h.set(k, d, 0.0));
                continue;
            }
            let mut a: Vec<f64> = (0..n_topics).map(|k| h.at(k, d)).collect();
            let products = |a: &[f64]| -> Vec<f64> {
                terms.iter().map(|&t| (0..n_topics).map(|k| w.at(t, k) * a[k]).sum()).collect()
            };
            match step {
                Step::DiagonalNewton { damping, passes } => {
                    for _ in 0..passes {
                        let (vs, mean) = (products(&a), a.iter().sum::<f64>() / n_topics as f64);
                        let mut next = a.clone();
                        for k in 0..n_topics {
                            let (mut n, mut q) = (0.0, 0.0);
                            for (&t, &product) in terms.iter().zip(&vs) {
                                let sigma: f64 = (0..n_topics).map(|l| w.at(t, l)).sum();
                                n += v.at(t, d) / product * w.at(t, k);
                                q += v.at(t, d) * sigma / (product * product) * w.at(t, k);
                            }
                            let step = (n - sums[k]) * (a[k] + 0.5 * mean) / (n + 0.5 * mean * q);
                            next[k] = (a[k] + damping * step).max(0.2 * a[k]).max(floor);
                        }
                        a = next;
                    }
                }
                Step::CoordinateNewton { passes } => {
                    let smallest = terms.iter().map(|&t| v.at(t, d)).fold(f64::INFINITY, f64::min);
                    let rounds = |mut a: Vec<f64>, is_damped: bool| {
                        for k in (0..passes).flat_map(|_| 0..n_topics) {
                            let vs: Vec<f64> = products(&a).into_iter().map(|v| v.max(1e-15)).collect();
                            let ratios = || terms.iter().zip(&vs).map(|(&t, &v_e)| (v.at(t, d), w.at(t, k) / v_e));
                            let slope: f64 = ratios().map(|(x, r)| x * r).sum::<f64>() - sums[k];
                            let curvature: f64 = ratios().map(|(x, r)| x * r * r).sum();
                            let lambda = -slope / curvature * (curvature / smallest).sqrt();
                            let damping = if is_damped && lambda > 0.683_802 { 1.0 + lambda } else { 1.0 };
                            a[k] = (a[k] + slope / curvature / damping).max(0.0);
                        }
                        a
                    };
                    let objective = |a: &[f64]| -> f64 {
                        let log = |(&t, v_e): (&usize, f64)| v.at(t, d) * v_e.max(1e-15).ln();
                        let linear: f64 = a.iter().zip(&sums).map(|(a, s)| a * s).sum();
                        linear - terms.iter().zip(products(a)).map(log).sum::<f64>()
                    };
                    let free = rounds(a.clone(), false);
                    a = if objective(&free) <= objective(&a) { free } else { rounds(a, true) };
                }
            }
            (0..n_topics).for_each(|k| h.set(k, d, a[k]));
        }
    }

    pub fn update_h(v: &Dense, w: &Dense, h: &mut Dense) {
        let r = ratio(v, w, h);
        for k in 0..h.rows {
            let sum: f64 = (0..w.rows).map(|t| w.at(t, k)).sum();
            for d in 0..h.columns {
                let numerator: f64 = (0..w.rows).map(|t| w.at(t, k) * r.at(t, d)).sum();
                h.set(k, d, h.at(k, d) * numerator / sum);
            }
        }
    }

    pub fn update_w(v: &Dense, w: &mut Dense, h: &Dense) {
        let r = ratio(v, w, h);
        for k in 0..w.columns {
            let sum: f64 = (0..h.columns).map(|d| h.at(k, d)).sum();
            for t in 0..w.rows {
                let numerator: f64 = (0..h.columns).map(|d| r.at(t, d) * h.at(k, d)).sum();
                w.set(t, k, w.at(t, k) * numerator / sum);
            }
        }
    }
}
