//! Tests what a determined user may do to a run that writes: kills, limits, interrupts, odd names. SECURITY.md has
//! the list.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::workplace::{Workplace, ended, fails, ignores_interrupts, shown, succeeds};

#[cfg(unix)]
#[test]
fn force_replaces_what_is_ours_alone_and_keeps_its_rights() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workplace::new();
    place.model("model");
    let refit: &[&str] = &["fit", "news", "-k", "2", "-q", "-o", "model", "--force"];
    fs::set_permissions(place.path("model"), fs::Permissions::from_mode(0o700)).unwrap();
    succeeds(&place.run(refit));
    assert_eq!(fs::metadata(place.path("model")).unwrap().permissions().mode() & 0o777, 0o700);
    place.leaves_no_sibling();

    fs::remove_file(place.path("model/trace.csv")).unwrap();
    place.write("model/trace.csv/thesis.txt", "years of work");
    fails(&place.run(refit), 2, &["holds trace.csv, which topicmill did not write"]);
    assert!(place.path("model/trace.csv/thesis.txt").is_file());

    fs::create_dir(place.path("here")).unwrap();
    let mut inside = place.command(&["fit", "../news", "-k", "2", "-o", "."]);
    fails(&ended(inside.current_dir(place.path("here"))), 2, &["is the current directory", "-o model"]);

    // Files that the program did not write must stay, even if their names look like its own.
    place.write(".topicmill-notes/new/thesis.txt", "years of work");
    place.model("other");
    assert!(place.path(".topicmill-notes/new/thesis.txt").is_file());
    place.write("other/matrix.mtx", "my own matrix");
    let arguments = ["fit", "news", "-k", "2", "-q", "-o", "other", "--force"];
    fails(&place.run(&arguments), 2, &["holds matrix.mtx, which topicmill did not write"]);
}

/// An output that cannot be written must be refused before any work, and one with an odd path must go to the right
/// place.
#[cfg(unix)]
#[test]
fn outputs_are_looked_at_first() {
    let place = Workplace::new();
    place.model("model");
    let fit = |output: &str| place.run(&["fit", "news", "-k", "2", "-o", output]);
    let long = "x".repeat(300);
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).unwrap();
    for output in [long.as_str(), "dangling/model", "absent/.."] {
        let output = fit(output);
        assert!(!output.status.success() && !shown(&output).contains("factorising"), "{}", shown(&output));
    }
    succeeds(&fit("slash/"));
    assert!(place.path("slash/manifest.json").is_file());
    for output in ["dangling", "absent/", long.as_str()] {
        let output = place.run(&["export", "model", "--table", "terms", "-o", output]);
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    }
    assert!(place.path("dangling").is_symlink());
    place.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n2 1 2\n1 1 1\n2 1 1\n");
    place.write("names.txt", "bank\nflour\n");
    let named = ["transform", "model", "m.mtx", "--term-names", "names.txt", "-o", "names.txt"];
    fails(&place.run(&named), 1, &["is an input"]);
    let hidden = ["transform", "model", "news", "--hidden", "--on-error", "stop", "-o", "news/out.csv"];
    succeeds(&place.run(&hidden));
    place.leaves_no_sibling();
}

