//! Tests duplicates, and words proposed as stop words.

use crate::common::documents::planted_table;
use crate::common::workplace::{Workplace, fails, shown, succeeds};

#[test]
fn duplicates_are_told_weighted_or_dropped() {
    let place = Workplace::new();
    let table = planted_table(4, 80);
    let mut rows: Vec<&str> = table.lines().collect();
    let copied: Vec<&str> = rows[1..=10].to_vec();
    (0..3).for_each(|_| rows.extend(&copied));
    place.write("t.csv", rows.join("\n"));
    let read = ["t.csv", "--stopwords", "none", "--language", "english"];
    let inspected = shown(&place.run(&[&["inspect"], &read[..]].concat()));
    assert!(inspected.contains("duplicates  30 copies, 30 of them equal, in 10 groups"), "{inspected}");
    assert!(
        inspected.contains("hint: 30 documents are nearly the same as others (30 equal): --duplicates"),
        "{inspected}"
    );
    let fit = |mode: &str, model: &str| {
        let flags = ["-k", "4", "--duplicates", mode, "-q", "-o", model];
        succeeds(&place.run(&[&["fit"], &read[..], &flags[..]].concat()));
        std::fs::read_to_string(place.path(&format!("{model}/documents.tsv"))).unwrap().lines().count() - 1
    };
    assert_eq!((fit("keep", "kept"), fit("weight", "weighted"), fit("drop", "dropped")), (110, 110, 80));
    let info = place.stdout(&["info", "dropped"]);
    assert!(info.contains("30 duplicate"), "{info}");
    // Copies that count once leave the topics where they are without copies.
    let compared = place.stdout(&["compare", "weighted", "dropped"]);
    assert!(compared.contains("4 pairs of topics") && compared.contains("100.0 % have the same topic"), "{compared}");
    let frobenius = ["-k", "4", "--duplicates", "weight", "--loss", "frobenius"];
    fails(&place.run(&[&["fit"], &read[..], &frobenius[..]].concat()), 2, &["ingest.duplicates", "kullback-leibler"]);
}

#[test]
fn words_of_all_documents_are_proposed() {
    let place = Workplace::new();
    place.write("t.csv", planted_table(12, 240));
    let read = ["inspect", "t.csv", "--stopwords", "none", "--language", "english", "--suggest-stopwords"];
    let words = place.stdout(&read);
    // The words that all planted topics share begin with z.
    assert!(words.lines().count() >= 5 && words.lines().all(|word| word.starts_with('z')), "{words}");
    place.write("stop.txt", &words);
    let with = ["inspect", "t.csv", "--stopwords", "stop.txt", "--language", "english", "--suggest-stopwords"];
    let left = place.stdout(&with);
    assert!(left.lines().all(|word| !words.contains(word)), "{left}");
}
