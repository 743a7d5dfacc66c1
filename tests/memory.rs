//! What comes from memory is what comes from files: documents, rows of tables, matrices, kept texts, parameters.

use std::path::PathBuf;

use topicmill::config::{ConfigSources, Override};
#[cfg(feature = "html")]
use topicmill::ingest::Strip;
use topicmill::ingest::{Document, IngestParams, documents_of_rows};
use topicmill::pipeline::{
    Inputs, Picture, evaluate, explorer, find_document, ingest_params, picture, select, transform,
};
use topicmill::{Config, Dataset, FactorizeParams, Silent, TopicModel, fit};

const CORPUS: &str = "corpora/newsroom";

/// The documents of the corpus, as files give them.
fn documents() -> Vec<Document> {
    topicmill::ingest::documents(&[PathBuf::from(CORPUS)], &IngestParams::default())
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn model(config: &Config) -> TopicModel {
    let dataset = Dataset::read(&[CORPUS], config).unwrap();
    fit(&dataset, &FactorizeParams { n_topics: 6, ..Default::default() }, &mut Silent).unwrap()
}

#[test]
fn inputs_of_either_kind_say_the_same_of_a_model() {
    let model = model(&Config::default());
    let (paths, documents, params) = ([PathBuf::from(CORPUS)], documents(), ingest_params(&model).unwrap());
    let topics = model.topics(10, model.ranking(None).unwrap());
    let both = [Inputs::from(&paths), Inputs::Documents(&documents)];
    let measured = both.map(|inputs| format!("{:?}", evaluate(&model, &topics, inputs, &params).unwrap().0));
    assert_eq!(measured[0], measured[1]);
    let pages = both.map(|inputs| {
        let mut page = Vec::new();
        explorer(&model, inputs, &params, &Default::default()).unwrap().0.write(&mut page).unwrap();
        page
    });
    assert!(pages[0] == pages[1]);
    let id = &documents[7].id;
    let found = both.map(|inputs| find_document(&model, inputs, &params, Some(id)).unwrap());
    assert_eq!((&found[0], &found[1]), (&documents[7], &documents[7]));
    let [of_paths, of_documents] =
        both.map(|inputs| transform(&model, inputs, &params).unwrap().collect::<Result<Vec<_>, _>>().unwrap().concat());
    assert_eq!(of_paths, of_documents);
}

#[test]
fn texts_that_are_kept_are_read_before_the_model_is_stored_too() {
    let mut config = Config::default();
    config.ingest.keep_texts = true;
    let model = model(&config);
    let folder = tempfile::tempdir().unwrap();
    let stored = TopicModel::load(model.save(folder.path().join("model")).unwrap()).unwrap();
    let topics = model.topics(10, model.ranking(None).unwrap());
    let none = IngestParams::default();
    let measured = |model| format!("{:?}", evaluate(model, &topics, &[], &none).unwrap().0);
    assert_eq!(measured(&model), measured(&stored));
    let paths = [PathBuf::from(CORPUS)];
    assert!(matches!(Inputs::from(&paths).of_fit(&model).unwrap(), Inputs::Paths([])), "kept texts come first");
}

#[test]
fn what_cannot_be_read_again_is_not_read_for_a_fitted_model() {
    let model = model(&Config::default());
    let folder = tempfile::tempdir().unwrap();
    let matrix = folder.path().join("matrix");
    Dataset::read(&[CORPUS], &Config::default()).unwrap().save(&matrix, false).unwrap();
    let is_read = |path: PathBuf| !matches!(Inputs::from(&[path]).of_fit(&model).unwrap(), Inputs::Paths([]));
    assert!(is_read(CORPUS.into()));
    assert!(!is_read(matrix.clone()));
    assert!(!is_read(folder.path().join("gone")));
    let params = ingest_params(&model).unwrap();
    let error = find_document(&model, &[matrix], &params, Some("1")).unwrap_err();
    assert!(error.to_string().contains("is a matrix"), "{error}");
}

#[cfg(feature = "html")]
#[test]
fn documents_from_memory_are_stripped_as_those_of_files_are() {
    let mut config = Config::default();
    config.ingest.strip = vec![Strip::Html];
    let wrapped = documents().into_iter().map(|document| {
        let text = format!("<html><script>var nonsense = 1;</script><p>{}</p></html>", document.text);
        Document::new(document.id, text)
    });
    let stripped = Dataset::from_documents(wrapped, &config).unwrap();
    let plain = Dataset::read(&[CORPUS], &Config::default()).unwrap();
    assert_eq!(stripped.terms, plain.terms);
    assert_eq!(stripped.matrix, plain.matrix);
    assert_eq!(stripped.documents.row(3).title, plain.documents.row(3).title);
}

#[test]
fn rows_from_memory_are_those_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv");
    std::fs::write(&file, "id,head,body,year\nx,ships,at sea,1851\ny,bread,and butter,\nz,the sea,has ships,1853\n")
        .unwrap();
    let mut config = Config::default();
    config.ingest.text_column = vec!["head".into(), "body".into()];
    let of_file = Dataset::read(&[&file], &config).unwrap();
    let row = |cells: [&str; 4]| cells.map(String::from).to_vec();
    let header = row(["id", "head", "body", "year"]);
    let rows = [
        row(["x", "ships", "at sea", "1851"]),
        row(["y", "bread", "and butter", ""]),
        row(["z", "the sea", "has ships", "1853"]),
    ];
    let found = documents_of_rows(header.clone(), rows.clone(), &config.ingest).unwrap();
    let of_memory = Dataset::from_documents(found, &config).unwrap();
    assert_eq!((&of_memory.matrix, &of_memory.terms), (&of_file.matrix, &of_file.terms));
    for (ours, theirs) in of_memory.documents.rows().zip(of_file.documents.rows()) {
        assert_eq!((ours.id, ours.title), (theirs.id, theirs.title));
        assert!(ours.metadata().eq(theirs.metadata()));
    }
    let error = documents_of_rows(header, rows, &IngestParams::default()).err().unwrap();
    assert!(error.to_string().contains("no column \"text\""), "{error}");
    let empty = documents_of_rows(vec!["id".into(), "text".into()], [row(["", "a", "", ""])], &IngestParams::default());
    assert_eq!(empty.unwrap().next().unwrap().id, "1", "an empty id is the number of the row");
}

