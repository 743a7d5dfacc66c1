//! Tests `explain` and `search`.

use serde_json::Value;

use crate::common::workplace::{Workplace, fails, succeeds};

#[test]
fn words_speak_for_topics() {
    let place = Workplace::new();
    place.corpus(3, 8);
    succeeds(&place.run(&["fit", "news", "-k", "3", "--keep-texts", "-q", "-o", "m"]));
    let id = "health/05-robot-assists-knee-surgery.txt";
    insta::assert_snapshot!("explain", place.show(&["explain", "m", "--id", id]));
    let json: Value =
        serde_json::from_str(&place.stdout(&["explain", "m", "news", "--id", id, "--output-format", "json"])).unwrap();
    let text = json["text"].as_str().unwrap();
    assert_eq!(text, std::fs::read_to_string(place.path(&format!("news/{id}"))).unwrap());
    let mut sums = [0.0; 3];
    for word in json["words"].as_array().unwrap() {
        let place = |key: &str| word[key].as_u64().unwrap() as usize;
        assert_eq!(text[place("start")..place("end")].to_lowercase(), word["term"]);
        for (topic, part) in word["parts"].as_object().unwrap() {
            sums[topic.parse::<usize>().unwrap()] += part.as_f64().unwrap();
        }
    }
    for topic in json["topics"].as_array().unwrap() {
        let sum = sums[topic["topic"].as_u64().unwrap() as usize];
        assert!((sum - topic["weight"].as_f64().unwrap()).abs() < 1e-3, "{topic}");
    }
    place.write("new.txt", "Zxq zxqs.");
    fails(&place.run(&["explain", "m", "new.txt"]), 1, &["no word of the document is a term of the model"]);
    place.write("new.txt", "The doctors of the hospital played.");
    assert!(place.stdout(&["explain", "m", "new.txt"]).contains("doctors[1]"));
    fails(&place.run(&["explain", "m", "news"]), 1, &["several documents", "--id"]);
    fails(&place.run(&["explain", "m", "--id", "nowhere"]), 1, &["no document of the input has the id \"nowhere\""]);
    place.write("empty.txt", "");
    fails(&place.run(&["explain", "m", "empty.txt"]), 1, &["no document was found", "empty"]);
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "without"]));
    fails(&place.run(&["explain", "without", "--id", id]), 1, &["keeps no texts", "--keep-texts"]);
    fails(&place.run(&["explain", "without", "news"]), 1, &["--id"]);
}

#[test]
fn words_are_found() {
    let place = Workplace::new();
    place.corpus(3, 8);
    succeeds(&place.run(&["fit", "news", "-k", "3", "--keep-texts", "-q", "-o", "m"]));
    insta::assert_snapshot!("search", place.show(&["search", "m", "Bank", "kitchan", "-n", "4"]));
    let json: Value =
        serde_json::from_str(&place.stdout(&["search", "m", "butter", "--in", "news", "--output-format", "json"]))
            .unwrap();
    let word = &json["words"][0];
    let share: f64 = word["topics"].as_array().unwrap().iter().map(|topic| topic["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-6);
    assert_eq!(json["documents"].as_array().unwrap().len() as u64, word["documents"].as_u64().unwrap().min(10));
    for document in json["documents"].as_array().unwrap() {
        let text = std::fs::read_to_string(place.path(&format!("news/{}", document["id"].as_str().unwrap()))).unwrap();
        for range in document["places"].as_array().unwrap() {
            let bound = |i: usize| range[i].as_u64().unwrap() as usize;
            assert_eq!(text[bound(0)..bound(1)].to_lowercase(), "butter");
        }
    }
    fails(&place.run(&["search", "m", "kitchan"]), 1, &["has no word \"kitchan\"; it has kitchen"]);
}
