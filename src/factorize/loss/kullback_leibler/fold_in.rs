//! Folding in under the divergence: documents are solved for fixed topics.
//!
//! Without penalties, coordinate Newton steps (`kernels::coordinate`) begin at the constant start h_k = (Σ_t V_td) /
//! Σ_kt W_tk. They end when max_k |h_k (s_k − N_k)| < 1e-4 · Σ_t V_td, and N_k < (1 + 1e-4) s_k where h_k = 0 (the
//! Karush-Kuhn-Tucker conditions; s are the column sums of W, N is as in the update), or after 100 rounds. With
//! penalties on documents, multiplicative updates take their place.

use std::sync::Arc;

use super::penalties::fold_in_terms;
use crate::factorize::FactorizeParams;
use crate::kernels::{FactorMatrix, Kernel, Lanes, RowWorkspace, StepTerms, flatten, flatten_mut};

/// The KKT residual, as a share of a document's weight, below which the document is solved.
const FOLD_IN_TOLERANCE: f64 = 1e-4;

/// Most rounds over the topics for one document.
const FOLD_IN_MAX_PASSES: usize = 100;

/// Most passes over a document with penalties, and the largest change of an entry, as a share of the document's
/// weight, at which they end earlier.
const PENALISED_MAX_PASSES: usize = 300;
const PENALISED_CHANGE: f64 = 1e-6;

/// Solves documents for fixed topics, with or without penalties on documents.
#[derive(Clone, Debug)]
pub(in crate::factorize) enum DocumentSolver {
    Plain(Box<Plain>),
    Penalised(Box<Penalised>),
}

/// Solves documents with penalties, by multiplicative updates.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct Penalised {
    terms: Arc<StepTerms>,
    rows: RowWorkspace,
}

/// Solves documents without penalties, by coordinate descent with the column sums of W.
#[derive(Clone, Debug)]
pub(in crate::factorize) struct Plain {
    sums: Arc<[f32]>,
    rows: RowWorkspace,
    /// The values of a document, scaled to a weight near 1.
    values: Vec<f32>,
}

impl DocumentSolver {
    pub(in crate::factorize) fn new(w: &FactorMatrix, params: &FactorizeParams) -> Self {
        let rows = RowWorkspace::new(w.n_topics());
        match fold_in_terms(w, params) {
            Some(terms) => Self::Penalised(Box::new(Penalised { terms: Arc::new(terms), rows })),
            None => {
                let sums = w.topic_sums().iter().map(|&sum| sum as f32).collect();
                Self::Plain(Box::new(Plain { sums, rows, values: Vec::new() }))
            }
        }
    }

    pub(in crate::factorize) fn solve(
        &mut self,
        kernel: Kernel,
        w: &FactorMatrix,
        terms: &[u32],
        values: &[f32],
        row: &mut [Lanes],
    ) -> usize {
        match self {
            Self::Plain(plain) => plain.solve(kernel, w, terms, values, row),
            Self::Penalised(penalised) => penalised.solve(kernel, w, terms, values, row),
        }
    }
}

impl Plain {
    fn solve(&mut self, kernel: Kernel, w: &FactorMatrix, terms: &[u32], values: &[f32], row: &mut [Lanes]) -> usize {
        let weight: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let total: f64 = self.sums.iter().map(|&sum| f64::from(sum)).sum();
        row.fill(Lanes::default());
        if weight <= 0.0 || total <= 0.0 {
            return 0;
        }
        // The values are scaled to a weight near 1, because 1/v² must be finite. Powers of two change no digit.
        let exponent = libm::frexp(weight).1;
        self.values.clear();
        self.values.extend(values.iter().map(|&value| libm::ldexpf(value, -exponent)));
        let weight = libm::ldexp(weight, -exponent);
        flatten_mut(row)[..self.sums.len()].fill((weight / total) as f32);
        let rounds = self.descend(kernel, w, terms, weight, row);
        // The row is scaled so that its product with W has the weight of the document, as it has at the minimum.
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
            self.rows.evaluate(kernel, row, w, terms, &self.values);
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
            self.rows.evaluate(kernel, row, w, terms, values);
            self.rows.multiply(row, &self.terms, weight as f32);
            let change = before.iter().zip(flatten(row)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            if f64::from(change) < PENALISED_CHANGE * weight {
                return pass;
            }
        }
        PENALISED_MAX_PASSES
    }
}

/// Whether the row meets the conditions for a minimum within the tolerance.
fn is_solved(row: &[f32], sums: &[f32], numerators: &[f32], weight: f64) -> bool {
    let mut entries = row.iter().zip(sums).zip(numerators);
    entries.all(|((&h, &s), &n)| match h > 0.0 {
        true => (f64::from(h) * (f64::from(s) - f64::from(n))).abs() < FOLD_IN_TOLERANCE * weight,
        false => f64::from(n) <= f64::from(s) * (1.0 + FOLD_IN_TOLERANCE),
    })
}
