//! Tests phrases, and accents that are folded.

use crate::common::workplace::{Workplace, fails, succeeds};

/// Lines in which two words always stand together, in two topics.
fn lines() -> String {
    let of = |i: usize| {
        let word = |words: [&'static str; 4]| words[i % 4];
        match i % 2 {
            0 => format!("The Prime Minister of {} spoke on taxes.\n", word(["Rome", "Oslo", "Bonn", "Lima"])),
            _ => format!("Olive oil, then {} in a pan.\n", word(["salt", "garlic", "pepper", "thyme"])),
        }
    };
    (0..40).map(of).collect()
}

#[test]
fn phrases_are_learned_told_and_known_again() {
    let place = Workplace::new();
    place.write("t.txt", lines());
    let read = ["t.txt", "--format", "lines", "--language", "english", "--phrases"];
    let inspected = place.stdout(&[&["inspect"], &read[..]].concat());
    assert!(inspected.contains("phrases     2: "), "{inspected}");
    assert!(inspected.contains("olive oil") && inspected.contains("prime minister"), "{inspected}");
    succeeds(&place.run(&[&["fit"], &read[..], &["-k", "2", "-q", "-o", "m"]].concat()));
    let terms = std::fs::read_to_string(place.path("m/terms.tsv")).unwrap();
    let terms: Vec<&str> = terms.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert!(terms.contains(&"olive oil") && !terms.contains(&"olive") && !terms.contains(&"minister"), "{terms:?}");
    // New documents are analysed as the fitted ones were: their rows are the same, and nothing in them is unknown.
    let rows = place.stdout(&["transform", "m", "t.txt", "--format", "lines"]);
    let stored = place.stdout(&["export", "m", "--table", "document-topics"]);
    let weights = |line: &str, from: usize| line.split('\t').skip(from).map(str::to_string).collect::<Vec<_>>();
    let (header, first) = (rows.lines().next().unwrap(), rows.lines().nth(1).unwrap());
    assert_eq!(header.split('\t').nth(1), Some("unknown_share"), "{header}");
    assert_eq!(weights(first, 2), weights(stored.lines().nth(1).unwrap(), 1));
    assert!(rows.lines().skip(1).all(|line| line.split('\t').nth(1) == Some("0")), "{rows}");
    let explained = place.stdout(&["explain", "m", "t.txt", "--ingest-format", "lines", "--id", "t.txt:1"]);
    assert!(explained.contains("Prime Minister"), "{explained}");
    let both = ["fit", "t.txt", "--format", "lines", "--phrases", "--ngrams", "1,2"];
    fails(&place.run(&both), 2, &["text.phrases", "text.ngrams"]);
    fails(&place.run(&["fit", "t.txt", "--phrases=2"]), 2, &["text.phrases", "at most 1"]);
}

#[test]
fn words_that_differ_in_accents_are_one_term_if_wanted() {
    let place = Workplace::new();
    let text = "Les élèves vont à l'école.\nLes eleves, les élèves, une ecole où ils étaient.\n";
    place.write("t.txt", text.repeat(3));
    let terms = |flags: &[&str]| {
        let fit =
            ["fit", "t.txt", "--format", "lines", "--language", "fr", "-k", "1", "-q", "--force", "--max-df", "1.0"];
        succeeds(&place.run(&[&fit[..], &["-o", "m"], flags].concat()));
        let terms = std::fs::read_to_string(place.path("m/terms.tsv")).unwrap();
        let terms = terms.lines().skip(1).map(|line| line.split('\t').take(2).collect::<Vec<_>>().join(":"));
        terms.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(terms(&[]), "ecole:ecole eleves:eleves vont:vont école:école élèves:élèves");
    assert_eq!(terms(&["--fold-accents"]), "ecole:ecole eleves:élèves vont:vont");
    assert_eq!(terms(&["--fold-accents", "--stem"]), "ecol:ecole elev:élèves vont:vont");
}
