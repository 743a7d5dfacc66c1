//! Tests the page without a browser: what stands in it is what its sources build, and its facts are the program's.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::common::workplace::{Workplace, fails, shown, succeeds};

fn explorer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/explorer")
}

/// The sources of the page, by path, in order, as `build.mjs` lists them.
fn sources() -> Vec<(String, Vec<u8>)> {
    fn visit(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { visit(&path, out) } else { out.push(path) }
        }
    }
    let root = explorer();
    let mut paths = Vec::new();
    visit(&root.join("src"), &mut paths);
    paths.extend(["build.mjs", "package-lock.json", "package.json", "tsconfig.json"].map(|name| root.join(name)));
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    let mut files: Vec<_> = paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_page_was_built_from_its_sources() {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for (name, content) in sources() {
        for byte in name.bytes().chain(content) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    let digests = std::fs::read_to_string(explorer().join("digests.txt")).unwrap();
    let built = digests.lines().nth(2).unwrap();
    assert_eq!(
        format!("{hash:016x}"),
        built,
        "the sources have changed: npm ci && npm run build in src/report/explorer"
    );
}

/// A block of data on a page.
fn block(page: &str, name: &str) -> Option<Vec<u8>> {
    let (_, rest) = page.split_once(&format!("id=\"data-{name}\">"))?;
    let compressed = STANDARD.decode(rest.split('<').next()?).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn json(page: &str, name: &str) -> Value {
    serde_json::from_slice(&block(page, name).unwrap()).unwrap()
}

#[test]
fn the_facts_of_a_page_are_those_of_the_program() {
    let place = Workplace::new();
    let newsroom = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom");
    let newsroom = newsroom.to_str().unwrap();
    succeeds(&place.run(&["fit", newsroom, "-k", "6", "-o", "m", "-q"]));
    let told = place.run(&["report", "m", newsroom, "-o", "page.html"]);
    assert!(succeeds(&told).contains("report written to page.html"));
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    let facts = json(&page, "facts");
    for ranking in ["correlation", "lift"] {
        let topics = place.stdout(&["topics", "m", "-n", "30", "--rank", ranking, "--format", "json"]);
        assert_eq!(facts["rankings"][ranking], serde_json::from_str::<Value>(&topics).unwrap());
    }
    let groups = place.stdout(&["by-group", "m", "--column", "label", "--format", "json"]);
    assert_eq!(facts["groups"][0], serde_json::from_str::<Value>(&groups).unwrap());
    assert_eq!(json(&page, "documents")["ids"].as_array().unwrap().len(), 138);
    assert!(block(&page, "texts-0").is_some());
    assert!(facts["made"]["run"]["command"].as_array().unwrap().contains(&Value::from("fit")));
    // The same model gives the same page.
    succeeds(&place.run(&["report", "m", newsroom, "-o", "again.html", "-q", "--threads", "1"]));
    assert!(page == std::fs::read_to_string(place.path("again.html")).unwrap());
}

#[test]
fn a_page_has_texts_if_there_are_any_and_as_many_documents_as_asked_for() {
    let place = Workplace::new();
    place.corpus(3, 12);
    let fitted = place.run(&["fit", "news", "-k", "3", "-o", "m", "-q", "--report", "fit.html"]);
    succeeds(&fitted);
    let page = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert!(block(&page("fit.html"), "texts-0").is_some());
    let told = place.run(&["report", "m", "-o", "bare.html"]);
    assert!(succeeds(&told).contains("the page has no texts: name the input that has them"), "{}", shown(&told));
    assert!(block(&page("bare.html"), "texts-0").is_none());
    succeeds(&place.run(&["report", "m", "news", "--no-texts", "-o", "less.html", "-q"]));
    assert_eq!(block(&page("less.html"), "texts-0"), None);
    let told = place.run(&["report", "m", "news", "--documents", "20", "-o", "some.html"]);
    assert!(succeeds(&told).contains("20 documents of 36 are on the page"), "{}", shown(&told));
    assert_eq!(json(&page("some.html"), "documents")["ids"].as_array().unwrap().len(), 20);
    // Documents of the model that are not in the sample are no strangers.
    succeeds(&place.run(&["report", "m", "news", "--documents", "0", "-o", "none.html", "-q"]));
    assert_eq!(json(&page("none.html"), "documents")["ids"].as_array().unwrap().len(), 0);
    // Documents that the input lacks are told.
    let first = std::fs::read_dir(place.path("news")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_dir_all(&first).or_else(|_| std::fs::remove_file(&first)).unwrap();
    let told = place.run(&["report", "m", "news", "-o", "gap.html"]);
    assert!(succeeds(&told).contains("have no text in the input"), "{}", shown(&told));
}

#[test]
fn a_report_that_cannot_be_written_says_why() {
    let place = Workplace::new();
    place.corpus(2, 8);
    place.model("m");
    place.write("other/a.txt", "nothing of it is known here");
    fails(
        &place.run(&["report", "m", "other", "-o", "page.html"]),
        1,
        &["no document of the input is one of the model's"],
    );
    assert!(!place.path("page.html").exists());
    fails(&place.run(&["report", "m", "-o", "news"]), 1, &["is a directory"]);
    fails(&place.run(&["report", "m", "-o", "m/page.html"]), 1, &["lies in a model directory"]);
    fails(&place.run(&["report", "m", "-o", "none/page.html"]), 1, &["cannot be written"]);
    fails(&place.run(&["report", "m", "--selection", "other/a.txt"]), 2, &["is no selection.json"]);
    fails(&place.run(&["report", "m", "--selection", "nowhere"]), 2, &["nowhere"]);
    fails(&place.run(&["report", "news"]), 1, &["topicmill fit"]);
    place.leaves_no_sibling();
}
