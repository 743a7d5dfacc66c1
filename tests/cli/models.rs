//! Tests model directories: what is in them, what is refused, what is never replaced.

use std::process::{Command, Output};

use topicmill::TopicModel;
use topicmill::model::{FORMAT_VERSION, RowFormat, store};

use crate::common::golden;
use crate::common::workplace::{Workplace, columns_of, contents, fails, is_weight, shown, succeeds};

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
    let all = place.stdout(&["transform", "topicmill-model", "news"]);
    assert_eq!(stored.len(), 18);
    assert_eq!(columns_of(&all, is_weight), stored);
    let clusters = std::fs::read_to_string(place.path("topicmill-model/clusters.tsv")).unwrap();
    let clusters: Vec<&str> = clusters.lines().skip(1).map(|line| line.rsplit('\t').next().unwrap()).collect();
    assert_eq!(columns_of(&all, |column| column == "topic"), clusters, "a document belongs to the same topic");
    let id = stored[4].split(',').next().unwrap();
    let alone = place.stdout(&["transform", "topicmill-model", &format!("news/{id}")]);
    let alone = columns_of(&alone, |column| column.starts_with("topic_"));
    assert_eq!(alone[0].split(',').collect::<Vec<_>>(), stored[4].split(',').skip(1).collect::<Vec<_>>());

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

/// A model whose rows of documents are a Parquet table is the same model to every command.
#[test]
fn rows_of_documents_are_an_array_or_a_table() {
    let place = Workplace::new();
    place.corpus(3, 6);
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "array"]));
    let model = TopicModel::load(place.path("array")).unwrap();
    store::save_as(&model, RowFormat::Parquet, &place.path("table"), false).unwrap();
    for name in ["document_topic", "factor_document_topic"] {
        assert!(place.path(&format!("table/{name}.parquet")).exists());
        assert!(!place.path(&format!("table/{name}.npy")).exists());
    }
    let said = |words: &[&str]| place.stdout(words).replace("table", "array");
    for command in [
        &["topics"][..],
        &["clusters", "--format", "json"],
        &["export", "--table", "joined"],
        &["evaluate", "--format", "json"],
    ] {
        let [array, table] = ["array", "table"].map(|model| said(&[&command[..1], &[model], &command[1..]].concat()));
        assert_eq!(array, table, "{command:?}");
    }
    assert_eq!(said(&["transform", "array", "news"]), said(&["transform", "table", "news"]));
    for model in ["array", "table"] {
        succeeds(&place.run(&["report", model, "-o", &format!("{model}.html")]));
        succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "--init-from", model, "-o", &format!("from-{model}")]));
    }
    let [array, table] = ["from-array/topic_term.npy", "from-table/topic_term.npy"];
    assert_eq!(std::fs::read(place.path(array)).unwrap(), std::fs::read(place.path(table)).unwrap());
    // The form stays when the model is written again, and the array comes back as it was.
    let model = TopicModel::load(place.path("table")).unwrap();
    assert_eq!(model.manifest.rows, RowFormat::Parquet);
    store::save_as(&model, RowFormat::Npy, &place.path("again"), false).unwrap();
    let files = |name: &str| -> Vec<_> {
        let manifest = ["manifest.json", "report.html"];
        contents(&place.path(name)).into_iter().filter(|(name, _)| !manifest.contains(&name.as_str())).collect()
    };
    assert_eq!(files("array"), files("again"));
    let rows = place.path("table/document_topic.parquet");
    let bytes = std::fs::read(&rows).unwrap();
    std::fs::write(&rows, &bytes[..bytes.len() - 1]).unwrap();
    fails(&place.run(&["topics", "table"]), 1, &["document_topic.parquet", "cut off or edited"]);
}

