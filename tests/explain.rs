//! Explanations add up, and point at the words.

use std::path::PathBuf;

use topicmill::config::Config;
use topicmill::factorize::{Sharpening, Silent, Solver};
use topicmill::ingest::{Format, IngestParams, Strip, documents};
use topicmill::matrix::{Norm, Tf};
use topicmill::model::{TopicModel, Transformer};
use topicmill::pipeline::{Dataset, fit};
use topicmill::text::{Analyzer, Segmentation};

fn newsroom(config: &Config) -> TopicModel {
    let dataset = Dataset::read(&["corpora/newsroom"], config).unwrap();
    fit(&dataset, &config.factorize, &mut Silent).unwrap()
}

/// The parts of all documents sum to their weights, and each range is a word that is counted as its term.
fn check(model: &TopicModel, texts: &[String], what: &str) {
    let transformer = Transformer::new(model).unwrap();
    let analyzer = Analyzer::new(model.manifest.analyzer.clone().unwrap()).unwrap();
    for text in texts {
        let explanation = transformer.explain(text).unwrap();
        let total: f64 = explanation.topics.weights.iter().map(|&weight| f64::from(weight)).sum();
        for (sum, &weight) in explanation.sums().iter().zip(&explanation.topics.weights) {
            assert!((sum - f64::from(weight)).abs() <= 1e-4 * total, "{what}: {sum} is not {weight}: {text}");
        }
        for word in &explanation.words {
            let tokens = analyzer.tokens(&text[word.range.clone()]);
            let terms: Vec<&str> = tokens.iter().map(|token| token.term.as_str()).collect();
            assert_eq!(terms.join(" "), model.terms[word.term].term, "{what}: {:?}", &text[word.range.clone()]);
        }
    }
}

#[test]
fn parts_sum_to_weights_with_any_weighting() {
    let params = IngestParams::default();
    let found = documents(&[PathBuf::from("corpora/newsroom")], &params).unwrap();
    let texts: Vec<String> = found.step_by(5).map(|document| document.unwrap().text).collect();
    for sharpening in [Sharpening::On, Sharpening::Off] {
        for (tf, norm, stem, ngrams) in [
            (Tf::Auto, Norm::None, false, [1, 1]),
            (Tf::Log, Norm::None, true, [1, 1]),
            (Tf::Raw, Norm::L2, true, [1, 2]),
            (Tf::Log, Norm::L1, false, [2, 3]),
        ] {
            let mut config = Config::default();
            config.factorize.n_topics = 5;
            config.factorize.sharpening = sharpening;
            config.factorize.solver = Solver::CoordinateNewton;
            (config.matrix.tf, config.matrix.norm) = (tf, norm);
            (config.text.stem, config.text.ngrams) = (stem, ngrams);
            config.text.phrases = (stem && ngrams == [1, 1]).then_some(0.3);
            config.text.fold_accents = stem;
            config.matrix.term_weights = [("patients".to_string(), 2.0)].into();
            check(&newsroom(&config), &texts, &format!("{sharpening} {tf} {norm} {ngrams:?}"));
        }
    }
}

#[test]
fn ranges_point_at_words_in_every_format_and_language() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.factorize.n_topics = 2;
    config.matrix.max_df = "1.0".parse().unwrap();
    let mut read = |name: &str, content: &[u8], ingest: IngestParams| {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        config.ingest = ingest;
        let dataset = Dataset::read(&[&file], &config).unwrap();
        let model = fit(&dataset, &config.factorize, &mut Silent).unwrap();
        let found = documents(&[file], &config.ingest).unwrap();
        check(&model, &found.map(|document| document.unwrap().text).collect::<Vec<_>>(), name);
    };
    let lines = IngestParams { format: Format::Lines, ..IngestParams::default() };
    let auto = IngestParams::default;
    read("de.txt", "Der Straßenfuß läuft über Äcker.\nDie Äcker liegen am Fluß.\n".as_bytes(), lines.clone());
    read("latin1.txt", b"Caf\xe9 au lait \xe0 Orl\xe9ans.\nLe lait du caf\xe9.\n", lines.clone());
    read("gr.txt", "Οι φίλοι μας ΟΔΟΣ.\nΗ οδός των φίλων.\n".as_bytes(), lines.clone());
    read("tr.txt", "IŞIK ışık İstanbul'da.\nistanbul ışık dolu.\n".as_bytes(), lines.clone());
    read("he.txt", "שלום עולם טוב\nעולם חדש וטוב\n".as_bytes(), lines.clone());
    read("zh.txt", "我们今天去图书馆看书。\n图书馆里有历史书。\n".as_bytes(), lines.clone());
    read("th.txt", "วันนี้อากาศดีมาก\nอากาศวันนี้ร้อน\n".as_bytes(), lines);
    read("t.csv", "text\n\"one \"\"quoted\"\" harbour\"\n\"a harbour, two ships\"\n".as_bytes(), auto());
    read(
        "t.jsonl",
        "{\"text\": \"caf\\u00e9 harbour\"}\n{\"text\": \"harbour \\ud83d\\ude42 ships\"}\n".as_bytes(),
        auto(),
    );
    let mail = IngestParams { strip: vec![Strip::Email], format: Format::Csv, ..auto() };
    let message = "text\n\"Subject: Re: ships\n\n> old harbour\nnew harbour\"\n\"Subject: boats\n\nnew boats\"\n";
    read("mail.csv", message.as_bytes(), mail);
    let html = IngestParams { strip: vec![Strip::Html], format: Format::Csv, ..auto() };
    read("h.csv", "text\n<p>Caf&eacute; <b>har</b>bour</p>\n<p>harbour &amp; ships</p>\n".as_bytes(), html);
    assert_eq!(config.text.segmentation, Segmentation::Auto);
}
