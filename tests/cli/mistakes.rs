//! Mistakes that people make, and what they are told: each has a snapshot of the exit code and the message.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::workplace::{Workplace, shown};

/// A file: its name and content.
type File = (&'static str, &'static [u8]);

/// A mistake: its name, the files that are there, and the command. `news` is a folder of articles, `m` a model of it.
type Mistake = (&'static str, &'static [File], &'static [&'static str]);

const TABLE: &[u8] =
    b"id;text;label\n1;the ship sails, at dawn;sea\n2;the oven bakes bread;food\n3;a ship at sea;sea\n";

const MISTAKES: [Mistake; 48] = [
    // Commands and flags.
    ("no_command", &[], &["news"]),
    ("no_input", &[], &["fit"]),
    ("flag_mistyped", &[], &["fit", "news", "--ngram", "1,2"]),
    ("topics_negative", &[], &["fit", "news", "-k", "-3"]),
    ("topics_zero", &[], &["fit", "news", "-k", "0"]),
    ("topics_a_word", &[], &["fit", "news", "-k", "ten"]),
    ("topics_a_range", &[], &["fit", "news", "-k", "5..20"]),
    ("topics_too_many", &[], &["fit", "news", "-k", "500"]),
    ("range_reversed", &[], &["select", "news", "-k", "9..3"]),
    ("range_beyond_the_data", &[], &["select", "news", "-k", "2..900"]),
    ("one_run", &[], &["fit", "news", "-k", "2", "--runs", "1"]),
    ("consensus_without_runs", &[], &["fit", "news", "-k", "2", "--consensus"]),
    ("ngrams_reversed", &[], &["fit", "news", "--ngrams", "2,1"]),
    ("phrases_and_ngrams", &[], &["fit", "news", "--phrases", "--ngrams", "1,2"]),
    ("solver_of_another_loss", &[], &["fit", "news", "-k", "2", "--solver", "hals"]),
    ("rank_unknown", &[], &["topics", "m", "--rank", "tfidf"]),
    ("language_unknown", &[], &["fit", "news", "--language", "klingon"]),
    ("stemmer_absent", &[], &["fit", "news", "--language", "hebrew", "--stem"]),
    ("frequency_beyond_one", &[], &["fit", "news", "--max-df", "1.5"]),
    ("threads_zero", &[], &["--threads", "0", "fit", "news"]),
    // Configuration.
    ("key_mistyped", &[("c.toml", b"# mine\n[text]\nstemm = true\n")], &["fit", "news", "--config", "c.toml"]),
    ("section_mistyped", &[("c.toml", b"[factorise]\nn_topics = 3\n")], &["fit", "news", "--config", "c.toml"]),
    ("value_of_another_type", &[("c.toml", b"[text]\n\nstem = 3\n")], &["fit", "news", "--config", "c.toml"]),
    ("set_without_a_stage", &[], &["fit", "news", "--set", "k=3"]),
    ("set_mistyped", &[], &["fit", "news", "--set", "factorize.n_topic=3"]),
    // Inputs.
    ("input_absent", &[], &["fit", "no-such-folder"]),
    ("input_empty", &[("empty/.keep", b"")], &["fit", "empty"]),
    ("input_a_picture", &[("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")], &["fit", "a.png"]),
    ("input_a_pdf", &[("a.pdf", b"%PDF-1.4\n%\xe2\xe3\n")], &["fit", "a.pdf"]),
    ("input_old_word", &[("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0")], &["fit", "a.doc"]),
    ("input_parquet", &[("a.parquet", b"PAR1\x15\x04\x15\x00PAR1")], &["fit", "a.parquet"]),
    ("input_one_document", &[("a.txt", b"a lone text about a ship\n")], &["fit", "a.txt", "-k", "2"]),
    ("input_a_model", &[], &["fit", "m"]),
    (
        "stop_words_alone",
        &[("a.txt", b"the and of\nof the and\n")],
        &["fit", "a.txt", "--format", "lines", "--language", "en"],
    ),
    ("text_column_absent", &[("t.csv", b"id,body_text\n1,a ship\n2,an oven\n")], &["fit", "t.csv", "-k", "2"]),
    ("label_column_absent", &[("t.csv", TABLE)], &["fit", "t.csv", "-k", "2", "--label-column", "class"]),
    ("semicolons", &[("t.csv", TABLE)], &["inspect", "t.csv", "--language", "en"]),
    ("delimiter_of_two", &[("t.csv", TABLE)], &["inspect", "t.csv", "--delimiter", ";;"]),
    ("json_cut_off", &[("t.jsonl", b"{\"text\": \"a ship\"}\n{\"text\": \"an ov\n")], &["fit", "t.jsonl", "-k", "2"]),
    ("zip_cut_off", &[("a.zip", b"PK\x03\x04\x14\0\0\0\x08\0")], &["fit", "a.zip"]),
    ("folder_of_tables", &[("d/a.csv", TABLE), ("d/b.csv", TABLE)], &["inspect", "d", "--language", "en"]),
    (
        "polish",
        &[(
            "pl.txt",
            "Rząd ogłosił we wtorek rano nowe środki, które mają zacząć obowiązywać od przyszłego \
       miesiąca.\nMiasto planuje budowę nowego mostu, który połączy oba brzegi rzeki w ciągu dwóch lat.\n"
                .as_bytes(),
        )],
        &["inspect", "pl.txt", "--format", "lines"],
    ),
    // Models.
    ("model_absent", &[], &["topics", "no-such-model"]),
    ("model_a_folder", &[], &["topics", "news"]),
    ("model_there_already", &[], &["fit", "news", "-k", "2", "-o", "m"]),
    ("explain_without_text", &[], &["explain", "m"]),
    ("explain_nothing_known", &[("x.txt", b"qwzx vbnk\n")], &["explain", "m", "x.txt"]),
    ("search_mistyped", &[], &["search", "m", "intrest"]),
];

#[test]
fn mistakes_are_told_with_a_way_out() {
    for (name, files, arguments) in MISTAKES {
        let place = Workplace::new();
        place.model("m");
        for (file, content) in files {
            std::fs::create_dir_all(place.path(file).parent().unwrap()).unwrap();
            place.write(file, content);
        }
        let output = place.bounded(arguments);
        let text = format!("topicmill {}\n{}", arguments.join(" "), shown(&output));
        assert!(!text.contains("panicked"), "{text}");
        insta::assert_snapshot!(format!("mistake_{name}"), text);
    }
}

#[test]
fn a_table_on_standard_input_is_recognised() {
    let place = Workplace::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_topicmill"));
    child.args(["inspect", "-", "--language", "en"]).current_dir(place.path("")).env("NO_COLOR", "1");
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(TABLE).unwrap();
    insta::assert_snapshot!("mistake_table_on_standard_input", shown(&child.wait_with_output().unwrap()));
}
