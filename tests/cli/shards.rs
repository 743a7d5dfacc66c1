//! Tests fits of documents on disk: they give the bytes of fits in memory, survive being killed, and leave nothing.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::workplace::{Workplace, contents, fails, shown, succeeds};

const SHARDS: &[&str] = &["--set", "factorize.shard_documents=50"];
const ON_DISK: &[&str] = &["--memory", "256MiB"];

/// A corpus of a few shards.
fn corpus(place: &Workplace) {
    place.corpus(40, 12);
}

/// The files of a model, but for its manifest, which has a record of duplicates where documents are in memory.
fn arrays(place: &Workplace, model: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> =
        contents(&place.path(model)).into_iter().filter(|(name, _)| !name.contains("manifest.json")).collect();
    files.sort();
    files
}

#[test]
fn documents_on_disk_give_the_bytes_of_documents_in_memory() {
    let place = Workplace::new();
    corpus(&place);
    let cases: [&[&str]; 10] = [
        &[],
        &["--sharpening", "off"],
        &["--solver", "mu", "--init", "random"],
        &["--loss", "frobenius"],
        &["--loss", "frobenius", "--solver", "anls", "--sharpening", "off"],
        &["--loss", "frobenius", "--solver", "projected-gradient"],
        &["--online"],
        &["--online", "--loss", "frobenius", "--sharpening", "off"],
        &["--ngrams", "1,2", "--stem", "--init", "clusters"],
        &["--vocabulary", "words.txt", "--min-df", "1", "--init", "nndsvda"],
    ];
    place.write("words.txt", "bank\nprice\nunheard\nflour\nbutter\nbaker\ninterest\n");
    for (number, more) in cases.into_iter().enumerate() {
        let fit = |model: &str, how: &[&str]| {
            let all = [&["fit", "news", "-k", "3", "-q", "-o", model], SHARDS, more, how].concat();
            succeeds(&place.run(&all));
        };
        let (memory, disk, threads) = (format!("m{number}"), format!("d{number}"), format!("t{number}"));
        fit(&memory, &[]);
        fit(&disk, ON_DISK);
        fit(&threads, &[ON_DISK, &["--threads", "3"]].concat());
        assert_eq!(arrays(&place, &memory), arrays(&place, &disk), "{more:?}");
        assert_eq!(contents(&place.path(&disk)), contents(&place.path(&threads)), "{more:?}");
    }
    assert!(place.entries().iter().all(|name| !name.starts_with('.')), "{:?}", place.entries());
    // What reads a model reads this one.
    for command in [&["topics", "d0"][..], &["clusters", "d0"], &["info", "d0"], &["transform", "d0", "news"]] {
        assert!(!place.stdout(command).is_empty(), "{command:?}");
    }
    succeeds(&place.run(&["fit", "news", "--init-from", "d0", "-o", "again", "-q"]));
}

#[test]
fn a_matrix_made_on_disk_has_the_tables_of_one_made_in_memory() {
    let place = Workplace::new();
    corpus(&place);
    for more in [&[][..], &["--norm", "l2", "--tf", "sqrt"]] {
        let shards = ["--set", "factorize.shard_documents=50"];
        let vectorize = |out: &str, how: &[&str]| {
            succeeds(&place.run(&[&["vectorize", "news", "-q", "--force", "-o", out], more, how].concat()));
            arrays(&place, out)
        };
        assert_eq!(vectorize("memory", &[]), vectorize("disk", &[ON_DISK, &shards].concat()), "{more:?}");
    }
    succeeds(&place.run(&["fit", "disk", "-k", "3", "-q", "-o", "m"]));
    fails(&place.run(&["vectorize", "news", "--memory", "1GiB", "--phrases", "-o", "p"]), 2, &["phrases"]);
    assert!(place.entries().iter().all(|name| !name.starts_with('.')), "{:?}", place.entries());
}

/// Shards that `vectorize` wrote are documents that were read, counted and weighted once and for all.
#[test]
fn shards_that_stay_are_fitted_as_documents_are() {
    let place = Workplace::new();
    corpus(&place);
    let vectorize = ["vectorize", "news", "--shards", "shards", "--shard-documents", "50", "-q", "--min-df", "3"];
    succeeds(&place.run(&vectorize));
    succeeds(&place.run(&[&["fit", "news", "-k", "3", "-q", "-o", "m", "--min-df", "3"], ON_DISK, SHARDS].concat()));
    succeeds(&place.run(&["fit", "shards", "-k", "3", "-q", "-o", "s"]));
    assert_eq!(arrays(&place, "m"), arrays(&place, "s"));
    assert!(place.stdout(&["info", "shards"]).contains("shards"));
    // What says how documents are read, counted and weighted is said already.
    for (more, expected) in [
        (&["--min-df", "4"][..], "the shards have their terms"),
        (&["--idf", "none", "--tf", "sqrt"], "is weighted already"),
        (&["--set", "factorize.shard_documents=51"], "factorize.shard_documents is 51, expected 50"),
        (&["--init-from", "m"], "factorize.shard_documents"),
        (&["--restarts", "2"], "factorize.restarts"),
        (&["-k", "auto"], "factorize.n_topics"),
    ] {
        fails(&place.run(&[&["fit", "shards", "-q", "-o", "r"], more].concat()), 2, &[expected]);
    }
    fails(&place.run(&["fit", "shards", "news", "-q", "-o", "r"]), 2, &["only input"]);
    fails(&place.run(&["topics", "shards"]), 1, &["holds shards of documents, not a model"]);
    fails(&place.run(&vectorize), 2, &["shards"]);
    succeeds(&place.run(&["fit", "shards", "-k", "3", "-q", "-o", "r", "--report", "r.html"]));
    // A shard that is cut off, edited or gone.
    let shard = place.path("shards/shard-000001");
    let whole = fs::read(&shard).unwrap();
    let edited: Vec<u8> = whole.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == whole.len() / 2)).collect();
    for bytes in [&whole[..whole.len() - 1], &edited] {
        fs::write(&shard, bytes).unwrap();
        fails(&place.run(&["fit", "shards", "-k", "3", "-q", "-o", "x"]), 1, &["shard-000001", "cut off or edited"]);
    }
    fs::remove_file(&shard).unwrap();
    fails(&place.run(&["fit", "shards", "-k", "3", "-q", "-o", "x"]), 1, &["shard-000001"]);
    assert!(!place.path("x").exists());
    assert!(place.entries().iter().all(|name| !name.starts_with('.')), "{:?}", place.entries());
}

