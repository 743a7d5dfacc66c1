//! Whole commands: exit code, stdout and stderr.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::workplace::{Workplace, fails, shown};
use topicmill::kernels::Kernel;

#[test]
fn fit_and_everything_that_reads_a_model() {
    let place = Workplace::new();
    place.corpus(3, 8);
    insta::assert_snapshot!("fit", place.show(&["fit", "news", "-k", "3"]));
    insta::assert_snapshot!("topics_text", place.show(&["topics", "topicmill-model", "-n", "4"]));
    insta::assert_snapshot!(
        "topics_markdown",
        place.show(&["topics", "topicmill-model", "-n", "4", "--format", "markdown", "--rank", "frex"])
    );
    insta::assert_snapshot!(
        "topics_csv",
        place.show(&["topics", "topicmill-model", "-n", "2", "--format", "csv", "--rank", "relevance"])
    );
    insta::assert_snapshot!(
        "topics_json",
        place.show(&["topics", "topicmill-model", "-n", "2", "--format", "json", "--rank", "lift"])
    );
    insta::assert_snapshot!("clusters_text", place.show(&["clusters", "topicmill-model", "--top-documents", "2"]));
    insta::assert_snapshot!(
        "clusters_markdown",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "markdown"])
    );
    insta::assert_snapshot!(
        "clusters_csv",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "csv"])
    );
    insta::assert_snapshot!(
        "clusters_json",
        place.show(&["clusters", "topicmill-model", "--top-documents", "1", "--format", "json"])
    );
    insta::assert_snapshot!("inspect", place.show(&["inspect", "news", "-k", "3"]));
    insta::assert_snapshot!("dry_run", place.show(&["fit", "news", "-k", "3", "--dry-run"]));
    insta::assert_snapshot!(
        "export_topic_terms",
        place.show(&["export", "topicmill-model", "--table", "topic-terms", "-n", "2", "--format", "tsv"])
    );
    insta::assert_snapshot!(
        "export_clusters",
        place.show(&["export", "topicmill-model", "--table", "clusters", "--format", "jsonl"])
    );
    insta::with_settings!({filters => vec![(r"run  +fit .*", "run         [seconds]")]}, {
        insta::assert_snapshot!("info", place.show(&["info", "topicmill-model"]));
    });
    assert_eq!(place.entries(), ["news", "topicmill-model"], "nothing else is left behind");
}

#[test]
fn every_table_in_every_format() {
    let place = Workplace::new();
    place.corpus(2, 6);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    for table in ["topic-terms", "document-topics", "clusters", "terms", "documents"] {
        for format in ["csv", "tsv", "json", "jsonl", "npy", "mtx"] {
            let output = place.run(&["export", "topicmill-model", "--table", table, "--format", format]);
            let numeric = ["topic-terms", "document-topics"].contains(&table);
            if ["npy", "mtx"].contains(&format) && !numeric {
                fails(&output, 1, &["holds a matrix of numbers", "hint:"]);
            } else {
                assert!(output.status.success() && !output.stdout.is_empty(), "{}", shown(&output));
            }
        }
    }
    let file =
        place.run(&["export", "topicmill-model", "--table", "document-topics", "--format", "npy", "-o", "h.npy"]);
    assert!(file.status.success());
    assert_eq!(
        std::fs::read(place.path("h.npy")).unwrap(),
        std::fs::read(place.path("topicmill-model/document_topic.npy")).unwrap()
    );
    let shares = place.run(&["export", "topicmill-model", "--table", "document-topics", "--shares"]);
    let line = String::from_utf8(shares.stdout).unwrap().lines().nth(1).unwrap().to_string();
    let sum: f64 = line.split(',').skip(1).map(|x| x.parse::<f64>().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{line}");
}

#[test]
fn quiet_says_nothing_and_quick_start_twice_is_refused() {
    let place = Workplace::new();
    place.corpus(2, 5);
    assert_eq!(place.show(&["fit", "news", "-k", "2", "-q"]), "exit 0\n--- stdout\n--- stderr\n");
    fails(&place.run(&["fit", "news", "-k", "2"]), 2, &["topicmill-model: already exists", "hint:", "--force"]);
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "--force"]).status.success());
    assert_eq!(place.entries(), ["news", "topicmill-model"]);
}

