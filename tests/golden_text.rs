//! Compares text processing and evaluation with reference results: TF-IDF of scikit-learn, clustering measures,
//! stability, character sets.

use crate::common::{golden, json, matrix, shared};
use topicmill::evaluate::{Agreement, average_jaccard, match_topics, rank_biased_overlap};
use topicmill::ingest::decode;
use topicmill::matrix::{DocumentFrequency, Idf, MatrixParams, Norm, Tf, WeightedMatrix, build};
use topicmill::text::{Analyzer, Corpus, Language, TextParams};

#[test]
fn tf_idf_of_every_option_set() {
    let Some(folder) = shared("golden/tfidf") else { return };
    let sets = json(&folder.join("sets.json"));
    let stop_words: Vec<String> =
        std::fs::read_to_string(folder.join("stop_words_english.txt")).unwrap().lines().map(str::to_string).collect();
    let texts: Vec<String> = std::fs::read_to_string(folder.join("docs.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_string())
        .collect();
    for (name, set) in sets["sets"].as_object().unwrap() {
        let options = &set["options"];
        let frequency = |key: &str, default| match &options[key] {
            serde_json::Value::Null => default,
            value if value.is_f64() => DocumentFrequency::Fraction(value.as_f64().unwrap()),
            value => DocumentFrequency::Count(value.as_u64().unwrap()),
        };
        let longest = options["ngram_range"][1].as_u64().unwrap_or(1) as usize;
        let text = TextParams {
            stopwords: Vec::new(),
            extra_stopwords: if options["stop_words"].is_string() { stop_words.clone() } else { Vec::new() },
            token_pattern: Some(r"[\p{L}\p{N}_]{2,}".into()),
            keep_numbers: true,
            max_length: 1000,
            ngrams: [1, longest],
            ..Default::default()
        };
        let params = MatrixParams {
            min_df: frequency("min_df", DocumentFrequency::Count(1)),
            max_df: frequency("max_df", DocumentFrequency::Fraction(1.0)),
            max_terms: None,
            vocabulary: Vec::new(),
            term_weights: Default::default(),
            tf: match (options["binary"].as_bool(), options["sublinear_tf"].as_bool()) {
                (Some(true), _) => Tf::Binary,
                (_, Some(true)) => Tf::Log,
                _ => Tf::Raw,
            },
            idf: match (options["use_idf"].as_bool(), options["smooth_idf"].as_bool()) {
                (Some(false), _) => Idf::None,
                (_, Some(false)) => Idf::Plain,
                _ => Idf::Smooth,
            },
            norm: match options.get("norm") {
                Some(serde_json::Value::Null) => Norm::None,
                Some(norm) if norm == "l1" => Norm::L1,
                _ => Norm::L2,
            },
        };
        let analyzer = Analyzer::new(text.resolve(None).unwrap()).unwrap();
        let corpus = Corpus::from_texts(&analyzer, texts.iter().map(String::as_str));
        let WeightedMatrix { matrix: v, terms, .. } = build(corpus.clone(), &params).unwrap();

        let table = std::fs::read_to_string(folder.join(set["terms"].as_str().unwrap())).unwrap();
        let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert_eq!(terms.len(), rows.len(), "{name}: number of terms");
        let column = match set["idf_column"].as_str() {
            Some("idf_smooth") => Some(3),
            Some(_) => Some(4),
            None => None,
        };
        for (term, row) in terms.iter().zip(&rows) {
            assert_eq!((term.term.as_str(), term.df.to_string().as_str()), (row[1], row[2]), "{name}");
            let idf: f64 = column.map_or(1.0, |column| row[column].parse().unwrap());
            assert!((term.idf - idf).abs() <= 1e-12, "{name}: idf of {}", term.term);
        }
        let want = matrix(&folder.join(set["matrix"].as_str().unwrap()));
        assert_eq!(v.n_nonzeros() as u64, set["nnz"].as_u64().unwrap(), "{name}");
        for document in 0..want.n_documents() {
            let (got_terms, got) = v.document(document);
            let (want_terms, want) = want.document(document);
            assert_eq!(got_terms, want_terms, "{name}: terms of document {document}");
            for (a, b) in got.iter().zip(want) {
                assert!((a - b).abs() <= 1e-6 * b.abs(), "{name}: document {document}: {a} against {b}");
            }
        }
        let empty: Vec<u64> = set["empty_documents"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap()).collect();
        let got: Vec<u64> = (0..want.n_documents()).filter(|&d| v.document(d).0.is_empty()).map(|d| d as u64).collect();
        assert_eq!(got, empty, "{name}: empty documents");
    }
}

#[test]
fn clustering_measures() {
    let pairs = json(&golden("clustering/pairs.json"));
    for pair in pairs["pairs"].as_array().unwrap() {
        let labels =
            |key: &str| -> Vec<String> { pair[key].as_array().unwrap().iter().map(ToString::to_string).collect() };
        let got = Agreement::new(&labels("true"), &labels("pred"));
        let check = |key: &str, value: f64, tolerance: f64| {
            let want = pair[key].as_f64().unwrap();
            assert!((value - want).abs() <= tolerance, "{}: {key} {value} against {want}", pair["name"]);
        };
        check("nmi_arithmetic", got.nmi, 1e-10);
        check("ami_arithmetic", got.ami, 1e-9);
        check("ari", got.ari, 1e-10);
        check("homogeneity", got.homogeneity, 1e-10);
        check("completeness", got.completeness, 1e-10);
        check("purity", got.purity, 1e-10);
        check("mutual_information_nats", got.mutual_information, 1e-10);
    }
}

#[test]
fn stability_measures() {
    let golden = json(&golden("stability/stability.json"));
    let words = |value: &serde_json::Value| -> Vec<Vec<String>> {
        let list = |list: &serde_json::Value| {
            list.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_string()).collect()
        };
        value.as_array().unwrap().iter().map(list).collect()
    };
    let (set_1, set_2) = (words(&golden["set_1"]), words(&golden["set_2"]));
    let comparison = &golden["comparisons"]["set_1_vs_set_2"];
    let matrix = &comparison["average_jaccard"]["matrix"];
    for (i, a) in set_1.iter().enumerate() {
        for (j, b) in set_2.iter().enumerate() {
            assert!((average_jaccard(a, b) - matrix[i][j].as_f64().unwrap()).abs() < 1e-10);
        }
    }
    let aj = match_topics(&set_1, &set_2, average_jaccard);
    assert!((aj.agreement - find(&comparison["average_jaccard"], "agreement")).abs() < 1e-10);
    let rbo_key = comparison.as_object().unwrap().keys().find(|key| key.contains("rbo")).unwrap();
    let rbo = match_topics(&set_1, &set_2, |a, b| rank_biased_overlap(a, b, 0.9));
    assert!((rbo.agreement - find(&comparison[rbo_key], "agreement")).abs() < 1e-10);
    let same = match_topics(&set_1, &set_1, average_jaccard);
    assert_eq!((same.agreement, same.partners), (1.0, (0..set_1.len()).map(|topic| Some((topic, 1.0))).collect()));
    let example = &golden["worked_example"];
    let list = |key: &str| -> Vec<String> { words(&serde_json::json!([example[key]]))[0].clone() };
    assert!(
        (average_jaccard(&list("list_1"), &list("list_2")) - example["average_jaccard"].as_f64().unwrap()).abs()
            < 1e-10
    );
    let rbo = rank_biased_overlap(&list("list_1"), &list("list_2"), 0.9);
    assert!((rbo - example["rbo"]["p0.9"]["ext"].as_f64().unwrap()).abs() < 1e-10);
}

fn find(value: &serde_json::Value, part: &str) -> f64 {
    let object = value.as_object().unwrap();
    object
        .iter()
        .find(|(key, value)| key.contains(part) && value.is_f64())
        .unwrap_or_else(|| panic!("{object:?}"))
        .1
        .as_f64()
        .unwrap()
}

#[test]
fn character_sets() {
    let encodings = json(&golden("unicode/encodings.json"));
    for sample in encodings["encodings"].as_array().unwrap() {
        let bytes = std::fs::read(golden(&format!("unicode/{}", sample["file"].as_str().unwrap()))).unwrap();
        let want = sample["expected_text"].as_str().unwrap();
        let id = sample["id"].as_str().unwrap();
        if let Some(label) = sample["whatwg_label"].as_str() {
            assert_eq!(decode(&bytes, Some(label)), want, "{id}, forced");
        }
        // These can be detected without a label: by a byte order mark, by zeros in every other byte, or by enough
        // text in a legacy encoding.
        if [
            "utf8_bom",
            "utf16le_bom",
            "utf16be_bom",
            "utf16le_nobom",
            "utf16be_nobom",
            "utf32le_bom",
            "latin1",
            "windows1252",
            "cp1251",
            "shift_jis",
            "euc_jp",
            "euc_kr",
            "gb18030",
            "big5",
        ]
        .contains(&id)
        {
            let got = decode(&bytes, None);
            assert!(!got.contains('\u{fffd}'), "{id}: {got:?}");
            if !["gb18030", "big5", "euc_kr", "euc_jp", "windows1252"].contains(&id) {
                assert_eq!(got, want, "{id}, detected");
            }
        }
    }
}

#[test]
fn no_text_is_too_odd() {
    let inputs = json(&golden("unicode/inputs.json"));
    let mut analyzers = Vec::new();
    for language in [None, Some(Language::French), Some(Language::Greek)] {
        let params = TextParams { stem: language.is_some(), keep_numbers: true, ngrams: [1, 2], ..Default::default() };
        analyzers.push(Analyzer::new(params.resolve(language).unwrap()).unwrap());
    }
    let mut seen = 0;
    for input in inputs["inputs"].as_array().unwrap() {
        let hex = input["utf8_hex"].as_str().or(input["hex"].as_str()).or(input["bytes_hex"].as_str());
        let bytes: Vec<u8> = match hex {
            Some(hex) => (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect(),
            None => continue,
        };
        seen += 1;
        if input["kind"] == "text" {
            let want = input["text"].as_str().unwrap();
            assert_eq!(decode(&bytes, None), want.strip_prefix('\u{feff}').unwrap_or(want), "{}", input["id"]);
        } else if let Some(lossy) = input["lossy_text"].as_str().filter(|_| input["kind"] == "invalid_utf8") {
            assert_eq!(decode(&bytes, Some("utf-8")), lossy, "{}", input["id"]);
        }
        let text = decode(&bytes, None);
        for analyzer in &analyzers {
            for token in analyzer.tokens(&text) {
                assert!(!text[token.range.clone()].is_empty() && !token.term.is_empty());
                assert!(!token.surface.contains(|c: char| c.is_whitespace() && c != ' '));
            }
            Corpus::from_texts(analyzer, [text.as_str()]);
        }
    }
    assert!(seen >= 36, "{seen}");
}
