//! The penalties in the form that a step of the Frobenius norm needs; only L1 and L2 are defined for it.

use crate::factorize::FactorizeParams;
use crate::factorize::penalties::{Columns, Penalties, both_norms};
use crate::kernels::FactorMatrix;

/// The penalty on the entries of a row a, which adds Σ_k l_k a_k + q_k a_k²/2 + κ_k a_k²/(2 a_k before) to the
/// objective. Each list has a number per topic, or is empty if its part is not wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Penalty {
    /// l, a linear penalty.
    pub(super) linear: Vec<f64>,
    /// q, a quadratic penalty.
    pub(super) quadratic: Vec<f64>,
    /// κ, a quadratic penalty that is divided by the entry before the step; it majorises one on a column sum.
    pub(super) relative: Vec<f64>,
}

/// The penalty on the rows of H in a document step.
pub(super) fn document_penalty(penalties: &Penalties, [w, h]: &[Columns; 2]) -> Penalty {
    penalty(h, w, penalties.l1.documents, penalties.l1.topics, penalties.l2.documents, penalties.l2.topics)
}

/// The penalty on the rows of W in a term step.
pub(super) fn term_penalty(penalties: &Penalties, [w, h]: [&Columns; 2]) -> Penalty {
    penalty(w, h, penalties.l1.topics, penalties.l1.documents, penalties.l2.topics, penalties.l2.documents)
}

/// The penalty on documents that are solved with W fixed.
pub(super) fn fold_in_penalty(w: &FactorMatrix, params: &FactorizeParams) -> Penalty {
    let w = Columns::new(w, &vec![0.0; w.n_rows()]);
    penalty(&w, &w, params.l1_documents, 0.0, params.l2_documents, 0.0)
}

/// The penalty on the rows of `own`, with the factor `other` fixed.
fn penalty(own: &Columns, other: &Columns, l1_own: f64, l1_other: f64, l2_own: f64, l2_other: f64) -> Penalty {
    let (sums, parts) = both_norms(own, other, l1_own, l1_other, l2_own, l2_other);
    let doubled = |part: &[f32]| part.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let (mut quadratic, weighted) = (doubled(&parts.quadratic), doubled(&parts.quadratic_per_weight));
    match quadratic.is_empty() {
        true => quadratic = weighted,
        false => quadratic.iter_mut().zip(weighted).for_each(|(sum, part)| *sum += part),
    }
    let linear = sums.iter().zip(&other.sums).map(|(sum, plain)| sum - plain).collect();
    Penalty { linear, quadratic, relative: doubled(&parts.relative) }
}
