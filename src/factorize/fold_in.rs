//! Documents onto fixed topics: H with W fixed, one document at a time.
//!
//! Solves min f(W, h) over h ≥ 0 for one column h of H. For the KL-divergence by coordinate Newton steps
//! (`kernels::coordinate`) from the constant start h_k = (Σ_t V_td) / Σ_kt W_tk, until max_k |h_k (s_k − N_k)| < 1e-4 ·
//! Σ_t V_td and N_k < (1 + 1e-4) s_k where h_k = 0 (the Karush-Kuhn-Tucker conditions; s the column sums of W, N as in
//! the update), or 100 rounds; for the Frobenius norm exactly, by block principal pivoting; with penalties on documents
//! by multiplicative updates. The problem is convex, and a document's result does not depend on its batch: the same
//! function serves the end of a fit and new documents. (scikit-learn's `transform` starts from a mean over the batch
//! and stops for the batch as a whole.)
//!
//! What is found within the tolerance depends on the order of topics. A model shows its topics by their masses, which
//! are known once documents are solved: so the order of work is one of its own, and a model keeps it.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::loss::frobenius::{Gram, block_principal_pivoting};
use super::penalties::{fold_in_scale, fold_in_shift};
use super::{FactorizeParams, Loss};
use crate::kernels::{FactorMatrix, Kernel, Lanes, RowDescent, TopicScale, flatten, flatten_mut, weighted_sum};
use crate::matrix::TermDocumentMatrix;

/// Largest KKT residual of a solved document, as a share of its weight.
pub const FOLD_IN_TOLERANCE: f64 = 1e-4;

/// Most rounds over the topics of a document.
pub const FOLD_IN_MAX_PASSES: usize = 100;

/// Most passes over a document with penalties, and the change of its weights, as a share of their sum, that ends them.
const PENALISED_MAX_PASSES: usize = 300;
const PENALISED_CHANGE: f64 = 1e-6;

/// Entries below this share of the largest are zeros of the result.
const ZERO: f32 = 1e-6;

/// Solves documents against one W; holds the workspace of one thread. A clone shares what is known of W.
///
/// ```
/// use topicmill::{factorize::{FoldIn, Loss}, kernels::FactorMatrix};
/// let w = FactorMatrix::from_fn(2, 2, |term, topic| if term == topic { 1.0 } else { 0.0 });
/// for loss in [Loss::KullbackLeibler, Loss::Frobenius] {
///     let mut h = FactorMatrix::zeros(1, 2);
///     FoldIn::new(&w, loss).solve(&[1], &[3.0], h.row_mut(0));
///     assert_eq!(h.row_values(0), [0.0, 3.0]);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct FoldIn<'a> {
    /// W with its topics in the order of work.
    w: Arc<Cow<'a, FactorMatrix>>,
    /// The topic at each place of that order; none where they stand in it.
    order: Option<Arc<[usize]>>,
    /// A document's weights in the order of work, where it is another.
    row: Vec<Lanes>,
    kernel: Kernel,
    method: Method,
}

#[derive(Clone, Debug)]
enum Method {
    KullbackLeibler(Box<Descent>),
    /// The Gram matrix of W and what is taken off b.
    Frobenius(Arc<(Gram, Vec<f64>)>),
    Penalised(Box<Penalised>),
}

/// Multiplicative updates of documents with penalties.
#[derive(Clone, Debug)]
struct Penalised {
    scale: Arc<TopicScale>,
    rows: RowDescent,
}

/// Coordinate descent on documents, with the column sums of W.
#[derive(Clone, Debug)]
struct Descent {
    sums: Arc<[f32]>,
    rows: RowDescent,
    /// The values of a document, scaled.
    values: Vec<f32>,
}

impl<'a> FoldIn<'a> {
    /// For topics `w`, terms × topics.
    pub fn new(w: &'a FactorMatrix, loss: Loss) -> Self {
        Self::for_params(w, &FactorizeParams { loss, ..FactorizeParams::default() })
    }

