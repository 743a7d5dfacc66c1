//! Tests the forms of the factorisation and what is left over, from the command line.

use std::fs::read_to_string;

use crate::common::documents::planted_table;
use crate::common::workplace::{Workplace, columns_of, contents, fails, is_weight, succeeds};

fn with_texts() -> Workplace {
    let place = Workplace::new();
    place.write("t.csv", planted_table(3, 60));
    place
}

#[test]
fn every_form_is_a_model_that_all_commands_read() {
    let place = with_texts();
    for variant in ["sequential", "hierarchical", "convex", "orthogonal", "online", "co-occurrence", "agglomerate"] {
        for loss in ["kullback-leibler", "frobenius"] {
            if loss == "frobenius" && ["co-occurrence", "agglomerate"].contains(&variant) {
                continue;
            }
            let groups = if variant == "agglomerate" { &["--word-groups", "20"][..] } else { &[] };
            let fit = ["fit", "t.csv", "-k", "3", "--variant", variant, "--loss", loss, "-q", "-o", "m", "--force"];
            let fit = [&fit[..], groups].concat();
            succeeds(&place.run(&fit));
            let before = contents(&place.path("m"));
            for command in [
                &["topics", "m"][..],
                &["clusters", "m"],
                &["info", "m"],
                &["evaluate", "m", "t.csv"],
                &["report", "m", "-o", "r.html"],
            ] {
                succeeds(&place.run(command));
            }
            // A training document keeps its row, whatever the form asks of it.
            let stored = place.stdout(&["export", "m", "--table", "document-topics"]);
            let stored: Vec<&str> = stored.lines().skip(1).map(|row| row.split_once(',').unwrap().1).collect();
            let again = place.stdout(&["transform", "m", "t.csv"]);
            assert_eq!(columns_of(&again, |column| column.starts_with("topic_")), stored, "{variant} {loss}");
            assert!(columns_of(&again, is_weight).len() == 60);
            succeeds(&place.run(&fit));
            let is_same = |(name, _): &&(String, Vec<u8>)| name != "manifest.json";
            let [one, other] = [&before, &contents(&place.path("m"))]
                .map(|files| files.iter().filter(is_same).cloned().collect::<Vec<_>>());
            assert!(one == other, "{variant} {loss}: the same bytes again");
        }
    }
}

#[test]
fn a_form_that_is_ended_early_is_a_model() {
    let place = with_texts();
    let fit = ["fit", "t.csv", "-k", "6", "--variant", "sequential", "-o", "m", "--time-limit", "0"];
    let told = succeeds(&place.run(&fit));
    assert!(!told.contains("--resume"), "{told}");
    succeeds(&place.run(&["topics", "m"]));
    succeeds(&place.run(&["export", "m", "--table", "curve"]));
}

