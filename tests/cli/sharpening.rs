//! Tests sharpened models as a whole: what they keep, where they come from, and when topics are not sharpened.

use std::process::Output;

use crate::common::golden;
use crate::common::workplace::{Workplace, columns_of, contents, fails, is_weight, succeeds};

/// A table whose documents have weights, and words that stand more often than once.
fn weighted_table(place: &Workplace) {
    let mut table = "text,weight,label\n".to_string();
    for i in 0..30 {
        let text = ["cheese bread butter cheese", "goal coach league goal goal", "orbit comet orbit bread"][i % 3];
        table.push_str(&format!("{text} word{} word{},{},{}\n", i % 4, i % 5, 1 + i % 3, ["a", "b", "c"][i % 3]));
    }
    place.write("t.csv", table);
}

const GUIDED: [&str; 11] = [
    "-k",
    "4",
    "-q",
    "--force",
    "--seed-words",
    "comet",
    "--exclude-words",
    "word4",
    "--document-weights",
    "weight",
    "--set=factorize.max_iterations=20",
];

/// What a command that must succeed prints.
fn stdout(output: &Output) -> String {
    succeeds(output);
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn arguments<'a>(command: &[&'a str], further: &[&'a str]) -> Vec<&'a str> {
    [command, further].concat()
}

#[test]
fn texts_and_their_written_matrix_give_one_model_and_documents_their_rows() {
    let place = Workplace::new();
    weighted_table(&place);
    let reading = ["--stopwords", "none", "--term-weight", "coach=3", "--term-weight", "word1=0.3"];
    succeeds(&place.run(&[&["fit", "t.csv", "-o", "texts"], &GUIDED[..], &reading[..]].concat()));
    succeeds(&place.run(&[&["vectorize", "t.csv", "-q", "-o", "matrix"], &reading[..]].concat()));
    succeeds(&place.run(&arguments(&["fit", "matrix", "-o", "again"], &GUIDED)));
    let (texts, again) = (contents(&place.path("texts")), contents(&place.path("again")));
    assert_eq!(texts.len(), 10);
    for ((name, a), (_, b)) in texts.iter().zip(&again).filter(|((name, _), _)| name != "manifest.json") {
        assert!(a == b, "{name} differs");
    }
    // A training document gets its row, from its text and from its counts, and the topic that it belongs to.
    let stored = stdout(&place.run(&["export", "texts", "--table", "document-topics"]));
    let clusters = String::from_utf8(std::fs::read(place.path("texts/clusters.tsv")).unwrap()).unwrap();
    for input in ["t.csv", "matrix"] {
        let rows = stdout(&place.run(&["transform", "texts", input]));
        assert_eq!(columns_of(&rows, is_weight), stored.lines().skip(1).collect::<Vec<_>>(), "{input}");
        let topics: Vec<&str> = clusters.lines().skip(1).map(|line| line.split('\t').nth(1).unwrap()).collect();
        assert_eq!(columns_of(&rows, |column| column == "topic"), topics, "{input}");
    }
    // The seeded topic is the first and shows its word; the excluded word is not in it.
    let topics = stdout(&place.run(&["topics", "texts", "-n", "40"]));
    let first = topics.lines().nth(1).unwrap();
    assert!(first.contains("comet") && !first.contains("word4"), "{topics}");
}

#[test]
fn what_would_be_lost_is_not_sharpened() {
    let place = Workplace::new();
    weighted_table(&place);
    let fit = ["fit", "t.csv", "-k", "3", "--force", "-o", "m"];
    for (flags, reason) in [
        (&["--background"][..], "the background would be lost"),
        (&["--decorrelation", "0.1"], "penalties and priors would have no effect"),
        (&["--set", "factorize.document_prior=1.1"], "penalties and priors would have no effect"),
    ] {
        let output = place.run(&arguments(&fit, flags));
        succeeds(&output);
        let warning = format!("warning: topics are not sharpened: {reason}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(&warning), "{flags:?}");
        assert!(!place.path("m/clusters.tsv").exists() && place.path("m/top_words.tsv").exists());
        fails(&place.run(&[&fit[..], flags, &["--sharpening", "on"]].concat()), 2, &["sharpening", reason]);
    }
    succeeds(&place.run(&arguments(&fit, &["--sharpening", "off"])));
    assert!(!place.path("m/factor_topic_term.npy").exists());
    // The counts of a foreign matrix are sharpened only where that is asked for.
    place.write(
        "m.mtx",
        "%%MatrixMarket matrix coordinate integer general\n4 4 7\n1 1 5\n2 1 3\n3 2 4\n4 2 4\n1 3 2\n2 3 2\n3 4 9\n",
    );
    let fit = ["fit", "m.mtx", "-k", "2", "-q", "--force", "-o", "f"];
    succeeds(&place.run(&fit));
    assert!(!place.path("f/clusters.tsv").exists());
    succeeds(&place.run(&arguments(&fit, &["--sharpening", "on"])));
    assert!(place.path("f/clusters.tsv").exists());
    let (stored, again) = (
        stdout(&place.run(&["export", "f", "--table", "document-topics"])),
        stdout(&place.run(&["transform", "f", "m.mtx"])),
    );
    assert_eq!(columns_of(&again, is_weight), columns_of(&stored, is_weight));
}

#[test]
fn a_fit_goes_on_from_the_factors_of_a_sharpened_model() {
    let place = Workplace::new();
    place.corpus(3, 8);
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "a", "--set", "factorize.max_iterations=5"]));
    succeeds(&place.run(&["fit", "news", "-q", "-o", "b", "--init-from", "a"]));
    let fit = |model: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(place.path(model).join("manifest.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["fit"].clone()
    };
    let (a, b) = (fit("a"), fit("b"));
    let (before, after) = (a["final_objective"].as_f64().unwrap(), b["first_objective"].as_f64().unwrap());
    assert!((before - after).abs() < 1e-5 * before, "{before} {after}");
}