#[test]
fn a_training_document_gets_its_row_back() {
    let place = Workplace::new();
    place.corpus(3, 6);
    assert!(place.run(&["fit", "news", "-k", "3", "-q", "--stem", "--ngrams", "1,2"]).status.success());
    let rows = |output: Output| -> Vec<String> {
        assert!(output.status.success(), "{}", shown(&output));
        String::from_utf8(output.stdout).unwrap().lines().skip(1).map(str::to_string).collect()
    };
    let stored = rows(place.run(&["export", "topicmill-model", "--table", "document-topics"]));
    let all = rows(place.run(&["transform", "topicmill-model", "news"]));
    let without_unknown = |row: &str| {
        let fields: Vec<&str> = row.split(',').collect();
        [&fields[..1], &fields[2..]].concat().join(",")
    };
    assert_eq!(stored.len(), 18);
    assert_eq!(all.iter().map(|row| without_unknown(row)).collect::<Vec<_>>(), stored);
    let id = stored[4].split(',').next().unwrap();
    let alone = rows(place.run(&["transform", "topicmill-model", &format!("news/{id}")]));
    assert_eq!(alone[0].split(',').skip(2).collect::<Vec<_>>(), stored[4].split(',').skip(1).collect::<Vec<_>>());

    place.write("new.txt", "An orchestra of xylophones.");
    insta::assert_snapshot!(
        "transform_json",
        place.show(&["transform", "topicmill-model", "new.txt", "--shares", "--output-format", "json"])
    );
    assert!(
        place
            .run(&["transform", "topicmill-model", "news", "-o", "out.jsonl", "--output-format", "jsonl"])
            .status
            .success()
    );
    assert_eq!(std::fs::read_to_string(place.path("out.jsonl")).unwrap().lines().count(), 18);
}

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
        let rows = String::from_utf8_lossy(&output.stdout).into_owned();
        rows.lines()
            .map(|row| {
                row.split(',').enumerate().filter(|(i, _)| *i != 1).map(|(_, x)| x).collect::<Vec<_>>().join(",")
            })
            .collect()
    };
    let matrix = place.run(&["transform", "a", "matrix"]);
    assert!(
        weights(&matrix) == weights(&texts),
        "all but the share of unknown words, which a pruned matrix cannot know"
    );
    let again = place.run(&["fit", "matrix", "-k", "3", "-q", "-o", "c", "--init-from", "a", "--max-iterations", "1"]);
    assert!(again.status.success(), "{}", shown(&again));
    fails(&place.run(&["fit", "matrix", "-k", "3", "-o", "d", "--tf", "log"]), 1, &["weighted already"]);
}

#[test]
fn any_matrix_can_be_factorised() {
    let place = Workplace::new();
    place.write("m.mtx", "%%MatrixMarket matrix coordinate integer general\n% a comment\n4 3 6\n1 1 5\n2 1 3\n3 2 4\n4 2 4\n1 3 2\n2 3 2\n");
    place.write("terms.txt", "zebra\nant\nmole\nbee\n");
    insta::assert_snapshot!("fit_matrix", place.show(&["fit", "m.mtx", "-k", "2", "--term-names", "terms.txt"]));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    assert!(
        terms.starts_with("term\tlabel\tdf\tcf\tidf\nzebra\tzebra\t2\t7\t1\nant\t"),
        "the file's order is kept: {terms}"
    );
    place.write("new.mtx", "%%MatrixMarket matrix coordinate pattern general\n1 4 2\n1 1\n1 2\n");
    let transposed = place.run(&["transform", "topicmill-model", "new.mtx", "--transposed", "--shares"]);
    assert!(
        String::from_utf8_lossy(&transposed.stdout).starts_with("id,unknown_share,topic_0,topic_1\n1,0,1,0"),
        "{}",
        shown(&transposed)
    );
    let texts = place.write("text.txt", "zebra ant");
    fails(&place.run(&["transform", "topicmill-model", texts.to_str().unwrap()]), 1, &["no analyser"]);
}

