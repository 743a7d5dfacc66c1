//! Tests ready matrices as inputs: those that `vectorize` wrote, and those of other programs.

use std::process::Output;

use crate::common::workplace::{Workplace, columns_of, contents, fails, shown};

#[test]
fn a_written_matrix_gives_the_model_of_its_texts() {
    let place = Workplace::new();
    place.corpus(3, 6);
    assert!(place.run(&["vectorize", "news", "-o", "matrix", "-q"]).status.success());
    assert!(place.run(&["fit", "news", "-k", "3", "-q", "-o", "a"]).status.success());
    let from_matrix = place.run(&["fit", "matrix", "-k", "3", "-q", "-o", "b"]);
    assert!(from_matrix.status.success(), "{}", shown(&from_matrix));
    for file in ["terms.tsv", "documents.tsv", "topic_term.npy", "document_topic.npy", "trace.csv"] {
        assert_eq!(
            std::fs::read(place.path("a").join(file)).unwrap(),
            std::fs::read(place.path("b").join(file)).unwrap(),
            "{file}"
        );
    }
    let texts = place.run(&["transform", "a", "news"]);
    assert!(texts.stdout == place.run(&["transform", "b", "news"]).stdout, "the analyser came along");
    let weights = |output: &Output| -> Vec<String> {
        columns_of(&String::from_utf8_lossy(&output.stdout), |column| column != "unknown_share")
    };
    let matrix = place.run(&["transform", "a", "matrix"]);
    assert!(
        weights(&matrix) == weights(&texts),
        "all but the share of unknown words, which a pruned matrix cannot know"
    );
    let again = place.run(&["fit", "matrix", "-k", "3", "-q", "-o", "c", "--init-from", "a", "--max-iterations", "1"]);
    assert!(again.status.success(), "{}", shown(&again));
    fails(&place.run(&["fit", "matrix", "-k", "3", "-o", "d", "--tf", "sqrt"]), 2, &["weighted already"]);
}

#[test]
fn any_matrix_can_be_factorised() {
    let place = Workplace::new();
    place.write("m.mtx", "%%MatrixMarket matrix coordinate integer general\n% a comment\n4 3 6\n1 1 5\n2 1 3\n3 2 4\n4 2 4\n1 3 2\n2 3 2\n");
    place.write("terms.txt", "zebra\nant\nmole\nbee\n");
    insta::assert_snapshot!("fit_matrix", place.show(&["fit", "m.mtx", "-k", "2", "--term-names", "terms.txt"]));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    assert!(
        terms.starts_with("term\tform\tdf\tcf\tidf\tweight\nzebra\tzebra\t2\t7\t1\t1\nant\t"),
        "the file's order is kept: {terms}"
    );
    place.write("new.mtx", "%%MatrixMarket matrix coordinate pattern general\n1 4 2\n1 1\n1 2\n");
    let transposed = place.run(&["transform", "topicmill-model", "new.mtx", "--transposed", "--shares"]);
    assert!(
        String::from_utf8_lossy(&transposed.stdout).contains("\n1,,1,0,0,\"zebra, ant\",1,1,0"),
        "{}",
        shown(&transposed)
    );
    let texts = place.write("text.txt", "zebra ant");
    fails(&place.run(&["transform", "topicmill-model", texts.to_str().unwrap()]), 1, &["no analyser"]);
}

