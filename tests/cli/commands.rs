//! Tests every command on a small corpus: what it prints, and its exit code.

use std::path::Path;
use std::process::Stdio;

use crate::common::workplace::{Workplace, fails, shown};

#[test]
fn fit_and_everything_that_reads_a_model() {
    let place = Workplace::new();
    place.corpus(3, 8);
    insta::assert_snapshot!("fit", place.show(&["fit", "news", "-k", "3"]));
    insta::assert_snapshot!("topics_text", place.show(&["topics", "topicmill-model", "-n", "4"]));
    insta::assert_snapshot!(
        "topics_markdown",
        place.show(&["topics", "topicmill-model", "-n", "4", "--format", "markdown", "--rank", "frex"])
    );
    insta::assert_snapshot!(
        "topics_csv",
        place.show(&["topics", "topicmill-model", "-n", "2", "--format", "csv", "--rank", "relevance"])
    );
    insta::assert_snapshot!(
        "topics_json",
        place.show(&["topics", "topicmill-model", "-n", "2", "--format", "json", "--rank", "lift"])
    );
    insta::assert_snapshot!("clusters_text", place.show(&["clusters", "topicmill-model", "--top-documents", "2"]));
    insta::assert_snapshot!(
        "clusters_markdown",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "markdown"])
    );
    insta::assert_snapshot!(
        "clusters_csv",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "csv"])
    );
    insta::assert_snapshot!(
        "clusters_json",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "json"])
    );
    insta::assert_snapshot!("inspect", place.show(&["inspect", "news", "-k", "3"]));
    insta::with_settings!({filters => vec![(r"time  +.* an iteration, .*", "time        [duration]")]}, {
        insta::assert_snapshot!("dry_run", place.show(&["fit", "news", "-k", "3", "--dry-run"]));
    });
    insta::assert_snapshot!(
        "export_topic_terms",
        place.show(&["export", "topicmill-model", "--table", "topic-terms", "-n", "2", "--format", "tsv"])
    );
    insta::assert_snapshot!(
        "export_clusters",
        place.show(&["export", "topicmill-model", "--table", "clusters", "--format", "jsonl"])
    );
    insta::with_settings!({filters => vec![(r"run  +fit .*", "run         [seconds]")]}, {
        insta::assert_snapshot!("info", place.show(&["info", "topicmill-model"]));
    });
    assert_eq!(place.entries(), ["news", "topicmill-model"], "nothing else is left behind");
}

#[test]
fn every_table_in_every_format() {
    let place = Workplace::new();
    place.corpus(2, 6);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    for table in ["topic-terms", "document-topics", "clusters", "terms", "documents"] {
        for format in ["csv", "tsv", "json", "jsonl", "npy", "mtx"] {
            let output = place.run(&["export", "topicmill-model", "--table", table, "--format", format]);
            let numeric = ["topic-terms", "document-topics"].contains(&table);
            if ["npy", "mtx"].contains(&format) && !numeric {
                fails(&output, 1, &["holds a matrix of numbers", "hint:"]);
            } else {
                assert!(output.status.success() && !output.stdout.is_empty(), "{}", shown(&output));
            }
        }
    }
    let file =
        place.run(&["export", "topicmill-model", "--table", "document-topics", "--format", "npy", "-o", "h.npy"]);
    assert!(file.status.success());
    assert_eq!(
        std::fs::read(place.path("h.npy")).unwrap(),
        std::fs::read(place.path("topicmill-model/document_topic.npy")).unwrap()
    );
    let shares = place.run(&["export", "topicmill-model", "--table", "document-topics", "--shares"]);
    let line = String::from_utf8(shares.stdout).unwrap().lines().nth(1).unwrap().to_string();
    let sum: f64 = line.split(',').skip(1).map(|x| x.parse::<f64>().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{line}");
}

#[test]
fn quiet_says_nothing_and_quick_start_twice_is_refused() {
    let place = Workplace::new();
    place.corpus(2, 5);
    assert_eq!(place.show(&["fit", "news", "-k", "2", "-q"]), "exit 0\n--- stdout\n--- stderr\n");
    fails(&place.run(&["fit", "news", "-k", "2"]), 2, &["topicmill-model: already exists", "hint:", "--force"]);
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "--force"]).status.success());
    assert_eq!(place.entries(), ["news", "topicmill-model"]);
}