/// While a model is replaced, a reader must see the old one or the new one, and never a mixture.
#[test]
fn a_model_can_be_read_while_it_is_replaced() {
    let place = Workplace::new();
    place.model("model");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for seed in 0..12 {
                let seed = seed.to_string();
                let k = if seed.len() % 2 == 0 { "2" } else { "3" };
                let arguments = ["fit", "news", "-k", k, "--seed", &seed, "-q", "-o", "model", "--force"];
                succeeds(&place.run(&arguments));
            }
            stop.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        while !stop.load(std::sync::atomic::Ordering::SeqCst) {
            succeeds(&place.run(&["topics", "model"]));
        }
    });
    place.leaves_no_sibling();
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_killed_at_a_rename_leaves_a_whole_model() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: strace is absent");
        return;
    }
    let place = Workplace::new();
    place.model("model");
    succeeds(&place.run(&["export", "model", "--table", "terms", "-o", "terms.csv"]));
    let table = fs::read(place.path("terms.csv")).unwrap();
    let commands: [&[&str]; 3] = [
        &["fit", "news", "-k", "2", "-q", "-o", "model", "--force"],
        &["export", "model", "--table", "terms", "-o", "terms.csv"],
        &["vectorize", "news", "-q", "-o", "matrix", "--force"],
    ];
    for command in commands {
        // The run is killed in the first call, or is killed as that call fails, or goes on while all such calls fail.
        for inject in ["signal=KILL:when=1", "error=EINVAL:signal=KILL:when=1", "error=EINVAL"] {
            let mut traced = Command::new("strace");
            traced.args(["-f", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2", "-e"]);
            traced.arg(format!("inject=rename,renameat,renameat2:{inject}")).arg(env!("CARGO_BIN_EXE_topicmill"));
            traced.args(command).current_dir(place.path("")).stdin(Stdio::null());
            let output = traced.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
            if shown(&output).contains("ptrace") {
                eprintln!("skipped: no process may be traced here");
                return;
            }
            succeeds(&place.run(&["info", "model"]));
            assert_eq!(fs::read(place.path("terms.csv")).unwrap(), table, "{command:?} {inject}");
        }
        succeeds(&place.run(command));
        place.leaves_no_sibling();
    }
}

/// A run that is killed at any moment must leave a whole model, and the next run must remove the unfinished one.
#[cfg(unix)]
#[test]
fn a_killed_run_leaves_a_whole_model() {
    let times = std::env::var("TOPICMILL_TEST_REPEAT").map_or(1, |n| n.parse::<u64>().unwrap()).min(10);
    let place = Workplace::new();
    place.model("model");
    succeeds(&place.run(&["vectorize", "news", "-q", "-o", "matrix"]));
    succeeds(&place.run(&["export", "model", "--table", "topic-terms", "-o", "table.csv"]));
    let table = fs::read(place.path("table.csv")).unwrap();
    let commands: [&[&str]; 3] = [
        &["fit", "news", "-k", "2", "-q", "-o", "model", "--force"],
        &["vectorize", "news", "-q", "-o", "matrix", "--force"],
        &["export", "model", "--table", "topic-terms", "-o", "table.csv"],
    ];
    for (which, command) in commands.into_iter().enumerate() {
        let started = Instant::now();
        succeeds(&place.run(command));
        let whole = started.elapsed();
        for moment in 0..7 * times {
            let mut child = place.command(command).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // The golden ratio spreads the moments over the whole run; the root moves most of them to its end, where
            // it writes.
            let share = (moment as f64 * 0.618_034 + which as f64 * 0.3).fract().sqrt();
            std::thread::sleep(whole.mul_f64(share));
            let _ = child.kill();
            child.wait().unwrap();
            succeeds(&place.run(&["topics", "model"]));
            assert_eq!(fs::read(place.path("table.csv")).unwrap(), table);
        }
        succeeds(&place.run(&["inspect", "matrix"]));
        succeeds(&place.run(command));
        place.leaves_no_sibling();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_survives_what_it_is_not_given() {
    use std::os::unix::process::CommandExt;
    let place = Workplace::new();
    place.corpus(2, 6);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut deaf = place.command(&["fit", "news", "-k", "2", "-o", "deaf"]);
    let status = deaf.stdin(Stdio::null()).stdout(Stdio::null()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    succeeds(&place.run(&["topics", "deaf"]));
    let mut dumb = place.command(&["topics", "deaf"]);
    let status = dumb.stdin(Stdio::null()).stdout(full()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(1));

    let limited = |limit: &str| {
        let mut command = Command::new("sh");
        let line = format!("{limit}; exec \"$0\" fit news -k 2 -q -o limited --force");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_topicmill")]).current_dir(place.path(""));
        command
    };
    // The limit does not hold for root, who therefore runs the program as the user nobody.
    let mut few = limited("ulimit -u 3");
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        fs::set_permissions(place.path(""), open).unwrap();
        few.uid(65_534);
    }
    let output = ended(&mut few);
    let text = shown(&output);
    // The user nobody may lack access to a folder above.
    assert!(output.status.success() || text.contains("ermission"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    let output = ended(&mut limited("ulimit -f 8"));
    fails(&output, 1, &["File too large"]);
    place.leaves_no_sibling();
}

#[test]
fn strangers_words_command_no_terminal_and_no_page() {
    let place = Workplace::new();
    let evil = "\u{1b}]0;owned\u{7}\u{202e}gpj";
    let html = "<img src=x onerror=alert(1)> [click](http://evil.example) https://evil.example *b* `c` a|b";
    let rows: String = (0..12)
        .map(|i| {
            format!(
                "{{\"id\": \"{i} {html}\", \"label\": {}, \"text\": {}}}\n",
                serde_json::json!(format!("{evil} {html}")),
                serde_json::json!(format!("{html} {evil} apple{} pear{}", i % 3, i % 2))
            )
        })
        .collect();
    place.write("rows.jsonl", rows);
    let out = format!("model{evil}");
    let arguments = ["fit", "rows.jsonl", "-k", "2", "--token-pattern", "\\S+", "--max-df", "1.0", "-o", &out];
    let mut all = succeeds(&place.run(&arguments));
    for command in [
        &["topics", &out][..],
        &["topics", &out, "--format", "markdown"],
        &["clusters", &out],
        &["clusters", &out, "--format", "markdown"],
        &["info", &out],
        &["inspect", "rows.jsonl"],
    ] {
        all += &succeeds(&place.run(command));
    }
    all += &shown(&place.run(&["topics", &format!("nowhere{evil}")]));
    all += &shown(&place.run(&["topics", "model", "--format", evil]));
    let forged = shown(&place.run(&["topics", "nowhere\nerror: forged"]));
    assert!(!forged.contains("\nerror: forged"), "{forged}");
    all += &shown(&place.run(&["fit", "rows.jsonl", "-k", "2", "-o", &out]));
    for bad in ['\u{1b}', '\u{7}', '\u{202e}'] {
        let at = all.find(bad);
        assert_eq!(at, None, "{}", all[..at.unwrap_or(0)].lines().last().unwrap_or_default());
    }
    for format in [&["topics", &out][..], &["clusters", &out]] {
        let page = succeeds(&place.run(&[format, &["--format", "markdown"]].concat()));
        assert!(!page.lines().any(|line| line.contains("<img") && !line.contains('`')), "{page}");
    }

    place.write("sheet.csv", "id,text\n=HYPERLINK(\"x\"),apple pear\n+1,pear plum\n@x,plum apple\n");
    succeeds(&place.run(&["fit", "sheet.csv", "-k", "1", "-q", "-o", "sheet", "--max-df", "1.0"]));
    let table = |guard: &[&str]| {
        let export = ["export", "sheet", "--table", "documents"];
        String::from_utf8(place.run(&[&export, guard].concat()).stdout).unwrap()
    };
    assert!(table(&[]).contains("\n+1,"));
    assert!(table(&["--escape-formulas"]).contains("\n'+1,") && !table(&["--escape-formulas"]).contains("\n@x"));
}

#[cfg(unix)]
#[test]
fn interrupts_are_heard_once_and_twice() {
    if ignores_interrupts() {
        return;
    }
    use std::io::{BufRead, BufReader};
    let place = Workplace::new();
    place.model("model");
    let signal = |child: &std::process::Child, name: &str| {
        assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    };
    // The run waits for text that never comes. Even so it must end on a signal, and leave no file.
    for name in ["-INT", "-TERM"] {
        let mut command = place.command(&["transform", "model", "-", "-o", "out.csv"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        place.waits_for_sibling();
        signal(&child, name);
        let stdin = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        fails(&output, 130, &["interrupted: nothing was written"]);
        place.leaves_no_sibling();
    }
    assert!(!place.path("out.csv").exists());

    // A job that was started with a signal ignored, as by nohup, must go on after that signal.
    let mut job = Command::new("sh");
    job.args(["-c", "trap '' HUP; exec \"$0\" transform model - -o out.csv", env!("CARGO_BIN_EXE_topicmill")]);
    let mut child = job.current_dir(place.path("")).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    place.waits_for_sibling();
    signal(&child, "-HUP");
    std::thread::sleep(Duration::from_millis(100));
    child.stdin.take().unwrap().write_all(b"a bank and its rates\n").unwrap();
    assert!(child.wait().unwrap().success() && place.path("out.csv").is_file());

    let endless = ["fit", "news", "-k", "2", "-o", "x", "--tolerance", "0", "--max-iterations", "100000000"];
    let mut child =
        place.command(&endless).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.by_ref().any(|line| line.contains("factorising")));
    signal(&child, "-INT");
    let rest: Vec<String> = lines.collect();
    assert_eq!(rest.iter().filter(|line| line.starts_with("ending")).count(), 1, "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    place.leaves_no_sibling();
}
