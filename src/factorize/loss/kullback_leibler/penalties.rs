//! The penalties in the form that a step of the divergence needs.

use crate::factorize::FactorizeParams;
use crate::factorize::penalties::{Columns, Penalties, both_norms, shared};
use crate::kernels::{FactorMatrix, StepTerms};

/// The terms of the document step: the column sums of W and the parts of the penalties.
pub(super) fn document_terms(penalties: &Penalties, [w, h]: &[Columns; 2], floor: f32) -> StepTerms {
    let (sums, mut penalty) =
        both_norms(h, w, penalties.l1.documents, penalties.l1.topics, penalties.l2.documents, penalties.l2.topics);
    penalty.count = (penalties.prior.documents - 1.0) as f32;
    penalty.keeps_weight = true;
    StepTerms::new(&sums, floor).with_penalty(penalty)
}

/// The terms of the term step; `columns` are the sums over `w`, `h` those over the stored H.
pub(super) fn term_terms(
    penalties: &Penalties,
    w: &FactorMatrix,
    [columns, h]: [&Columns; 2],
    floor: f32,
) -> StepTerms {
    let (sums, mut penalty) = both_norms(
        columns,
        h,
        penalties.l1.topics,
        penalties.l1.documents,
        penalties.l2.topics,
        penalties.l2.documents,
    );
    let inverse = |&sum: &f64| if sum > 0.0 { 1.0 / sum } else { 0.0 };
    let count = penalties.prior.topics - 1.0;
    penalty.count = count as f32;
    let n_terms = penalties.term_weights.iter().filter(|weight| **weight > 0.0).count() as f64;
    let share: Vec<f32> = columns.sums.iter().map(|sum| (n_terms * count.abs() * inverse(sum)) as f32).collect();
    if count > 0.0 {
        penalty.linear = share;
    } else if count < 0.0 {
        penalty.kept = share;
    }
    if penalties.decorrelation > 0.0 {
        let strength = penalties.decorrelation * penalties.total();
        let shared = shared(w, &columns.sums);
        let kept = columns.sums.iter().zip(&shared).map(|(sum, shared)| (strength * shared * inverse(sum)) as f32);
        let kept: Vec<f32> = kept.collect();
        penalty.unit = columns.sums.iter().map(|sum| inverse(sum) as f32).collect();
        penalty.decorrelation = columns.sums.iter().map(|sum| (strength * inverse(sum)) as f32).collect();
        penalty.kept = match penalty.kept.is_empty() {
            true => kept,
            false => penalty.kept.iter().zip(kept).map(|(a, b)| a + b).collect(),
        };
    }
    StepTerms::new(&sums, floor).with_penalty(penalty)
}

/// The terms for documents that are solved with W fixed; `None` without penalties on documents.
pub(super) fn fold_in_terms(w: &FactorMatrix, params: &FactorizeParams) -> Option<StepTerms> {
    let is_asked = params.l1_documents > 0.0 || params.l2_documents > 0.0 || params.document_prior != 1.0;
    is_asked.then(|| {
        let w = Columns::new(w, &vec![0.0; w.n_rows()]);
        let (sums, mut penalty) = both_norms(&w, &w, params.l1_documents, 0.0, params.l2_documents, 0.0);
        penalty.count = (params.document_prior - 1.0) as f32;
        penalty.keeps_weight = true;
        StepTerms::new(&sums, 0.0).with_penalty(penalty)
    })
}