#[test]
fn help_configuration_completions_and_manual() {
    let place = Workplace::new();
    insta::assert_snapshot!("help", place.show(&["--help"]));
    assert!(place.stdout(&["help", "fit"]).contains("Usage: topicmill fit"));
    insta::assert_snapshot!("help_fit", place.show(&["fit", "--help"]));
    let config = place.run(&["config"]);
    assert_eq!(String::from_utf8(config.stdout).unwrap(), include_str!("../../config/default.toml"));
    let preset = shown(&place.run(&["config", "--preset", "e-mail", "--set", "factorize.n_topics=7"]));
    assert!(preset.contains("strip = [\"email\"]") && preset.contains("n_topics = 7"), "{preset}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = place.run(&["completions", shell]);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("max-iterations"));
    }
    assert!(String::from_utf8_lossy(&place.run(&["man"]).stdout).contains(".TH topicmill"));
    assert!(String::from_utf8_lossy(&place.run(&["man", "fit"]).stdout).contains("max\\-iterations"));
    fails(&place.run(&["man", "fly"]), 1, &["no command"]);
    fails(&place.run(&[]), 2, &["Usage"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Workplace::new();
    place.corpus(2, 6);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    let mut child = place
        .command(&["export", "topicmill-model", "--table", "topic-terms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{}", shown(&output));
}

/// The README must show what the program prints.
#[test]
fn readme_shows_real_output() {
    let place = Workplace::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpora/newsroom");
    let output = place.run(&["fit", corpus.to_str().unwrap(), "-k", "6"]);
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let shown = stdout.lines().take_while(|line| !line.starts_with("topic 2:"));
    let last = stdout.lines().last().unwrap();
    for line in shown.chain([last]).chain(stderr.lines()) {
        assert!(readme.contains(line.trim()), "the README lacks: {line}");
    }
}

#[test]
fn evaluate_measures_what_topics_show() {
    let place = Workplace::new();
    place.corpus(3, 8);
    assert!(place.run(&["fit", "news", "-k", "3", "-q", "-o", "model"]).status.success());
    insta::assert_snapshot!("evaluate", place.show(&["evaluate", "model", "news", "-n", "4"]));
    insta::assert_snapshot!("evaluate_alone", place.show(&["evaluate", "model"]));
    let csv = place.run(&["evaluate", "model", "news", "--rank", "relevance", "--output-format", "csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("topic,name,share,npmi,u_mass,c_uci,c_npmi,c_v,tokens,document_entropy,"), "{csv}");
    let json = place.run(&["evaluate", "model", "news", "--output-format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json["version"].as_u64(), json["reference_documents"].as_u64()), (Some(2), Some(24)));
    assert!(json["coherence"]["npmi"].as_f64().is_some_and(|npmi| npmi > 0.0 && npmi <= 1.0), "{json}");
    assert_eq!(json["agreement"]["documents"], 24);
    // Other documents without labels have no agreement, and not that of the fit.
    place.write("other.txt", "The bank lifts interest rates.\nButter, flour and a baker.\n");
    let other = ["evaluate", "model", "other.txt", "--format", "lines", "--output-format", "json"];
    let other: serde_json::Value = serde_json::from_slice(&place.run(&other).stdout).unwrap();
    assert!(other["agreement"].is_null(), "{other}");
}

#[test]
fn evaluate_with_a_reference_that_says_nothing() {
    let place = Workplace::new();
    place.corpus(2, 6);
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "-o", "model"]).status.success());
    // No document has a word of a topic: every pair is one that never meets.
    place.write("foreign.txt", "xyzzy plugh\nfrotz\n\n");
    let foreign = place.run(&["evaluate", "model", "foreign.txt", "--format", "lines", "--output-format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&foreign.stdout).unwrap();
    assert_eq!((json["coherence"]["npmi"].as_f64(), json["absent_words"].as_u64()), (Some(-1.0), Some(20)));
    assert!(json["coherence"].as_object().unwrap().values().all(serde_json::Value::is_number), "{json}");
    let completion = &json["completion"];
    assert_eq!((completion["words"].as_f64(), completion["per_word"].as_f64()), (Some(0.0), Some(0.0)));
    place.write("empty.txt", "");
    fails(&place.run(&["evaluate", "model", "empty.txt"]), 1, &["no document was found"]);
    fails(&place.run(&["evaluate", "model", "nowhere"]), 1, &["nowhere"]);
    place.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n3 3 4\n1 1 5\n2 1 3\n3 2 4\n2 3 4\n");
    fails(&place.run(&["evaluate", "model", "m.mtx"]), 1, &["a model is measured in texts"]);
    // One word a topic has no coherence, and no measure is NaN.
    let one = place.show(&["evaluate", "model", "news", "-n", "1"]);
    assert!(one.starts_with("exit 0") && !one.contains("NaN"), "{one}");
}