#[test]
fn several_models_over_one_reading() {
    let place = Workplace::new();
    place.corpus(3, 6);
    succeeds(&place.run(&["fit", "news", "-k", "3", "-q", "-o", "first"]));
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "-o", "second", "--stem"]));
    std::fs::create_dir(place.path("other")).unwrap();
    succeeds(&place.run(&["fit", "news", "-k", "4", "-q", "-o", "other/second", "--loss", "frobenius"]));
    let both = ["transform", "first", "-", "--format", "lines", "--also", "second", "--also", "other/second"];
    let texts = "the orchestra of the opera\nships at sea\nnothing that is known\n";
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), texts.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let all = run(&both);
    for (model, prefix) in [("first", ""), ("second", "second."), ("other/second", "second#2.")] {
        let alone = run(&["transform", model, "-", "--format", "lines"]);
        for column in ["unknown_share", "topic", "name", "share", "topic_0", "topic_1"] {
            let name = format!("{prefix}{column}");
            assert_eq!(columns_of(&all, |other| other == name), columns_of(&alone, |other| other == column), "{name}");
        }
    }
    assert!(
        all.starts_with("id,label,title,unknown_share,topic,name,share,topic_0,topic_1,topic_2,second.unknown_share,")
    );
    // Every format holds the same rows.
    let lines = run(&[&both[..], &["--output-format", "jsonl"]].concat());
    let json = run(&[&both[..], &["--output-format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rows: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json["rows"], serde_json::Value::Array(rows));
    assert_eq!(json["table"], "transform");
    let tabs = run(&[&both[..], &["--output-format", "tsv"]].concat());
    assert_eq!(tabs.lines().count(), 4, "a header and three rows");
    assert!(tabs.lines().all(|line| line.matches('\t').count() == 23), "{tabs}");
    fails(&place.run(&["transform", "first", "news", "--also", "nowhere"]), 1, &["nowhere"]);
    // Advice names the model that it is about.
    place.write("strange.txt", "xylophones qwertz\nvuvuzelas asdf\n");
    let told = succeeds(&place.run(&["transform", "first", "strange.txt", "--also", "other/second"]));
    assert!(told.contains("first knows few words") && told.contains("other/second knows few words"), "{told}");
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
    for file in [
        "terms.tsv",
        "documents.tsv",
        "topic_term.npy",
        "document_topic.npy",
        "factor_topic_term.npy",
        "factor_document_topic.npy",
        "clusters.tsv",
        "top_words.tsv",
        "trace.csv",
    ] {
        try_with(file, &|bytes| bytes[..bytes.len() / 2].to_vec(), &[file, "cut off or edited", "hint:"]);
    }
    try_with("manifest.json", &|bytes| bytes[..bytes.len() / 2].to_vec(), &["manifest.json", "cut off or edited"]);
    let edit = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes()
    };
    try_with("manifest.json", &edit("\"seed\": 1", "\"seed\": 2"), &["has been edited"]);
    try_with(
        "manifest.json",
        &edit("\"format_version\": 3", "\"format_version\": 9"),
        &["format version 9", "reads up to 3"],
    );
    try_with("manifest.json", &edit("\"program\": \"topicmill", "\"program\": \"other"), &["not written by topicmill"]);
    std::fs::remove_file(model.join("terms.tsv")).unwrap();
    fails(&place.run(&["topics", "topicmill-model"]), 1, &["terms.tsv: is missing"]);
    fails(&place.run(&["topics", "news"]), 1, &["news: is not a model"]);
    fails(&place.run(&["topics", "nowhere"]), 1, &["nowhere: no such directory"]);
}

/// One directory of every format version must load for ever; tests/golden/README.md says how they were made.
#[test]
fn models_of_every_format_version_load() {
    let place = Workplace::new();
    place.write("new.txt", "The oven, the flour and a telescope");
    for version in 1..=FORMAT_VERSION {
        let golden = golden(&format!("model-v{version}"));
        let golden = golden.to_str().unwrap();
        insta::assert_snapshot!(format!("golden_model_v{version}"), place.show(&["topics", golden, "-n", "3"]));
        let transformed = place.show(&["transform", golden, "new.txt"]);
        insta::assert_snapshot!(format!("golden_model_v{version}_transform"), transformed);
        // A model of any format is saved in the newest one, and must not change by that.
        let model = TopicModel::load(golden).unwrap();
        let written = model.save(place.path(&format!("again-{version}"))).unwrap();
        let again = TopicModel::load(written).unwrap();
        assert_eq!((&again.terms, &again.documents), (&model.terms, &model.documents));
        assert_eq!((&again.w, &again.h, &again.trace), (&model.w, &model.h, &model.trace));
        assert_eq!(again.manifest.format_version, FORMAT_VERSION);
    }
}

/// A matrix directory of every format version is an input of a fit for ever.
#[test]
fn matrices_of_every_format_version_are_read() {
    let place = Workplace::new();
    let odd = golden("odd.jsonl");
    for version in 1..=FORMAT_VERSION {
        // Older formats have no counts, on which topics are sharpened.
        let sharpening = if version < 3 { "off" } else { "on" };
        let fit = ["fit", "-k", "2", "-q", "--force", "--sharpening", sharpening];
        succeeds(&place.run(&[&fit[..], &[odd.to_str().unwrap(), "-o", "texts"]].concat()));
        let expected = contents(&place.path("texts"));
        let golden = golden(&format!("matrix-v{version}"));
        succeeds(&place.run(&[&fit[..], &[golden.to_str().unwrap(), "-o", "matrix"]].concat()));
        for ((name, file), (_, expected)) in contents(&place.path("matrix")).into_iter().zip(&expected) {
            assert!(name == "manifest.json" || file == *expected, "{name} of format {version}");
        }
    }
}

#[test]
fn odd_names_are_stored_as_they_are() {
    let model = TopicModel::load(golden("model-v2")).unwrap();
    let source = std::fs::read_to_string(golden("odd.jsonl")).unwrap();
    for (line, row) in source.lines().zip(model.documents.rows()) {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        let expected = ["id", "note"].map(|key| document[key].as_str().unwrap());
        assert_eq!([row.id, row.value(0)], expected);
    }
    assert_eq!(model.documents.columns, ["note", "w\to\""]);
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

    // A model inside an input is skipped, and a model as an input is refused.
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

    // A named pipe can be read only once, and must be read to its end.
    let text = "alpha beta gamma\n".repeat(20_000);
    place.write("long.txt", &text);
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let pipe = place.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, text).unwrap());
    let from_pipe = place.run(&["inspect", "pipe", "--max-df", "1.0", "--language", "none"]);
    writer.join().unwrap();
    assert!(shown(&from_pipe).contains("tokens      60,000"), "{}", shown(&from_pipe));
}
