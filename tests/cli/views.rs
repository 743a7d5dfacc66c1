//! Tests views: values of metadata columns that take part in topics beside the words.

use crate::common::workplace::{Workplace, columns_of, contents, fails, succeeds};
use topicmill::config::Config;
use topicmill::evaluate::Agreement;
use topicmill::factorize::Silent;
use topicmill::ingest::Document;
use topicmill::pipeline::{Dataset, fit};

/// Documents of five kinds, of which words tell {0, 1}, {2}, {3, 4} apart, and tags {0}, {1, 2}, {3}, {4}.
fn kinds(n: usize) -> Vec<(usize, String, String)> {
    let mut state = 3_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let of = |i: usize| {
        let kind = i % 5;
        let (words, tags) = ([0, 0, 1, 2, 2][kind], [0, 1, 1, 2, 3][kind]);
        let letters = |number: usize| format!("{}{}", ["ka", "lo", "mi"][words], ["bar", "dus", "fen", "gil"][number]);
        let text: Vec<String> = (0..12).map(|_| letters(next(4))).collect();
        let tags: Vec<String> = (0..3).map(|_| format!("Tag {}", 4 * tags + next(4))).collect();
        (kind, text.join(" "), tags.join("; "))
    };
    (0..n).map(of).collect()
}

fn agreement(views: &[&str], k: usize) -> f64 {
    let kinds = kinds(400);
    let documents: Vec<Document> = (0..)
        .zip(&kinds)
        .map(|(i, (_, text, tags))| {
            Document::new(format!("d{i}"), text.clone()).with_metadata([("tags", tags.clone())])
        })
        .collect();
    let mut config = Config::default();
    config.factorize.n_topics = k;
    config.text.views = views.iter().map(ToString::to_string).collect();
    let model = fit(&Dataset::from_documents(documents, &config).unwrap(), &config.factorize, &mut Silent).unwrap();
    let found = model.assignments().into_iter().zip(&kinds).map(|(topic, (kind, ..))| (kind.to_string(), topic));
    Agreement::of_documents(found).unwrap().nmi
}

#[test]
fn words_and_values_together_tell_what_neither_does_alone() {
    let [words, both] = [agreement(&[], 5), agreement(&["tags=tags:4"], 5)];
    assert!(words < 0.8 && both > 0.97, "words {words}, with tags {both}");
}

fn table(place: &Workplace) {
    let rows: String =
        (0..).zip(kinds(120)).map(|(i, (kind, text, tags))| format!("d{i},{kind},{text},\"{tags}\"\n")).collect();
    place.write("t.csv", format!("id,label,text,tags\n{rows}"));
}

#[test]
fn values_are_no_words_and_documents_keep_their_rows() {
    let place = Workplace::new();
    table(&place);
    for more in [&[][..], &["--sharpening", "off"], &["--hierarchy"], &["--variant", "convex"]] {
        let fit = ["fit", "t.csv", "-k", "5", "--view", "tags=tags:2", "-q", "-o", "m", "--force"];
        succeeds(&place.run(&[&fit[..], more].concat()));
        let stored = place.stdout(&["export", "m", "--table", "document-topics"]);
        let stored: Vec<&str> = stored.lines().skip(1).map(|row| row.split_once(',').unwrap().1).collect();
        let again = place.stdout(&["transform", "m", "t.csv"]);
        assert_eq!(columns_of(&again, |column| column.starts_with("topic_")), stored, "{more:?}");
        let words = place.stdout(&["export", "m", "--table", "topic-terms"]);
        assert!(words.lines().count() > 1 && !words.contains("tags: "), "{more:?}");
        let values = place.stdout(&["export", "m", "--table", "values"]);
        assert!(values.starts_with("topic,name,view,rank,value,probability,score\n"), "{values}");
        assert!(values.contains(",tags,1,Tag "), "{values}");
        for command in [&["clusters", "m"][..], &["evaluate", "m", "t.csv"], &["explain", "m", "t.csv", "--id", "d3"]] {
            succeeds(&place.run(command));
        }
        succeeds(&place.run(&["report", "m", "t.csv", "-o", "r.html"]));
        succeeds(&place.run(&["export", "m", "t.csv", "--table", "residual-terms"]));
    }
    let shown_topics = place.stdout(&["topics", "m"]);
    assert!(shown_topics.lines().next().unwrap().trim_end().ends_with("tags"), "{shown_topics}");
    let json: serde_json::Value = serde_json::from_str(&place.stdout(&["topics", "m", "--format", "json"])).unwrap();
    assert_eq!(json["values"].as_array().unwrap().len(), 5);
    assert!(json["values"][0]["values"][0]["value"].as_str().unwrap().starts_with("Tag "));
}