#[test]
fn tables_lines_and_streams() {
    let place = Workplace::new();
    let csv = "id,text,party,year\n1,\"tax, tax and budget\nbudget of the state\",red,1990\n2,\"peace \"\"and\"\" war, war, peace\",blue,1991\n\
               3,tax budget state,red,1992\n4,war peace army,blue,1993\n";
    place.write("t.csv", csv);
    let arguments =
        ["fit", "t.csv", "-k", "2", "--label-column", "party", "--date-column", "year", "--language", "en", "-q"];
    let output = place.run(&arguments);
    assert!(output.status.success(), "{}", shown(&output));
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    insta::assert_snapshot!("documents_of_a_table", documents);

    place.write("t.tsv", "id\ttext\n1\ta \"quoted\" word word\n2\tsay \"no and no\n3\tword no\n");
    insta::assert_snapshot!("inspect_tsv", place.show(&["inspect", "t.tsv", "--language", "none"]));
    place.write("t.jsonl", "{\"id\": 1, \"body\": \"alpha beta\", \"n\": [1, 2]}\n{\"id\": 2, \"body\": \"beta gamma\"}\nnot json\n{\"id\": 3}\n");
    insta::assert_snapshot!("inspect_jsonl", place.show(&["inspect", "t.jsonl", "--text-column", "body"]));
    fails(&place.run(&["inspect", "t.jsonl"]), 2, &["there is no column \"text\"", "id, body, n", "--text-column"]);

    let mut stdin = place
        .command(&["inspect", "-", "--language", "none"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    stdin.stdin.take().unwrap().write_all(b"first line here\nsecond line there\n").unwrap();
    let output = stdin.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("documents   2,"), "{}", shown(&output));
}

#[test]
fn a_fixed_vocabulary_stays_as_it_is() {
    let place = Workplace::new();
    place.corpus(2, 4);
    place.write("words.txt", "# a comment\nBanks\nbutter\nunicorns\n");
    let output = place.run(&["fit", "news", "-k", "2", "--vocabulary", "words.txt,inflation", "--stem", "-q"]);
    assert!(output.status.success(), "{}", shown(&output));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    let first: Vec<&str> = terms.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(first, ["bank", "butter", "inflat", "unicorn"]);
    assert!(terms.contains("unicorn\tunicorn\t0\t0\t"), "{terms}");
    fails(
        &place.run(&["fit", "news", "-k", "1", "--vocabulary", "unicorn", "-o", "x"]),
        1,
        &["none of the 1 terms occurs"],
    );
}

#[test]
fn html_is_read_as_text() {
    let place = Workplace::new();
    let page = "<html><head><title>Mill</title><style>p {}</style></head><body><p>stone <b>wh</b>eel<p>caf&eacute;<script>x()</script></body></html>";
    place.write("pages/a.html", page);
    place.write("pages/b.html.gz", {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(page.replace("stone", "water").as_bytes()).unwrap();
        gzip.finish().unwrap()
    });
    assert!(place.run(&["fit", "pages", "-k", "1", "--language", "none", "--max-df", "1.0", "-q"]).status.success());
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    let first: Vec<&str> = terms.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(first, ["café", "mill", "stone", "water", "wheel"]);
}

#[test]
fn compressed_inputs_read_like_plain_ones() {
    let place = Workplace::new();
    let text = "id\ttext\n1\talpha beta\n2\tbeta gamma\n3\tgamma alpha\n";
    place.write("t.tsv", text);
    let plain = place.run(&["inspect", "t.tsv"]).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    place.write("t.tsv.gz", &gzip);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    place.write("t.tsv.bz2", bzip2.finish().unwrap());
    let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    place.write("t.tsv.zst", [&zstd[..], b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx"].concat());
    for name in ["t.tsv.gz", "t.tsv.bz2", "t.tsv.zst"] {
        let output = place.run(&["inspect", name]);
        assert_eq!(output.stdout, plain, "{name}: {}", shown(&output));
    }
    place.write("cut.tsv.gz", &gzip[..gzip.len() - 12]);
    fails(&place.run(&["inspect", "cut.tsv.gz"]), 1, &["cut.tsv.gz", "truncated"]);
    place.write("cut.tsv.zst", &zstd[..zstd.len() - 6]);
    fails(&place.run(&["inspect", "cut.tsv.zst"]), 1, &["cut.tsv.zst", "cannot be read further"]);
}

#[test]
fn bad_inputs() {
    let place = Workplace::new();
    fails(&place.run(&["fit", "nowhere"]), 1, &["nowhere: no such file or folder"]);
    std::fs::create_dir(place.path("empty")).unwrap();
    fails(&place.run(&["fit", "empty"]), 1, &["no document was found", "hint:"]);
    place.write("images/a.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    place.write("images/b.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF");
    place.write("images/.hidden", b"text");
    fails(&place.run(&["fit", "images"]), 1, &["no document was found: 2 were skipped", "binary"]);
    fails(&place.run(&["fit", "images", "--on-error", "stop"]), 1, &["a.png: binary", "hint:"]);
    place.write("long.txt", format!("short line\n{}\nanother line\n", "x ".repeat(1 << 20)));
    let long =
        place.run(&["inspect", "long.txt", "--format", "lines", "--max-document-bytes", "1MiB", "--language", "none"]);
    assert!(
        shown(&long).contains("skipped     1 too large") && shown(&long).contains("documents   2,"),
        "{}",
        shown(&long)
    );
    fails(&place.run(&["fit", "long.txt", "--max-document-bytes", "1MiB"]), 1, &["too large"]);

    place.write("a.csv", "id,body\n1,x\n");
    fails(
        &place.run(&["fit", "a.csv"]),
        2,
        &["a.csv: there is no column \"text\"; the columns are id, body", "hint: name the column with --text-column"],
    );
    place.write("ragged.csv", "id,text\n1,one two\n2\n3,three four,five\n4,six seven\n");
    let ragged = place.run(&["inspect", "ragged.csv", "--language", "none"]);
    assert!(
        shown(&ragged).contains("2 ragged row")
            && shown(&ragged).contains("ragged.csv:3: ragged row (1 fields, the header has 2)"),
        "{}",
        shown(&ragged)
    );
    fails(&place.run(&["inspect", "ragged.csv", "--on-error", "stop"]), 1, &["ragged.csv:3"]);
    place.write("unclosed.csv", "id,text\n1,one\n2,\"two\n3,three\n");
    fails(&place.run(&["inspect", "unclosed.csv"]), 1, &["unclosed.csv:3: a quoted field begins here and never ends"]);
    place.write("empty.csv", "");
    fails(&place.run(&["fit", "empty.csv"]), 1, &["the table is empty"]);

    place.corpus(2, 3);
    fails(
        &place.run(&["fit", "news", "-k", "7"]),
        1,
        &["7 topics are more than the 6 non-empty documents", "at most 6"],
    );
    fails(&place.run(&["fit", "news", "-k", "0"]), 2, &["factorize.n_topics is 0, expected from 1 to 1000"]);
    fails(
        &place.run(&["fit", "news", "--max-iterations", "0"]),
        2,
        &["factorize.max_iterations is 0, expected at least 1"],
    );
    fails(&place.run(&["fit", "news", "-k", "2", "--min-df", "100"]), 1, &["no term is left", "--min-df"]);
    place.write("stop/a.txt", "the and of");
    place.write("stop/b.txt", "12 34");
    fails(
        &place.run(&["fit", "stop", "-k", "1", "--language", "en"]),
        1,
        &["all 2 documents are empty", "--keep-numbers"],
    );
    fails(
        &place.run(&["fit", "news", "-k", "2", "--stem", "--language", "hebrew"]),
        2,
        &["no stemmer for hebrew", "english"],
    );
    fails(&place.run(&["fit", "news", "--token-pattern", "("]), 2, &["not a regular expression"]);
    fails(&place.run(&["fit", "news", "--stopwords", "klingon"]), 2, &["is no file, nor a language"]);
    fails(&place.run(&["fit", "news", "--set", "factorize.k=3"]), 2, &["unknown field `k`", "topicmill config"]);
    fails(&place.run(&["fit", "news", "--set", "nonsense"]), 2, &["stage.key=value"]);
    place.write("c.toml", "[factorize]\nn_topics = \"many\"\n");
    fails(&place.run(&["fit", "news", "--config", "c.toml"]), 2, &["c.toml: factorize.n_topics", "invalid type"]);
    place.write("c.toml", "[factorize]\nn_topics = 3 4\n");
    fails(&place.run(&["fit", "news", "--config", "c.toml"]), 2, &["c.toml:2:"]);

    for (entry, word) in
        [("1 1 -2", "-2"), ("1 1 nan", "NaN"), ("1 1 inf", "inf"), ("9 1 2", "outside"), ("1 1", "expected row")]
    {
        place.write("bad.mtx", format!("%%MatrixMarket matrix coordinate real general\n2 2 1\n{entry}\n"));
        fails(&place.run(&["fit", "bad.mtx", "-k", "1"]), 1, &["bad.mtx:3", word]);
    }
    assert!(!place.path("topicmill-model").exists());
}

#[test]
fn outputs_are_guarded() {
    let place = Workplace::new();
    place.corpus(2, 3);
    place.write("mine/thesis.txt", "years of work");
    fails(
        &place.run(&["fit", "news", "-k", "2", "-o", "mine", "--force"]),
        2,
        &["mine: exists and was not written by topicmill"],
    );
    fails(&place.run(&["fit", "news", "-k", "2", "-o", "news", "--force"]), 2, &["news: is or holds the input"]);
    fails(&place.run(&["fit", "news", "-k", "2", "-o", ".", "--force"]), 2, &["holds the input"]);
    assert_eq!(std::fs::read_to_string(place.path("mine/thesis.txt")).unwrap(), "years of work");
    fails(&place.run(&["fit", "news", "-k", "2", "-o", "mine/thesis.txt/model"]), 1, &["thesis.txt"]);
    fails(&place.run(&["fit", "news", "-k", "2", "-o", "/proc/model"]), 1, &["/proc"]);
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "-o", "deep/down/model"]).status.success());
    assert_eq!(place.entries(), ["deep", "mine", "news"]);
}

#[test]
fn invalid_utf_8_and_odd_greek_words_are_read() {
    let place = Workplace::new();
    place.write("t/a.txt", b"caf\xe9 na\xefve word");
    place.write("t/b.txt", b"caf\xc3\xa9 broken \xff\xfe\xfd tail");
    place.write("t/c.txt", "ισαισα θάλασσα ισαισα");
    let output = place.run(&["fit", "t", "-k", "2", "--stem", "--language", "greek", "-v"]);
    assert!(output.status.success() && !shown(&output).contains("panic"), "{}", shown(&output));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    assert!(terms.contains("ισαισα\tισαισα") && terms.contains("θαλασσ\tθάλασσα") && terms.contains("café"), "{terms}");
    let manifest = std::fs::read_to_string(place.path("topicmill-model/manifest.json")).unwrap();
    assert!(manifest.contains("\"n_unstemmed\": 1"));
}

#[test]
fn damaged_newer_and_foreign_models() {
    let place = Workplace::new();
    place.corpus(2, 4);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    let model = place.path("topicmill-model");
    let try_with = |file: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>, words: &[&str]| {
        let original = std::fs::read(model.join(file)).unwrap();
        std::fs::write(model.join(file), change(original.clone())).unwrap();
        fails(&place.run(&["topics", "topicmill-model"]), 1, words);
        std::fs::write(model.join(file), original).unwrap();
    };
    for file in ["terms.tsv", "documents.tsv", "topic_term.npy", "document_topic.npy", "trace.csv"] {
        try_with(file, &|bytes| bytes[..bytes.len() / 2].to_vec(), &[file, "cut off or edited", "hint:"]);
    }
    try_with("manifest.json", &|bytes| bytes[..bytes.len() / 2].to_vec(), &["manifest.json", "cut off or edited"]);
    let edit = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes()
    };
    try_with("manifest.json", &edit("\"seed\": 1", "\"seed\": 2"), &["has been edited"]);
    try_with(
        "manifest.json",
        &edit("\"format_version\": 1", "\"format_version\": 9"),
        &["format version 9", "reads up to 1"],
    );
    try_with("manifest.json", &edit("\"program\": \"topicmill", "\"program\": \"other"), &["not written by topicmill"]);
    std::fs::remove_file(model.join("terms.tsv")).unwrap();
    fails(&place.run(&["topics", "topicmill-model"]), 1, &["terms.tsv: is missing"]);
    fails(&place.run(&["topics", "news"]), 1, &["news: is not a model"]);
    fails(&place.run(&["topics", "nowhere"]), 1, &["nowhere: no such directory"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Workplace::new();
    place.corpus(2, 6);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    let mut child = place
        .command(&["export", "topicmill-model", "--table", "topic-terms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{}", shown(&output));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_valid_model_or_nothing() {
    let place = Workplace::new();
    place.corpus(3, 8);
    let wait_for = |child: &mut std::process::Child, words: &str| {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "{words} never came");
        }
        stderr
    };
    let interrupt = |child: &std::process::Child| {
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    };
    let arguments = ["fit", "news", "-k", "3", "--tolerance", "0", "--max-iterations", "100000000"];
    let mut child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = wait_for(&mut child, "factorising");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest: String = stderr.lines().map(|line| line.unwrap() + "\n").collect();
    assert!(rest.contains("interrupted before convergence"), "{rest}");
    assert!(shown(&place.run(&["info", "topicmill-model"])).contains("interrupted"));

    let arguments = ["fit", "-", "-k", "3", "-o", "other", "-v"];
    let mut child = place.command(&arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _stdin = child.stdin.take();
    let _stderr = wait_for(&mut child, "reading");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(place.entries(), ["news", "topicmill-model"]);
}

#[test]
fn a_time_limit_leaves_a_valid_model() {
    let place = Workplace::new();
    place.corpus(3, 8);
    let output = place.run(&[
        "fit",
        "news",
        "-k",
        "3",
        "--tolerance",
        "0",
        "--max-iterations",
        "100000000",
        "--time-limit",
        "0.2",
    ]);
    assert!(output.status.success() && shown(&output).contains("time limit reached"), "{}", shown(&output));
}

/// Same input, same bytes: threads, kernels and runs never show, but in the manifest's `run`.
#[test]
fn equal_runs_give_equal_directories() {
    let place = Workplace::new();
    place.corpus(6, 12);
    let mut first: Option<Vec<(String, Vec<u8>)>> = None;
    let mut runs: Vec<&[&str]> = vec![
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "4"],
        &["--kernel", "auto"],
        &["--threads", "3", "--kernel", "portable"],
    ];
    if Kernel::Avx2.is_available() {
        runs.push(&["--kernel", "avx2"]);
    }
    if Kernel::Avx512.is_available() {
        runs.push(&["--kernel", "avx512"]);
    }
    for run in runs {
        let arguments = [&["fit", "news", "-k", "20", "-q", "--force", "--stem"], run].concat();
        let output = place.run(&arguments);
        assert!(output.status.success(), "{}", shown(&output));
        let mut files = Vec::new();
        for entry in std::fs::read_dir(place.path("topicmill-model")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut bytes = std::fs::read(&path).unwrap();
            if name == "manifest.json" {
                let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                manifest.as_object_mut().unwrap().remove("run").unwrap();
                bytes = manifest.to_string().into_bytes();
            }
            files.push((name, bytes));
        }
        files.sort();
        assert_eq!(files.len(), 6);
        match &first {
            None => first = Some(files),
            Some(first) => assert!(*first == files, "{run:?} differs"),
        }
    }
}

#[test]
fn help_configuration_completions_and_manual() {
    let place = Workplace::new();
    insta::assert_snapshot!("help", place.show(&["--help"]));
    insta::assert_snapshot!("help_fit", place.show(&["fit", "--help"]));
    let config = place.run(&["config"]);
    assert_eq!(String::from_utf8(config.stdout).unwrap(), include_str!("../config/default.toml"));
    let preset = shown(&place.run(&["config", "--preset", "e-mail", "--set", "factorize.n_topics=7"]));
    assert!(preset.contains("strip = [\"email\"]") && preset.contains("n_topics = 7"), "{preset}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = place.run(&["completions", shell]);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("max-iterations"));
    }
    assert!(String::from_utf8_lossy(&place.run(&["man"]).stdout).contains(".TH topicmill"));
    assert!(String::from_utf8_lossy(&place.run(&["man", "fit"]).stdout).contains("max\\-iterations"));
    fails(&place.run(&["man", "fly"]), 1, &["no command"]);
    fails(&place.run(&[]), 2, &["Usage"]);
}

/// One directory of every format version must load for ever.
#[test]
fn models_of_every_format_version_load() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/model-v1");
    let place = Workplace::new();
    let output = place.run(&["topics", golden.to_str().unwrap(), "-n", "3"]);
    insta::assert_snapshot!("golden_model_v1", shown(&output));
    place.write("new.txt", "The oven, the flour and a telescope");
    let output = place.run(&["transform", golden.to_str().unwrap(), "new.txt"]);
    insta::assert_snapshot!("golden_model_v1_transform", shown(&output));
}

#[test]
fn outputs_replace_nothing_that_is_not_theirs() {
    let place = Workplace::new();
    place.corpus(2, 5);
    assert!(place.run(&["fit", "news", "-k", "2", "-q"]).status.success());
    let terms = std::fs::read(place.path("topicmill-model/terms.tsv")).unwrap();
    for output in ["topicmill-model/terms.tsv", "topicmill-model/new.csv"] {
        fails(&place.run(&["export", "topicmill-model", "--table", "terms", "-o", output]), 1, &["topicmill-model"]);
        fails(&place.run(&["transform", "topicmill-model", "news", "-o", output]), 1, &["lies in a model directory"]);
    }
    assert_eq!(std::fs::read(place.path("topicmill-model/terms.tsv")).unwrap(), terms);
    place.write("tables/a.csv", "id,text\n1,bank rates\n");
    fails(&place.run(&["transform", "topicmill-model", "tables", "-o", "tables/a.csv"]), 1, &["is an input"]);

    place.write("topicmill-model/notes.txt", "mine");
    fails(&place.run(&["fit", "news", "-k", "2", "--force"]), 2, &["holds notes.txt, which topicmill did not write"]);
    std::fs::remove_file(place.path("topicmill-model/notes.txt")).unwrap();

    // A model inside an input is no document, and no input.
    std::fs::rename(place.path("topicmill-model"), place.path("news/model")).unwrap();
    let output = place.run(&["inspect", "news"]);
    assert!(
        shown(&output).contains("documents   10,") && shown(&output).contains("1 written by topicmill"),
        "{}",
        shown(&output)
    );
    fails(&place.run(&["fit", "news/model", "-k", "2"]), 1, &["was written by topicmill and holds no documents"]);
}

#[cfg(unix)]
#[test]
fn links_and_pipes() {
    let place = Workplace::new();
    place.corpus(2, 5);
    std::fs::create_dir(place.path("real")).unwrap();
    std::os::unix::fs::symlink("real", place.path("link")).unwrap();
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "-o", "link"]).status.success());
    assert!(place.path("real/manifest.json").is_file() && place.path("link").is_symlink());
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).unwrap();
    fails(&place.run(&["fit", "news", "-k", "2", "-o", "dangling"]), 2, &["symbolic link to nothing"]);
    place.write("table.csv", "old");
    std::os::unix::fs::symlink("table.csv", place.path("table")).unwrap();
    assert!(place.run(&["export", "real", "--table", "terms", "-o", "table"]).status.success());
    assert!(place.path("table").is_symlink());
    assert!(std::fs::read_to_string(place.path("table.csv")).unwrap().starts_with("term,"));
    assert!(place.run(&["export", "real", "--table", "terms", "-o", "/dev/null"]).status.success());

    // A named pipe is read once, and whole.
    let text = "alpha beta gamma\n".repeat(20_000);
    place.write("long.txt", &text);
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let pipe = place.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, text).unwrap());
    let from_pipe = place.run(&["inspect", "pipe", "--max-df", "1.0", "--language", "none"]);
    writer.join().unwrap();
    assert!(shown(&from_pipe).contains("tokens      60,000"), "{}", shown(&from_pipe));
}

