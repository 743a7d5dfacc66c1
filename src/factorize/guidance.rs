//! Topics that are given in part: frozen topics, a background, seeded topics, and topics with excluded words.
//!
//! Topics stand in this order: frozen ones, the background, seeded ones, all others. Given topics keep their numbers.
//!
//! * A **frozen** topic is a column of W that is not updated. The promises of a solver still hold, because the step
//!   of a row is separable by topic.
//! * The **background** is a topic whose H_kd is fixed in proportion to the weight of document d, while its column of
//!   W is free. It takes the words that occur in all documents at the same rate.
//! * **Seeds** are pseudo-counts: for each seeded topic, V gets a further document that consists of the seed words
//!   and is about this topic alone. That is a Dirichlet prior on the topic, in a form that every solver understands.
//!   The topic starts from the documents that have the seed words.
//! * **Excluded** words are set to zero in their topics after every update, and so stay zero.

use std::borrow::Cow;

use super::{FactorizeError, FactorizeParams, Loss, Solver};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// What is known of the topics before a fit, with terms given by their numbers; [`fit`](super::fit()) has an example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guidance {
    /// Topics to be kept unchanged, terms × frozen topics.
    pub frozen: Option<FactorMatrix>,
    /// The seed words of each topic, beginning with the first topic behind the frozen ones and the background.
    pub seeds: Vec<Vec<u32>>,
    /// The words that each of the same topics must not have.
    pub excluded: Vec<Vec<u32>>,
}

/// How many of the first topics keep their places when topics are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedTopics {
    /// Number of frozen topics, which keep their scale as well.
    pub frozen: usize,
    /// Number of frozen, background and seeded topics together.
    pub kept: usize,
}

/// The checked guidance of a fit, in the form that every iteration applies.
#[derive(Clone, Debug)]
pub(super) struct Constraints {
    pub(super) frozen: Option<FactorMatrix>,
    pub(super) background: Option<usize>,
    pub(super) seeds: Vec<(usize, Vec<u32>)>,
    excluded: Vec<(usize, usize)>,
    /// Σ_t V_td of the documents of V, without the pseudo-documents.
    pub(super) document_sums: Vec<f64>,
    /// The weight of each pseudo-document.
    seed_weight: f64,
    pub(super) fixed: FixedTopics,
}

impl Constraints {
    /// Checks the guidance; returns `None` if nothing is given. Fails if it does not fit V, the parameters or itself.
    pub(super) fn new(
        v: &TermDocumentMatrix,
        params: &FactorizeParams,
        guidance: &Guidance,
    ) -> Result<Option<Self>, FactorizeError> {
        let n_frozen = guidance.frozen.as_ref().map_or(0, FactorMatrix::n_topics);
        let first = n_frozen + usize::from(params.background);
        check(v, params, guidance, first)?;
        let lists = |lists: &[Vec<u32>]| -> Vec<(usize, Vec<u32>)> {
            let numbered = lists.iter().cloned().enumerate().map(|(i, terms)| (first + i, terms));
            numbered.filter(|(_, terms)| !terms.is_empty()).collect()
        };
        let seeds = lists(&guidance.seeds);
        let excluded: Vec<(usize, usize)> = lists(&guidance.excluded)
            .into_iter()
            .flat_map(|(topic, terms)| terms.into_iter().map(move |term| (term as usize, topic)))
            .collect();
        if first == 0 && seeds.is_empty() && excluded.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            frozen: guidance.frozen.clone(),
            background: params.background.then_some(n_frozen),
            excluded,
            document_sums: v.document_sums(),
            seed_weight: params.seed_weight * v.total() / params.n_topics as f64,
            fixed: FixedTopics { frozen: n_frozen, kept: first + guidance.seeds.len().max(guidance.excluded.len()) },
            seeds,
        }))
    }

    /// V with a pseudo-document for each seeded topic behind its documents.
    pub(super) fn extend<'v>(&self, v: &'v TermDocumentMatrix) -> Result<Cow<'v, TermDocumentMatrix>, FactorizeError> {
        if self.seeds.is_empty() {
            return Ok(Cow::Borrowed(v));
        }
        let mut rows = SparseRows::default();
        for document in 0..v.n_documents() {
            rows.push(v.entries(document));
        }
        for (_, terms) in &self.seeds {
            let mut terms = terms.clone();
            terms.sort_unstable();
            let share = (self.seed_weight / terms.len() as f64) as f32;
            rows.push(terms.into_iter().map(|term| (term, share)).filter(|(_, x)| *x > 0.0));
        }
        TermDocumentMatrix::from_documents(v.n_terms(), rows).map(Cow::Owned).map_err(|error| {
            let expected = "terms of the matrix".into();
            FactorizeError::Parameter { key: "seeds", found: error.to_string(), expected }
        })
    }

    /// Restores what the document step must not change: the background's row of H, and the pseudo-documents.
    pub(super) fn after_documents(&self, w_sums: &[f64], h: &mut FactorMatrix) {
        let n_topics = h.n_topics();
        if let Some(background) = self.background {
            for (document, weight) in self.document_sums.iter().enumerate() {
                h.set(document, background, (weight / n_topics as f64) as f32);
            }
        }
        for (i, (own, _)) in self.seeds.iter().enumerate() {
            let weight = self.seed_weight / w_sums[*own].max(f64::MIN_POSITIVE);
            (0..n_topics)
                .for_each(|k| h.set(self.document_sums.len() + i, k, if k == *own { weight as f32 } else { 0.0 }));
        }
    }

    /// Restores what the term step must not change: frozen topics, and zeros for excluded words.
    pub(super) fn after_terms(&self, w: &mut FactorMatrix) {
        if let Some(frozen) = &self.frozen {
            w.each_row(|term, row| row[..frozen.n_topics()].copy_from_slice(frozen.row_values(term)));
        }
        self.excluded.iter().for_each(|&(term, topic)| w.set(term, topic, 0.0));
    }

    /// H without the rows of the pseudo-documents.
    pub(super) fn without_seeds(&self, h: &FactorMatrix) -> FactorMatrix {
        FactorMatrix::from_fn(self.document_sums.len(), h.n_topics(), |document, topic| h.get(document, topic))
    }
}

