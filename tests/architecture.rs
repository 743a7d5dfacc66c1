//! The arrows of ARCHITECTURE.md: `use crate::…` points down the data's path; printing, files, clocks and `unsafe` stay
//! where they belong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// What each stage may use. `error.rs` and `lib.rs` gather all of them.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernels", &[]),
    ("system", &[]),
    ("ingest", &["system"]),
    ("text", &["kernels"]),
    ("matrix", &["text", "kernels"]),
    ("factorize", &["matrix", "kernels"]),
    ("model", &["factorize", "matrix", "text", "kernels", "system"]),
    ("evaluate", &["model", "factorize", "matrix", "text", "kernels"]),
    ("report", &["evaluate", "model", "factorize", "matrix", "text", "kernels"]),
    ("export", &["evaluate", "model", "factorize", "matrix", "text", "kernels"]),
    ("config", &["ingest", "text", "matrix", "factorize"]),
    (
        "pipeline",
        &[
            "config",
            "report",
            "export",
            "evaluate",
            "model",
            "factorize",
            "matrix",
            "text",
            "ingest",
            "kernels",
            "system",
        ],
    ),
    (
        "cli",
        &[
            "pipeline",
            "config",
            "report",
            "export",
            "evaluate",
            "model",
            "factorize",
            "matrix",
            "text",
            "ingest",
            "kernels",
            "system",
        ],
    ),
];

/// Files that may touch the file system.
const FILES: &[&str] = &["system/", "ingest/", "model/store.rs", "pipeline/", "config/", "cli/"];

fn sources() -> Vec<(String, String)> {
    fn visit(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { visit(&path, out) } else { out.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    visit(&root, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        // Unit tests may do what they like; so may examples in documentation.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_string();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (name, code.join("\n"))
    };
    paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).map(read).collect()
}

fn stage(name: &str) -> &str {
    name.split(['/', '.']).next().unwrap()
}

/// The stages named by `crate::stage` in a text, groups in braces included.
fn used_stages(code: &str) -> Vec<String> {
    code.match_indices("crate::")
        .flat_map(|(at, _)| {
            let rest = &code[at + "crate::".len()..];
            let names = rest
                .strip_prefix('{')
                .map_or_else(|| vec![rest], |group| group.split('}').next().unwrap().split(',').collect());
            names
                .into_iter()
                .map(|name| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
                .collect::<Vec<_>>()
        })
        .filter(|name| !name.is_empty() && name != "Error")
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let known: Vec<&str> = ARROWS.iter().map(|(stage, _)| *stage).collect();
    for (name, code) in sources() {
        if ["lib", "main", "error"].contains(&stage(&name)) {
            continue;
        }
        let allowed = ARROWS.iter().find(|(stage_name, _)| *stage_name == stage(&name)).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} belongs to no stage: change ARCHITECTURE.md first"));
        for used in used_stages(&code) {
            assert!(known.contains(&used.as_str()), "{name} uses crate::{used}, which is no stage");
            assert!(
                used == stage(&name) || allowed.contains(&used.as_str()),
                "{name} uses crate::{used}, which lies above it"
            );
        }
    }
}

#[test]
fn the_library_neither_prints_nor_exits() {
    for (name, code) in sources() {
        if stage(&name) == "cli" || stage(&name) == "main" {
            continue;
        }
        for word in ["print!(", "println!(", "dbg!(", "process::exit", "std::env::"] {
            assert!(!code.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn the_core_reads_no_clock_and_no_file() {
    for (name, code) in sources() {
        let is_edge = FILES.iter().any(|edge| name.starts_with(edge)) || name == "pipeline.rs";
        for word in ["std::fs", "fs_err", "File::open", "tempfile"] {
            assert!(is_edge || !code.contains(word), "{name} uses {word}");
        }
        for word in ["std::time", "Instant", "SystemTime", "ThreadPoolBuilder"] {
            assert!(stage(&name) == "cli" || !code.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn unsafe_stays_in_the_kernels() {
    for (name, code) in sources() {
        assert!(stage(&name) == "kernels" || !code.contains("unsafe"), "{name} uses unsafe");
    }
}

#[test]
fn modules_stand_in_the_order_of_the_path() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let order: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let expected = [
        "ingest",
        "text",
        "matrix",
        "factorize",
        "model",
        "evaluate",
        "report",
        "export",
        "pipeline",
        "config",
        "cli",
        "kernels",
        "system",
    ];
    assert_eq!(order, expected);
}

#[test]
fn files_stay_small() {
    for (name, code) in sources() {
        assert!(code.lines().count() <= 600, "{name} has {} lines", code.lines().count());
    }
}
