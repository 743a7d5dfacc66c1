//! Topics that are given in part: frozen, background, seeded, with excluded words.
//!
//! Topics stand in this order: frozen ones, the background, seeded ones, the rest; given topics keep their numbers.
//!
//! * A **frozen** topic is a column of W that is not updated. (The step of a row is separable by topic: leaving out a topic
//!   leaves the promises of a solver as they are.)
//! * The **background** has H_kd in proportion to the weight of document d, and a free column of W: it takes the words that
//!   occur in all documents at the same rate.
//! * **Seeds** are pseudo-counts: for each seeded topic V gets a further document of its seed words, which is about this topic
//!   alone. That is a Dirichlet prior on the topic, in exactly the form that every solver understands. The topic starts
//!   from the documents that have the words.
//! * **Excluded** words are set to zero in their topics after every update, and stay zero.

use std::borrow::Cow;

use super::{FactorizeError, FactorizeParams, Loss, Solver, Start, solve_documents};
use crate::kernels::FactorMatrix;
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Share of a word that a topic beside the background starts with at least.
const LEFT: f64 = 0.01;

/// What is known of topics before a fit, in numbers of terms.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Guidance, Silent, fit_guided};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// // The first topic is to be that of term 2, and not to have term 0.
/// let guidance = Guidance { seeds: vec![vec![2]], excluded: vec![vec![0]], ..Default::default() };
/// let fitted = fit_guided(&v, &FactorizeParams { n_topics: 2, ..Default::default() }, &guidance, &mut Silent)?;
/// assert!(fitted.w.get(2, 0) > fitted.w.get(2, 1));
/// assert_eq!(fitted.w.get(0, 0), 0.0);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guidance {
    /// Topics to be kept as they are, terms × frozen topics.
    pub frozen: Option<FactorMatrix>,
    /// Seed words of the topics behind the frozen ones and the background.
    pub seeds: Vec<Vec<u32>>,
    /// Words that the same topics must not have.
    pub excluded: Vec<Vec<u32>>,
}

/// Topics that keep their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Frozen topics, which keep their scale as well.
    pub frozen: usize,
    /// Frozen, background and seeded topics together.
    pub kept: usize,
}

/// Guidance in a form in which a descent can follow it.
#[derive(Clone, Debug)]
pub(super) struct Guided {
    frozen: Option<FactorMatrix>,
    background: Option<usize>,
    seeds: Vec<(usize, Vec<u32>)>,
    excluded: Vec<(usize, usize)>,
    /// Weights of the documents of V.
    document_weights: Vec<f64>,
    /// Weight of each pseudo-document.
    seed_weight: f64,
    pub(super) given: Given,
}