#[test]
fn forms_tell_what_they_know_beside_the_factors() {
    let place = with_texts();
    succeeds(&place.run(&["fit", "t.csv", "-k", "5", "--variant", "sequential", "-q", "-o", "s"]));
    let curve = place.stdout(&["export", "s", "--table", "curve"]);
    let explained: Vec<f64> =
        columns_of(&curve, |column| column == "explained").iter().map(|share| share.parse().unwrap()).collect();
    assert_eq!(explained.len(), 5);
    assert!(explained[0].abs() < 1e-6 && explained.windows(2).all(|pair| pair[1] > pair[0] - 1e-6), "{curve}");
    // Three subjects: the third topic explains more than the two that follow it.
    assert!(explained[2] - explained[1] > explained[4] - explained[2], "{curve}");
    fails(&place.run(&["export", "s", "--table", "topic-documents"]), 1, &["variant = convex", "--variant convex"]);

    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "--variant", "convex", "-q", "-o", "c"]));
    let documents = place.stdout(&["export", "c", "--table", "topic-documents"]);
    let [topics, weights] = ["topic", "weight"].map(|name| columns_of(&documents, |column| column == name));
    let mut sums = [0.0; 3];
    for (topic, weight) in topics.iter().zip(&weights) {
        sums[topic.parse::<usize>().unwrap()] += weight.parse::<f64>().unwrap();
    }
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-4), "{sums:?}");
    fails(&place.run(&["export", "c", "--table", "curve"]), 1, &["variant = sequential"]);

    // What the file says must fit the model.
    let text = read_to_string(place.path("s/structure.json")).unwrap();
    assert!(text.starts_with(r#"{"variant":"sequential","explained":["#), "{text}");
    std::fs::write(place.path("s/structure.json"), text.replace("sequential", "convex")).unwrap();
    fails(&place.run(&["topics", "s"]), 1, &["structure.json"]);
}

#[test]
fn what_does_not_go_with_a_form_is_said_before_the_work() {
    let place = with_texts();
    let fit = |more: &[&str]| place.run(&[&["fit", "t.csv", "-k", "3", "-q", "-o", "m"], more].concat());
    fails(&fit(&["--variant", "convex", "--restarts", "3"]), 2, &["restarts", "convex"]);
    fails(&fit(&["--variant", "orthogonal", "--seed-words", "a,b"]), 2, &["seeds", "orthogonal"]);
    fails(&fit(&["--variant", "convex", "--sharpening", "on"]), 2, &["sharpening", "would be lost"]);
    fails(&fit(&["--variant", "convex", "--memory", "1GiB"]), 2, &["shard_documents"]);
    fails(&fit(&["--variant", "convex", "--resume"]), 2, &["variant", "checkpoint"]);
    fails(&fit(&["--set", "factorize.term_sparseness=0.9"]), 2, &["term_sparseness", "frobenius"]);
    fails(&fit(&["--keep-earlier"]), 2, &["keep_earlier", "sequential"]);
    fails(&fit(&["--set", "factorize.document_sparseness=1.5"]), 2, &["document_sparseness", "below 1"]);
    fails(&fit(&["--set", "factorize.batch_documents=100"]), 2, &["batch_documents", "online"]);
    fails(&fit(&["--variant", "co-occurrence", "--loss", "frobenius"]), 2, &["loss", "co-occurrence"]);
    fails(&fit(&["--online", "--resume"]), 2, &["variant", "checkpoint"]);
    let few = ["--variant", "agglomerate", "--word-groups", "2"];
    fails(&fit(&few), 2, &["word_groups", "topics"]);
    fails(&fit(&[&few[..], &["-k", "auto", "--set", "factorize.word_groups=30"]].concat()), 2, &["word_groups", "40"]);
    fails(&fit(&["--variant", "tridiagonal"]), 2, &["orthogonal, tri, agglomerate, co-occurrence, online"]);
    succeeds(&fit(&[]));
    let from = ["fit", "t.csv", "--init-from", "m", "--variant", "convex", "-q", "-o", "n"];
    fails(&place.run(&from), 2, &["variant", "given factors"]);
    assert!(!place.path("n").exists());
}

#[test]
fn what_is_left_over_adds_up_to_the_objective() {
    let place = with_texts();
    for loss in ["kullback-leibler", "frobenius"] {
        let fit = ["fit", "t.csv", "-k", "3", "--loss", loss, "--sharpening", "off", "-q", "-o", "m", "--force"];
        succeeds(&place.run(&fit));
        let manifest: serde_json::Value =
            serde_json::from_str(&read_to_string(place.path("m/manifest.json")).unwrap()).unwrap();
        let objective = manifest["fit"]["final_objective"].as_f64().unwrap();
        let table = |name: &str| place.stdout(&["export", "m", "t.csv", "--table", name]);
        let sum = |csv: &str| -> f64 {
            columns_of(csv, |column| column == "left").iter().map(|left| left.parse::<f64>().unwrap()).sum()
        };
        for name in ["residual-documents", "residual-terms"] {
            let left = sum(&table(name));
            assert!((left - objective).abs() < 1e-3 * objective, "{loss} {name}: {left} beside {objective}");
        }
        let entries = table("residual");
        let left: Vec<f64> =
            columns_of(&entries, |column| column == "left").iter().map(|left| left.parse().unwrap()).collect();
        assert!(left.windows(2).all(|pair| pair[0] >= pair[1]) && left.iter().all(|left| *left >= -1e-6));
        assert!(sum(&entries) <= objective * 1.001, "{loss}");
    }
    // Sharpened topics are parts of counts: what is expected of a document is as long as it is.
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "-q", "-o", "s"]));
    let documents = place.stdout(&["export", "s", "t.csv", "--table", "residual-documents"]);
    let [observed, expected] = ["observed", "expected"].map(|name| columns_of(&documents, |column| column == name));
    for (observed, expected) in observed.iter().zip(&expected) {
        let [observed, expected] = [observed, expected].map(|number| number.parse::<f64>().unwrap());
        assert!((observed - expected).abs() < 1e-3 * observed, "{observed} beside {expected}");
    }
    fails(&place.run(&["export", "s", "--table", "residual"]), 1, &["keeps no texts"]);
}