#[test]
fn tables_in_legacy_encodings_and_with_odd_columns() {
    let place = Workplace::new();
    let greek = "id,label,text\n1,νέα,αγώνα θέατρο\n2,υγεία,γιατρός θεραπεύει\n3,νέα,θέατρο γιατρός\n";
    place.write("g.csv", encoding_rs::WINDOWS_1253.encode(greek).0);
    assert!(place.run(&["fit", "g.csv", "-k", "1", "-q", "--max-df", "1.0"]).status.success());
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    assert!(documents.contains("1\tνέα\tαγώνα θέατρο\tg.csv:2") && documents.contains("2\tυγεία"), "{documents}");

    place.write("d.csv", "id,x,x,title,title_2,text\r\n1,a,b,c,d,red apple\r\n2,e,f,g,h,blue apple\r\n");
    assert!(place.run(&["fit", "d.csv", "-k", "1", "-q", "--max-df", "1.0", "--force"]).status.success());
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    let expected = "id\tlabel\ttitle\tsource\tn_tokens\tstatus\tx\tx_2\ttitle_3\ttitle_2\n\
                    1\t\tred apple\td.csv:2\t2\tok\ta\tb\tc\td\n2\t\tblue apple\td.csv:3\t2\tok\te\tf\tg\th\n";
    assert_eq!(documents, expected);

    place.write(
        "o.jsonl",
        "\n{\"id\": \"1\", \"text\": \"red apple\"}\n{\"id\": \"secret\"}\n{\"id\": \"\", \"text\": \"x y\"}\n",
    );
    let output = place.run(&["inspect", "o.jsonl", "--max-df", "1.0"]);
    assert!(
        shown(&output).contains("o.jsonl:3: without text field") && shown(&output).contains("documents   2,"),
        "{}",
        shown(&output)
    );

    let keys: String = (0..1200).map(|i| format!("{{\"text\": \"red apple\", \"k{i}\": 1}}\n")).collect();
    place.write("keys.jsonl", keys);
    fails(&place.run(&["inspect", "keys.jsonl"]), 1, &["more than 1000 different fields"]);
}

