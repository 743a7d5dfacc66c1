//! Tests the tables that need no join, and the formats of other programs.

use std::path::Path;
use std::process::Command;

use crate::common::shared;
use crate::common::workplace::{Workplace, columns_of, fails, shown, succeeds};

/// A table that a person made: line ends and quotes in fields, a ragged row, an empty text, two columns of one name,
/// and names that the tables of a model have.
const TABLE: &str = "id,topic,text,note,note,share\n\
    1,a,\"the ship\nin the harbour, the \"\"sea\"\"\",x,y,1\n\
    2,b,\"bread and butter, the cook\",\"line\r\nend\",,2\n\
    3,c,,empty,,3\n\
    4,d,ragged\n\
    5,e,\"the sea and the ship, the harbour\",=1+1,z,5\n\
    6,f,\"butter on bread, the cook and bread\", lead,'q',6\n\
    7,g,zzz qqq,none,,7\n";

fn fitted() -> Workplace {
    let place = Workplace::new();
    place.write("t.csv", TABLE);
    let fit = [
        "fit",
        "t.csv",
        "-k",
        "2",
        "-q",
        "-o",
        "m",
        "--keep-texts",
        "--vocabulary",
        "ship,harbour,sea,bread,butter,cook",
    ];
    succeeds(&place.run(&fit));
    place
}

fn records(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_string).collect()).collect()
}

#[test]
fn joined_rows_are_the_users_own_with_topics_behind_them() {
    let place = fitted();
    let csv = place.stdout(&["export", "m", "t.csv", "--table", "joined"]);
    let (own, joined) = (records(TABLE), records(&csv));
    let header = "id,topic,text,note,note_2,share,_topic,name,_share,status,topic_0,topic_1";
    assert_eq!(joined[0].join(","), header);
    assert_eq!(joined.len(), own.len());
    for (own, joined) in own.iter().zip(&joined).skip(1) {
        assert_eq!(joined[..own.len()], own[..], "{own:?}");
        assert!(own.len() == 6 || joined[own.len()..6].iter().all(String::is_empty));
    }
    let statuses: Vec<&str> = joined[1..].iter().map(|row| row[9].as_str()).collect();
    assert_eq!(statuses, ["ok", "ok", "empty", "ragged row", "ok", "ok", "empty"]);
    // The topics are those of the other tables.
    let clusters = place.stdout(&["export", "m", "--table", "clusters"]);
    let topics: Vec<&str> = joined[1..].iter().filter(|row| !row[6].is_empty()).map(|row| row[6].as_str()).collect();
    let mut told = columns_of(&clusters, |name| name == "topic");
    told.retain(|topic| !topic.is_empty());
    assert_eq!(topics, told);
    let long = records(&place.stdout(&["export", "m", "t.csv", "--table", "joined", "--long"]));
    assert_eq!(long[0].join(","), header.trim_end_matches(",topic_0,topic_1"));
    for row in &joined[1..] {
        let shares = long[1..].iter().filter(|line| line[0] == row[0]).filter_map(|line| line[8].parse::<f64>().ok());
        let (n, sum) = shares.fold((0, 0.0), |(n, sum), share| (n + 1, sum + share));
        assert!(if row[6].is_empty() { n == 0 } else { (sum - 1.0).abs() < 1e-6 }, "{row:?}");
    }
    // Without an input there is what the model knows; a shorter input loses nothing, a longer one is marked.
    assert_eq!(records(&place.stdout(&["export", "m", "--table", "joined"])).len(), 6);
    place.write("more.csv", TABLE.to_string() + "8,h,the ship,new,,8\n");
    let more = records(&place.stdout(&["export", "m", "more.csv", "--table", "joined"]));
    assert_eq!(more.last().unwrap()[9], "not in the model");
}

#[test]
fn every_row_and_column_of_speeches_comes_back() {
    let Some(input) = shared("corpora/state-of-the-union.csv") else { return };
    let input = input.to_str().unwrap();
    let place = Workplace::new();
    succeeds(&place.run(&["fit", input, "-k", "4", "-q", "-o", "m", "--max-iterations", "10"]));
    let (own, joined) = (
        records(&std::fs::read_to_string(input).unwrap()),
        records(&place.stdout(&["export", "m", input, "--table", "joined"])),
    );
    assert_eq!(own.len(), joined.len());
    assert!(own.iter().zip(&joined).all(|(own, joined)| joined[..own.len()] == own[..]));
}