#[test]
fn topics_within_topics_are_shown_level_by_level() {
    let place = with_texts();
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "--hierarchy", "-q", "-o", "h"]));
    let tree = place.stdout(&["topics", "h"]);
    let first = |text: &str| text.lines().next().unwrap().to_string();
    assert!(first(&tree).starts_with("path"), "{tree}");
    assert_eq!(tree.lines().filter(|line| line.contains('/')).count(), 3, "{tree}");
    assert!(first(&place.stdout(&["topics", "h", "--format", "markdown"])).contains("path"));

    let json: serde_json::Value = serde_json::from_str(&place.stdout(&["topics", "h", "--format", "json"])).unwrap();
    let nodes = json["tree"].as_array().unwrap();
    let children: usize = nodes.iter().map(|node| node["children"].as_array().unwrap().len()).sum();
    assert_eq!((nodes.len(), children), (2, 3));
    let coarse = place.stdout(&["topics", "h", "--level", "1", "--format", "json"]);
    let coarse: serde_json::Value = serde_json::from_str(&coarse).unwrap();
    for (node, topic) in nodes.iter().zip(coarse["topics"].as_array().unwrap()) {
        assert_eq!((&node["id"], &node["share"], &node["name"]), (&topic["id"], &topic["share"], &topic["name"]));
        let sum: f64 = node["children"].as_array().unwrap().iter().map(|child| child["share"].as_f64().unwrap()).sum();
        assert!((sum - node["share"].as_f64().unwrap()).abs() < 1e-6);
    }

    // A document has a path, the same for training documents and for new ones.
    let clusters = place.stdout(&["export", "h", "--table", "clusters"]);
    let column = |csv: &str, name: &str| columns_of(csv, |column| column == name);
    let transformed = place.stdout(&["transform", "h", "t.csv"]);
    assert_eq!(column(&clusters, "level_1"), column(&transformed, "level_1"));
    let level = place.stdout(&["export", "h", "--table", "clusters", "--level", "1"]);
    assert_eq!(column(&clusters, "level_1"), column(&level, "topic"));
    // What a level says of a document is the sum of what its topics say.
    let weights = |more: &[&str]| -> Vec<f64> {
        let csv = place.stdout(&[&["export", "h", "--table", "document-topics", "--shares"], more].concat());
        csv.lines().skip(1).map(|row| row.split(',').skip(1).map(|x| x.parse::<f64>().unwrap()).sum()).collect()
    };
    assert!(weights(&[]).iter().zip(weights(&["--level", "1"])).all(|(a, b)| (a - b).abs() < 1e-5));

    succeeds(&place.run(&["clusters", "h", "--level", "1"]));
    fails(&place.run(&["topics", "h", "--level", "3"]), 1, &["no level 3", "the model has 2"]);
    fails(&place.run(&["export", "h", "--table", "terms", "--level", "1"]), 2, &["--level"]);
    fails(&place.run(&["fit", "t.csv", "-q", "-o", "n", "--hierarchy=1"]), 2, &["levels", "from 2"]);
    let depth = ["fit", "t.csv", "-q", "-o", "n", "--set", "factorize.levels=3"];
    fails(&place.run(&depth), 2, &["levels", "hierarchical"]);
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "-q", "-o", "p"]));
    fails(&place.run(&["topics", "p", "--level", "2"]), 1, &["no level 2", "--hierarchy"]);

    // What the files say must fit the model.
    let text = read_to_string(place.path("h/structure.json")).unwrap();
    for broken in [r#"[[0,0,4000000000]]"#, "[[0,2,2]]", "[[0,1]]"] {
        let levels = &text[text.find("[[").unwrap()..text.len() - 1];
        std::fs::write(place.path("h/structure.json"), text.replace(levels, broken)).unwrap();
        fails(&place.run(&["topics", "h"]), 1, &["structure.json"]);
    }
}