#[test]
fn senseless_matrices_starts_and_flags() {
    let place = Workplace::new();
    place.corpus(2, 4);
    let header = "%%MatrixMarket matrix coordinate real";
    place.write("s.mtx", format!("{header} symmetric\n3 5 2\n1 1 3\n2 5 1\n"));
    fails(&place.run(&["fit", "s.mtx", "-k", "2"]), 1, &["the header says symmetric, the size is 3 × 5"]);
    place.write("s.mtx", format!("{header} general\n4000000000 4000000000 1\n1 1 1\n"));
    fails(&place.run(&["fit", "s.mtx", "-k", "1"]), 1, &["is too large"]);
    place.write("s.mtx", format!("{header} general\n4 x 4 1\n1 1 1\n"));
    fails(&place.run(&["fit", "s.mtx", "-k", "1"]), 1, &["expected the numbers of rows, columns and entries"]);
    place.write("s.mtx", format!("{header} general\n2 2 1\n1 1 1e300\n"));
    fails(&place.run(&["fit", "s.mtx", "-k", "1"]), 1, &["1e300, expected a number from 0 to 3.4"]);

    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    let start = |bytes: Vec<u8>| place.write("start/topic_term.npy", bytes);
    let original = std::fs::read(place.path("topicmill-model/topic_term.npy")).unwrap();
    let zeros = [&original[..128], &vec![0; original.len() - 128]].concat();
    start(zeros);
    fails(&place.run(&["fit", "news", "--init-from", "start", "-o", "x"]), 1, &["the start is zero"]);
    start(original[..original.len() - 4].to_vec());
    fails(
        &place.run(&["fit", "news", "--init-from", "start", "-o", "x"]),
        1,
        &["bytes of data", "hint: give topic_term.npy"],
    );

    fails(&place.run(&["fit", "news", "--ngrams", "1,two"]), 2, &["pair of lengths"]);
    fails(&place.run(&["fit", "news", "-k", "2", "-o", "x", "--extra-stopwords", "no-such.txt"]), 2, &["is no file"]);
    fails(
        &place.run(&["export", "topicmill-model", "--table", "terms", "--shares"]),
        2,
        &["--shares: is for the table"],
    );
    assert!(
        place.run(&["fit", "news", "-k", "2", "-k", "3", "-q", "-o", "x", "--time-limit", "1e19"]).status.success()
    );
}

