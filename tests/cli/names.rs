//! Tests names of topics, and tables that need no join.

use crate::common::workplace::{Workplace, columns_of, fails, is_weight, succeeds};

fn news(place: &Workplace) {
    place.corpus(3, 8);
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "m"]));
}

#[test]
fn topics_are_renamed_by_files_of_many_forms() {
    let place = Workplace::new();
    news(&place);
    let names = || columns_of(&place.stdout(&["topics", "m", "-n", "1", "--format", "csv"]), |column| column == "name");
    let before = names();
    place.write("names.csv", "topic,name\n0,Money and markets\n2,\"Food, and drink\"\n");
    let told = succeeds(&place.run(&["rename", "m", "names.csv"]));
    assert!(told.contains("2 names given: m"), "{told}");
    assert_eq!(names(), ["Money and markets", &before[1], "Food, and drink"]);
    // Every output calls the topic so.
    assert!(place.stdout(&["topics", "m"]).contains("Money and markets"));
    assert!(place.stdout(&["clusters", "m"]).contains("topic 0: Money and markets · 8 documents"));
    let rows = place.stdout(&["transform", "m", "news"]);
    assert!(columns_of(&rows, |column| column == "name").contains(&"Food, and drink".to_string()), "{rows}");
    // The factors are what they were: only the name has changed.
    assert!(place.stdout(&["info", "m"]).contains("topics      3"));
    place.write("lines.txt", "One\nTwo\nThree\n");
    succeeds(&place.run(&["rename", "m", "lines.txt", "-o", "m2", "--name", "1=Deux"]));
    assert!(place.stdout(&["topics", "m2"]).contains("Deux"));
    assert_eq!(names()[0], "Money and markets", "the first model stays");
    fails(&place.run(&["rename", "m", "--name", "1=Un", "--name", "1=Deux"]), 1, &["topic 1", "named twice"]);
    succeeds(&place.run(&["rename", "m", "--reset"]));
    assert_eq!(names(), before);
}

#[test]
fn what_is_no_name_changes_nothing() {
    let place = Workplace::new();
    news(&place);
    let manifest = || std::fs::read(place.path("m/manifest.json")).unwrap();
    let before = manifest();
    place.write("wrong.csv", "id,name\n0,a\n");
    place.write("four.txt", "a\nb\nc\nd\n");
    place.write("empty.txt", "");
    place.write("blank.txt", "a\n\nc\n");
    place.write("bad.json", "{\"0\": 1}");
    for (arguments, code, said) in [
        (&["wrong.csv"][..], 2, "column `topic`"),
        (&["four.txt"], 1, "topics 0 to 2"),
        (&["empty.txt"], 2, "no names"),
        (&["blank.txt"], 1, "the name is empty"),
        (&["bad.json"], 2, "number of a topic"),
        (&["absent.csv"], 2, "absent.csv"),
        (&["--name", "x=a"], 2, "TOPIC=NAME"),
        (&["--name", "0=a\nb"], 1, "control characters"),
        (&[], 2, "FILE, --name"),
    ] {
        fails(&place.run(&[&["rename", "m"], arguments].concat()), code, &[said]);
    }
    assert_eq!(manifest(), before);
}

#[test]
fn prompts_help_to_name_topics() {
    let place = Workplace::new();
    news(&place);
    let table = place.stdout(&["export", "m", "--table", "name-prompts"]);
    let header = table.lines().next().unwrap();
    assert_eq!(header, "topic,name,share,words,titles,prompt");
    let prompts = columns_of(&table, |column| column == "prompt");
    assert_eq!(prompts.len(), 3);
    assert!(prompts[1].contains("- Hospital opens stroke unit beside ambulance bay"), "{}", prompts[1]);
    // What came out goes in again.
    place.write("prompts.csv", &table);
    succeeds(&place.run(&["rename", "m", "prompts.csv"]));
    assert_eq!(place.stdout(&["export", "m", "--table", "name-prompts"]), table);
}

#[test]
fn tables_have_labels_and_metadata_on_demand() {
    let place = Workplace::new();
    let text = |i: usize| ["stars and planets in orbit", "bread and butter with garlic"][i % 2];
    let row = |i: usize| format!("d{i},{},label{},2024-0{}-01,v{i}\n", text(i), i % 2, i % 9 + 1);
    place.write("t.csv", "id,text,label,date,topic_1\n".to_string() + &(0..12).map(row).collect::<String>());
    succeeds(&place.run(&["fit", "t.csv", "-k", "2", "-q", "-o", "m", "--date-column", "date"]));
    let export = |table: &str, flags: &[&str]| place.stdout(&[&["export", "m", "--table", table], flags].concat());
    let plain = export("document-topics", &[]);
    assert_eq!(plain.lines().next(), Some("id,topic_0,topic_1"));
    let full = export("document-topics", &["--metadata"]);
    assert_eq!(full.lines().next(), Some("id,label,title,topic,name,date,_topic_1,topic_0,topic_1"));
    assert_eq!(columns_of(&full, is_weight), columns_of(&plain, is_weight));
    assert_eq!(columns_of(&full, |column| column == "date")[1], "2024-02-01");
    assert_eq!(columns_of(&full, |column| column == "_topic_1")[3], "v3");
    let clusters = export("clusters", &["--metadata"]);
    assert_eq!(clusters.lines().next(), Some("id,topic,name,share,label,title,date,topic_1"));
    fails(&place.run(&["export", "m", "--table", "terms", "--metadata"]), 2, &["--metadata", "document-topics"]);
    let transformed = place.stdout(&["transform", "m", "t.csv", "--label-column", "label"]);
    let header = "id,label,title,unknown_share,topic,name,share,topic_0,topic_1";
    assert_eq!(transformed.lines().next(), Some(header));
    assert_eq!(columns_of(&transformed, |column| column == "label")[3], "label1");
}

