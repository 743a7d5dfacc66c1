//! Tests what `fit` and `inspect` read: formats, encodings, languages, bad inputs.

use std::io::Write;
use std::process::Stdio;

use crate::common::workplace::{Workplace, fails, shown};

#[test]
fn tables_lines_and_streams() {
    let place = Workplace::new();
    let csv = "id,text,party,year\n1,\"tax, tax and budget\nbudget of the state\",red,1990\n2,\"peace \"\"and\"\" war, war, peace\",blue,1991\n\
               3,tax budget state,red,1992\n4,war peace army,blue,1993\n";
    place.write("t.csv", csv);
    let arguments =
        ["fit", "t.csv", "-k", "2", "--label-column", "party", "--date-column", "year", "--language", "en", "-q"];
    let output = place.run(&arguments);
    assert!(output.status.success(), "{}", shown(&output));
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    insta::assert_snapshot!("documents_of_a_table", documents);

    place.write("t.tsv", "id\ttext\n1\ta \"quoted\" word word\n2\tsay \"no and no\n3\tword no\n");
    insta::assert_snapshot!("inspect_tsv", place.show(&["inspect", "t.tsv", "--language", "none"]));
    place.write("t.jsonl", "{\"id\": 1, \"body\": \"alpha beta\", \"n\": [1, 2]}\n{\"id\": 2, \"body\": \"beta gamma\"}\nnot json\n{\"id\": 3}\n");
    insta::assert_snapshot!("inspect_jsonl", place.show(&["inspect", "t.jsonl", "--text-column", "body"]));
    fails(&place.run(&["inspect", "t.jsonl"]), 2, &["there is no column \"text\"", "id, body, n", "--text-column"]);

    let mut stdin = place
        .command(&["inspect", "-", "--language", "none"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    stdin.stdin.take().unwrap().write_all(b"first line here\nsecond line there\n").unwrap();
    let output = stdin.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("documents   2,"), "{}", shown(&output));
}

#[test]
fn a_column_may_have_several_roles() {
    let place = Workplace::new();
    place.write("t.csv", "url,text\na,ship and sea\nb,bread and butter\n");
    let roles = ["--id-column", "url", "--label-column", "url", "--text-column", "url,text"];
    let output = place.run(&[&["fit", "t.csv", "-k", "2", "-q", "--language", "none"], &roles[..]].concat());
    assert!(output.status.success(), "{}", shown(&output));
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    let rows: Vec<&str> = documents.lines().skip(1).collect();
    assert_eq!(rows, ["a\ta\ta\tt.csv:2\t3\tok", "b\tb\tb\tt.csv:3\t3\tok"]);
}

#[test]
fn a_fixed_vocabulary_stays_as_it_is() {
    let place = Workplace::new();
    place.corpus(2, 4);
    place.write("words.txt", "# a comment\nBanks\nbutter\nunicorns\n");
    let output = place.run(&["fit", "news", "-k", "2", "--vocabulary", "words.txt,inflation", "--stem", "-q"]);
    assert!(output.status.success(), "{}", shown(&output));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    let first: Vec<&str> = terms.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(first, ["bank", "butter", "inflat", "unicorn"]);
    assert!(terms.contains("unicorn\tunicorn\t0\t0\t"), "{terms}");
    fails(
        &place.run(&["fit", "news", "-k", "1", "--vocabulary", "unicorn", "-o", "x"]),
        1,
        &["none of the 1 terms occurs"],
    );
}

#[test]
fn html_is_read_as_text() {
    let place = Workplace::new();
    let page = "<html><head><title>Mill</title><style>p {}</style></head><body><p>stone <b>wh</b>eel<p>caf&eacute;<script>x()</script></body></html>";
    place.write("pages/a.html", page);
    place.write("pages/b.html.gz", {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(page.replace("stone", "water").as_bytes()).unwrap();
        gzip.finish().unwrap()
    });
    assert!(place.run(&["fit", "pages", "-k", "1", "--language", "none", "--max-df", "1.0", "-q"]).status.success());
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    let first: Vec<&str> = terms.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(first, ["café", "mill", "stone", "water", "wheel"]);
}

#[test]
fn compressed_inputs_read_like_plain_ones() {
    let place = Workplace::new();
    let text = "id\ttext\n1\talpha beta\n2\tbeta gamma\n3\tgamma alpha\n";
    place.write("t.tsv", text);
    let plain = place.run(&["inspect", "t.tsv"]).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    place.write("t.tsv.gz", &gzip);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    place.write("t.tsv.bz2", bzip2.finish().unwrap());
    let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    place.write("t.tsv.zst", [&zstd[..], b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx"].concat());
    for name in ["t.tsv.gz", "t.tsv.bz2", "t.tsv.zst"] {
        let output = place.run(&["inspect", name]);
        assert_eq!(output.stdout, plain, "{name}: {}", shown(&output));
    }
    place.write("cut.tsv.gz", &gzip[..gzip.len() - 12]);
    fails(&place.run(&["inspect", "cut.tsv.gz"]), 1, &["cut.tsv.gz", "truncated"]);
    place.write("cut.tsv.zst", &zstd[..zstd.len() - 6]);
    fails(&place.run(&["inspect", "cut.tsv.zst"]), 1, &["cut.tsv.zst", "cannot be read further"]);
}

#[test]
fn bad_inputs() {
    let place = Workplace::new();
    fails(&place.run(&["fit", "nowhere"]), 1, &["nowhere: no such file or folder"]);
    std::fs::create_dir(place.path("empty")).unwrap();
    fails(&place.run(&["fit", "empty"]), 1, &["no document was found", "hint:"]);
    place.write("images/a.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    place.write("images/b.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF");
    place.write("images/.hidden", b"text");
    fails(&place.run(&["fit", "images"]), 1, &["no document was found: 2 were skipped", "binary"]);
    fails(&place.run(&["fit", "images", "--on-error", "stop"]), 1, &["a.png: binary", "hint:"]);
    place.write("long.txt", format!("short line\n{}\nanother line\n", "x ".repeat(1 << 20)));
    let long =
        place.run(&["inspect", "long.txt", "--format", "lines", "--max-document-bytes", "1MiB", "--language", "none"]);
    assert!(
        shown(&long).contains("skipped     1 too large") && shown(&long).contains("documents   2,"),
        "{}",
        shown(&long)
    );
    fails(&place.run(&["fit", "long.txt", "--max-document-bytes", "1MiB"]), 1, &["too large"]);

    place.write("a.csv", "id,body\n1,x\n");
    fails(
        &place.run(&["fit", "a.csv"]),
        2,
        &["a.csv: there is no column \"text\"; the columns are id, body", "hint: name the column with --text-column"],
    );
    place.write("ragged.csv", "id,text\n1,one two\n2\n3,three four,five\n4,six seven\n");
    let ragged = place.run(&["inspect", "ragged.csv", "--language", "none"]);
    assert!(
        shown(&ragged).contains("2 ragged row")
            && shown(&ragged).contains("ragged.csv:3: ragged row (1 fields, the header has 2)"),
        "{}",
        shown(&ragged)
    );
    fails(&place.run(&["inspect", "ragged.csv", "--on-error", "stop"]), 1, &["ragged.csv:3"]);
    place.write("unclosed.csv", "id,text\n1,one\n2,\"two\n3,three\n");
    fails(&place.run(&["inspect", "unclosed.csv"]), 1, &["unclosed.csv:3: a quoted field begins here and never ends"]);
    place.write("empty.csv", "");
    fails(&place.run(&["fit", "empty.csv"]), 1, &["the table is empty"]);

    place.corpus(2, 3);
    fails(
        &place.run(&["fit", "news", "-k", "7"]),
        1,
        &["7 topics cannot be found in 6 documents with a term", "at most 6"],
    );
    fails(&place.run(&["fit", "news", "-k", "0"]), 2, &["0 topics cannot be found: give 1 or more, or auto"]);
    fails(
        &place.run(&["fit", "news", "--max-iterations", "0"]),
        2,
        &["factorize.max_iterations is 0, expected at least 1"],
    );
    fails(&place.run(&["fit", "news", "-k", "2", "--min-df", "100"]), 1, &["no term is left", "--min-df"]);
    place.write("stop/a.txt", "the and of");
    place.write("stop/b.txt", "12 34");
    fails(
        &place.run(&["fit", "stop", "-k", "1", "--language", "en"]),
        1,
        &["all 2 documents are empty", "--keep-numbers"],
    );
    fails(
        &place.run(&["fit", "news", "-k", "2", "--stem", "--language", "hebrew"]),
        2,
        &["no stemmer for hebrew", "english"],
    );
    fails(&place.run(&["fit", "news", "--token-pattern", "("]), 2, &["not a regular expression"]);
    fails(&place.run(&["fit", "news", "--stopwords", "klingon"]), 2, &["is no file, nor a language"]);
    fails(&place.run(&["fit", "news", "--set", "factorize.k=3"]), 2, &["unknown field `k`", "topicmill config"]);
    fails(&place.run(&["fit", "news", "--set", "nonsense"]), 2, &["stage.key=value"]);
    place.write("c.toml", "[factorize]\nn_topics = \"many\"\n");
    fails(
        &place.run(&["fit", "news", "--config", "c.toml"]),
        2,
        &["c.toml: factorize.n_topics", "a number from 1 to 1000, or auto"],
    );
    place.write("c.toml", "[factorize]\nn_topics = 3 4\n");
    fails(&place.run(&["fit", "news", "--config", "c.toml"]), 2, &["c.toml:2:"]);

    for (entry, word) in [("1 1 -2", "-2"), ("1 1 inf", "inf"), ("9 1 2", "outside"), ("1 1", "expected row")] {
        place.write("bad.mtx", format!("%%MatrixMarket matrix coordinate real general\n2 2 1\n{entry}\n"));
        fails(&place.run(&["fit", "bad.mtx", "-k", "1"]), 1, &["bad.mtx:3", word]);
    }
    assert!(!place.path("topicmill-model").exists());
}

#[test]
fn invalid_utf_8_and_odd_greek_words_are_read() {
    let place = Workplace::new();
    place.write("t/a.txt", b"caf\xe9 na\xefve word");
    place.write("t/b.txt", b"caf\xc3\xa9 broken \xff\xfe\xfd tail");
    place.write("t/c.txt", "ισαισα θάλασσα ισαισα");
    let output = place.run(&["fit", "t", "-k", "2", "--stem", "--language", "greek", "-v"]);
    assert!(output.status.success() && !shown(&output).contains("panic"), "{}", shown(&output));
    let terms = std::fs::read_to_string(place.path("topicmill-model/terms.tsv")).unwrap();
    assert!(terms.contains("ισαισα\tισαισα") && terms.contains("θαλασσ\tθάλασσα") && terms.contains("café"), "{terms}");
    let manifest = std::fs::read_to_string(place.path("topicmill-model/manifest.json")).unwrap();
    assert!(manifest.contains("\"n_unstemmed\": 1"));
}

#[test]
fn tables_in_legacy_encodings_and_with_odd_columns() {
    let place = Workplace::new();
    let greek = "id,label,text\n1,νέα,αγώνα θέατρο\n2,υγεία,γιατρός θεραπεύει\n3,νέα,θέατρο γιατρός\n";
    place.write("g.csv", encoding_rs::WINDOWS_1253.encode(greek).0);
    assert!(place.run(&["fit", "g.csv", "-k", "1", "-q", "--max-df", "1.0"]).status.success());
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    assert!(documents.contains("1\tνέα\tαγώνα θέατρο\tg.csv:2") && documents.contains("2\tυγεία"), "{documents}");

    place.write("d.csv", "id,x,x,title,title_2,text\r\n1,a,b,c,d,red apple\r\n2,e,f,g,h,blue apple\r\n");
    assert!(place.run(&["fit", "d.csv", "-k", "1", "-q", "--max-df", "1.0", "--force"]).status.success());
    let documents = std::fs::read_to_string(place.path("topicmill-model/documents.tsv")).unwrap();
    let expected = "id\tlabel\ttitle\tsource\tn_tokens\tstatus\tx\tx_2\ttitle_3\ttitle_2\n\
                    1\t\tred apple\td.csv:2\t2\tok\ta\tb\tc\td\n2\t\tblue apple\td.csv:3\t2\tok\te\tf\tg\th\n";
    assert_eq!(documents, expected);

    place.write(
        "o.jsonl",
        "\n{\"id\": \"1\", \"text\": \"red apple\"}\n{\"id\": \"secret\"}\n{\"id\": \"\", \"text\": \"x y\"}\n",
    );
    let output = place.run(&["inspect", "o.jsonl", "--max-df", "1.0"]);
    assert!(
        shown(&output).contains("o.jsonl:3: without text field") && shown(&output).contains("documents   2,"),
        "{}",
        shown(&output)
    );

    let keys: String = (0..1200).map(|i| format!("{{\"text\": \"red apple\", \"k{i}\": 1}}\n")).collect();
    place.write("keys.jsonl", keys);
    fails(&place.run(&["inspect", "keys.jsonl"]), 1, &["more than 1000 different fields"]);
}

#[test]
fn languages_with_letters_of_their_own() {
    let place = Workplace::new();
    place.write("gr.txt", "Η ομάδα της πόλης είναι καλή\nτα μέλη της ομάδας είναι εδώ\n");
    let arguments =
        ["vectorize", "gr.txt", "--format", "lines", "--language", "greek", "--max-df", "1.0", "-o", "gr", "-q"];
    assert!(place.run(&arguments).status.success());
    let terms = std::fs::read_to_string(place.path("gr/terms.tsv")).unwrap();
    assert!(!terms.contains("της") && !terms.contains("είναι") && terms.contains("ομάδα"), "{terms}");
    place.write("tr.txt", "İstanbul IŞIK\nistanbul ışık\n");
    let arguments =
        ["vectorize", "tr.txt", "--format", "lines", "--language", "tr", "--max-df", "1.0", "-o", "tr", "-q"];
    assert!(place.run(&arguments).status.success());
    let terms = std::fs::read_to_string(place.path("tr/terms.tsv")).unwrap();
    assert_eq!(terms.lines().count(), 3, "{terms}");
}
