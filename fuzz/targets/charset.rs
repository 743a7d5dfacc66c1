//! Decoding of any bytes, and the way from a text to its tokens.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use topicmill::ingest::decode;
use topicmill::text::{Analyzer, Corpus, Language, LanguageDetector, TextParams};

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(|| {
    let params = TextParams { stem: true, ngrams: [1, 2], ..TextParams::default() };
    Analyzer::new(params.resolve(Some(Language::French)).unwrap()).unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let text = decode(bytes, None);
    for token in ANALYZER.tokens(&text) {
        assert!(text.get(token.range).is_some(), "a token stands in the text");
    }
    let corpus = Corpus::from_texts(&ANALYZER, [text.as_str(), "une pomme"]);
    assert_eq!(corpus.n_documents(), 2);
    let mut detector = LanguageDetector::new();
    detector.add(&text);
    assert!((0.0..=1.0).contains(&detector.detect().share));
});