#[test]
fn languages_with_letters_of_their_own() {
    let place = Workplace::new();
    place.write("gr.txt", "Η ομάδα της πόλης είναι καλή\nτα μέλη της ομάδας είναι εδώ\n");
    let arguments =
        ["vectorize", "gr.txt", "--format", "lines", "--language", "greek", "--max-df", "1.0", "-o", "gr", "-q"];
    assert!(place.run(&arguments).status.success());
    let terms = std::fs::read_to_string(place.path("gr/terms.tsv")).unwrap();
    assert!(!terms.contains("της") && !terms.contains("είναι") && terms.contains("ομάδα"), "{terms}");
    place.write("tr.txt", "İstanbul IŞIK\nistanbul ışık\n");
    let arguments =
        ["vectorize", "tr.txt", "--format", "lines", "--language", "tr", "--max-df", "1.0", "-o", "tr", "-q"];
    assert!(place.run(&arguments).status.success());
    let terms = std::fs::read_to_string(place.path("tr/terms.tsv")).unwrap();
    assert_eq!(terms.lines().count(), 3, "{terms}");
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
    fails(&place.run(&["export", "topicmill-model", "--table", "terms", "--shares"]), 1, &["--shares is for"]);
    assert!(
        place.run(&["fit", "news", "-k", "2", "-k", "3", "-q", "-o", "x", "--time-limit", "1e19"]).status.success()
    );
}

/// The scale of the data does not matter to a fit.
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

/// The README shows what the program prints.
#[test]
fn readme_shows_real_output() {
    let place = Workplace::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpora/newsroom");
    let output = place.run(&["fit", corpus.to_str().unwrap(), "-k", "6"]);
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let shown = stdout.lines().take_while(|line| !line.starts_with("topic 2:"));
    let last = stdout.lines().last().unwrap();
    for line in shown.chain([last]).chain(stderr.lines()) {
        assert!(readme.contains(line.trim()), "the README lacks: {line}");
    }
}
