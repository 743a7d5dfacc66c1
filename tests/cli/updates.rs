//! Tests the command `update`: topics keep their numbers, and what is new is told.

use crate::common::documents::planted_table;
use crate::common::workplace::{Workplace, columns_of, contents, fails, succeeds};

/// Tables of the first three subjects, of as many further documents about them, and of a fourth subject.
fn with_tables() -> Workplace {
    let place = Workplace::new();
    let table = planted_table(4, 240);
    let rows: Vec<String> = table.lines().skip(1).enumerate().map(|(i, row)| format!("d{i},{row}")).collect();
    let write = |name: &str, is_in: &dyn Fn(usize) -> bool| {
        let rows = rows.iter().enumerate().filter(|(i, _)| is_in(*i)).map(|(_, row)| row.clone());
        place.write(name, ["id,text,label".to_string()].into_iter().chain(rows).collect::<Vec<_>>().join("\n"));
    };
    write("first.csv", &|i| i < 120 && i % 4 < 3);
    write("second.csv", &|i| i >= 120 && i % 4 < 3);
    write("fourth.csv", &|i| i % 4 == 3);
    place
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// The label that most documents of each topic have.
fn labels(place: &Workplace, model: &str) -> Vec<String> {
    let clusters = json(&place.stdout(&["clusters", model, "--format", "json"]));
    let of = |cluster: &serde_json::Value| cluster["labels"][0]["label"].as_str().unwrap_or("none").to_string();
    clusters["clusters"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn topics_keep_their_numbers_and_names() {
    let place = with_tables();
    succeeds(&place.run(&["fit", "first.csv", "-k", "3", "--keep-texts", "-q", "-o", "m"]));
    succeeds(&place.run(&["rename", "m", "--name", "1=Harbours"]));
    let (before, files) = (labels(&place, "m"), contents(&place.path("m")));
    let told = json(&place.stdout(&["update", "m", "second.csv", "--output-format", "json"]));
    assert_eq!(labels(&place, "m"), before);
    assert_eq!(told["documents"]["n_documents"], 90);
    assert!(told["documents"]["unknown_share"].as_f64().unwrap() < 0.2, "{told}");
    assert!(told["documents"]["strange"].as_array().unwrap().is_empty());
    assert!(told["documents"]["uncovered"].as_array().unwrap().len() < 18, "{told}");
    let topics = told["topics"].as_array().unwrap();
    assert_eq!(topics[1]["name"], "Harbours");
    assert!(topics.iter().all(|topic| topic["drift"].as_f64().unwrap() < 0.35), "{told}");
    for part in ["share", "share_before", "share_of_new"] {
        let sum: f64 = topics.iter().map(|topic| topic[part].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{part}: {sum}");
    }
    // The model as it was is kept, byte for byte.
    let is_same = |(name, _): &&(String, Vec<u8>)| name != "manifest.json";
    let arrays = |files: &[(String, Vec<u8>)]| files.iter().filter(is_same).cloned().collect::<Vec<_>>();
    assert!(arrays(&contents(&place.path("m.1"))) == arrays(&files));
    // A word that a topic showed is shown as long as it is among the first twenty.
    let words = |model: &str, n: &str| {
        let told = json(&place.stdout(&["topics", model, "-n", n, "--format", "json"]));
        let forms = |topic: &serde_json::Value| -> Vec<String> {
            topic["words"].as_array().unwrap().iter().map(|word| word["form"].as_str().unwrap().to_string()).collect()
        };
        told["topics"].as_array().unwrap().iter().map(forms).collect::<Vec<_>>()
    };
    let (shown, first, twenty) = (words("m.1", "10"), words("m", "10"), words("m", "20"));
    let mut n_kept = 0;
    for ((shown, first), twenty) in shown.iter().zip(&first).zip(&twenty) {
        for word in shown.iter().filter(|word| twenty.contains(word)) {
            assert!(first.contains(word), "{word}: {first:?}");
            n_kept += 1;
        }
    }
    assert!(n_kept >= 24, "{n_kept} of 30");
    // It is a model like any other, of all documents.
    let clusters = place.stdout(&["export", "m", "--table", "clusters"]);
    assert_eq!(columns_of(&clusters, |column| column == "id").len(), 180);
    let stored = place.stdout(&["export", "m", "--table", "document-topics"]);
    let again = place.stdout(&["transform", "m", "first.csv", "second.csv"]);
    let stored: Vec<&str> = stored.lines().skip(1).map(|row| row.split_once(',').unwrap().1).collect();
    assert_eq!(columns_of(&again, |column| column.starts_with("topic_")), stored);
    // What is there already stays as it is.
    fails(&place.run(&["update", "m", "first.csv"]), 1, &["every document of the inputs already"]);
    let told = place.stdout(&["update", "m", "first.csv", "fourth.csv", "--discard"]);
    assert!(told.contains("90 documents known already"), "{told}");
    assert!(!place.path("m.2").exists());
}

#[test]
fn a_new_subject_is_told_and_gets_a_topic() {
    let place = with_tables();
    succeeds(&place.run(&["fit", "first.csv", "-k", "3", "--keep-texts", "-q", "-o", "m"]));
    let before = labels(&place, "m");
    let told = json(&place.stdout(&["update", "m", "fourth.csv", "-o", "n", "--output-format", "json"]));
    assert!(told["documents"]["unknown_share"].as_f64().unwrap() > 0.4, "{told}");
    assert!(told["documents"]["strange"].as_array().unwrap().len() > 40, "{told}");
    assert!(!place.path("m.1").exists());
    let new = ["update", "m", "fourth.csv", "--new-topics", "1", "-o", "w", "--output-format", "json"];
    let told = json(&place.stdout(&new));
    let topics = told["topics"].as_array().unwrap();
    assert_eq!(topics.len(), 4);
    assert!(topics[3]["drift"].is_null() && topics[3]["share_before"].is_null(), "{told}");
    assert!(topics[3]["share_of_new"].as_f64().unwrap() > 0.6, "{told}");
    let after = labels(&place, "w");
    assert_eq!((&after[..3], after[3].as_str()), (&before[..], "t3"));
    succeeds(&place.run(&["topics", "w"]));
    // The same bytes on any number of threads.
    let one = ["update", "m", "fourth.csv", "--new-topics", "1", "-o", "v", "-q", "--threads", "1"];
    succeeds(&place.run(&one));
    let files = |model: &str| -> Vec<(String, Vec<u8>)> {
        contents(&place.path(model)).into_iter().filter(|(name, _)| name != "manifest.json").collect()
    };
    assert!(files("v") == files("w"));
}

#[test]
fn documents_of_a_model_come_from_its_texts_or_from_inputs() {
    let place = with_tables();
    for (model, more) in [("kept", Some("--keep-texts")), ("without", None)] {
        let fit = [&["fit", "first.csv", "-k", "3", "-q", "-o", model][..], more.as_slice()].concat();
        succeeds(&place.run(&fit));
    }
    fails(&place.run(&["update", "without", "second.csv"]), 1, &["--earlier", "keeps no texts"]);
    let missing = ["update", "without", "second.csv", "--earlier", "fourth.csv"];
    fails(&place.run(&missing), 1, &["document d0", "--earlier"]);
    assert!(!place.path("without.1").exists(), "a failure changes nothing");
    succeeds(&place.run(&["update", "kept", "second.csv", "-q"]));
    succeeds(&place.run(&["update", "without", "second.csv", "--earlier", "first.csv", "-q"]));
    let files = |model: &str| -> Vec<(String, Vec<u8>)> {
        contents(&place.path(model)).into_iter().filter(|(name, _)| name != "manifest.json").collect()
    };
    let but_texts = |mut files: Vec<(String, Vec<u8>)>| {
        files.retain(|(name, _)| name != "texts.jsonl.gz");
        files
    };
    assert!(but_texts(files("kept")) == but_texts(files("without")));

    // Texts are kept where they were kept before.
    assert!(place.path("kept/texts.jsonl.gz").exists() && !place.path("without/texts.jsonl.gz").exists());

    // Another document with an id that the model has is another document.
    let other = std::fs::read_to_string(place.path("fourth.csv")).unwrap().replace("d3,", "d0,");
    place.write("other.csv", other);
    let told = json(&place.stdout(&["update", "kept", "other.csv", "--output-format", "json"]));
    assert_eq!((&told["documents"]["n_documents"], &told["documents"]["n_known"]), (&60.into(), &0.into()));
    let clusters = place.stdout(&["export", "kept", "--table", "clusters"]);
    assert!(clusters.contains("d0#2,"), "{clusters}");

    // Stop words stay those of the fit, whatever has become of their file.
    let word = clusters_word(&place);
    place.write("stop.txt", &word);
    let fit = ["fit", "first.csv", "-k", "3", "--keep-texts", "--extra-stopwords", "stop.txt", "-q", "-o", "stop"];
    succeeds(&place.run(&fit));
    std::fs::remove_file(place.path("stop.txt")).unwrap();
    succeeds(&place.run(&["update", "stop", "second.csv", "-q"]));
    let terms = place.stdout(&["export", "stop", "--table", "terms"]);
    assert!(!columns_of(&terms, |column| column == "term").contains(&word), "{word}");

    place.write("empty.csv", "id,text\n");
    fails(&place.run(&["update", "kept", "empty.csv"]), 1, &["no document"]);
    succeeds(&place.run(&["fit", "first.csv", "-k", "3", "-q", "-o", "s", "--background"]));
    fails(&place.run(&["update", "s", "second.csv", "--earlier", "first.csv"]), 2, &["background"]);
    succeeds(&place.run(&["fit", "first.csv", "-k", "3", "-q", "-o", "c", "--variant", "convex"]));
    fails(&place.run(&["update", "c", "second.csv", "--earlier", "first.csv"]), 2, &["variant", "updated"]);
    fails(&place.run(&["update", "nothing", "second.csv"]), 1, &["nothing"]);
    succeeds(&place.run(&["vectorize", "first.csv", "-q", "-o", "v"]));
    succeeds(&place.run(&["fit", "v/matrix.mtx", "-k", "3", "-q", "-o", "f"]));
    fails(&place.run(&["update", "f", "second.csv"]), 1, &["matrix"]);
    fails(&place.run(&["update", "kept", "v/matrix.mtx"]), 1, &["matrix", "documents"]);
    succeeds(&place.run(&["fit", "first.csv", "-k", "3", "-q", "-o", "w", "--duplicates", "weight"]));
    fails(&place.run(&["update", "w", "second.csv", "--earlier", "first.csv"]), 2, &["duplicates"]);
    let many = ["update", "kept", "second.csv", "fourth.csv", "--new-topics", "900", "--max-memory", "60MiB"];
    assert!(!place.run(&many).status.success());
}

/// A frequent word of the first table.
fn clusters_word(place: &Workplace) -> String {
    let topics = json(&place.stdout(&["topics", "kept", "--format", "json"]));
    topics["topics"][0]["words"][0]["term"].as_str().unwrap().to_string()
}
