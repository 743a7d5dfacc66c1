//! Tests hostile inputs. Each test repeats an attack that once succeeded; SECURITY.md has the list.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::common::workplace::{Workplace, fails, shown, succeeds};

#[test]
fn rows_without_nonzeros_need_no_stack() {
    let place = Workplace::new();
    let ordinary: String = (0..60).map(|i| format!("apple pear plum number{} word{}\n", i % 7, i % 5)).collect();
    place.write("e.txt", ordinary + &"the and of\n".repeat(8000));
    succeeds(&place.bounded(&["fit", "e.txt", "--format", "lines", "-k", "3", "-q", "-o", "a"]));
    place.corpus(3, 6);
    let absent: String = (0..5000).map(|i| format!("absent{i}\n")).collect();
    place.write("words.txt", absent + "bank\nprices\nflour\nbutter\npatients\ndoctors\n");
    succeeds(&place.bounded(&["fit", "news", "--vocabulary", "words.txt", "-k", "3", "-q", "-o", "b"]));
    let header = "%%MatrixMarket matrix coordinate real general\n";
    place.write("m.mtx", format!("{header}3 9000 3\n1 1 1\n2 4500 1\n3 9000 1\n"));
    for solver in ["accelerated", "newton", "mu"] {
        succeeds(&place.bounded(&["fit", "m.mtx", "-k", "3", "-q", "-o", "c", "--force", "--solver", solver]));
    }
    succeeds(&place.bounded(&["fit", "m.mtx", "-k", "3", "-q", "-o", "c", "--force", "--loss", "frobenius"]));
}