#[test]
fn a_fit_on_disk_that_is_killed_ends_with_the_same_bytes() {
    let place = Workplace::new();
    corpus(&place);
    let fit = ["fit", "news", "-k", "4", "-q", "--max-iterations", "400", "--tolerance", "0", "--min-df", "1"];
    let fit = [&fit[..], SHARDS, ON_DISK, &["--checkpoint-every", "0.002s"]].concat();
    succeeds(&place.run(&[&fit[..], &["-o", "whole"]].concat()));
    let checkpoint = place.path("resumed.checkpoint");
    let resume = [&fit[..], &["-o", "resumed", "--resume"]].concat();
    let n_kills = crate::common::random_cases(6).cases.max(6);
    for kill in 0..u64::from(n_kills) {
        let mut child = place.command(&resume).spawn().unwrap();
        let before = fs::metadata(&checkpoint).and_then(|file| file.modified()).ok();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(60) {
            // Every third is killed at any moment, the others once they have stored something.
            let has_stored = fs::metadata(&checkpoint).and_then(|file| file.modified()).ok() != before;
            if has_stored || kill % 3 == 2 && began.elapsed() > Duration::from_millis(5 + 13 * kill % 97) {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(5 * kill % 41));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = place.run(&resume);
    succeeds(&output);
    assert_eq!(contents(&place.path("resumed")), contents(&place.path("whole")));
    assert_eq!(place.entries(), ["news", "resumed", "whole"], "nothing is left: {}", shown(&output));
}

#[test]
fn a_fit_on_disk_that_ran_out_of_time_goes_on() {
    let place = Workplace::new();
    corpus(&place);
    let fit = ["fit", "news", "-k", "4", "--max-iterations", "300", "--tolerance", "0", "--min-df", "1"];
    let fit = [&fit[..], SHARDS, ON_DISK].concat();
    succeeds(&place.run(&[&fit[..], &["-o", "whole"]].concat()));
    succeeds(&place.run(&[&fit[..], &["-o", "m", "--time-limit", "0.01"]].concat()));
    assert_eq!(place.entries(), ["m", "m.checkpoint", "news", "whole"]);
    // The state of a fit in memory is that of one on disk, with the same shards.
    let stored = fs::read(place.path("m.checkpoint")).unwrap();
    for forged in [&stored[..stored.len() / 2], &stored[..stored.len() - 40], b""] {
        place.write("m.checkpoint", forged);
        fails(&place.run(&[&fit[..], &["-o", "m", "--resume"]].concat()), 1, &["m.checkpoint", "damaged"]);
    }
    place.write("m.checkpoint", &stored);
    let output = place.run(&[&fit[..], &["-o", "m", "--resume"]].concat());
    succeeds(&output);
    assert!(shown(&output).contains("going on after "), "{}", shown(&output));
    assert_eq!(contents(&place.path("m")), contents(&place.path("whole")));
}

#[test]
fn what_cannot_be_done_on_disk_is_refused_by_name() {
    let place = Workplace::new();
    corpus(&place);
    succeeds(&place.run(&["vectorize", "news", "-o", "matrix", "-q"]));
    let refused: [(&[&str], &[&str]); 10] = [
        (&["--solver", "coordinate-newton"], &["factorize.solver"]),
        (&["--restarts", "3"], &["factorize.restarts"]),
        (&["--runs", "2"], &["factorize.runs"]),
        (&["--seed-words", "bank"], &["factorize.seeds"]),
        (&["--background"], &["factorize.background"]),
        (&["--decorrelation", "0.2"], &["factorize.decorrelation"]),
        (&["-k", "auto"], &["factorize.n_topics"]),
        (&["--keep-texts"], &["ingest.keep_texts"]),
        (&["--phrases"], &["text.phrases"]),
        (&["--duplicates", "drop"], &["ingest.duplicates"]),
    ];
    for (more, expected) in refused {
        fails(&place.run(&[&["fit", "news"], ON_DISK, more].concat()), 2, expected);
    }
    fails(&place.run(&[&["fit", "matrix"], ON_DISK].concat()), 2, &["a matrix"]);
    fails(&place.run(&[&["fit", "news", "--init-from", "m"], ON_DISK].concat()), 2, &["--memory"]);
    fails(&place.run(&["fit", "news", "--memory", "1MiB"]), 1, &["1 are allowed", "memory"]);
    assert_eq!(place.entries(), ["matrix", "news"]);
}

#[test]
fn a_plan_says_what_the_disk_holds() {
    let place = Workplace::new();
    corpus(&place);
    let shown = place.stdout(&[&["fit", "news", "-k", "3", "--dry-run"], SHARDS, ON_DISK].concat());
    for line in ["documents", "memory", "an iteration", "disk"] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert_eq!(place.entries(), ["news"]);
}
