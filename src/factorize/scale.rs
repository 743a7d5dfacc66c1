//! The fit of a V with an unusual scale: it works on V divided by a power of two, and its results are scaled back.
//!
//! Second-order steps need 1/(WH)², which would leave the range of f32 for a very small or a very large V. A power of
//! two changes only exponents, so that no precision is lost.

use super::observer::Iteration;
use super::{Factorization, FactorizeParams, Loss, Observer, Start};
use crate::kernels::FactorMatrix;
use crate::matrix::TermDocumentMatrix;

/// The exponent of the power of two near V's mean nonzero; 0 if that lies in the ordinary range, which needs no
/// rescaling.
pub(super) fn scale_exponent(v: &TermDocumentMatrix) -> i32 {
    exponent_of(v.total(), v.n_nonzeros())
}

/// As [`scale_exponent`], for a V with so many nonzeros of this sum.
pub(super) fn exponent_of(total: f64, n_nonzeros: usize) -> i32 {
    let exponent = libm::frexp(total / (n_nonzeros as f64).max(1.0)).1;
    if (-10..=10).contains(&exponent) { 0 } else { exponent }
}

/// A fit on V divided by 2^exponent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rescaling {
    exponent: i32,
    loss: Loss,
}

impl Rescaling {
    /// The rescaling that V needs; `None` if its scale is ordinary.
    pub(super) fn new(v: &TermDocumentMatrix, loss: Loss) -> Option<Self> {
        let exponent = scale_exponent(v);
        (exponent != 0).then_some(Self { exponent, loss })
    }

    pub(super) fn matrix(self, v: &TermDocumentMatrix) -> TermDocumentMatrix {
        v.scaled(-self.exponent)
    }

    /// Rescales a start: only H, because H alone has the unit of V.
    pub(super) fn start(self, start: Start) -> Start {
        Start { h: scaled_rows(start.h, -self.exponent), ..start }
    }

    /// Rescales the penalties that do not grow with V as the objective does, so that they stay the same share of it.
    pub(super) fn params(self, params: &FactorizeParams) -> FactorizeParams {
        let smaller = |x: f64| libm::ldexp(x, -self.exponent);
        let mut params = params.clone();
        match self.loss {
            Loss::KullbackLeibler => {
                params.topic_prior = 1.0 + smaller(params.topic_prior - 1.0);
                params.document_prior = 1.0 + smaller(params.document_prior - 1.0);
            }
            Loss::Frobenius => {
                params.l1_topics = smaller(params.l1_topics);
                params.l1_documents = smaller(params.l1_documents);
            }
        }
        params
    }

    /// An iteration with its objective in the unit of the original V.
    fn iteration(self, iteration: &Iteration) -> Iteration {
        // The divergence has the unit of V, the Frobenius norm its square.
        let power = if self.loss == Loss::Frobenius { 2 * self.exponent } else { self.exponent };
        Iteration { objective: libm::ldexp(iteration.objective, power), ..*iteration }
    }

    /// An observer that is told objectives in the unit of the original V.
    pub(super) fn observer(self, observer: &mut dyn Observer) -> impl Observer {
        move |iteration: &Iteration| observer.observe(&self.iteration(iteration))
    }

    /// The result in the unit of the original V.
    pub(super) fn result(self, fitted: Factorization) -> Factorization {
        let trace = fitted.trace.iter().map(|iteration| self.iteration(iteration)).collect();
        Factorization { h: scaled_rows(fitted.h, self.exponent), trace, ..fitted }
    }
}

fn scaled_rows(mut h: FactorMatrix, exponent: i32) -> FactorMatrix {
    h.each_row(|_, row| row.iter_mut().for_each(|entry| *entry = libm::ldexpf(*entry, exponent)));
    h
}