#[test]
fn a_broken_stream_ends_a_run() {
    let place = Workplace::new();
    // The stream breaks while the documents from which the language is recognised are still being read.
    let text = ("one long line of words ".repeat(100) + "\n").repeat(500);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    let mut bytes = bzip2.finish().unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    place.write("broken.bz2", bytes);
    fails(&place.bounded(&["fit", "broken.bz2", "--format", "lines", "-k", "2"]), 1, &["broken.bz2"]);
    let json = format!("{{\"text\": \"{}\"}}\n", "some words of a text ".repeat(100)).repeat(500);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(json.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    for (name, bytes) in [("cut.jsonl.gz", &bytes[..bytes.len() / 2]), ("cut.csv.gz", &bytes[..bytes.len() / 3])] {
        place.write(name, bytes);
        fails(&place.bounded(&["inspect", name]), 1, &[name]);
        fails(&place.bounded(&["inspect", name, "--language", "english"]), 1, &[name]);
    }
    assert_eq!(place.entries(), ["broken.bz2", "cut.csv.gz", "cut.jsonl.gz"]);
}

#[test]
fn a_compressed_table_with_a_flipped_bit_is_an_error() {
    let place = Workplace::new();
    let text: String = (0..3000).map(|i| format!("{i}\tword{} and word{}\n", i % 97, i * 7 % 89)).collect();
    let zstd = ruzstd::encoding::compress_to_vec(
        format!("id\ttext\n{text}").as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    place.write("t.tsv.zst", &zstd);
    let plain = place.run(&["inspect", "t.tsv.zst"]).stdout;
    for i in 0..12 {
        let mut flipped = zstd.clone();
        let byte = 20 + (zstd.len() - 30) * i / 12;
        flipped[byte] ^= 1 << (i % 8);
        place.write("t.tsv.zst", flipped);
        let output = place.bounded(&["inspect", "t.tsv.zst"]);
        assert!(output.status.code() == Some(1) || output.stdout == plain, "byte {byte}: {}", shown(&output));
    }
}

#[test]
fn many_columns_take_no_time_and_no_more_than_a_bound() {
    let place = Workplace::new();
    let blank = format!("text{}\n", ",".repeat(200)) + &format!("some words{}\n", ",x".repeat(200)).repeat(2000);
    place.write("blank.csv", blank);
    succeeds(&place.bounded(&["inspect", "blank.csv", "--max-df", "1.0"]));
    let many: String = (0..100_000).map(|i| format!(",c{i}")).collect();
    place.write("many.csv", format!("text{many}\nwords{}\n", ",".repeat(100_000)));
    fails(&place.bounded(&["inspect", "many.csv"]), 1, &["100001 columns or fields, expected at most 1000"]);
    let fields: String = (0..100_000).map(|i| format!(",\"c{i}\":1")).collect();
    place.write("many.jsonl", format!("{{\"text\":\"words\"{fields}}}\n"));
    fails(&place.bounded(&["inspect", "many.jsonl"]), 1, &["100001 columns or fields"]);
    place.write("deep.html", "<div>".repeat(60_000) + "stone wheel water");
    succeeds(&place.bounded(&["inspect", "deep.html", "--max-df", "1.0"]));
}

#[cfg(unix)]
#[test]
fn links_make_no_more_documents_than_there_are() {
    let place = Workplace::new();
    for i in 0..20 {
        fs::create_dir_all(place.path(&format!("web/d{i}"))).unwrap();
        if i > 0 {
            for name in ["a", "b"] {
                let link = place.path(&format!("web/d{}/{name}", i - 1));
                std::os::unix::fs::symlink(format!("../d{i}"), link).unwrap();
            }
        }
    }
    place.write("web/d19/x.txt", "hello world text");
    let text = succeeds(&place.bounded(&["inspect", "web", "--max-df", "1.0"]));
    // The file is read under its own name and under that of the first link to it.
    assert!(text.contains("documents   2,") && text.contains("read under the name of another link"), "{text}");
}

#[test]
fn a_few_bytes_take_no_memory() {
    let place = Workplace::new();
    let header = "%%MatrixMarket matrix coordinate real general\n";
    for size in ["67108864 3", "3 67108864"] {
        place.write("hollow.mtx", format!("{header}{size} 3\n1 1 1\n2 2 1\n3 3 1\n"));
        fails(
            &place.bounded(&["fit", "hollow.mtx", "-k", "2"]),
            1,
            &["nearly all rows and columns are empty", "--max-memory"],
        );
        let bounded = ["fit", "hollow.mtx", "-k", "2", "--max-memory", "1GiB"];
        fails(&place.bounded(&bounded), 1, &["would take about", "1024 are allowed"]);
    }
    place.write("full.mtx", format!("{header}1000 1000 4000000000\n1 1 1\n"));
    fails(&place.bounded(&["fit", "full.mtx", "-k", "2"]), 1, &["would take about"]);
    place.corpus(2, 6);
    fails(
        &place.run(&["fit", "news", "-k", "2", "--max-memory", "1MiB"]),
        1,
        &["would take about", "1 are allowed", "-k"],
    );
    succeeds(&place.run(&["fit", "news", "-k", "2", "-q", "--max-memory", "none", "-o", "free"]));

    // The file is 12 GiB long but takes no space on disk.
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "-o", "model"]).status.success());
    fs::OpenOptions::new().write(true).open(place.path("model/documents.tsv")).unwrap().set_len(12 << 30).unwrap();
    fails(&place.bounded(&["topics", "model"]), 1, &["documents.tsv", "out of memory"]);

    // These names take 640 MiB, but only about a megabyte compressed.
    place.write("m.mtx", format!("{header}3 3 3\n1 1 1\n2 2 1\n3 3 1\n"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    (0..1024).for_each(|_| gzip.write_all(&b"name\n".repeat(1 << 17)).unwrap());
    place.write("names.gz", gzip.finish().unwrap());
    let named = place.bounded(&["fit", "m.mtx", "-k", "2", "--term-names", "names.gz"]);
    fails(&named, 1, &["names.gz:5", "more than the 3 names"]);

    let many = (0..300_000).fold(String::new(), |text, _| text + "{\"text\":1}\n");
    place.write("many.jsonl", many);
    fails(
        &place.bounded(&["inspect", "many.jsonl", "--max-memory", "60MiB"]),
        1,
        &["reading more than", "60 are allowed"],
    );

    place.write("blank.txt", "some words of a line\nother words of a line\n".to_string() + &"\n".repeat(300_000));
    succeeds(&place.bounded(&["fit", "blank.txt", "--format", "lines", "-k", "1", "-q", "--max-df", "1.0"]));
    let manifest = fs::read_to_string(place.path("topicmill-model/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["corpus"]["skipped"]["empty"], 300_000);
    assert_eq!(manifest["corpus"]["skipped_documents"].as_array().unwrap().len(), 1000);
}

/// Replaces a file of a model and corrects the digests, as an attacker who knows the format could.
fn forge(model: &Path, file: &str, bytes: &[u8]) {
    fs::write(model.join(file), bytes).unwrap();
    let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(model.join("manifest.json")).unwrap()).unwrap();
    if file != "manifest.json" {
        manifest["files"][file] = digest(bytes).into();
    }
    let run = manifest["run"].take();
    manifest["run"] = serde_json::json!({ "inputs": [], "started": 0, "seconds": {}, "threads": 0 });
    manifest["digest"] = "".into();
    manifest["digest"] = digest(&serde_json::to_vec(&manifest).unwrap()).into();
    manifest["run"] = run;
    fs::write(model.join("manifest.json"), serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
}

#[test]
fn models_that_make_no_sense_are_refused() {
    let place = Workplace::new();
    place.model("model");
    let read = |file: &str| fs::read(place.path("model").join(file)).unwrap();
    let restore: Vec<(String, Vec<u8>)> = fs::read_dir(place.path("model"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), read(&name)))
        .collect();
    let refused = |file: &str, bytes: Vec<u8>, words: &[&str]| {
        forge(&place.path("model"), file, &bytes);
        place.write("new.txt", "banks and butter");
        for command in [&["topics", "model"][..], &["transform", "model", "new.txt"], &["info", "model"]] {
            fails(&place.run(command), 1, words);
        }
        restore.iter().for_each(|(name, bytes)| fs::write(place.path("model").join(name), bytes).unwrap());
    };
    for file in ["topic_term.npy", "document_topic.npy"] {
        for value in [f32::NAN, f32::INFINITY, -1.0] {
            let mut bytes = read(file);
            bytes[128..132].copy_from_slice(&value.to_le_bytes());
            refused(file, bytes, &["expected finite numbers of at least 0"]);
        }
    }
    let edited = |file: &str, from: &str, to: &str| {
        let text = String::from_utf8(read(file)).unwrap();
        assert!(text.contains(from), "{from} in {file}");
        text.replacen(from, to, 1).into_bytes()
    };
    let terms = String::from_utf8(read("terms.tsv")).unwrap();
    let rows: Vec<&str> = terms.lines().collect();
    refused("terms.tsv", edited("terms.tsv", rows[2], rows[1]), &["stands twice"]);
    let idf = rows[1].split('\t').nth(4).unwrap();
    refused("terms.tsv", edited("terms.tsv", &format!("\t{idf}\t"), "\tNaN\t"), &["idf NaN"]);
    refused("terms.tsv", edited("terms.tsv", "\t1\n", "\tNaN\n"), &["weight NaN"]);
    refused(
        "manifest.json",
        edited("manifest.json", "\"ngrams\": [\n      1,\n      1\n    ]", "\"ngrams\": [1, 4000000000]"),
        &["ngrams"],
    );
    refused(
        "manifest.json",
        edited("manifest.json", "\"document_prior\": 1.0", "\"document_prior\": -5.0"),
        &["document_prior"],
    );
    succeeds(&place.run(&["topics", "model"]));
}

#[test]
fn numbers_beyond_their_range_are_an_error() {
    let place = Workplace::new();
    let entries: String = (1..=8).flat_map(|i| (1..=6).map(move |j| format!("{i} {j} 3e38\n"))).collect();
    place.write("m.mtx", format!("%%MatrixMarket matrix coordinate real general\n8 6 48\n{entries}"));
    for init in ["nndsvda", "tree", "random", "clusters", "separable"] {
        let output = place.run(&["fit", "m.mtx", "-k", "2", "--init", init, "--force"]);
        if output.status.success() {
            let json = place.run(&["info", "topicmill-model", "--format", "json"]);
            assert!(!succeeds(&json).contains("null,"), "{init}");
            succeeds(&place.run(&["topics", "topicmill-model"]));
        } else {
            fails(&output, 1, &["hint: scale the data"]);
        }
    }
}

fn npy_header(rows: u64, columns: u64) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    header.push_str(&" ".repeat(117 - header.len()));
    [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), b"\n"].concat()
}