#[test]
fn a_ranking_that_the_fit_did_not_make_is_refused() {
    let place = Workplace::new();
    let old = golden("model-v2");
    let old = old.to_str().unwrap();
    for command in [&["topics", old][..], &["evaluate", old], &["export", old, "--table", "topic-terms"]] {
        fails(&place.run(&arguments(command, &["--rank", "correlation"])), 1, &["did not rank words", "hint: rank by"]);
        succeeds(&place.run(command));
    }
    assert_eq!(succeeds(&place.run(&["topics", old])), succeeds(&place.run(&["topics", old, "--rank", "probability"])));
    succeeds(&place.run(&["topics", old, "--lambda", "0.3"]));
    fails(&place.run(&["topics", old, "--rank", "frex", "--lambda", "0.3"]), 2, &["--rank relevance"]);
    fails(&place.run(&["topics", old, "--lambda", "1.5"]), 2, &["from 0 to 1"]);
}

#[test]
fn texts_are_kept_where_they_are_wanted() {
    let place = Workplace::new();
    place.corpus(3, 8);
    place.write("news/empty.txt", "the and of");
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "plain"]));
    assert!(!place.path("plain/texts.jsonl.gz").exists(), "never by default");
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "m", "--keep-texts"]));
    assert_eq!(
        succeeds(&place.run(&["evaluate", "m", "--output-format", "csv"])),
        succeeds(&place.run(&["evaluate", "m", "news", "--output-format", "csv"])),
        "the texts are the documents of the fit"
    );
    // They are an input like any other, with the ids of the documents.
    succeeds(&place.run(&["fit", "m/texts.jsonl.gz", "-k", "3", "-q", "-o", "again"]));
    for name in ["topic_term.npy", "document_topic.npy", "clusters.tsv"] {
        let read = |model: &str| std::fs::read(place.path(model).join(name)).unwrap();
        assert!(read("again") == read("m") && read("m") == read("plain"), "{name}");
    }
    // A matrix that was written with texts hands them on.
    succeeds(&place.run(&["vectorize", "news", "-q", "-o", "matrix", "--set", "ingest.keep_texts=true"]));
    succeeds(&place.run(&["fit", "matrix", "-k", "3", "-q", "-o", "of-matrix"]));
    let texts = std::fs::read(place.path("m/texts.jsonl.gz")).unwrap();
    assert!(std::fs::read(place.path("of-matrix/texts.jsonl.gz")).unwrap() == texts);
    // A damaged store is told where texts are needed, and harms nothing else.
    std::fs::write(place.path("m/texts.jsonl.gz"), &texts[..texts.len() / 2]).unwrap();
    fails(&place.run(&["evaluate", "m"]), 1, &["texts.jsonl.gz: is cut off or edited", "hint:"]);
    succeeds(&place.run(&["topics", "m"]));
    std::fs::remove_file(place.path("m/texts.jsonl.gz")).unwrap();
    fails(&place.run(&["evaluate", "m"]), 1, &["texts.jsonl.gz: is missing"]);
    succeeds(&place.run(&["evaluate", "m", "news"]));
}

#[test]
fn labels_of_one_class_say_nothing() {
    let place = Workplace::new();
    place.corpus(2, 6);
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "m"]));
    // The files of a folder by itself have no labels: there is no agreement, and not that of the fit.
    let none = succeeds(&place.run(&["evaluate", "m", "news/food"]));
    assert!(!none.contains("agreement") && !none.contains("NaN"), "{none}");
    place.write("one.csv", "text,label\nthe bank and the bread,x\nhospital and cheese,x\n");
    let one = succeeds(&place.run(&["evaluate", "m", "one.csv"]));
    assert!(one.contains("all labels are the same"), "{one}");
}
