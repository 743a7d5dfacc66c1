//! Tests the laws of sharpening: what it may never lower, what it must keep, and that documents and topics have no
//! order.

use proptest::prelude::*;
use topicmill::factorize::sharpen::{GivenTopics, Sharpened, sharpen, smoothed};
use topicmill::factorize::{Classifier, Counts, FactorMatrix, FactorizeParams};
use topicmill::matrix::{EntryCounts, TermDocumentMatrix};

use crate::common::random_cases;

const N_TERMS: u32 = 12;

/// Counts of documents, topics to begin with, weights of documents and parameters.
#[derive(Clone, Debug)]
struct Case {
    documents: Vec<Vec<(u32, u16)>>,
    w: Vec<Vec<f32>>,
    weights: Vec<f32>,
    params: FactorizeParams,
}

impl Case {
    fn matrix(&self) -> TermDocumentMatrix {
        let entries = self.documents.iter().enumerate().flat_map(|(document, terms)| {
            terms.iter().map(move |&(term, count)| (term, document as u32, f32::from(count)))
        });
        let entries: Vec<(u32, u32, f32)> = entries.collect();
        TermDocumentMatrix::from_triplets(N_TERMS as usize, self.documents.len(), &entries).unwrap()
    }

    fn topics(&self) -> FactorMatrix {
        let sums: Vec<f32> = self.w.iter().map(|topic| topic.iter().sum()).collect();
        FactorMatrix::from_fn(N_TERMS as usize, self.w.len(), |term, topic| self.w[topic][term] / sums[topic])
    }

    fn sharpen(&self, given: &GivenTopics) -> Sharpened {
        let v = self.matrix();
        let counts: EntryCounts = (0..v.n_documents()).flat_map(|document| v.document(document).1.to_vec()).collect();
        let counts = Counts::new(&v, &counts, Vec::new(), &self.weights);
        sharpen(&counts, &self.topics(), &vec![1.0; self.w.len()], given, &self.params)
    }
}

/// A number above 0 and up to 1.
fn share() -> impl Strategy<Value = f32> {
    (1_u16..=1000).prop_map(|n| f32::from(n) / 1000.0)
}

fn cases() -> impl Strategy<Value = Case> {
    let document = prop::collection::btree_map(0..N_TERMS, prop_oneof![8 => 1_u16..6, 1 => 200_u16..400], 0..8);
    let topic = prop::collection::vec(share(), N_TERMS as usize);
    let weight = (1_u16..40).prop_map(|n| f32::from(n) / 10.0);
    (
        prop::collection::vec(document, 2..25),
        prop::collection::vec(topic, 1..5),
        prop_oneof![Just(1e9), Just(1.0), Just(10.0)],
        prop_oneof![Just(1.0), (1_u16..500).prop_map(|n| f64::from(n) / 100.0)],
        prop_oneof![3 => Just(None), 1 => prop::collection::vec(weight, 25).prop_map(Some)],
    )
        .prop_filter("some document has a term", |(documents, ..)| documents.iter().any(|terms| !terms.is_empty()))
        .prop_map(|(documents, w, tokens, smoothing, weights)| Case {
            weights: weights.map_or_else(Vec::new, |weights| weights[..documents.len()].to_vec()),
            documents: documents.into_iter().map(|terms| terms.into_iter().collect()).collect(),
            params: FactorizeParams {
                n_topics: w.len(),
                sharpening_tokens: tokens,
                sharpening_smoothing: smoothing,
                ..Default::default()
            },
            w,
        })
}

/// Σ_d w_d ln Σ_k Π_t φ_tk^C_td + β Σ ln φ_tk in f64, for the topics that a result describes.
fn likelihood(case: &Case, result: &Sharpened) -> f64 {
    let n_topics = case.w.len();
    let ln = |term: usize, topic: usize| {
        let share = result.smoothing[topic];
        ((1.0 - share) * f64::from(result.w.get(term, topic)) + share / f64::from(N_TERMS)).ln()
    };
    let filled = case.documents.iter().enumerate().filter(|(_, terms)| !terms.is_empty());
    let documents = filled.map(|(document, terms)| {
        let scores: Vec<f64> = (0..n_topics)
            .map(|topic| terms.iter().map(|&(term, count)| f64::from(count) * ln(term as usize, topic)).sum())
            .collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = case.weights.get(document).map_or(1.0, |&weight| f64::from(weight));
        weight * (largest + scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln())
    });
    let smooth: f64 = (0..N_TERMS as usize).flat_map(|term| (0..n_topics).map(move |topic| ln(term, topic))).sum();
    documents.sum::<f64>() + result.pseudo_count * smooth
}

