//! Which terms say most about the topics of a model.

use crate::model::TopicModel;

/// The `n` most salient terms of a model, best first, each with its saliency: its share of the modelled corpus times
/// the divergence of its topics from those of the corpus, p(t) Σ_k p(k | t) ln(p(k | t) / p(k)) (J. Chuang, C. D.
/// Manning, J. Heer, *Termite: Visualization Techniques for Assessing Textual Topic Models*, 2012,
/// [doi:10.1145/2254556.2254572](https://doi.org/10.1145/2254556.2254572)).
///
/// ```
/// use topicmill::{evaluate::salient_terms, model::TopicModel};
/// let terms = salient_terms(&TopicModel::load("tests/golden/model-v1")?, 10);
/// assert!(terms.len() == 10 && terms[0].1 >= terms[9].1);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn salient_terms(model: &TopicModel, n: usize) -> Vec<(usize, f64)> {
    let masses = model.topic_masses();
    let total: f64 = masses.iter().sum();
    let saliency = |(term, share): (usize, &f64)| {
        let of_topic = |(&phi, mass): (&f32, &f64)| {
            let (joint, of_corpus) = (f64::from(phi) * mass / total, mass / total);
            if joint > 0.0 { joint * libm::log(joint / share / of_corpus) } else { 0.0 }
        };
        (term, model.w.row_values(term).iter().zip(&masses).map(of_topic).sum::<f64>())
    };
    let shares = model.term_shares();
    let words = shares.iter().enumerate().filter(|(term, _)| model.is_word(*term));
    let mut terms: Vec<(usize, f64)> = words.map(saliency).collect();
    terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    terms.truncate(n);
    terms
}
