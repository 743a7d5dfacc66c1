//! The five arrays that pyLDAvis takes.

use super::Array;
use crate::factorize::sharpen::smoothed;
use crate::model::TopicModel;

/// The arguments of `pyLDAvis.prepare` by name: `topic_term_dists` and `doc_topic_dists`, whose rows sum to 1,
/// `doc_lengths`, `vocab`, `term_frequency`. A document without terms has every topic alike, and no length.
pub fn pyldavis_arrays(model: &TopicModel) -> Vec<(String, Array)> {
    let record = model.manifest.fit.as_ref().and_then(|fit| fit.sharpening.as_ref());
    let w = record.map_or_else(|| (*model.w).clone(), |record| smoothed(&model.w, &record.smoothing));
    let sums = w.topic_sums();
    let n = model.n_topics();
    let phi = (0..n).flat_map(|topic| {
        let (w, sum, n_terms) = (&w, sums[topic], w.n_rows());
        // A topic without a word has every word alike.
        let probability =
            move |term| if sum > 0.0 { f64::from(w.get(term, topic)) / sum } else { 1.0 / n_terms as f64 };
        (0..n_terms).map(move |term| probability(term) as f32)
    });
    let topics = Array::Matrix { n_columns: w.n_rows(), values: phi.collect() };
    let shares = (0..model.h.n_rows()).flat_map(|document| {
        let shares = model.document_shares(document);
        let is_empty = shares.iter().all(|share| *share == 0.0);
        shares.into_iter().map(move |share| if is_empty { 1.0 / n as f32 } else { share as f32 })
    });
    let shares = Array::Matrix { n_columns: n, values: shares.collect() };
    let lengths = model.documents.rows().zip(0..).map(|(row, document)| {
        let is_empty = model.h.row_values(document).iter().all(|weight| *weight == 0.0);
        if is_empty { 0 } else { row.n_tokens as i64 }
    });
    vec![
        ("topic_term_dists".into(), topics),
        ("doc_topic_dists".into(), shares),
        ("doc_lengths".into(), Array::Integers(lengths.collect())),
        ("vocab".into(), Array::Texts(model.terms.iter().map(|term| term.form.clone()).collect())),
        ("term_frequency".into(), Array::Numbers(model.terms.iter().map(|term| term.cf).collect())),
    ]
}