proptest! {
    #![proptest_config(random_cases(300))]

    #[test]
    fn the_likelihood_never_falls(case in cases(), seed in prop::option::of(0..N_TERMS)) {
        let seeds = seed.into_iter().map(|term| (case.w.len() - 1, vec![term])).collect();
        let result = case.sharpen(&GivenTopics { seeds, ..Default::default() });
        // The sums cancel where φ is large, so that rounding is a share of what is summed.
        let n_tokens: f64 = case.documents.iter().flatten().map(|(_, count)| f64::from(*count)).sum();
        let scale = result.likelihoods.iter().fold(n_tokens, |scale, value| scale.max(value.abs()));
        for pair in result.likelihoods.windows(2) {
            prop_assert!(pair[1] >= pair[0] - 2e-6 * scale, "{:?}", result.likelihoods);
        }
        // At τ = 1 it is the likelihood of the topics that come out, by plain arithmetic.
        if case.params.sharpening_tokens > 1e8 && seed.is_none() {
            let (last, expected) = (*result.likelihoods.last().unwrap(), likelihood(&case, &result));
            prop_assert!((last - expected).abs() <= 1e-5 * scale, "{} {}", last, expected);
        }
    }

    #[test]
    fn topics_and_posteriors_are_shares(case in cases()) {
        let result = case.sharpen(&GivenTopics::default());
        let v = case.matrix();
        for sum in result.w.topic_sums() {
            prop_assert!(sum == 0.0 || (sum - 1.0).abs() < 1e-5, "{}", sum);
        }
        prop_assert!(result.smoothing.iter().all(|share| (0.0..=1.0).contains(share)));
        for document in 0..v.n_documents() {
            let sum: f64 = result.posterior.row_values(document).iter().map(|&share| f64::from(share)).sum();
            let expected = if v.document(document).0.is_empty() { 0.0 } else { 1.0 };
            prop_assert!((sum - expected).abs() < 1e-5, "{} {}", document, sum);
        }
        let used: Vec<bool> = (0..v.n_terms()).map(|term| !v.term(term).0.is_empty()).collect();
        for (term, used) in used.into_iter().enumerate() {
            prop_assert_eq!(result.w.row_values(term).iter().any(|value| *value > 0.0), used);
        }
    }

    /// Another order of documents or topics gives the same up to rounding.
    #[test]
    fn documents_and_topics_have_no_order(case in cases()) {
        // Few rounds, because rounding decides which topic wins where two are equal, and rounds amplify it.
        let case = Case { params: FactorizeParams { sharpening_rounds: 2, ..case.params }, ..case };
        let result = case.sharpen(&GivenTopics::default());
        let (n, k) = (case.documents.len(), case.w.len());
        let mut turned = case.clone();
        turned.documents.reverse();
        turned.weights.reverse();
        turned.w.rotate_left(1);
        let other = turned.sharpen(&GivenTopics::default());
        for topic in 0..k {
            for term in 0..N_TERMS as usize {
                let (a, b) = (result.w.get(term, topic), other.w.get(term, (topic + k - 1) % k));
                prop_assert!((a - b).abs() < 2e-4, "term {} topic {}: {} {}", term, topic, a, b);
            }
            for document in 0..n {
                let a = result.posterior.get(document, topic);
                let b = other.posterior.get(n - 1 - document, (topic + k - 1) % k);
                prop_assert!((a - b).abs() < 5e-3, "document {} topic {}: {} {}", document, topic, a, b);
            }
        }
    }

    #[test]
    fn what_is_given_is_kept(
        case in cases(),
        excluded in 0..N_TERMS,
        frozen in prop::collection::vec(share(), N_TERMS as usize),
    ) {
        let mut case = case;
        case.w.push(vec![1.0; N_TERMS as usize]);
        case.params.n_topics += 1;
        let total: f32 = frozen.iter().sum::<f32>().max(0.1);
        let frozen = FactorMatrix::from_fn(N_TERMS as usize, 1, |term, _| frozen[term] / total);
        let last = case.w.len() - 1;
        let given = GivenTopics {
            frozen: Some((frozen.clone(), vec![0.25])),
            seeds: vec![(last, vec![(excluded + 1) % N_TERMS])],
            excluded: vec![(excluded, last)],
        };
        let result = case.sharpen(&given);
        for term in 0..N_TERMS as usize {
            prop_assert_eq!(result.w.get(term, 0).to_bits(), frozen.get(term, 0).to_bits());
        }
        prop_assert_eq!(result.smoothing[0], 0.25);
        prop_assert_eq!(result.w.get(excluded as usize, last), 0.0);
        prop_assert!(result.w.get(((excluded + 1) % N_TERMS) as usize, last) > 0.0, "a topic keeps its seed");
    }

    /// The posterior's largest topic is the classifier's, where it is the largest by far.
    #[test]
    fn the_classifier_agrees_with_the_posterior(case in cases()) {
        let case = Case { params: FactorizeParams { sharpening_rounds: 60, ..case.params }, ..case };
        let result = case.sharpen(&GivenTopics::default());
        let mut classifier = Classifier::new(smoothed(&result.w, &result.smoothing));
        for (document, terms) in case.documents.iter().enumerate() {
            let pairs = terms.iter().map(|&(term, count)| (term, f32::from(count)));
            let (terms, counts): (Vec<u32>, Vec<f32>) = pairs.unzip();
            let topic = classifier.topic(&terms, &counts);
            prop_assert_eq!(topic.is_none(), terms.is_empty());
            let row = result.posterior.row_values(document);
            if let Some(sure) = row.iter().position(|share| *share > 0.6) {
                prop_assert_eq!(topic, Some(sure), "{:?}", row);
            }
        }
    }
}