fn check(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    guidance: &Guidance,
    first: usize,
) -> Result<(), FactorizeError> {
    let wrong = |key, found: String, expected: String| Err(FactorizeError::Parameter { key, found, expected });
    let is_guided = first > 0 || !guidance.seeds.is_empty() || !guidance.excluded.is_empty();
    if is_guided && (params.loss != Loss::KullbackLeibler || params.solver == Solver::CoordinateNewton) {
        let expected = "auto, diagonal-newton or mu, and kullback-leibler, with given topics".to_string();
        return wrong("solver", format!("{} for {}", params.solver, params.loss), expected);
    }
    if let Some(frozen) = &guidance.frozen {
        if frozen.n_rows() != v.n_terms() {
            let found = format!("topics of {} terms", frozen.n_rows());
            return wrong("frozen", found, format!("topics of the {} terms of the matrix", v.n_terms()));
        }
        if frozen.first_invalid().is_some() {
            return wrong("frozen", "an entry that is negative or no number".into(), "entries of at least 0".into());
        }
    }
    if first > params.n_topics {
        let (found, given) = (params.n_topics.to_string(), first - usize::from(params.background));
        let background = if params.background { " and the background" } else { "" };
        return wrong("n_topics", found, format!("at least {first}: {given} topics are frozen{background}"));
    }
    let mut owner = vec![None; v.n_terms()];
    for (key, lists) in [("seeds", &guidance.seeds), ("excluded", &guidance.excluded)] {
        if first + lists.len() > params.n_topics {
            let found = format!("lists for {} topics", lists.len());
            return wrong(
                key,
                found,
                format!("at most {} of {} topics", params.n_topics - first.min(params.n_topics), params.n_topics),
            );
        }
        for (i, list) in lists.iter().enumerate() {
            for &term in list {
                let Some(owner) = owner.get_mut(term as usize) else {
                    return wrong(key, format!("term {term}"), format!("below {}", v.n_terms()));
                };
                let conflicts = match key {
                    "seeds" => owner.is_some(),
                    _ => *owner == Some(i),
                };
                if conflicts {
                    let found = format!("term {term} twice");
                    return wrong(key, found, "each seed word in one topic, and not excluded from it".into());
                }
                if key == "seeds" {
                    *owner = Some(i);
                }
            }
        }
    }
    Ok(())
}
