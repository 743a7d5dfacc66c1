//! Tests results on real text: always on the sample corpus, on other corpora only if the shared data are present.

use std::path::{Path, PathBuf};

use crate::common::shared;
use topicmill::config::Config;
use topicmill::evaluate::Evaluation;
use topicmill::factorize::Silent;
use topicmill::ingest::Strip;
use topicmill::model::{Ranking, TopicModel};
use topicmill::pipeline::{self, Dataset};

fn fit(input: PathBuf, n_topics: usize, change: impl FnOnce(&mut Config)) -> TopicModel {
    let mut config = Config::default();
    config.factorize.n_topics = n_topics;
    change(&mut config);
    let dataset = Dataset::read(&[input], &config).unwrap();
    pipeline::fit(&dataset, &config.factorize, &mut Silent).unwrap()
}

fn nmi(model: &TopicModel) -> f64 {
    Evaluation::new(model).agreement.unwrap().nmi
}

/// Coherence of the words that topics show, and the share of distinct ones.
fn coherence(model: &TopicModel) -> (f64, f64) {
    let evaluation = Evaluation::new(model);
    let (_, npmi) = &evaluation.reference.unwrap().coherence[0];
    (npmi.mean.unwrap(), evaluation.diversity.distinct_share)
}

fn words(model: &TopicModel, n: usize) -> Vec<String> {
    let topics = model.topics(n, Ranking::Probability);
    topics.iter().flat_map(|topic| &topic.words).map(|word| word.form.clone()).collect()
}

#[test]
fn newsroom_is_recovered() {
    let model = fit(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom"), 6, |_| {});
    assert!(model.documents.len() >= 120);
    assert!(nmi(&model) >= 0.9, "NMI {}", nmi(&model));
}

#[test]
fn newsgroups() {
    let Some(folder) = shared("corpora/20newsgroups") else { return };
    let model = fit(folder, 20, |config| config.ingest.strip = vec![Strip::Email]);
    assert_eq!(model.documents.len(), 18_846, "every message is read");
    assert!(model.manifest.corpus.skipped.is_empty());
    assert!(nmi(&model) >= 0.58, "NMI {}", nmi(&model));
    let (npmi, diversity) = coherence(&model);
    assert!(npmi >= 0.48 && diversity >= 0.95, "NPMI {npmi}, diversity {diversity}");
    let titles = model.documents.rows().map(|row| row.title);
    assert!(!titles.into_iter().any(|title| title.contains('\u{fffd}')), "no replacement character");
}

#[test]
fn bbc() {
    let Some(folder) = shared("corpora/bbc") else { return };
    let model = fit(folder, 5, |_| {});
    assert_eq!(model.documents.len(), 2225);
    assert!(nmi(&model) >= 0.87, "NMI {}", nmi(&model));
    let (npmi, diversity) = coherence(&model);
    assert!(npmi >= 0.43 && diversity >= 0.95, "NPMI {npmi}, diversity {diversity}");
}

/// Short titles, and more topics than a pseudo-count of 1 leaves alive.
#[test]
fn titles() {
    let Some(table) = shared("corpora/stackoverflow-titles.tsv") else { return };
    let model = fit(table.clone(), 20, |_| {});
    assert!(nmi(&model) >= 0.62, "NMI {}", nmi(&model));
    let (npmi, diversity) = coherence(&model);
    assert!(npmi >= 0.10 && diversity >= 0.80, "NPMI {npmi}, diversity {diversity}");
    let model = fit(table, 60, |_| {});
    let record = model.manifest.fit.as_ref().and_then(|fit| fit.sharpening.as_ref()).unwrap();
    assert!(record.pseudo_count < 1.0, "sharpening began anew");
    let masses = model.topic_masses();
    let mean = masses.iter().sum::<f64>() / 60.0;
    assert!(masses.iter().all(|mass| *mass > 0.1 * mean), "no topic has vanished: {masses:?}");
}

#[test]
fn french_news_without_function_words() {
    let Some(table) = shared("corpora/news-fr.tsv") else { return };
    let model = fit(table, 5, |_| {});
    assert_eq!(model.documents.len(), 881, "a bare quote in a TSV is a character");
    let found = words(&model, 20);
    for function_word in
        ["le", "la", "les", "de", "des", "du", "et", "que", "qui", "est", "dans", "pour", "une", "qu", "d'un"]
    {
        assert!(!found.iter().any(|word| word == function_word), "{function_word} in {found:?}");
    }
    assert!(found.iter().any(|word| word == "virus") && found.iter().any(|word| word == "guerre"), "{found:?}");
}

#[test]
fn speeches_keep_their_columns() {
    let Some(table) = shared("corpora/state-of-the-union.csv") else { return };
    let model = fit(table, 5, |config| {
        config.ingest.label_column = Some("party".into());
        config.ingest.date_column = Some("year".into());
        config.factorize.max_iterations = 20;
    });
    assert_eq!(model.documents.columns, ["year", "president"]);
    let row = model.documents.row(0);
    assert_eq!((row.id, row.label), ("000-1790-1", "Nonpartisan"));
    assert!(row.metadata().eq(["1790", "George Washington"]));
    assert_eq!(model.documents.len(), 20_947);
}
