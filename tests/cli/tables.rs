//! Tests that other programs read our tables without loss, whatever is in the documents.

use std::process::Command;

use crate::common::workplace::{Workplace, shown, succeeds};

/// What a determined author may put into an id, a label or a field.
const ODD: [&str; 20] = [
    "say \"hi\"",
    "tab\there",
    "two\nlines",
    "cr\rhere",
    "crlf\r\nhere",
    " lead",
    "trail ",
    "NA",
    "",
    "\\n literal \\t",
    "\"",
    "\"\"",
    "=1+1",
    "é 漢字 \u{2028}x",
    "#c",
    "it's",
    "1e5",
    "TRUE",
    "nul\0l",
    "a\tb\"c\nd",
];

/// Documents with odd ids, labels, fields and names of fields.
fn hostile_documents() -> String {
    let texts = [
        "The telescope sees a comet and a moon of the planet while the rocket waits in orbit near the stars",
        "The baker kneads the dough with flour and butter while the oven is hot and the soup tastes of garlic",
    ];
    let row = |(i, odd): (usize, &&str)| {
        let text = format!("{odd}\n{}", texts[i % 2]).replace('\0', " ");
        let id = format!("{i} {odd}");
        serde_json::json!({ "id": id, "text": text, "label": odd, "note": odd, "w\to": odd }).to_string() + "\n"
    };
    ODD.iter().enumerate().map(row).collect()
}

/// Runs tests/read_tables.py on files of a place and returns what it prints; `None`, with a message, if there is no
/// Python.
fn python(place: &Workplace, arguments: &[&str]) -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_tables.py");
    let output = Command::new("python3").arg(script).args(arguments).current_dir(place.path("")).output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", shown(&output));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn pandas_polars_and_r_lose_no_row_and_no_character() {
    let place = Workplace::new();
    place.write("odd.jsonl", hostile_documents());
    succeeds(&place.run(&["fit", "odd.jsonl", "-k", "2", "-q", "-o", "model"]));
    for table in ["documents", "terms", "clusters", "topic-terms", "document-topics"] {
        for format in ["json", "tsv", "csv"] {
            let file = format!("{table}.{format}");
            succeeds(&place.run(&["export", "model", "--table", table, "--format", format, "-o", &file]));
        }
        let [json, tsv, csv] = ["json", "tsv", "csv"].map(|format| format!("{table}.{format}"));
        let Some(readers) = python(&place, &[&json, &tsv, &csv]) else { return };
        eprintln!("{table} was read by: {readers}");
    }
    // The tables in the model directory must equal the exported ones.
    for table in ["documents", "terms"] {
        let read = |name: String| std::fs::read_to_string(place.path(&name)).unwrap();
        assert_eq!(read(format!("model/{table}.tsv")), read(format!("{table}.tsv")));
    }
}

#[test]
fn names_from_outside_lose_what_no_table_holds_and_nothing_else() {
    let place = Workplace::new();
    place.write("odd.jsonl", hostile_documents());
    succeeds(&place.run(&["fit", "odd.jsonl", "-k", "2", "-q", "-o", "model"]));
    let output = succeeds(&place.run(&["export", "model", "--table", "documents", "--format", "jsonl"]));
    let rows: Vec<serde_json::Value> =
        output.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    for (row, odd) in rows.iter().zip(ODD) {
        let expected = odd.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
        assert_eq!(row["note"].as_str().unwrap(), expected);
        assert!(row["id"].as_str().unwrap().ends_with(&expected));
    }
    // The model and `transform` must give a document the same id.
    let transformed = succeeds(&place.run(&["transform", "model", "odd.jsonl", "--output-format", "jsonl"]));
    let ids = transformed.lines().filter(|line| line.starts_with('{'));
    for (line, row) in ids.zip(&rows) {
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap()["id"], row["id"]);
    }
    // The terms.tsv of a directory can name the rows of another matrix.
    succeeds(&place.run(&["vectorize", "odd.jsonl", "-o", "matrix"]));
    std::fs::copy(place.path("matrix/matrix.mtx"), place.path("v.mtx")).unwrap();
    let named = ["fit", "v.mtx", "--term-names", "matrix/terms.tsv", "-k", "2", "-q", "-o", "named"];
    succeeds(&place.run(&named));
    let words = |model: &str| {
        let topics = succeeds(&place.run(&["topics", model, "--format", "csv"]));
        let column = |line: &str| line.split(',').nth(3).map(str::to_string);
        let mut words: Vec<String> = topics.lines().filter_map(column).collect();
        words.sort();
        words
    };
    assert_eq!(words("named"), words("model"));
    let with_ids = ["fit", "v.mtx", "--document-names", "matrix/documents.tsv", "-k", "2", "-q", "-o", "ids"];
    succeeds(&place.run(&with_ids));
    let ids = |model: &str| {
        let model = topicmill::TopicModel::load(place.path(model)).unwrap();
        model.documents.rows().map(|row| row.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids("ids"), ids("model"));
    // A table of documents is read as the table that it is.
    succeeds(&place.run(&["export", "model", "--table", "documents", "--format", "tsv", "-o", "again.tsv"]));
    let again = succeeds(&place.run(&["inspect", "again.tsv", "--text-column", "title,note", "-k", "2"]));
    assert!(again.contains("documents   20,") && again.contains("skipped     none"), "{again}");
}