    /// For the topics of a fit with these parameters: documents are solved with the penalties on documents.
    pub fn for_params(w: &'a FactorMatrix, params: &FactorizeParams) -> Self {
        Self::with_topics(Cow::Borrowed(w), params, None)
    }

    /// As [`FoldIn::for_params`], topic by topic in `order`, which has each of them once.
    pub fn in_order(w: &'a FactorMatrix, params: &FactorizeParams, order: &[usize]) -> Self {
        Self::with_topics(Cow::Owned(w.permuted(order)), params, Some(order.into()))
    }

    fn with_topics(w: Cow<'a, FactorMatrix>, params: &FactorizeParams, order: Option<Arc<[usize]>>) -> Self {
        let row = vec![Lanes::default(); if order.is_some() { w.lanes_per_row() } else { 0 }];
        let method = Method::new(&w, params);
        Self { w: Arc::new(w), order, row, kernel: Kernel::current(), method }
    }

    /// Solves one document (`terms` ascending, their `values`) into `row`; gives the number of rounds. A document
    /// without terms, or whose terms no topic has, gets zeros.
    pub fn solve(&mut self, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        let Self { w, order, row: ordered, kernel, method } = self;
        let Some(order) = order else {
            let rounds = method.solve(*kernel, w, terms, values, row);
            clear_small(row);
            return rounds;
        };
        let rounds = method.solve(*kernel, w, terms, values, ordered);
        clear_small(ordered);
        row.fill(Lanes::default());
        let (from, to) = (flatten(ordered), flatten_mut(row));
        order.iter().zip(from).for_each(|(&topic, &weight)| to[topic] = weight);
        rounds
    }
}

impl Method {
    /// For topics in the order of work.
    fn new(w: &FactorMatrix, params: &FactorizeParams) -> Self {
        let rows = || RowDescent::new(w.n_topics());
        match (params.loss, fold_in_scale(w, params)) {
            (Loss::Frobenius, _) => {
                let shift = fold_in_shift(w, params);
                let mut gram = Gram::new(w);
                gram.add_diagonal(&shift.quadratic);
                Self::Frobenius(Arc::new((gram, shift.linear)))
            }
            (Loss::KullbackLeibler, Some(scale)) => {
                Self::Penalised(Box::new(Penalised { scale: Arc::new(scale), rows: rows() }))
            }
            (Loss::KullbackLeibler, None) => Self::KullbackLeibler(Box::new(Descent {
                sums: w.topic_sums().iter().map(|&sum| sum as f32).collect(),
                rows: rows(),
                values: Vec::new(),
            })),
        }
    }

    fn solve(&mut self, kernel: Kernel, w: &FactorMatrix, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        match self {
            Self::KullbackLeibler(descent) => descent.solve(kernel, w, terms, values, row),
            Self::Frobenius(problem) => {
                least_squares(problem, kernel, w, (terms, values), row);
                1
            }
            Self::Penalised(penalised) => penalised.solve(kernel, w, terms, values, row),
        }
    }
}

impl Descent {
    fn solve(&mut self, kernel: Kernel, w: &FactorMatrix, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        let weight: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let total: f64 = self.sums.iter().map(|&sum| f64::from(sum)).sum();
        row.fill(Lanes::default());
        if weight <= 0.0 || total <= 0.0 {
            return 0;
        }
        // In units in which the weight is about 1: 1/v² must be a number. Powers of two change no digit.
        let exponent = libm::frexp(weight).1;
        self.values.clear();
        self.values.extend(values.iter().map(|&value| libm::ldexpf(value, -exponent)));
        let weight = libm::ldexp(weight, -exponent);
        flatten_mut(row)[..self.sums.len()].fill((weight / total) as f32);
        let rounds = self.descend(kernel, w, terms, weight, row);
        // The best multiple of a row has the weight of its document.
        let mass: f64 = flatten(row).iter().zip(self.sums.iter()).map(|(&h, &s)| f64::from(h) * f64::from(s)).sum();
        if mass <= 0.0 || !mass.is_finite() {
            row.fill(Lanes::default());
            return rounds;
        }
        let scale = libm::ldexp(weight / mass, exponent);
        flatten_mut(row).iter_mut().for_each(|entry| *entry = (f64::from(*entry) * scale) as f32);
        rounds
    }