#[test]
fn entries_that_are_missing_are_no_zeros_and_can_be_imputed() {
    let place = Workplace::new();
    // Rank one: term t of document d is (t + 1) (d + 1).
    let entries: Vec<(usize, usize)> = (1..=6).flat_map(|t| (1..=5).map(move |d| (t, d))).collect();
    let matrix = |value: &dyn Fn(usize, usize) -> String| {
        let lines: String = entries.iter().map(|&(t, d)| format!("{t} {d} {}\n", value(t, d))).collect();
        format!("%%MatrixMarket matrix coordinate real general\n6 5 30\n{lines}")
    };
    let is_hidden = |t: usize, d: usize| (t + 2 * d).is_multiple_of(7);
    let places: Vec<&(usize, usize)> = entries.iter().filter(|&&(t, d)| is_hidden(t, d)).collect();
    let of_value = |t: usize, d: usize| (t * d).to_string();
    place.write("nan.mtx", matrix(&|t, d| if is_hidden(t, d) { "NaN".into() } else { of_value(t, d) }));
    place.write("whole.mtx", matrix(&of_value));
    let lines: String = places.iter().map(|(t, d)| format!("{t} {d}\n")).collect();
    let mask =
        |rows: usize| format!("%%MatrixMarket matrix coordinate pattern general\n{rows} 5 {}\n{lines}", places.len());
    place.write("mask.mtx", mask(6));
    place.write("wrong.mtx", mask(7));
    for loss in ["kullback-leibler", "frobenius"] {
        let fit = |input: &str, more: &[&str]| {
            let fit = ["fit", input, "-k", "1", "--loss", loss, "--tolerance", "0", "-q", "--force"];
            place.run(&[&fit, more].concat())
        };
        let told = place.run(&["fit", "nan.mtx", "-k", "1", "-o", "w", "--force"]);
        assert!(String::from_utf8_lossy(&told.stderr).contains(&format!("no zeros: {}", places.len())), "{told:?}");
        succeeds(&fit("nan.mtx", &["-o", "a"]));
        succeeds(&fit("whole.mtx", &["--mask", "mask.mtx", "-o", "b"]));
        let files = |model: &str| -> Vec<(String, Vec<u8>)> {
            contents(&place.path(model)).into_iter().filter(|(name, _)| name.ends_with(".npy")).collect()
        };
        assert!(files("a") == files("b"), "{loss}: a mask hides what NaN leaves out");
        let imputed = place.stdout(&["impute", "a", "--entries", "mask.mtx"]);
        let column = |name: &str| columns_of(&imputed, |column| column == name);
        assert_eq!(column("value").len(), places.len());
        for (value, (t, d)) in column("value").iter().zip(&places) {
            let value: f64 = value.parse().unwrap();
            assert!((value / (t * d) as f64 - 1.0).abs() < 1e-3, "{loss} {t} {d}: {value}");
        }
        for command in [&["topics", "a"][..], &["clusters", "a"], &["info", "a"], &["report", "a", "-o", "r.html"]] {
            succeeds(&place.run(command));
        }
        fails(&fit("nan.mtx", &["-o", "c", "--restarts", "3"]), 2, &["restarts", "missing"]);
        fails(&fit("nan.mtx", &["-o", "c", "--variant", "convex"]), 2, &["variant", "missing"]);
        fails(&fit("nan.mtx", &["-o", "c", "--sharpening", "on"]), 2, &["sharpening", "missing"]);
        fails(&fit("nan.mtx", &["-o", "c", "--resume"]), 1, &["missing"]);
        fails(&fit("whole.mtx", &["-o", "c", "--mask", "wrong.mtx"]), 1, &["7 × 5", "6 × 5"]);
    }
    fails(&place.run(&["impute", "a", "--entries", "wrong.mtx"]), 1, &["7 × 5", "6 × 5"]);
    fails(&place.run(&["transform", "a", "nan.mtx"]), 1, &["missing", "impute"]);
    fails(&place.run(&["vectorize", "nan.mtx", "-o", "v"]), 1, &["missing"]);
    fails(&place.run(&["select", "nan.mtx"]), 1, &["missing"]);
    succeeds(&place.run(&["vectorize", "whole.mtx", "-q", "-o", "v"]));
    fails(&place.run(&["fit", "v", "--mask", "mask.mtx", "-k", "1", "-o", "c"]), 2, &["mask", "vectorize"]);
    // Of a document of which nothing is known, what is usual is expected.
    place.write("no.mtx", matrix(&|t, d| if d == 2 { "NaN".into() } else { of_value(t, d) }));
    succeeds(&place.run(&["fit", "no.mtx", "-k", "1", "-q", "-o", "no"]));
    place.write("second.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 5 1\n3 2\n");
    let imputed = place.stdout(&["impute", "no", "--entries", "second.mtx"]);
    let value: f64 = columns_of(&imputed, |column| column == "value")[0].parse().unwrap();
    assert!((3.0..15.0).contains(&value), "{imputed}");
    // A matrix with its documents as rows.
    let turned: String = entries
        .iter()
        .map(|&(t, d)| format!("{d} {t} {}\n", if is_hidden(t, d) { "nan".to_string() } else { of_value(t, d) }))
        .collect();
    place.write("turned.mtx", format!("%%MatrixMarket matrix coordinate real general\n5 6 30\n{turned}"));
    let fit =
        ["fit", "turned.mtx", "--transposed", "-k", "1", "--loss", "frobenius", "--tolerance", "0", "-q", "-o", "t"];
    succeeds(&place.run(&fit));
    let [a, t] = ["a", "t"].map(|model| std::fs::read(place.path(model).join("topic_term.npy")).unwrap());
    assert!(a == t);
}

