//! Tests solvers, starts and given topics on the sample corpus.

use std::path::Path;

use crate::common::workplace::Workplace;

/// Runs a command in which NEWS stands for the sample corpus; returns exit code, stdout and stderr.
fn run(place: &Workplace, arguments: &str) -> (Option<i32>, String, String) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom");
    let words = arguments.split(' ').map(|word| if word == "NEWS" { corpus.to_str().unwrap() } else { word });
    let output = place.run(&words.collect::<Vec<_>>());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn done(place: &Workplace, arguments: &str) -> (String, String) {
    let (code, stdout, stderr) = run(place, arguments);
    assert_eq!(code, Some(0), "{arguments}\n{stderr}");
    (stdout, stderr)
}

fn manifest(place: &Workplace, model: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(place.path(model).join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn every_solver_and_start_finds_the_six_subjects_or_says_why_not() {
    let place = Workplace::new();
    for (flags, is_found) in [
        ("--solver mu", true),
        ("--solver coordinate-newton", true),
        ("--quality best", true),
        ("--quality fast --init tree", true),
        ("--init clusters --restarts 4", false),
        ("--init separable", false),
        ("--loss frobenius", true),
        ("--loss frobenius --solver anls", true),
        ("--loss frobenius --solver projected-gradient", true),
    ] {
        done(&place, &format!("fit NEWS -k 6 -q -o model --force {flags}"));
        let (clusters, _) = done(&place, "clusters model --format json");
        let clusters: serde_json::Value = serde_json::from_str(&clusters).unwrap();
        let nmi = clusters["agreement"]["nmi"].as_f64().unwrap();
        assert!(nmi > if is_found { 0.98 } else { 0.5 }, "{flags}: NMI {nmi}");
        let residual = manifest(&place, "model")["fit"]["kkt_residual"].as_f64().unwrap();
        assert!(residual.is_finite() && residual >= 0.0, "{flags}");
        // A training document can be transformed, whatever the loss.
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom/space");
        let article = std::fs::read_dir(corpus).unwrap().next().unwrap().unwrap().path();
        std::fs::copy(&article, place.path("new.txt")).unwrap();
        let (topics, _) = done(&place, "transform model new.txt --output-format csv");
        let weight: f64 = topics.lines().nth(1).unwrap().rsplit(',').next().unwrap().parse().unwrap();
        assert!(weight.is_finite(), "{flags}: {topics}");
    }
    let best = manifest(&place, "model");
    assert_eq!(best["config"]["factorize"]["loss"], "frobenius");
}

#[test]
fn topics_that_are_given() {
    let place = Workplace::new();
    let (stdout, stderr) =
        done(&place, "fit NEWS -k 6 -o a --seed-words goal,coach,xyzzy --seed-words Guitar --exclude-words league");
    assert!(
        stderr.contains("warning: seeds: \"xyzzy\" of list 1 is no term of the matrix and is left out"),
        "{stderr}"
    );
    let line = |topic: &str| stdout.lines().find(|line| line.trim_start().starts_with(topic)).unwrap().to_string();
    assert!(line("0 ").contains("coach") && line("0 ").contains("goal") && line("1 ").contains("guitar"), "{stdout}");
    assert!(!line("0 ").contains("league"), "{stdout}");

    done(&place, "fit NEWS -k 8 -q -o b --freeze a");
    let topics = |model: &str| std::fs::read(place.path(model).join("topic_term.npy")).unwrap();
    let (a, b) = (topics("a"), topics("b"));
    let row = (a.len() - 128) / 6;
    assert_eq!(a[128..128 + 6 * row], b[128..128 + 6 * row], "frozen topics are the same bytes");

    let (_, stderr) = done(&place, "fit NEWS -k 7 -o c --background --stopwords none --decorrelation 0.3");
    assert!(!stderr.contains("KKT"), "not measured: {stderr}");
    for (flags, code, message) in [
        ("--seed-words qqq", 2, "none of them a term of the matrix"),
        ("--init-from c", 1, "its 1,617 terms are not the 1,519 terms of the documents: --vocabulary c/terms.tsv"),
        ("--loss itakura-saito", 2, "infinite at the zeros of V"),
        ("--loss beta", 2, "expected kullback-leibler or frobenius"),
        (
            "--loss frobenius --solver coordinate-newton",
            2,
            "expected one for frobenius: auto, mu, hals, anls, projected-gradient",
        ),
        ("--decorrelation -1", 2, "factorize.decorrelation is -1, expected from 0 to 1e9"),
        ("--solver coordinate-newton --background", 2, "with given topics"),
        ("--seed-words bank --seed-words bank", 2, "each seed word in one topic"),
        ("--restarts 0", 2, "factorize.restarts is 0"),
    ] {
        let (found, _, stderr) = run(&place, &format!("fit NEWS -k 6 -o x {flags}"));
        assert!(found == Some(code) && stderr.contains(message), "{flags}: {found:?} {stderr}");
        assert!(!place.path("x").exists(), "{flags}");
    }
}

#[test]
fn weights_of_words_and_of_documents() {
    let place = Workplace::new();
    let mut table = "text,weight,stars\n".to_string();
    for i in 0..12 {
        let (text, weight) = if i % 2 == 0 { ("cheese bread butter", 5) } else { ("goal coach league", 1) };
        table.push_str(&format!("{text} word{},{weight},{}\n", i % 3, if i == 7 { "many" } else { "3" }));
    }
    std::fs::write(place.path("t.csv"), table).unwrap();
    let fit = "fit t.csv -k 2 --stopwords none -q";
    let (_, stderr) = done(&place, &format!("{fit} -o plain"));
    assert!(stderr.is_empty(), "{stderr}");
    let (_, stderr) = done(&place, &format!("{fit} -o words --term-weight Coach=3 --term-weight xyzzy=2"));
    assert!(stderr.contains("warning: term_weights: \"xyzzy\" is no term of the matrix and is left out"), "{stderr}");
    let idf = |model: &str, term: &str| -> f64 {
        let terms = std::fs::read_to_string(place.path(model).join("terms.tsv")).unwrap();
        let line = terms.lines().find(|line| line.starts_with(term)).unwrap();
        line.split('\t').nth(4).unwrap().parse().unwrap()
    };
    assert!((idf("words", "coach") / idf("plain", "coach") - 3.0).abs() < 1e-9);
    assert_eq!(idf("words", "goal"), idf("plain", "goal"));
    // The weight must also apply to new documents, and to a matrix that `vectorize` wrote.
    std::fs::write(place.path("new.txt"), "cheese coach").unwrap();
    let shares = |model: &str| done(&place, &format!("transform {model} new.txt --output-format csv --shares")).0;
    assert_ne!(shares("words"), shares("plain"));
    done(&place, "vectorize t.csv --stopwords none -q -o matrix");
    done(&place, "fit matrix -k 2 -q -o again --term-weight coach=3");
    let bytes = |model: &str, file: &str| std::fs::read(place.path(model).join(file)).unwrap();
    assert_eq!(bytes("again", "terms.tsv"), bytes("words", "terms.tsv"));

    done(&place, &format!("{fit} -o documents --document-weights weight"));
    let (plain, weighted) = (manifest(&place, "plain"), manifest(&place, "documents"));
    assert_ne!(plain["fit"]["last_objective"], weighted["fit"]["last_objective"]);
    for (flags, message) in [
        (
            "--document-weights size",
            "document_weights is size, expected a column of the documents' metadata (weight, stars)",
        ),
        ("--document-weights stars", "is \"many\" for document t.csv:9, expected a number from 1e-6 to 1e6"),
        ("--document-weights weight --loss frobenius", "expected none, but for kullback-leibler"),
        (
            "--term-weight coach=-1",
            "term_weights is -1 for \"coach\", expected a number from 1e-6 to 1e6 for each word",
        ),
        ("--term-weight coach", "is not a word and its weight such as risk=2"),
        (
            "--init-from plain --seed-words goal",
            "seeds is given, expected none, where the fit goes on from given factors",
        ),
        ("--init-from plain --background", "background is given, expected none"),
    ] {
        let (code, _, stderr) = run(&place, &format!("{fit} -o x {flags}"));
        assert!(code == Some(2) && stderr.contains(message), "{flags}: {code:?} {stderr}");
        assert!(!place.path("x").exists(), "{flags}");
    }
}