#[test]
fn documents_of_a_cluster_stand_by_the_shares_that_are_shown() {
    let place = Workplace::new();
    let words = ["star planet orbit moon comet rocket ", "bread butter garlic soup oven flour "];
    let mixed = |i: usize| format!("{}{}d{i}\n", words[0].repeat(1 + i), words[1].repeat(12 - i));
    place.write("t.txt", (0..12).map(mixed).collect::<String>());
    let fit = ["fit", "t.txt", "--format", "lines", "-k", "2", "-q", "-o", "m", "--max-df", "1.0"];
    succeeds(&place.run(&fit));
    let table = place.stdout(&["clusters", "m", "--format", "csv", "--top-documents", "8"]);
    let shares: Vec<f64> = columns_of(&table, |column| column == "share").iter().map(|x| x.parse().unwrap()).collect();
    let topics = columns_of(&table, |column| column == "topic");
    assert!((1..shares.len()).all(|i| topics[i] != topics[i - 1] || shares[i] <= shares[i - 1]), "{table}");
    assert!(shares.iter().any(|share| *share < 1.0), "{table}");
}

#[test]
fn many_topics_stay_in_sight() {
    let place = Workplace::new();
    place.corpus(3, 8);
    let shown = place.stdout(&["fit", "news", "-k", "11", "-o", "m"]);
    assert!(shown.starts_with("topic   share") && !shown.contains("topic 0: "), "{shown}");
    assert!(shown.contains("\nagreement of 24 documents'"), "{shown}");
}

#[test]
fn strangers_to_a_model_are_told() {
    let place = Workplace::new();
    news(&place);
    let german = "Der Hund und die Katze sind nicht in dem Haus, aber sie haben es auch nicht gesehen.\n".repeat(6);
    place.write("de.txt", german);
    let told = succeeds(&place.run(&["transform", "m", "de.txt", "--format", "lines"]));
    assert!(told.contains("hint: the model knows few words of the 6 documents"), "{told}");
    assert!(told.contains("in german, its own documents are in english"), "{told}");
    let told = succeeds(&place.run(&["transform", "m", "news"]));
    assert!(!told.contains("hint:"), "{told}");
    // Pairs of words that are no terms are not unknown words.
    let pairs = ["fit", "news", "-k", "3", "-q", "-o", "n", "--ngrams", "1,2", "--min-df", "2"];
    succeeds(&place.run(&pairs));
    let told = succeeds(&place.run(&["transform", "n", "news"]));
    assert!(!told.contains("hint:"), "{told}");
}

#[test]
fn frozen_topics_find_their_words_among_other_terms() {
    let place = Workplace::new();
    news(&place);
    succeeds(&place.run(&["rename", "m", "--name", "1=Hospitals, and doctors"]));
    // The same words in another number and order: what is there keeps its proportions, and its name.
    let stderr = succeeds(&place.run(&["fit", "news", "-k", "4", "--freeze", "m", "--max-terms", "500", "-o", "few"]));
    assert!(stderr.contains("warning: m: ") && stderr.contains("do not occur in these documents, or too rarely"));
    assert!(stderr.contains("% of topic 0, "), "{stderr}");
    assert!(place.stdout(&["topics", "few"]).contains("Hospitals, and doctors"));
    let words = |model: &str| {
        let table = place.stdout(&["export", model, "--table", "topic-terms", "--rank", "probability"]);
        let rows = columns_of(&table, |column| ["topic", "term", "probability"].contains(&column));
        let rows = rows.into_iter().filter(|row| row.starts_with("0,"));
        rows.map(|row| {
            let (word, probability) = row.rsplit_once(',').unwrap();
            (word.to_string(), probability.parse::<f64>().unwrap())
        })
        .collect::<std::collections::BTreeMap<_, _>>()
    };
    let (whole, few) = (words("m"), words("few"));
    let ratios: Vec<f64> = few.iter().map(|(word, after)| after / whole[word]).collect();
    assert!(ratios.len() > 50 && ratios[0] > 1.0, "{few:?}");
    assert!(ratios.iter().all(|ratio| (ratio / ratios[0] - 1.0).abs() < 1e-5), "{ratios:?}");
    place.write("fr.txt", "un deux trois\nquatre cinq six\nun quatre trois\nun six deux\n".repeat(2));
    let none = place.run(&["fit", "fr.txt", "--format", "lines", "--freeze", "m", "-k", "4", "-o", "x"]);
    assert!(!none.status.success());
    let text = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(text.contains("no word of its topic 0 is a term of these documents"), "{text}");
}

#[test]
fn the_terms_of_a_model_are_a_vocabulary() {
    let place = Workplace::new();
    place.corpus(2, 8);
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "m", "--stem", "--max-terms", "300"]));
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "n", "--stem", "--vocabulary", "m/terms.tsv"]));
    let terms = |model: &str| std::fs::read_to_string(place.path(model).join("terms.tsv")).unwrap();
    assert_eq!(terms("m"), terms("n"));
}

#[test]
fn a_topic_without_words_can_be_renamed_beside_others() {
    let place = Workplace::new();
    place.write("m.mtx", "%%MatrixMarket matrix coordinate integer general\n3 3 3\n1 1 5\n2 2 3\n3 3 4\n");
    place.write("terms.txt", "a\u{7}b\nplain\nother\n");
    succeeds(&place.run(&["fit", "m.mtx", "--term-names", "terms.txt", "-k", "3", "-q", "-o", "m"]));
    succeeds(&place.run(&["rename", "m", "--name", "0=First"]));
    assert!(place.stdout(&["topics", "m"]).contains("First"));
}