#[test]
fn a_matrix_from_memory_is_that_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counts.mtx");
    let entries = [(1, 1, 2.0), (2, 1, 1.0), (3, 2, 4.0), (1, 3, 1.0), (3, 3, 0.5)];
    let lines: String = entries.iter().map(|(term, document, value)| format!("{term} {document} {value}\n")).collect();
    std::fs::write(&file, format!("%%MatrixMarket matrix coordinate real general\n3 3 5\n{lines}")).unwrap();
    let of_file = Dataset::read(&[&file], &Config::default()).unwrap();
    let mut counts = vec![Vec::new(); 3];
    entries.iter().for_each(|&(term, document, value)| counts[document - 1].push((term as u32 - 1, value as f32)));
    let names = || ["1", "2", "3"].map(String::from).to_vec();
    let of_memory = |counts, terms| Dataset::from_counts(terms, None, counts, &Config::default());
    let made = of_memory(counts.clone(), names()).unwrap();
    assert_eq!(
        (&made.matrix, &made.terms, &made.corpus.digest),
        (&of_file.matrix, &of_file.terms, &of_file.corpus.digest)
    );
    let renamed = of_memory(counts.clone(), vec!["a\rb".into(), "c".into(), "d".into()]).unwrap();
    assert_eq!(renamed.terms[0].term, "a b", "no table could hold a carriage return");
    let refused = |counts, terms| of_memory(counts, terms).unwrap_err().to_string();
    assert!(refused(vec![vec![(0, f32::NAN)]], names()).contains("NaN"));
    assert!(refused(vec![vec![(0, -1.0)]], names()).contains("-1"));
    assert!(refused(vec![vec![(3, 1.0)]], names()).contains('4'));
    assert!(refused(counts.clone(), vec!["a".into(), "a".into(), "b".into()]).contains("\"a\""));
    let ids = Some(vec!["only one".into()]);
    assert!(Dataset::from_counts(names(), ids, counts, &Config::default()).is_err());
}

#[test]
fn parameters_are_set_by_their_names_alone() {
    let set = |key: &str, value: toml::Value| Override::of_key(key, value, "here");
    let overrides =
        vec![set("stem", true.into()).unwrap(), set("min_df", 3.into()).unwrap(), set("seed", 9.into()).unwrap()];
    let config = ConfigSources { overrides, ..Default::default() }.apply(&Config::default()).unwrap();
    assert!(config.text.stem && config.factorize.seed == 9);
    // Every key of the default configuration has one stage.
    let defaults: toml::Table = toml::from_str(&topicmill::config::default_toml()).unwrap();
    let keys = defaults.iter().flat_map(|(stage, keys)| keys.as_table().unwrap().keys().map(move |key| (stage, key)));
    for (stage, key) in keys {
        assert_eq!(set(key, false.into()).unwrap().key, format!("{stage}.{key}"));
    }
    assert!(set("nosuch_key_at_all", 1.into()).unwrap_err().to_string().contains("unknown parameter"));
}

#[test]
fn what_has_no_use_or_no_meaning_is_refused() {
    let model = model(&Config::default());
    let error = picture(&model, Picture::Map, None, Some("date"), None).unwrap_err();
    assert!(error.to_string().contains("is for --kind time"), "{error}");
    assert!(picture(&model, Picture::Selection, None, None, None).is_err(), "its number of topics was given");
    let dataset = Dataset::read(&[CORPUS], &Config::default()).unwrap();
    for numbers in [&[0][..], &[1, 5], &[]] {
        let watch = &mut |_| std::ops::ControlFlow::Continue(());
        assert!(select(&dataset, &FactorizeParams::default(), numbers, watch).is_err(), "{numbers:?}");
    }
    for n in [0, 1001, usize::MAX] {
        assert!(topicmill::model::Grouping::by_column(&model, "label", Some(n)).is_err());
    }
}
