//! Tests a run as a whole: interrupts, time limits, and the same bytes each time.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::common::workplace::{Workplace, contents, ignores_interrupts, shown};
use topicmill::kernels::Kernel;

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_valid_model_or_nothing() {
    if ignores_interrupts() {
        return;
    }
    let place = Workplace::new();
    place.corpus(3, 8);
    let wait_for = |child: &mut std::process::Child, words: &str| {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "{words} never came");
        }
        stderr
    };
    let interrupt = |child: &std::process::Child| {
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    };
    let arguments = ["fit", "news", "-k", "3", "--tolerance", "0", "--max-iterations", "100000000"];
    let mut child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = wait_for(&mut child, "factorising");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest: String = stderr.lines().map(|line| line.unwrap() + "\n").collect();
    assert!(rest.contains("interrupted before convergence"), "{rest}");
    assert!(shown(&place.run(&["info", "topicmill-model"])).contains("interrupted"));

    let arguments = ["fit", "-", "-k", "3", "-o", "other", "-v"];
    let mut child = place.command(&arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _stdin = child.stdin.take();
    let _stderr = wait_for(&mut child, "reading");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(place.entries(), ["news", "topicmill-model", "topicmill-model.checkpoint"]);
}

#[test]
fn a_time_limit_leaves_a_valid_model() {
    let place = Workplace::new();
    place.corpus(3, 8);
    let output = place.run(&[
        "fit",
        "news",
        "-k",
        "3",
        "--tolerance",
        "0",
        "--max-iterations",
        "100000000",
        "--time-limit",
        "0.2",
    ]);
    assert!(output.status.success() && shown(&output).contains("time limit reached"), "{}", shown(&output));
}

/// The same input must give the same bytes with any number of threads and any kernel, except for the manifest's
/// `run`.
#[test]
fn equal_runs_give_equal_directories() {
    let place = Workplace::new();
    place.corpus(6, 12);
    let mut first: Option<Vec<(String, Vec<u8>)>> = None;
    let mut runs: Vec<&[&str]> = vec![
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "4"],
        &["--threads", "3", "--kernel", "portable"],
    ];
    if Kernel::Avx2.is_available() {
        runs.push(&["--kernel", "avx2"]);
    }
    if Kernel::Avx512.is_available() {
        runs.push(&["--kernel", "avx512"]);
    }
    for run in runs {
        let arguments = [&["fit", "news", "-k", "20", "-q", "--force", "--stem"], run].concat();
        let output = place.run(&arguments);
        assert!(output.status.success(), "{}", shown(&output));
        let files = contents(&place.path("topicmill-model"));
        assert_eq!(files.len(), 10);
        match &first {
            None => first = Some(files),
            Some(first) => assert!(*first == files, "{run:?} differs"),
        }
    }
}
