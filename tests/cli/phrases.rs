//! Tests phrases, and accents that are folded.

use crate::common::workplace::{Workplace, columns_of, fails, is_weight, succeeds};

/// Lines in which two words always stand together, in two topics.
fn lines() -> String {
    let words = [
        ["Rome", "Oslo", "Bonn", "Lima", "Kiel", "taxes", "schools", "ports", "trains", "rents"],
        ["salt", "garlic", "pepper", "thyme", "cumin", "rice", "beans", "peas", "corn", "oats"],
    ];
    let of = |i: usize| {
        let (a, b) = (words[i % 2][i * 7 % 5], words[i % 2][5 + i * 3 % 5]);
        // Neighbours change places, so that the phrases alone stand together.
        match i % 4 {
            0 => format!("The Prime Minister of {a} spoke on {b}.\n"),
            1 => format!("Olive oil, then {a}, and {b}.\n"),
            2 => format!("On {b}, and {a}: the Prime Minister.\n"),
            _ => format!("{b}, {a}, and olive oil.\n"),
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
    assert_eq!(columns_of(&rows, is_weight), columns_of(&stored, is_weight));
    assert!(columns_of(&rows, |column| column == "unknown_share").iter().all(|share| share == "0"), "{rows}");
    let explained = place.stdout(&["explain", "m", "t.txt", "--format", "lines", "--id", "t.txt:1"]);
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
    assert_eq!(terms(&[]), "ecole:ecole eleves:eleves où:où vont:vont école:école élèves:élèves");
    assert_eq!(terms(&["--fold-accents"]), "ecole:ecole eleves:élèves vont:vont");
    assert_eq!(terms(&["--fold-accents", "--stem"]), "ecol:ecole elev:élèves vont:vont");
}
