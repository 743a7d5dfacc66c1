//! The loader of models: a file of a good model is replaced, its digests made to fit.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use topicmill::export::{self, Content, TableName, TableOptions};
use topicmill::ingest::IngestParams;
use topicmill::model::{Ranking, Transformer, store};
use topicmill::pipeline::{ExplorerOptions, explorer};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/model-v3");
const FILES: [&str; 10] = [
    "manifest.json",
    "terms.tsv",
    "documents.tsv",
    "topic_term.npy",
    "document_topic.npy",
    "factor_topic_term.npy",
    "factor_document_topic.npy",
    "clusters.tsv",
    "top_words.tsv",
    "trace.csv",
];

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let shared = PathBuf::from("/dev/shm");
    let root = if shared.is_dir() { shared } else { std::env::temp_dir() };
    tempfile::tempdir_in(root).unwrap().keep()
});

/// With digests that fit, where the manifest is JSON at all.
fn forge(file: &str, bytes: &[u8]) {
    std::fs::write(PLACE.join(file), bytes).unwrap();
    let manifest = std::fs::read(PLACE.join("manifest.json")).unwrap();
    let Ok(mut manifest) = serde_json::from_slice::<serde_json::Value>(&manifest) else { return };
    let Some(object) = manifest.as_object_mut() else { return };
    let digest = |bytes: &[u8]| serde_json::Value::from(blake3::hash(bytes).to_hex().to_string());
    if file != "manifest.json"
        && let Some(files) = object.get_mut("files").and_then(|files| files.as_object_mut())
    {
        files.insert(file.to_string(), digest(bytes));
    }
    let run = serde_json::json!({ "inputs": [], "started": 0, "seconds": {}, "threads": 0 });
    object.insert("run".into(), run);
    object.insert("digest".into(), "".into());
    let own = digest(&serde_json::to_vec(&object).unwrap());
    object.insert("digest".into(), own);
    std::fs::write(PLACE.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    for file in FILES {
        std::fs::copy(format!("{GOLDEN}/{file}"), PLACE.join(file)).unwrap();
    }
    let file = FILES[usize::from(choice) % FILES.len()];
    // Replaced as a whole, or from a place on: so that mutations reach beyond the first line.
    let mut content = std::fs::read(PLACE.join(file)).unwrap();
    match choice / FILES.len() as u8 % 3 {
        0 => content = bytes.to_vec(),
        part => {
            let (at, bytes) = bytes.split_at_checked(2).unwrap_or((&[0, 0], bytes));
            let at = usize::from(u16::from_le_bytes([at[0], at[1]])) * usize::from(part) % content.len();
            let end = (at + bytes.len()).min(content.len());
            content.splice(at..end, bytes.iter().copied());
        }
    }
    forge(file, &content);
    let Ok(model) = store::load(&PLACE) else { return };
    for &ranking in Ranking::ALL {
        for word in model.topics(3, ranking).iter().flat_map(|topic| &topic.words) {
            assert!(word.score.is_finite() && word.probability.is_finite(), "{ranking:?}: {word:?}");
        }
    }
    assert!(model.clusters(2).iter().flat_map(|c| &c.typical).all(|typical| typical.share.is_finite()));
    match export::content(&model, TableName::Documents, TableOptions::default()) {
        Ok(Some(Content::Table(table))) => assert!(table.n_rows() == model.documents.len()),
        other => panic!("{other:?}"),
    }
    if let Ok((page, _)) = explorer(&model, &[], &IngestParams::default(), &ExplorerOptions::default()) {
        page.write(&mut std::io::sink()).unwrap();
    }
    let Ok(transformer) = Transformer::new(&model) else { return };
    if let Ok(topics) = transformer.texts(&["The oven, the flour and a telescope"]) {
        assert!(topics[0].weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
    }
});