impl Guided {
    /// None if nothing is given.
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
            document_weights: v.document_weights(),
            seed_weight: params.seed_weight * v.total() / params.n_topics as f64,
            given: Given { frozen: n_frozen, kept: first + guidance.seeds.len().max(guidance.excluded.len()) },
            seeds,
        }))
    }

    /// V with the pseudo-documents behind its documents.
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

    /// A start that knows what is given; `v` is with pseudo-documents, `start` without.
    ///
    /// Every given topic takes the place of the one of the start that is most like it, since a topic that is nearer to
    /// what the seeds mean than the seeded one would push it away; what is left of the start are the other topics.
    pub(super) fn start(&self, v: &TermDocumentMatrix, start: Start) -> Start {
        let (n_terms, n_topics) = (start.w.n_rows(), start.w.n_topics());
        let common = v.term_weights();
        let mut known: Vec<Option<Vec<f64>>> = vec![None; n_topics];
        if let Some(frozen) = &self.frozen {
            for (topic, known) in known.iter_mut().enumerate().take(frozen.n_topics()) {
                *known = Some((0..n_terms).map(|term| f64::from(frozen.get(term, topic))).collect());
            }
        }
        if let Some(background) = self.background {
            known[background] = Some(common.clone());
        }
        for (topic, terms) in &self.seeds {
            known[*topic] = Some(neighbours(v, terms, &common, self.document_weights.len()));
        }
        let mut unused: Vec<usize> = (0..n_topics).collect();
        for known in known.iter().flatten() {
            let likeness: Vec<f64> = unused.iter().map(|&topic| cosine(known, &start.w, topic)).collect();
            let nearest = (0..unused.len()).fold(0, |best, i| if likeness[i] > likeness[best] { i } else { best });
            unused.remove(nearest);
        }
        let mut w = FactorMatrix::zeros(n_terms, n_topics);
        let (mut unused, sums) = (unused.into_iter(), start.w.topic_sums());
        let mean = sums.iter().sum::<f64>() / n_topics as f64;
        let to_mean = |sum: f64| mean / sum.max(f64::MIN_POSITIVE);
        let common_scale = if self.background.is_some() { to_mean(common.iter().sum()) } else { 0.0 };
        for (topic, known) in known.iter().enumerate() {
            if let Some(known) = known {
                let scale = to_mean(known.iter().sum());
                (0..n_terms).for_each(|term| w.set(term, topic, (known[term] * scale) as f32));
            } else if let Some(other) = unused.next() {
                let scale = to_mean(sums[other]);
                for (term, common) in common.iter().enumerate() {
                    // What is common is left to the background.
                    let own = f64::from(start.w.get(term, other)) * scale;
                    w.set(term, topic, (own - common * common_scale).max(LEFT * own) as f32);
                }
            }
        }
        self.after_terms(&mut w);
        let mut h = FactorMatrix::zeros(v.n_documents(), n_topics);
        solve_documents(v, &w, &mut h, Loss::KullbackLeibler);
        self.after_documents(&w.topic_sums(), &mut h);
        Start { w, h }
    }

    /// Puts back what the document step must not change.
    pub(super) fn after_documents(&self, w_sums: &[f64], h: &mut FactorMatrix) {
        let n_topics = h.n_topics();
        if let Some(background) = self.background {
            for (document, weight) in self.document_weights.iter().enumerate() {
                h.set(document, background, (weight / n_topics as f64) as f32);
            }
        }
        for (i, (own, _)) in self.seeds.iter().enumerate() {
            let weight = self.seed_weight / w_sums[*own].max(f64::MIN_POSITIVE);
            (0..n_topics)
                .for_each(|k| h.set(self.document_weights.len() + i, k, if k == *own { weight as f32 } else { 0.0 }));
        }
    }

    /// Puts back what the term step must not change.
    pub(super) fn after_terms(&self, w: &mut FactorMatrix) {
        if let Some(frozen) = &self.frozen {
            w.each_row(|term, row| row[..frozen.n_topics()].copy_from_slice(frozen.row_values(term)));
        }
        self.excluded.iter().for_each(|&(term, topic)| w.set(term, topic, 0.0));
    }

    /// H without the pseudo-documents.
    pub(super) fn without_seeds(&self, h: &FactorMatrix) -> FactorMatrix {
        FactorMatrix::from_fn(self.document_weights.len(), h.n_topics(), |document, topic| h.get(document, topic))
    }
}

/// Cosine between a list of weights and a topic.
fn cosine(weights: &[f64], w: &FactorMatrix, topic: usize) -> f64 {
    let (mut product, mut own, mut other) = (0.0, 0.0, 0.0);
    for (term, weight) in weights.iter().enumerate() {
        let x = f64::from(w.get(term, topic));
        (product, own, other) = (product + weight * x, own + weight * weight, other + x * x);
    }
    if own > 0.0 && other > 0.0 { product / (own * other).sqrt() } else { 0.0 }
}

/// The words of documents that have the seed words, by how much of a document they are; half of it the seed words
/// themselves.
fn neighbours(v: &TermDocumentMatrix, seeds: &[u32], common: &[f64], n_documents: usize) -> Vec<f64> {
    let mut words = vec![0.0; v.n_terms()];
    for &seed in seeds {
        let (documents, weights) = v.term(seed as usize);
        for (&document, &weight) in documents.iter().zip(weights).filter(|(d, _)| (**d as usize) < n_documents) {
            let (terms, values) = v.document(document as usize);
            let share = f64::from(weight) / v.document_weight(document as usize);
            terms.iter().zip(values).for_each(|(&t, &x)| words[t as usize] += share * f64::from(x));
        }
    }
    let (total, all) = (words.iter().sum::<f64>(), common.iter().sum::<f64>());
    for (word, common) in words.iter_mut().zip(common) {
        // A tenth of everything, so that the topic can become what the data say.
        *word = 0.4 * *word / total.max(f64::MIN_POSITIVE) + 0.1 * common / all.max(f64::MIN_POSITIVE);
    }
    seeds.iter().for_each(|&seed| words[seed as usize] += 0.5 / seeds.len() as f64);
    words
}

fn check(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    guidance: &Guidance,
    first: usize,
) -> Result<(), FactorizeError> {
    let wrong = |key, found: String, expected: String| Err(FactorizeError::Parameter { key, found, expected });
    let is_guided = first > 0 || !guidance.seeds.is_empty() || !guidance.excluded.is_empty();
    if is_guided && (params.loss != Loss::KullbackLeibler || params.solver == Solver::Newton) {
        let expected = "auto, accelerated or mu, and kullback-leibler, with given topics".to_string();
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
