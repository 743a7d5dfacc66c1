//! Coherence and diversity against gensim's formulas from exact counts, and against OCTIS's definitions.

use std::collections::HashMap;

use crate::common::{json, shared};
use topicmill::evaluate::{CoOccurrences, Coherence, CoherenceMeasure, Diversity, OTHER_WORD};

/// Lists of words of a JSON value.
fn lists(value: &serde_json::Value) -> Vec<Vec<String>> {
    serde_json::from_value(value.clone()).unwrap()
}

/// The coherence of topics in a corpus of tokens, by each measure.
fn coherence(topics: &[Vec<String>], texts: &[Vec<String>], measures: &[CoherenceMeasure]) -> Vec<Coherence> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    for word in topics.iter().flatten() {
        let next = numbers.len() as u32;
        numbers.entry(word).or_insert(next);
    }
    let number = |word: &String| numbers.get(word.as_str()).copied().unwrap_or(OTHER_WORD);
    let numbered: Vec<Vec<u32>> = topics.iter().map(|words| words.iter().map(number).collect()).collect();
    let windows: Vec<_> = measures.iter().map(|measure| measure.window()).collect();
    let mut counts = CoOccurrences::new(&numbered, &windows);
    texts.iter().for_each(|text| counts.add(&text.iter().map(number).collect::<Vec<u32>>()));
    measures.iter().zip(counts.counts()).map(|(measure, counts)| measure.of(counts).unwrap()).collect()
}

fn assert_values(found: &Coherence, expected: &serde_json::Value, what: &str) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    for (topic, (found, expected)) in found.topics.iter().zip(&expected).enumerate() {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-10, "{what}, topic {topic}: {found} in place of {expected}");
    }
    assert_eq!(found.topics.len(), expected.len(), "{what}");
}

#[test]
fn coherence_is_gensims_from_exact_counts() {
    let Some(folder) = shared("golden/coherence") else { return };
    let Some(tokens) = shared("golden/tfidf/tokens.jsonl") else { return };
    let golden = json(&folder.join("coherence.json"));
    let topics = lists(&json(&folder.join("topics.json"))["topics"]);
    let text = std::fs::read_to_string(tokens).unwrap();
    let texts: Vec<Vec<String>> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = coherence(&topics, &texts, CoherenceMeasure::ALL);
    let exact = &golden["gensim_formulas_with_exact_window_counts"];
    let expected = [
        (CoherenceMeasure::DocumentNpmi, &golden["definition_values"]["npmi_boolean_document"]),
        (CoherenceMeasure::UMass, &golden["gensim"]["u_mass"]),
        (CoherenceMeasure::CUci, &exact["c_uci"]),
        (CoherenceMeasure::CNpmi, &exact["c_npmi"]),
        (CoherenceMeasure::CV, &exact["c_v"]),
    ];
    for (measure, expected) in expected {
        let at = CoherenceMeasure::ALL.iter().position(|known| *known == measure).unwrap();
        assert_values(&found[at], &expected["per_topic"], measure.name());
        let mean = expected["mean"].as_f64().unwrap();
        assert!((found[at].mean.unwrap() - mean).abs() < 1e-10, "{measure}");
        assert_eq!(found[at].n_absent, 0);
    }
}

#[test]
fn a_corpus_that_can_be_checked_by_hand() {
    let Some(folder) = shared("golden/coherence") else { return };
    let toy = json(&folder.join("toy.json"));
    let (topics, texts) = (lists(&toy["topics"]), lists(&toy["texts"]));
    let mut numbers: Vec<String> = topics.iter().flatten().cloned().collect();
    numbers.sort();
    numbers.dedup();
    let number = |word: &String| numbers.iter().position(|known| known == word).map_or(OTHER_WORD, |i| i as u32);
    let all = [numbers.iter().map(number).collect::<Vec<u32>>()];
    let size = toy["window"].as_u64().unwrap() as usize;
    let mut counts = CoOccurrences::new(&all, &[topicmill::evaluate::Window::Tokens(size)]);
    texts.iter().for_each(|text| counts.add(&text.iter().map(number).collect::<Vec<u32>>()));
    let counts = &counts.counts()[0];
    assert_eq!(counts.n_windows, toy["exact"]["n_windows"].as_u64().unwrap());
    for (i, a) in numbers.iter().enumerate() {
        assert_eq!(counts.words[0][i], toy["exact"]["occurrences"][a].as_u64().unwrap(), "{a}");
        for (j, b) in numbers.iter().enumerate().skip(i + 1) {
            let expected = toy["exact"]["pairs"][format!("{a}{b}")].as_u64().unwrap();
            assert_eq!(counts.pair(0, i, j), expected, "{a} {b}");
        }
    }
    let found = coherence(&topics, &texts, &[CoherenceMeasure::UMass]);
    assert_values(&found[0], &toy["gensim_u_mass"], "u_mass");
}

#[test]
fn diversity_is_octiss() {
    let Some(folder) = shared("golden/coherence") else { return };
    let golden = json(&folder.join("diversity.json"));
    for (name, set) in golden["sets"].as_object().unwrap() {
        let found = Diversity::new(&lists(&set["topics"]));
        for (key, found) in [
            ("topic_diversity", found.distinct_share),
            ("mean_pairwise_jaccard", found.mean_jaccard),
            ("inverted_rbo", found.inverted_rbo),
        ] {
            let expected = set[key].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}, {key}: {found} in place of {expected}");
        }
    }
}