#[test]
fn odd_starts_are_refused_or_do_their_best() {
    let place = Workplace::new();
    place.write("apart/a.txt", "alpha beta gamma");
    place.write("apart/b.txt", "delta epsilon zeta");
    place.write("apart/c.txt", "eta theta iota");
    succeeds(&place.run(&["fit", "apart", "-k", "2", "--init", "separable", "-q"]));
    place.corpus(2, 6);
    let start = ["fit", "news", "-k", "2", "--init-from", "start", "-o", "x"];
    for (rows, columns) in [(0, 300), (300, 0), (0, u64::MAX), (0, 0)] {
        place.write("start/topic_term.npy", npy_header(rows, columns));
        fails(&place.run(&start), 1, &["expected at least one", "hint"]);
    }
    assert!(place.run(&["fit", "news", "-k", "2", "-q", "-o", "m"]).status.success());
    fs::copy(place.path("m/topic_term.npy"), place.path("start/topic_term.npy")).unwrap();
    for (rows, columns) in [(0, u64::MAX), (0, 2), (12, 0)] {
        place.write("start/document_topic.npy", npy_header(rows, columns));
        fails(&place.run(&start), 1, &["expected at least one"]);
    }
    let few = place.run(&["fit", "news", "-k", "1", "--freeze", "m", "-o", "x"]);
    fails(&few, 2, &["factorize.n_topics is 1, expected at least 2: 2 topics are frozen"]);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_in_the_place_of_files_are_refused() {
    let place = Workplace::new();
    place.model("model");
    let manifest = place.path("model/manifest.json");
    let kept = fs::read(&manifest).unwrap();
    let odd: [&dyn Fn(); 2] = [&|| assert!(Command::new("mkfifo").arg(&manifest).status().unwrap().success()), &|| {
        std::os::unix::fs::symlink("/dev/zero", &manifest).unwrap()
    }];
    for make in odd {
        fs::remove_file(&manifest).unwrap();
        make();
        for command in [&["topics", "model"][..], &["info", "model"]] {
            fails(&place.bounded(command), 1, &["manifest.json: is not a regular file"]);
        }
        fails(&place.bounded(&["inspect", "model"]), 1, &["was written by topicmill"]);
        fails(&place.bounded(&["fit", "news", "-k", "2", "-o", "model", "--force"]), 2, &["model"]);
        let _ = place.bounded(&["export", "model", "--table", "terms", "-o", "model/x.csv"]);
        succeeds(&place.bounded(&["inspect", "."]));
    }
    fs::remove_file(&manifest).unwrap();
    fs::write(&manifest, kept).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    for flag in ["--config", "--stopwords", "--extra-stopwords", "--vocabulary", "--term-names"] {
        for file in ["./pipe", "/dev/zero"] {
            place.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 1\n");
            let input = if flag == "--term-names" { "m.mtx" } else { "news" };
            let output = place.bounded(&["fit", input, "-k", "1", "-o", "x", flag, file]);
            assert!(shown(&output).contains("is not a regular file"), "{flag} {file}: {}", shown(&output));
        }
    }
}

/// A document with no word of any topic must get zeros, and must not spoil the other documents.
#[test]
fn documents_without_known_words_have_zeros() {
    let place = Workplace::new();
    let words = ["apple pear plum", "bank money loan", "river water fish"];
    place.write("t.txt", words.map(|line| format!("{line}\n")).concat().repeat(4));
    let vocabulary = ["-k", "3", "--vocabulary", "apple,bank,river,absent", "-q", "-o", "m"];
    succeeds(&place.run(&[&["fit", "t.txt", "--format", "lines"], &vocabulary[..]].concat()));
    place.write("n.txt", "absent absent absent");
    let text = succeeds(&place.run(&["transform", "m", "n.txt"]));
    assert!(text.contains("n.txt:1,,absent absent absent,0,,,0,0,0,0"), "{text}");
    place.write("r.txt", format!("apple pear\nbank money\n{}\n", "kudos ".repeat(9)));
    let excluded = ["fit", "r.txt", "--format", "lines", "-k", "1", "--exclude-words", "kudos", "-q", "-o", "x"];
    succeeds(&place.run(&excluded));
}

#[test]
fn what_looks_like_success_is_none() {
    let place = Workplace::new();
    let japanese = "東京の天気は晴れです\n大阪の経済は良いです\n京都の寺は古いです\n".repeat(5);
    place.write("jis.txt", encoding_rs::ISO_2022_JP.encode(&japanese).0);
    place.write("utf16.txt", japanese.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    place.write("utf8.txt", &japanese);
    let arguments = |name| ["vectorize", name, "--format", "lines", "--max-df", "1.0", "-q", "-o", "m", "--force"];
    let terms = |name| {
        succeeds(&place.run(&arguments(name)));
        fs::read_to_string(place.path("m/terms.tsv")).unwrap()
    };
    let expected = terms("utf8.txt");
    let word = if cfg!(feature = "segmentation") { "天気\t" } else { "東\t" };
    assert!(expected.contains(word), "{expected}");
    for name in ["jis.txt", "utf16.txt"] {
        assert_eq!(terms(name), expected, "{name}");
    }

    place.write(
        "utf32.txt",
        japanese.chars().flat_map(|c| (c as u32).to_le_bytes()).fold(vec![0xff, 0xfe, 0, 0], |mut bytes, byte| {
            bytes.push(byte);
            bytes
        }),
    );
    fails(&place.run(&arguments("utf32.txt")), 1, &["is in UTF-32", "convert it to UTF-8"]);
    fails(&place.run(&["inspect", "utf8.txt", "--encoding", "iso-2022-kr"]), 2, &["ingest.encoding"]);
    fails(&place.run(&["inspect", "utf8.txt", "--quote", ","]), 2, &["ingest.quote"]);

    place.write("sentinel.csv", "text\none apple\n\u{1}end of table\u{1}\ntwo pears\n");
    assert!(succeeds(&place.run(&["inspect", "sentinel.csv", "--language", "none"])).contains("documents   3,"));

    for from in ["\"program\"", "\"format_version\"", "\"kind\""] {
        let manifest = fs::read_to_string(place.path("m/manifest.json")).unwrap();
        place.write("m/manifest.json", manifest.replacen(from, "\"lost\"", 1));
        fails(&place.run(&["fit", "m", "-k", "1", "-o", "x"]), 1, &["manifest.json"]);
        place.write("m/manifest.json", manifest);
    }

    place.corpus(2, 4);
    place.write("c.toml", "[factorise]\n");
    fails(&place.run(&["fit", "news", "-k", "2", "--config", "c.toml"]), 2, &["there is no section factorise"]);
    fails(&place.run(&["fit", "news", "--token-pattern", "(a)(b)"]), 2, &["2 capture groups", "one at most"]);
}

/// A topic that no document has must get the share 0, and its words scores that are finite.
#[test]
fn empty_topics_have_numbers_too() {
    let place = Workplace::new();
    place.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n4 3 5\n1 1 2\n2 1 1\n2 2 3\n3 2 1\n3 3 2\n");
    let numbers: Vec<u8> = [0.0_f32, 0.0, 0.0, 1.0].into_iter().flat_map(f32::to_le_bytes).collect();
    place.write("frozen/topic_term.npy", [npy_header(1, 4), numbers].concat());
    succeeds(&place.run(&["fit", "m.mtx", "-k", "3", "--freeze", "frozen", "-q"]));
    for rank in ["probability", "relevance", "frex", "lift"] {
        let json = succeeds(&place.run(&["topics", "topicmill-model", "--format", "json", "--rank", rank]));
        assert!(json.contains("\"share\": 0.0") && !json.contains("null") && !json.contains("NaN"), "{rank}: {json}");
    }
}