#[test]
fn values_count_alike_on_disk_and_in_a_stored_matrix() {
    let place = Workplace::new();
    table(&place);
    let view = ["--view", "tags=tags:2", "-q"];
    let arrays = |model: &str| {
        let is_array = |(name, _): &(String, Vec<u8>)| !name.contains("manifest.json");
        contents(&place.path(model)).into_iter().filter(is_array).collect::<Vec<_>>()
    };
    let shards = ["--set", "factorize.shard_documents=50"];
    succeeds(&place.run(&[&["fit", "t.csv", "-k", "4", "-o", "memory"][..], &view, &shards].concat()));
    succeeds(
        &place.run(&[&["fit", "t.csv", "-k", "4", "-o", "disk", "--memory", "256MiB"][..], &view, &shards].concat()),
    );
    assert_eq!(arrays("memory"), arrays("disk"));
    succeeds(&place.run(&[&["vectorize", "t.csv", "-o", "v"][..], &view].concat()));
    succeeds(&place.run(&["fit", "v", "-k", "4", "-o", "stored", "-q"]));
    succeeds(&place.run(&[&["fit", "t.csv", "-k", "4", "-o", "whole"][..], &view].concat()));
    assert_eq!(arrays("stored"), arrays("whole"));
    assert_eq!(place.stdout(&["topics", "stored"]), place.stdout(&["topics", "whole"]));
}

#[test]
fn kept_texts_have_the_values_of_their_documents() {
    let place = Workplace::new();
    table(&place);
    succeeds(&place.run(&["fit", "t.csv", "-k", "4", "--view", "tags=tags:2", "--keep-texts", "-q", "-o", "m"]));
    let counts =
        |more: &[&str]| place.stdout(&[&["export", "m"][..], more, &["--table", "residual-documents"]].concat());
    assert_eq!(counts(&[]), counts(&["t.csv"]));
    // Numbers of topics are judged by words, and a value can be weighted by its name.
    let selected = place.stdout(&["select", "t.csv", "-k", "3..4", "--view", "tags=tags:9"]);
    assert!(selected.contains("first proposal") && !selected.contains("tags: "), "{selected}");
    let weight = ["--set", r#"matrix.term_weights={"tags: Tag 1"=7.5}"#];
    let fit = ["fit", "t.csv", "-k", "4", "--view", "tags=tags:2", "-q", "-o", "w"];
    succeeds(&place.run(&[&fit[..], &weight].concat()));
    let terms = place.stdout(&["export", "w", "--table", "terms"]);
    assert!(terms.lines().any(|row| row.starts_with("tags: Tag 1,") && row.ends_with(",7.5")), "{terms}");
}

#[test]
fn an_updated_model_keeps_its_views() {
    let place = Workplace::new();
    table(&place);
    succeeds(&place.run(&["fit", "t.csv", "-k", "4", "--view", "by=tags", "--keep-texts", "-q", "-o", "m"]));
    place.write("new.csv", "id,text,tags\nx,kabar kadus kafen,Tag 0;Tag 1\ny,lobar lodus,Tag 2\n");
    succeeds(&place.run(&["update", "m", "new.csv", "-q"]));
    let terms = place.stdout(&["export", "m", "--table", "terms"]);
    let row = terms.lines().find(|row| row.starts_with("by: Tag 0,")).unwrap().to_string();
    let before: usize = kinds(120).iter().filter(|(.., tags)| tags.split("; ").any(|tag| tag == "Tag 0")).count();
    assert_eq!(row.split(',').nth(2), Some((before + 1).to_string().as_str()), "{row}");
}

#[test]
fn views_that_make_no_sense_are_refused_before_the_work() {
    let place = Workplace::new();
    table(&place);
    let fit = |more: &[&str]| place.run(&[&["fit", "t.csv", "-k", "3", "-q", "-o", "m"], more].concat());
    fails(&fit(&["--view", "tags"]), 2, &["views", "NAME=COLUMN"]);
    fails(&fit(&["--view", "tags=tags:0"]), 2, &["views", "weight"]);
    fails(&fit(&["--view", "a=tags", "--view", "a=label"]), 2, &["\"a\" twice"]);
    fails(&fit(&["--view", "a=tags", "--vocabulary", "kabar"]), 2, &["views", "matrix.vocabulary"]);
    fails(&fit(&["--view", "a=tags", "--phrases"]), 2, &["views", "phrases"]);
    fails(&fit(&["--view", "a=tags", "--token-pattern", r"\S+"]), 2, &["views", "token_pattern"]);
    place.write("rare.csv", "text,note\nships sea,x\nsea ships,y\nbread salt,z\nsalt bread,w\n");
    let rare = ["fit", "rare.csv", "-k", "2", "--view", "a=note", "--min-df", "2", "-o", "r"];
    let rare = succeeds(&place.run(&rare));
    assert!(rare.contains("a has no value that enough documents share"), "{rare}");
    fails(&fit(&["--view", "a=colour"]), 2, &["\"colour\"", "there are tags"]);
    succeeds(&fit(&["--view", "class=label", "--force"]));
    succeeds(&place.run(&["fit", "t.csv", "-k", "3", "-q", "-o", "plain"]));
    fails(&place.run(&["export", "plain", "--table", "values"]), 1, &["no views", "--view"]);
    // New documents without the column are told of.
    place.write("new.csv", "text\nkabar kadus\n");
    let told = succeeds(&place.run(&["transform", "m", "new.csv"]));
    assert!(told.contains("has a value of the views class"), "{told}");
}
