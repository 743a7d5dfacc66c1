//! Tests what is said of single topics, and the comparison of models.

use std::fmt::Write;

use serde_json::Value;

use crate::common::documents::planted_table;
use crate::common::workplace::{Workplace, contents, fails, succeeds};

const GERMAN: &[&str] = &[
    "Der Minister sagte, dass die Arbeit an der Brücke nicht vor dem Winter beginnt.",
    "Die Bauern haben in diesem Jahr weniger Weizen und mehr Mais geerntet als sonst.",
    "Ein Sprecher der Stadt erklärte, es werde noch über den Preis für das Wasser verhandelt.",
    "Nach dem Spiel waren die Zuschauer zufrieden, aber der Trainer war es ganz und gar nicht.",
    "Sie fuhr mit dem Zug bis an das Meer und ging dann zu Fuß über die Felder nach Hause.",
    "Wer das Buch gelesen hat, der weiß, wie es endet und warum er nicht mehr schreiben wollte.",
    "Im Museum hängt ein Bild, das man lange für eine Fälschung gehalten hatte.",
];

const PASSAGE: &str = "This transmission contains privileged material intended solely for its addressee; unauthorised \
    disclosure, copying, distribution or reliance is prohibited. Notify sender immediately, delete attachments.";

fn topics(place: &Workplace, model: &str) -> Vec<Value> {
    let text = place.stdout(&["topics", model, "--format", "json", "-n", "20"]);
    serde_json::from_str::<Value>(&text).unwrap()["topics"].as_array().unwrap().clone()
}

fn kinds(topic: &Value) -> Vec<&str> {
    topic["verdicts"].as_array().unwrap().iter().map(|verdict| verdict["kind"].as_str().unwrap()).collect()
}

/// The topic that has this word among its first twenty.
fn with_word<'t>(topics: &'t [Value], word: &str) -> &'t Value {
    let has = |topic: &&Value| topic["words"].as_array().unwrap().iter().any(|found| found["form"] == word);
    topics.iter().find(has).unwrap_or_else(|| panic!("no topic has {word}"))
}

#[test]
fn boilerplate_and_a_foreign_language_are_called_so() {
    let place = Workplace::new();
    let mut table = planted_table(5, 250);
    for (i, line) in planted_table(5, 40).lines().skip(1).enumerate() {
        let words: Vec<&str> = line.split(' ').take(4).collect();
        let _ = writeln!(table, "\"{} {PASSAGE}\",mail", words.join(" "));
        let sentences: Vec<&str> = (0..3).map(|n| GERMAN[(i + n * (1 + i % 3)) % GERMAN.len()]).collect();
        let _ = writeln!(table, "\"{}\",german", sentences.join(" "));
    }
    place.write("t.csv", table);
    let fit = ["fit", "t.csv", "-k", "7", "--language", "english", "-o", "m"];
    let shown = succeeds(&place.run(&fit));
    let topics = topics(&place, "m");
    let (boilerplate, german) = (with_word(&topics, "privileged"), with_word(&topics, "der"));
    assert!(kinds(boilerplate).contains(&"boilerplate"), "{shown}");
    assert!(german["verdicts"].to_string().contains("german only"), "{shown}");
    for topic in topics.iter().filter(|topic| *topic != boilerplate && *topic != german) {
        assert!(kinds(topic).is_empty(), "{topic}");
    }
    assert!(shown.contains("verdict") && shown.contains("german only"), "{shown}");
    assert!(succeeds(&place.run(&["clusters", "m"])).contains("german only"));
    assert!(succeeds(&place.run(&["evaluate", "m"])).contains("german only"));
    assert!(succeeds(&place.run(&["topics", "m", "--format", "csv"])).contains("german only"));
}

#[test]
fn runs_tell_planted_topics_from_noise() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(6, 360));
    let fit = ["fit", "t.csv", "-k", "6", "--stopwords", "none", "--runs", "4", "-q"];
    succeeds(&place.run(&[&fit[..], &["-o", "m"]].concat()));
    for topic in topics(&place, "m") {
        assert_eq!(kinds(&topic), ["robust"], "{topic}");
    }
    succeeds(&place.run(&[&fit[..], &["-o", "one", "--threads", "1"]].concat()));
    assert_eq!(contents(&place.path("m")), contents(&place.path("one")));
    // All documents draw from the same words, of which six topics are made: halves find others.
    let mut table = "text\n".to_string();
    let mut state = 1_u64;
    for _ in 0..300 {
        for _ in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = (state >> 33) % 30 * ((state >> 45) % 30);
            let _ = write!(table, "w{word}x ");
        }
        table.push('\n');
    }
    place.write("t.csv", table);
    let noise = ["fit", "t.csv", "-k", "6", "--language", "none", "--runs", "4", "-q", "-o", "noise"];
    succeeds(&place.run(&noise));
    let noise = topics(&place, "noise");
    assert!(noise.iter().all(|topic| kinds(topic).contains(&"fragile")), "{noise:?}");
    fails(&place.run(&["fit", "t.csv", "--runs", "1"]), 2, &["factorize.runs is 1", "from 2"]);
    fails(&place.run(&["fit", "t.csv", "--consensus"]), 2, &["--runs"]);
}

#[test]
fn a_consensus_has_the_topics_of_all_runs() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(6, 360));
    let fit = ["fit", "t.csv", "-k", "6", "--stopwords", "none", "--runs", "3", "--consensus", "-q", "-o", "m"];
    succeeds(&place.run(&fit));
    let manifest: Value = serde_json::from_slice(&std::fs::read(place.path("m/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["fit"]["stability"]["is_consensus"], true);
    for topic in topics(&place, "m") {
        assert_eq!(kinds(&topic), ["robust"], "{topic}");
    }
    let seeded = [&fit[..], &["--seed-words", "abc", "--force"]].concat();
    fails(&place.run(&seeded), 2, &["seeds"]);
}

#[test]
fn two_models_are_compared() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(8, 400));
    for (k, seed) in [("6", "1"), ("8", "1")] {
        let fit = ["fit", "t.csv", "-k", k, "--seed", seed, "--stopwords", "none", "-q", "-o", k];
        succeeds(&place.run(&fit));
    }
    let text = place.stdout(&["compare", "6", "8"]);
    assert!(text.contains("only in the second model: topic"), "{text}");
    assert!(text.contains("6 pairs of topics") && text.contains("400 documents in both:"), "{text}");
    let json: Value = serde_json::from_str(&place.stdout(&["compare", "8", "6", "--format", "json"])).unwrap();
    let pairs = json["pairs"].as_array().unwrap();
    assert_eq!((pairs.len(), json["only_first"].as_array().unwrap().len()), (6, 2));
    let mut seconds: Vec<u64> = pairs.iter().map(|pair| pair["second"].as_u64().unwrap()).collect();
    seconds.sort_unstable();
    assert_eq!(seconds, [0, 1, 2, 3, 4, 5]);
    let same: Value = serde_json::from_str(&place.stdout(&["compare", "8", "8", "--format", "json"])).unwrap();
    assert_eq!((&same["similarity"], &same["documents"]["same_topic"]), (&1.0.into(), &1.0.into()));
    let table = place.stdout(&["compare", "8", "6", "--format", "csv"]);
    assert!(table.starts_with("first,second,similarity,") && table.lines().count() == 9, "{table}");
    assert!(place.stdout(&["compare", "8", "6", "--format", "markdown"]).starts_with("| first |"));
    fails(&place.run(&["compare", "8", "t.csv"]), 1, &["t.csv"]);
}