/// The scale of the data must not matter to a fit.
#[test]
fn any_scale_of_data() {
    let place = Workplace::new();
    let mut objectives = Vec::new();
    for exponent in [0, 9, 18, -12] {
        let mut entries = String::new();
        for (row, column) in (0..40_usize).flat_map(|r| (0..30_usize).map(move |c| (r, c))) {
            let mixed = (row * 7919 + column * 104_729 + row * column * 31) % 11;
            if mixed % 4 == 0 || row % 3 == column % 3 {
                entries.push_str(&format!("{} {} {}e{exponent}\n", row + 1, column + 1, 1 + mixed));
            }
        }
        let header = format!("%%MatrixMarket matrix coordinate real general\n40 30 {}\n", entries.lines().count());
        place.write("m.mtx", header + &entries);
        let output = place.run(&["fit", "m.mtx", "-k", "3", "-q", "--force"]);
        assert!(output.status.success(), "{}", shown(&output));
        let manifest = std::fs::read_to_string(place.path("topicmill-model/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        objectives.push(manifest["fit"]["final_objective"].as_f64().unwrap() / 10_f64.powi(exponent));
    }
    for objective in &objectives {
        assert!((objective / objectives[0] - 1.0).abs() < 0.02, "{objectives:?}");
    }
}

#[test]
fn a_matrix_without_names_means_nothing_to_a_model_with_names() {
    let place = Workplace::new();
    let header = "%%MatrixMarket matrix coordinate real general\n";
    place.write("m.mtx", format!("{header}4 3 6\n1 1 5\n2 1 3\n3 2 4\n4 2 4\n1 3 2\n2 3 2\n"));
    place.write("terms.txt", "zebra\nant\nmole\nbee\n");
    place.write("new.mtx", format!("{header}3 1 2\n1 1 5\n3 1 3\n"));
    assert!(place.run(&["fit", "m.mtx", "-k", "2", "-q", "-o", "named", "--term-names", "terms.txt"]).status.success());
    fails(&place.run(&["transform", "named", "new.mtx"]), 1, &["3 terms without names", "--term-names"]);
    assert!(place.run(&["fit", "m.mtx", "-k", "2", "-q", "-o", "numbered"]).status.success());
    assert!(place.run(&["transform", "numbered", "new.mtx"]).status.success(), "terms are numbers in both");
}

/// Texts whose columns have names of their own.
const BODIES: &str = "{\"name\":\"a\",\"body\":\"rockets orbiting planets, rockets and moons\"}\n\
    {\"name\":\"b\",\"body\":\"baking breads with butter, breads and ovens\"}\n\
    {\"name\":\"c\",\"body\":\"planets and moons and rockets\"}\n\
    {\"name\":\"d\",\"body\":\"butter for the ovens and breads\"}\n";

#[test]
fn a_model_of_a_written_matrix_knows_how_its_texts_were_read() {
    let place = Workplace::new();
    place.write("b.jsonl", BODIES);
    let reading =
        ["--text-column", "body", "--id-column", "name", "--stem", "--language", "english", "--preset", "short-texts"];
    let min_df = ["--min-df", "1"];
    assert!(place.run(&[&["vectorize", "b.jsonl", "-o", "v"], &reading[..], &min_df].concat()).status.success());
    assert!(
        place
            .run(&[&["fit", "b.jsonl", "-k", "2", "-q", "-o", "texts"], &reading[..], &min_df].concat())
            .status
            .success()
    );
    // With the parameters of the matrix, or without any, it is the model of the texts; nothing is weighted twice.
    for (name, parameters) in [("none", &[][..]), ("same", &[&reading[..], &min_df].concat()[..])] {
        let output = place.run(&[&["fit", "v", "-k", "2", "-o", name], parameters].concat());
        assert!(output.status.success() && !shown(&output).contains("warning"), "{}", shown(&output));
        for ((file, bytes), (_, expected)) in
            contents(&place.path(name)).into_iter().zip(contents(&place.path("texts")))
        {
            assert!(bytes == expected, "{file} of {name}");
        }
    }
    let new = place.run(&["transform", "none", "b.jsonl"]);
    assert!(new.status.success() && !shown(&new).contains(",1,0,0"), "{}", shown(&new));
}

#[test]
fn parameters_that_a_matrix_has_no_use_for_are_told_and_not_recorded() {
    let place = Workplace::new();
    place.write("b.jsonl", BODIES);
    place.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n3 3 4\n1 1 5\n2 1 3\n3 2 4\n2 3 4\n");
    assert!(place.run(&["vectorize", "b.jsonl", "--text-column", "body", "-q", "-o", "v"]).status.success());
    for input in ["m.mtx", "v"] {
        let output = place.run(&[
            "fit",
            input,
            "-k",
            "2",
            "-o",
            "x",
            "--force",
            "--stem",
            "--language",
            "german",
            "--strip",
            "email",
        ]);
        let text = shown(&output);
        assert!(text.contains("parameters of text") && text.contains("parameters of ingest"), "{text}");
        let model = topicmill::TopicModel::load(place.path("x")).unwrap();
        assert_eq!(model.manifest.corpus.warnings.len(), 2);
        assert_eq!(model.manifest.config["text"]["stem"], false);
        assert!(shown(&place.run(&["info", "x"])).contains("warning     the parameters of ingest"));
    }
    let output = place.run(&["fit", "b.jsonl", "--text-column", "body", "-k", "2", "-o", "y", "--transposed"]);
    assert!(shown(&output).contains("transposed has no use"), "{}", shown(&output));
    // Warnings of the matrix stay with the model.
    let weight = ["vectorize", "b.jsonl", "--text-column", "body", "-q", "-o", "w", "--term-weight", "zebra=2"];
    assert!(place.run(&weight).status.success());
    assert!(place.run(&["fit", "w", "-k", "2", "-q", "-o", "z"]).status.success());
    assert!(shown(&place.run(&["info", "z"])).contains("zebra"));
}

#[test]
fn a_dry_run_refuses_what_the_run_would() {
    let place = Workplace::new();
    place.write("b.jsonl", BODIES);
    let dry = |flags: &[&str]| {
        let fit = ["fit", "b.jsonl", "--text-column", "body", "-k", "2", "--dry-run"];
        shown(&place.run(&[&fit[..], flags].concat()))
    };
    assert!(dry(&["--init-from", "nowhere"]).starts_with("exit 1"));
    assert!(dry(&["--document-weights", "nowhere"]).starts_with("exit 2"));
    assert!(dry(&["--seed-words", "rockets,zebra"]).contains("\"zebra\" of list 1 is no term"));
    assert!(dry(&["--solver", "accelerated"]).contains("solver accelerated is called diagonal-newton now"));
}