#[test]
fn groups_of_words_are_told_with_the_topics_that_they_meet() {
    let place = with_texts();
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "--variant", "tri", "--word-groups", "6", "-q", "-o", "m"]));
    let groups = place.stdout(&["export", "m", "--table", "word-groups"]);
    let terms = place.stdout(&["export", "m", "--table", "terms"]);
    let column = |csv: &str, name: &str| columns_of(csv, |column| column == name);
    assert_eq!(column(&groups, "term").len(), column(&terms, "term").len(), "each term is in one group");
    let mut sums = [0.0; 6];
    for (group, share) in column(&groups, "group").iter().zip(column(&groups, "share")) {
        sums[group.parse::<usize>().unwrap()] += share.parse::<f64>().unwrap();
    }
    assert!(sums.iter().all(|sum| *sum == 0.0 || (sum - 1.0).abs() < 1e-6), "{sums:?}");
    let meetings = place.stdout(&["export", "m", "--table", "meetings"]);
    for topic in ["topic_0", "topic_1", "topic_2"] {
        let sum: f64 = column(&meetings, topic).iter().map(|share| share.parse::<f64>().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{topic}: {sum}");
    }
    succeeds(&place.run(&["topics", "m"]));
    succeeds(&place.run(&["transform", "m", "t.csv"]));
    fails(&place.run(&["fit", "t.csv", "--variant", "tri", "-q", "-o", "n"]), 2, &["word_groups", "from 2"]);
    fails(&place.run(&["fit", "t.csv", "--word-groups", "5", "-q", "-o", "n"]), 2, &["word_groups", "tri"]);
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "-q", "-o", "p"]));
    fails(&place.run(&["export", "p", "--table", "meetings"]), 1, &["--variant tri"]);
}
