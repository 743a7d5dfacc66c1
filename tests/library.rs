//! Tests the library as its users see it: with documents from memory, and with files, of which it must make the same
//! model as the program.

use topicmill::pipeline::{Plan, WarmStart};
use topicmill::{Config, Dataset, FactorizeParams, Ranking, Silent, TopicModel, fit};

/// Texts on two subjects.
fn texts() -> Vec<String> {
    let space = "the telescope sees a comet and a moon while the rocket waits in orbit near the planet";
    let food = "the baker kneads the dough with flour and butter while the oven warms the bread";
    (0..12).map(|i| format!("{} number{}", if i % 2 == 0 { space } else { food }, i % 3)).collect()
}

#[test]
fn ten_lines_from_texts_to_topics_and_back() {
    let dataset = Dataset::from_texts(texts(), &Config::default()).unwrap();
    let model = fit(&dataset, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent).unwrap();
    for topic in model.topics(5, Ranking::Relevance) {
        for word in &topic.words {
            assert!(word.form == word.term && word.probability > 0.0 && word.score.is_finite());
        }
    }
    let new = model.transform(&["a rocket to the moon", "bread from the oven", "nothing known"]).unwrap();
    let shares = model.document_shares(model.document("1").unwrap());
    assert_eq!(new[0].shares()[0] > 0.5, shares[0] > 0.5, "both are about space");
    assert!(new[1].shares()[0].min(new[1].shares()[1]) < 0.2);
    assert_eq!((new[2].shares(), new[2].unknown_share), (vec![0.0; 2], 1.0));
    let folder = tempfile::tempdir().unwrap();
    let written = model.save(folder.path().join("model")).unwrap();
    let loaded = TopicModel::load(&written).unwrap();
    assert_eq!((&loaded.w, &loaded.h, &loaded.documents), (&model.w, &model.h, &model.documents));
    let refused = model.save(&written).unwrap_err();
    assert!(refused.to_string().contains("already exists"), "{refused}");
}

#[test]
fn one_dataset_serves_many_fits() {
    let dataset = Dataset::from_texts(texts(), &Config::default()).unwrap();
    let params = |n_topics, seed| FactorizeParams { n_topics, seed, ..Default::default() };
    let models = [params(2, 1), params(3, 1), params(2, 7)].map(|params| fit(&dataset, &params, &mut Silent).unwrap());
    assert_eq!(models.each_ref().map(TopicModel::n_topics), [2, 3, 2]);
    let again = fit(&dataset, &params(2, 1), &mut Silent).unwrap();
    assert_eq!((&again.w, &again.manifest), (&models[0].w, &models[0].manifest));
    assert_eq!(models[2].manifest.params::<FactorizeParams>("factorize").unwrap().seed, 7);
}

#[test]
fn documents_from_memory_have_ids_labels_and_metadata() {
    let documents = texts().into_iter().enumerate().map(|(i, text)| {
        let metadata = vec![("year", (1990 + i).to_string()), ("page", i.to_string())];
        (format!("d{}", i % 11), text, (i % 2 == 0).then_some("space"), metadata)
    });
    let dataset = Dataset::from_documents(documents, &Config::default()).unwrap();
    let row = |place| dataset.documents.row(place);
    assert_eq!((row(0).id, row(11).id), ("d0", "d0#2"));
    assert_eq!((row(2).label, row(3).label), ("space", ""));
    assert_eq!(dataset.documents.columns, ["year", "page"]);
    assert_eq!(row(5).metadata().collect::<Vec<_>>(), ["1995", "5"]);
    // Plain texts get the numbers from 1 on as ids, so pairs (id, text) with these ids must give the same corpus.
    let numbered = (1..).zip(texts()).map(|(number, text)| (number.to_string(), text));
    let of_pairs = Dataset::from_documents(numbered, &Config::default()).unwrap();
    let of_texts = Dataset::from_texts(texts(), &Config::default()).unwrap();
    assert_eq!(of_pairs.corpus, of_texts.corpus);
    assert!(Dataset::from_texts(Vec::<String>::new(), &Config::default()).is_err());
}

