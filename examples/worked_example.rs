//! The worked example of text NMF: 10,000 terms × 500 documents in 10 features.
//!
//!     cargo run --release --example worked_example
//!
//! Makes counts of documents that are about one or two of ten subjects each, factorises them, and shows for each topic
//! its first terms, its documents, and how far the answer can be trusted.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use topicmill::evaluate::Agreement;
use topicmill::factorize::{Canonical, FactorizeParams, Origin, Silent, fit};
use topicmill::matrix::TermDocumentMatrix;

const TERMS: usize = 10_000;
const DOCUMENTS: usize = 500;
const FEATURES: usize = 10;
const TOKENS: usize = 300;

/// Term of a word on a subject: most words are the subject's own, by rank like 1/rank, some are anybody's.
fn term(subject: usize, uniform: &mut impl FnMut() -> f64) -> u32 {
    let own = (TERMS / FEATURES) as f64;
    match uniform() < 0.3 {
        true => (uniform() * TERMS as f64) as u32,
        false => subject as u32 + FEATURES as u32 * (own.powf(uniform()) - 1.0) as u32,
    }
}

fn main() -> Result<(), topicmill::Error> {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut uniform = || (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut triplets = Vec::new();
    for document in 0..DOCUMENTS {
        let (main, side) = (document % FEATURES, (document / FEATURES) % FEATURES);
        for _ in 0..TOKENS {
            let subject = if uniform() < 0.75 { main } else { side };
            triplets.push((term(subject, &mut uniform), document as u32, 1.0));
        }
    }
    let v = TermDocumentMatrix::from_triplets(TERMS, DOCUMENTS, &triplets)?;
    println!("V: {} terms × {} documents, {} nonzeros", v.n_terms(), v.n_documents(), v.n_nonzeros());

    let params = FactorizeParams { n_topics: FEATURES, ..Default::default() };
    let fitted = fit(&v, &params, Origin::Init, &mut Silent)?;
    let (first, last) = (fitted.trace[0].objective, fitted.trace[fitted.trace.len() - 1].objective);
    let residual = fitted.kkt_residual.unwrap_or(f64::NAN);
    println!(
        "{} iterations, {}: objective {first:.0} → {last:.0}, KKT residual {residual:.1e}",
        fitted.trace.len() - 1,
        fitted.stop_reason
    );

    // W: terms × topics, each topic sums to 1. H: topics × documents, stored with a row per document.
    let Canonical { w, h, .. } = fitted.canonical(&v, &params);
    let of_document = |d: usize| (0..FEATURES).fold(0, |best, k| if h.get(d, k) > h.get(d, best) { k } else { best });
    let clusters: Vec<usize> = (0..DOCUMENTS).map(of_document).collect();
    for topic in 0..FEATURES {
        let mut terms: Vec<usize> = (0..TERMS).collect();
        terms.sort_by(|&a, &b| w.get(b, topic).total_cmp(&w.get(a, topic)));
        let words: Vec<String> = terms[..8].iter().map(|t| format!("s{}w{}", t % FEATURES, t / FEATURES)).collect();
        let size = clusters.iter().filter(|cluster| **cluster == topic).count();
        println!("topic {topic}: {size:3} documents, {}", words.join(" "));
    }
    let subjects: Vec<usize> = (0..DOCUMENTS).map(|d| d % FEATURES).collect();
    println!("agreement with the main subjects: NMI {:.3}", Agreement::new(&subjects, &clusters).nmi);
    Ok(())
}
