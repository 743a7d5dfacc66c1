//! Tests topics that are made without V as it stands: from one pass over the documents, and from pairs of words.

use std::sync::Arc;

use crate::common::planted;
use topicmill::evaluate::Agreement;
use topicmill::factorize::{
    FactorizeParams, Iteration, LocalShards, MemoryRows, MemoryShards, Observer, Origin, ShardedFit, Silent,
    StopReason, Variant, fit, fit_structured, objective, solve_documents,
};
use topicmill::kernels::FactorMatrix;
use topicmill::matrix::{SparseRows, TermDocumentMatrix};

fn params(variant: Variant, n_topics: usize) -> FactorizeParams {
    FactorizeParams { variant, n_topics, ..Default::default() }
}

/// The objective of topics with the best H for them.
fn solved(v: &TermDocumentMatrix, w: &FactorMatrix) -> f64 {
    let mut h = FactorMatrix::zeros(v.n_documents(), w.n_topics());
    solve_documents(v, w.clone(), &mut h, Default::default());
    objective(v, w, &h, Default::default())
}

#[test]
fn one_pass_comes_near_to_a_fit_of_thirty_iterations() {
    let v = planted(800, 6000, 8, true, 5);
    let thirty = FactorizeParams { max_iterations: 30, tolerance: 0.0, ..params(Variant::Plain, 8) };
    let whole = solved(&v, &fit(&v, &thirty, Origin::Init, &mut Silent).unwrap().w);
    for batch_documents in [0, 256, 1000] {
        let params = FactorizeParams { batch_documents, ..params(Variant::Online, 8) };
        let found = fit_structured(&v, &params, &mut Silent).unwrap().factorization;
        assert_eq!(found.stop_reason, StopReason::OnePass);
        let own = solved(&v, &found.w);
        assert!(own < 1.02 * whole, "{batch_documents}: {own} beside {whole}");
    }
}

#[test]
fn documents_in_shards_are_passed_over_as_well() {
    let v = planted(500, 3000, 6, true, 8);
    let own = |shard_documents: usize| {
        let params = FactorizeParams { shard_documents, ..params(Variant::Online, 6) };
        let shards = MemoryShards::new(&v, None, shard_documents);
        let engine = LocalShards::new(&shards, Arc::new(MemoryRows::new(3000, 6)), None);
        let mut fit = ShardedFit::new(&engine, &params).unwrap();
        assert_eq!(fit.advance(usize::MAX, &mut Silent).unwrap(), Some(StopReason::OnePass));
        solved(&v, &fit.finish(true, &mut Silent).unwrap().w)
    };
    let whole = fit_structured(&v, &params(Variant::Online, 6), &mut Silent).unwrap().factorization;
    let whole = solved(&v, &whole.w);
    // The last shard of 2,999 has one document, whose batch says next to nothing.
    for shard_documents in [700, 1500, 2999, 4000] {
        let own = own(shard_documents);
        assert!(own < 1.02 * whole, "{shard_documents}: {own} beside {whole}");
    }
}

/// Asks for an end after some batches.
struct Ends(usize);

impl Observer for Ends {
    fn observe(&mut self, iteration: &Iteration) -> std::ops::ControlFlow<StopReason> {
        match iteration.number < self.0 {
            true => std::ops::ControlFlow::Continue(()),
            false => std::ops::ControlFlow::Break(StopReason::Interrupted),
        }
    }
}

#[test]
fn a_pass_that_is_ended_early_has_topics_and_documents() {
    let v = planted(300, 2000, 5, true, 2);
    let found = fit_structured(&v, &params(Variant::Online, 5), &mut Ends(2)).unwrap().factorization;
    assert_eq!((found.stop_reason, found.trace.len()), (StopReason::Interrupted, 4));
    assert!((0..2000).all(|document| found.h.row_values(document).iter().sum::<f32>() > 0.0));
}

/// Texts of two words of a topic of twenty words each, so that few pairs occur twice.
fn short_texts(k: usize, n_documents: usize) -> (TermDocumentMatrix, Vec<usize>) {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let (mut rows, mut topics) = (SparseRows::default(), Vec::new());
    for _ in 0..n_documents {
        let topic = next(k);
        let (one, other) = (next(20), next(19));
        let mut words = [one, (one + 1 + other) % 20].map(|word| (20 * topic + word) as u32);
        words.sort_unstable();
        rows.push(words.map(|word| (word, 1.0)));
        topics.push(topic);
    }
    (TermDocumentMatrix::from_documents(20 * k, rows).unwrap(), topics)
}

#[test]
fn pairs_of_words_tell_topics_of_very_short_texts() {
    let (v, topics) = short_texts(8, 3000);
    let found = fit_structured(&v, &params(Variant::CoOccurrence, 8), &mut Silent).unwrap().factorization;
    let largest = |row: &[f32]| (1..8).fold(0, |best, topic| if row[topic] > row[best] { topic } else { best });
    let found = topics.iter().enumerate().map(|(d, topic)| (topic.to_string(), Some(largest(found.h.row_values(d)))));
    let nmi = Agreement::of_documents(found).unwrap().nmi;
    assert!(nmi > 0.9, "{nmi}");
}

#[test]
fn a_word_without_company_has_topics_too() {
    let triplets = [(0, 0, 2.0), (1, 0, 1.0), (0, 1, 1.0), (1, 1, 3.0), (2, 2, 4.0), (3, 3, 1.0), (4, 3, 1.0)];
    let v = TermDocumentMatrix::from_triplets(5, 4, &triplets).unwrap();
    let found = fit_structured(&v, &params(Variant::CoOccurrence, 2), &mut Silent).unwrap().factorization;
    assert!(found.w.row_values(2).iter().sum::<f32>() > 0.0);
    assert!((0..4).all(|document| found.h.row_values(document).iter().sum::<f32>() > 0.0));
}