#[test]
fn rows_of_json_and_files_are_joined_too() {
    let place = fitted();
    place.write(
        "d.jsonl",
        "{\"n\":1,\"text\":\"the ship and the sea\",\"x\":{\"y\":[2]}}\n{\"text\":\"bread and butter\",\"z\":true}\n",
    );
    succeeds(&place.run(&["fit", "d.jsonl", "-k", "2", "-q", "-o", "j"]));
    let joined = records(&place.stdout(&["export", "j", "d.jsonl", "--table", "joined"]));
    assert_eq!(joined[0][..4], ["n", "text", "x", "z"]);
    assert_eq!(joined[1][..4], ["1", "the ship and the sea", "{\"y\":[2]}", ""]);
    place.corpus(2, 4);
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "f"]));
    let joined = records(&place.stdout(&["export", "f", "news", "--table", "joined"]));
    assert_eq!((joined[0][..2].join(","), joined.len()), ("id,label".to_string(), 9));
    fails(&place.run(&["export", "f", "t.csv", "--table", "joined"]), 1, &["no row of the input is a document"]);
}

/// Python's view of files; skipped without it.
fn python(place: &Workplace, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_exports.py");
    let Ok(output) = Command::new("python3").arg(script).args(arguments).current_dir(place.path("")).output() else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert!(output.status.success(), "{}", shown(&output));
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn other_programs_read_what_is_written_for_them() {
    let place = fitted();
    let export = |table: &str, format: &str, file: &str, more: &[&str]| {
        let arguments = [&["export", "m", "--table", table, "--format", format, "-o", file], more].concat();
        succeeds(&place.run(&arguments));
    };
    export("document-topics", "csv", "shares.csv", &["--shares"]);
    export("document-topics", "npz", "shares.npz", &["--shares"]);
    export("document-topics", "safetensors", "shares.safetensors", &["--shares"]);
    export("document-topics", "svmlight", "shares.svm", &[]);
    export("document-topics", "mallet", "shares.mallet", &[]);
    export("pyldavis", "npz", "vis.npz", &[]);
    export("pyldavis", "json", "vis.json", &[]);
    export("all", "xlsx", "all.xlsx", &[]);
    export("documents", "xlsx", "documents.xlsx", &[]);
    export("documents", "csv", "documents.csv", &[]);
    for format in ["uci", "lda-c", "svmlight", "mtx"] {
        export("counts", format, &format!("counts.{format}"), &[]);
    }
    python(&place, &["."]);
    // Equal models are equal workbooks.
    export("all", "xlsx", "again.xlsx", &[]);
    assert!(std::fs::read(place.path("all.xlsx")).unwrap() == std::fs::read(place.path("again.xlsx")).unwrap());
}

#[test]
fn counts_are_those_of_a_stored_matrix() {
    let place = Workplace::new();
    place.corpus(2, 6);
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "m"]));
    succeeds(&place.run(&["vectorize", "news", "-q", "-o", "v"]));
    let of_texts = place.stdout(&["export", "m", "news", "--table", "counts", "--format", "uci"]);
    assert_eq!(of_texts, place.stdout(&["export", "v", "--table", "counts", "--format", "uci"]));
    fails(
        &place.run(&["export", "m", "--table", "counts", "--format", "uci"]),
        1,
        &["keeps no texts", "name the input"],
    );
}

#[test]
fn what_a_format_cannot_hold_is_refused_with_a_way_out() {
    let place = fitted();
    let export =
        |table: &str, format: &str| place.run(&["export", "m", "--table", table, "--format", format, "-o", "x"]);
    fails(&export("terms", "npz"), 1, &["is not one", "xlsx or parquet"]);
    fails(&export("counts", "csv"), 1, &["csv cannot hold counts", "uci"]);
    fails(&export("all", "csv"), 1, &["csv cannot hold all", "xlsx"]);
    fails(&export("pyldavis", "csv"), 1, &["npz or safetensors"]);
    fails(&export("terms", "mallet"), 1, &["mallet cannot hold terms"]);
    fails(&place.run(&["export", "m", "t.csv", "--table", "terms"]), 2, &["INPUT", "joined, counts and residual"]);
    fails(&place.run(&["export", "m", "--table", "terms", "--long"]), 2, &["--long", "joined"]);
    assert!(!place.path("x").exists());
}

#[test]
fn parquet_goes_out_and_comes_back() {
    let place = fitted();
    for table in ["joined", "clusters", "document-topics"] {
        succeeds(&place.run(&[
            "export",
            "m",
            "--table",
            table,
            "--format",
            "parquet",
            "-o",
            &format!("{table}.parquet"),
        ]));
        succeeds(&place.run(&["export", "m", "--table", table, "-o", &format!("{table}.csv")]));
    }
    // New documents go out in the same types.
    let transform = ["transform", "m", "t.csv", "--output-format"];
    succeeds(&place.run(&[&transform[..], &["parquet", "-o", "transform.parquet"]].concat()));
    succeeds(&place.run(&[&transform[..], &["csv", "-o", "transform.csv"]].concat()));
    python(&place, &["--parquet"]);
    succeeds(&place.run(&["fit", "joined.parquet", "--text-column", "title", "-k", "2", "-q", "-o", "again"]));
}