    fn descend(&mut self, kernel: Kernel, w: &FactorMatrix, terms: &[u32], weight: f64, row: &mut [Lanes]) -> usize {
        for round in 1..=FOLD_IN_MAX_PASSES {
            self.rows.look(kernel, row, w, terms, &self.values);
            if round > 1 && is_solved(flatten(row), &self.sums, self.rows.numerators(), weight) {
                return round;
            }
            self.rows.descend(kernel, row, w, &self.sums, terms, &self.values);
        }
        FOLD_IN_MAX_PASSES
    }
}

impl Penalised {
    fn solve(&mut self, kernel: Kernel, w: &FactorMatrix, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        let weight: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let n_topics = w.n_topics();
        row.fill(Lanes::default());
        if weight <= 0.0 {
            return 0;
        }
        flatten_mut(row)[..n_topics].fill((weight / n_topics as f64) as f32);
        for pass in 1..=PENALISED_MAX_PASSES {
            let before = flatten(row)[..n_topics].to_vec();
            self.rows.look(kernel, row, w, terms, values);
            self.rows.multiply(row, &self.scale, weight as f32);
            let change = before.iter().zip(flatten(row)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            if f64::from(change) < PENALISED_CHANGE * weight {
                return pass;
            }
        }
        PENALISED_MAX_PASSES
    }
}

/// Whether the conditions for a minimum are met.
fn is_solved(row: &[f32], sums: &[f32], numerators: &[f32], weight: f64) -> bool {
    let mut entries = row.iter().zip(sums).zip(numerators);
    entries.all(|((&h, &s), &n)| match h > 0.0 {
        true => (f64::from(h) * (f64::from(s) - f64::from(n))).abs() < FOLD_IN_TOLERANCE * weight,
        false => f64::from(n) <= f64::from(s) * (1.0 + FOLD_IN_TOLERANCE),
    })
}

fn least_squares(
    (gram, linear): &(Gram, Vec<f64>),
    kernel: Kernel,
    w: &FactorMatrix,
    (terms, values): (&[u32], &[f32]),
    row: &mut [Lanes],
) {
    weighted_sum(kernel, row, w, terms, values);
    let mut b: Vec<f64> = flatten(row)[..w.n_topics()].iter().map(|&b| f64::from(b)).collect();
    b.iter_mut().zip(linear).for_each(|(b, linear)| *b -= linear);
    let mut a = vec![0.0; b.len()];
    block_principal_pivoting::solve(gram, &b, &mut a);
    flatten_mut(row).iter_mut().zip(a).for_each(|(to, from)| *to = from as f32);
}

/// Solves every document of V against the topics `w` (terms × topics) into the rows of `h` (documents × topics), in
/// parallel; see [`FoldIn::solve`].
pub fn solve_documents(v: &TermDocumentMatrix, w: &FactorMatrix, h: &mut FactorMatrix, loss: Loss) {
    solve_with(v, &FoldIn::new(w, loss), h);
}

/// As [`solve_documents`].
pub(super) fn solve_with(v: &TermDocumentMatrix, fold_in: &FoldIn<'_>, h: &mut FactorMatrix) {
    let lanes_per_row = h.lanes_per_row();
    h.lanes_mut().par_chunks_mut(lanes_per_row).enumerate().for_each_init(
        || fold_in.clone(),
        |fold_in, (document, row)| {
            let (terms, values) = v.document(document);
            fold_in.solve(terms, values, row);
        },
    );
}

/// Sets entries to zero that are below a millionth of the largest.
fn clear_small(row: &mut [Lanes]) {
    let row = flatten_mut(row);
    let smallest = row.iter().copied().fold(0.0_f32, f32::max) * ZERO;
    row.iter_mut().filter(|entry| **entry < smallest).for_each(|entry| *entry = 0.0);
}