#[test]
fn what_has_no_use_is_told_and_recorded() {
    let mut config = Config::default();
    config.matrix.term_weights = [("rocket".to_string(), 2.0), ("absent".to_string(), 2.0)].into();
    config.factorize = FactorizeParams {
        n_topics: 2,
        seeds: vec![vec!["rocket".into(), "missing".into()]],
        excluded: vec![vec!["nowhere".into()]],
        ..Default::default()
    };
    let dataset = Dataset::from_texts(texts(), &config).unwrap();
    assert_eq!(dataset.corpus.warnings, ["term_weights: \"absent\" is no term of the matrix and is left out"]);
    let plan = Plan::new(&dataset, &config.factorize, &WarmStart::None).unwrap();
    let told = plan.warnings().to_vec();
    assert!(told.len() == 2 && told[0].contains("missing") && told[1].contains("nowhere"), "{told:?}");
    let model = plan.run(&mut Silent).unwrap();
    assert_eq!(model.manifest.fit.as_ref().unwrap().warnings, told);
    assert_eq!(model.manifest.corpus, dataset.corpus);

    let folder = tempfile::tempdir().unwrap();
    let written = model.save(folder.path().join("model")).unwrap();
    let plain = FactorizeParams { restarts: 3, ..Default::default() };
    let warm = Plan::new(&dataset, &plain, &WarmStart::Factors { directory: written.clone(), n_topics: None }).unwrap();
    assert_eq!(warm.n_topics(), 2, "a start brings its number of topics");
    assert!(warm.warnings()[0].starts_with("restarts = 3 has no use"), "{:?}", warm.warnings());
    let model = warm.run(&mut Silent).unwrap();
    assert_eq!(model.manifest.params::<FactorizeParams>("factorize").unwrap().n_topics, 2);
    let asked = WarmStart::Factors { directory: written, n_topics: Some(5) };
    let refused = Plan::new(&dataset, &plain, &asked).unwrap_err();
    assert!(refused.to_string().contains("n_topics is 5, expected 2"), "{refused}");
}

#[test]
fn a_damaged_record_is_no_default() {
    let dataset = Dataset::from_texts(texts(), &Config::default()).unwrap();
    let mut model = fit(&dataset, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent).unwrap();
    model.manifest.config["ingest"]["quote"] = serde_json::json!(17);
    let refused = topicmill::pipeline::ingest_params(&model).unwrap_err().to_string();
    assert!(refused.contains("parameters of ingest cannot be read"), "{refused}");
}

/// Library and program must make the same model, byte for byte, of folders, tables and ready matrices.
#[cfg(feature = "cli")]
#[test]
fn the_librarys_model_of_a_file_is_the_programs() {
    use crate::common::golden;
    use crate::common::workplace::{Workplace, contents, succeeds};
    let place = Workplace::new();
    place.corpus(3, 8);
    let rows: String = texts().iter().enumerate().map(|(i, text)| format!("{i},{text},l{}\n", i % 2)).collect();
    place.write("table.csv", format!("id,text,label\n{rows}"));
    std::fs::copy(golden("nmf-small/V.mtx"), place.path("v.mtx")).unwrap();
    succeeds(&place.run(&["vectorize", "news", "-o", "matrix"]));
    for input in ["news", "table.csv", "v.mtx", "matrix"] {
        succeeds(&place.run(&["fit", input, "-k", "3", "-q", "-o", "program", "--force"]));
        let mut config = Config::default();
        config.factorize.n_topics = 3;
        let dataset = Dataset::read(&[place.path(input)], &config).unwrap();
        let model = fit(&dataset, &config.factorize, &mut Silent).unwrap();
        let written = model.save(place.path(&format!("library-{input}"))).unwrap();
        let (program, library) = (contents(&place.path("program")), contents(&written));
        assert_eq!(program.len(), library.len(), "{input}");
        for (program, library) in program.into_iter().zip(library) {
            assert_eq!(program.0, library.0, "{input}");
            assert!(program.1 == library.1, "{input}: {} differs", program.0);
        }
    }
}
