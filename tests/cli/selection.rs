//! Tests the choice of a number of topics.

use std::fmt::Write;

use crate::common::documents::planted_table;
use crate::common::workplace::{Workplace, contents, fails, succeeds};

#[test]
fn the_number_of_planted_topics_is_found() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(12, 480));
    let output = place.run(&["select", "t.csv", "-k", "4..20", "-o", "chosen", "--stopwords", "none"]);
    succeeds(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("first proposal: 12 topics\n- the best balance"), "{text}");
    assert!(text.contains("splits into"), "{text}");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("chosen/selection.json")).unwrap()).unwrap();
    assert_eq!(json["candidates"][0]["n_topics"], 12);
    assert_eq!(json["numbers"].as_array().unwrap().len(), 17);
    for number in json["numbers"].as_array().unwrap() {
        let n = number["n_topics"].as_u64().unwrap() as usize;
        assert_eq!(number["names"].as_array().unwrap().len(), n);
        let stability = number["stability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&stability), "{n}: {stability}");
    }
    let picture = std::fs::read_to_string(place.path("chosen/selection.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.matches("<polyline").count() == 5);
    let table = std::fs::read_to_string(place.path("chosen/selection.csv")).unwrap();
    assert!(table.starts_with("n_topics,likelihood,stability,") && table.lines().count() == 18);

    // The same bytes on one thread, but for the times.
    succeeds(&place.run(&[
        "select",
        "t.csv",
        "-k",
        "4..20",
        "-o",
        "again",
        "--stopwords",
        "none",
        "--threads",
        "1",
        "-q",
    ]));
    let bytes = |name: &str| {
        let mut files = contents(&place.path(name));
        files.retain(|(name, _)| name != "manifest.json");
        files
    };
    assert_eq!(bytes("chosen"), bytes("again"));
}

#[test]
fn a_fit_chooses_its_number_and_keeps_the_reasons() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(6, 240));
    let output = place.run(&["fit", "t.csv", "-k", "auto", "-o", "m", "--stopwords", "none"]);
    let told = succeeds(&output);
    assert!(told.contains("6 topics chosen: the best balance of stability and detail"), "{told}");
    assert!(place.path("m/selection.json").is_file());
    let info = place.show(&["info", "m"]);
    assert!(info.contains("topics      6\n"), "{info}");
    // A model with a selection is read and damaged like any other.
    succeeds(&place.run(&["topics", "m"]));
    std::fs::write(place.path("m/selection.json"), "{}").unwrap();
    fails(&place.run(&["topics", "m"]), 1, &["selection.json"]);
    place.write("auto.toml", "[factorize]\nn_topics = \"auto\"\n");
    let dry = place.run(&["fit", "t.csv", "--config", "auto.toml", "--dry-run", "--stopwords", "none"]);
    assert!(succeeds(&dry).contains("6 topics chosen"));
}

#[test]
fn numbers_that_cannot_be_chosen_are_refused() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(3, 24));
    let refused = |arguments: &[&str], words: &[&str]| fails(&place.run(arguments), 2, words);
    refused(&["select", "t.csv", "-k", "60..5"], &["begins behind its end", "5..60"]);
    refused(&["select", "t.csv", "-k", "1..5"], &["below 2"]);
    refused(&["select", "t.csv", "-k", "five"], &["no range such as 5..60"]);
    refused(&["select", "t.csv", "-k", "2..4000"], &["1000"]);
    refused(&["select", "t.csv", "-k", "5..60"], &["at most 12", "half of the documents"]);
    refused(&["fit", "t.csv", "-k", "0"], &["0 topics cannot be found"]);
    refused(&["fit", "t.csv", "-k", "-3"], &["-3 topics cannot be found"]);
    refused(&["fit", "t.csv", "-k", "5..9"], &["topicmill select"]);
    refused(&["fit", "t.csv", "--set", "factorize.n_topics=0"], &["expected a number from 1 to 1000, or auto"]);
    refused(&["fit", "t.csv", "--set", "factorize.n_topics=\"many\""], &["or auto"]);
    assert_eq!(place.entries(), ["t.csv"]);
}

#[test]
fn few_documents_and_a_ready_matrix_have_a_selection_too() {
    let place = Workplace::new();
    place.write("one.txt", "a ship at sea and bread");
    fails(&place.run(&["select", "one.txt", "-k", "2"]), 2, &["at most"]);
    let mut entries = String::new();
    for document in 1..=40 {
        for term in 0..6 {
            let _ = writeln!(entries, "{} {document} {}", (document % 2) * 6 + term + 1, 1 + (document * term) % 3);
        }
    }
    place.write("v.mtx", format!("%%MatrixMarket matrix coordinate real general\n12 40 240\n{entries}"));
    let output = place.run(&["select", "v.mtx", "-k", "2,3,4"]);
    succeeds(&output);
    assert!(String::from_utf8(output.stdout).unwrap().contains("first proposal: 2 topics"));
}
