//! Enforces ARCHITECTURE.md: `use crate::…` points down the path of the data, and printing, files, clocks and
//! `unsafe` stay where they belong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The stages that each stage may use. `error.rs` and `lib.rs` may use all of them.
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
    ("pipeline", BELOW_THE_PIPELINE),
    ("cli", &["pipeline"]),
];

/// The stages that the pipeline may use, and the command line as well.
const BELOW_THE_PIPELINE: &[&str] =
    &["config", "report", "export", "evaluate", "model", "factorize", "matrix", "text", "ingest", "kernels", "system"];

/// Stages that may use the error that gathers those of all stages; every other stage has an error of its own.
const GATHER_ERRORS: &[&str] = &["config", "pipeline", "cli"];

/// The source files and folders that may touch the file system.
const FILES: &[&str] =
    &["system/", "ingest/", "model/checkpoint.rs", "model/directory.rs", "pipeline/", "config/", "cli/"];

/// All files below a folder.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    fn visit(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { visit(&path, out) } else { out.push(path) }
        }
    }
    let mut paths = Vec::new();
    visit(folder, &mut paths);
    paths.sort();
    paths
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths = files_of(&root);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        // Unit tests and the examples in documentation are exempt, so they are cut out.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_string();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (name, code.join("\n"))
    };
    paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).map(read).collect()
}

fn stage(name: &str) -> &str {
    name.split(['/', '.']).next().unwrap()
}

/// The stages that a text names, as `crate::stage` or in a group `crate::{…}`.
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
        .filter(|name| !name.is_empty() && name != "Error" && name != "wording")
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let known: Vec<&str> = ARROWS.iter().map(|(stage, _)| *stage).collect();
    for (name, code) in sources() {
        if ["lib", "main", "error", "names", "wording", "cookbook"].contains(&stage(&name)) {
            continue;
        }
        let allowed = ARROWS.iter().find(|(stage_name, _)| *stage_name == stage(&name)).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} belongs to no stage: change ARCHITECTURE.md first"));
        let names_all_errors = code.contains("crate::Error");
        assert!(!names_all_errors || GATHER_ERRORS.contains(&stage(&name)), "{name} uses the error of all stages");
        for used in used_stages(&code) {
            assert!(known.contains(&used.as_str()), "{name} uses crate::{used}, which is no stage");
            let below_the_pipeline = stage(&name) == "cli" && BELOW_THE_PIPELINE.contains(&used.as_str());
            assert!(
                used == stage(&name) || allowed.contains(&used.as_str()) || below_the_pipeline,
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
        let is_edge = FILES.iter().any(|edge| name.starts_with(edge));
        for word in ["std::fs", "fs_err", "File::open", "tempfile"] {
            assert!(is_edge || !code.contains(word), "{name} uses {word}");
        }
        for word in ["std::time", "Instant", "SystemTime", "ThreadPoolBuilder"] {
            // A process of another is ended in time; that is no part of any result but "skipped".
            let may_look = stage(&name) == "cli" || name == "system/child.rs";
            assert!(may_look || !code.contains(word), "{name} uses {word}");
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
        "cookbook",
    ];
    assert_eq!(order, expected);
}

/// All programs are built of the same releases, so that they write the same bytes.
#[test]
fn all_workspaces_lock_the_same_releases() {
    let locked = |path: &str| -> BTreeMap<(String, String), String> {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let lock: toml::Table = text.parse().unwrap();
        let packages = lock["package"].as_array().unwrap().iter();
        let package = |package: &toml::Value| {
            let [name, version] = ["name", "version"].map(|key| package[key].as_str().unwrap().to_string());
            // Releases that cannot take each other's place may stand side by side.
            let (major, rest) = version.split_once('.').unwrap();
            let line = if major == "0" { rest.split('.').next().unwrap() } else { "" };
            ((name, format!("{major}.{line}")), version)
        };
        packages.map(package).collect()
    };
    let ours = locked("Cargo.lock");
    for other in ["mpi/Cargo.lock", "fuzz/Cargo.lock"] {
        for (package, version) in locked(other) {
            let known = ours.get(&package).unwrap_or(&version);
            assert_eq!(known, &version, "{other}: {} is not the release of Cargo.lock", package.0);
        }
    }
}

#[test]
fn files_stay_small() {
    for (name, code) in sources() {
        assert!(code.lines().count() <= 600, "{name} has {} lines", code.lines().count());
    }
    // The Python package is not part of the published crate.
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let folders = ["src", "package"].map(|folder| python.join(folder));
    let is_code = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs" || ending == "py");
    for path in folders.iter().filter(|folder| folder.is_dir()).flat_map(|folder| files_of(folder)).filter(is_code) {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
    }
}

/// Within a stage, too, files must not use each other in a circle, so that they can be read one after another.
#[test]
fn no_files_of_a_stage_use_each_other_in_a_circle() {
    let sources = sources();
    let modules = Modules::new(&sources);
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, code) in &sources {
        let from = module(name);
        let used = modules
            .used(&from, code)
            .into_iter()
            .filter(|to| *to != from && stage(&to.replace("::", "/")) == stage(name));
        edges.insert(from.clone(), used.collect());
    }
    let mut circles = BTreeSet::new();
    for (start, used) in &edges {
        let back: Vec<&str> = used.iter().filter(|to| reaches(&edges, to, start)).map(String::as_str).collect();
        if !back.is_empty() {
            circles.insert(format!("{start} → {}", back.join(", ")));
        }
    }
    assert!(circles.is_empty(), "files on circles, with what they use on them: {circles:#?}");
}

fn reaches(edges: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        if module == to {
            return true;
        }
        next.extend(edges.get(module).into_iter().flatten().map(String::as_str).filter(|to| reached.insert(*to)));
    }
    false
}

/// The module of a file: `factorize/loss/mod.rs` is `factorize::loss`.
fn module(name: &str) -> String {
    name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// All modules, and the origin of the items that they re-export.
struct Modules {
    known: BTreeSet<String>,
    /// The path of each re-exported item, by module and name.
    passed_on: BTreeMap<(String, String), String>,
}

impl Modules {
    fn new(sources: &[(String, String)]) -> Self {
        let known: BTreeSet<String> = sources.iter().map(|(name, _)| module(name)).collect();
        let mut modules = Self { known, passed_on: BTreeMap::new() };
        for (name, code) in sources.iter().filter(|(name, _)| name.ends_with("/mod.rs")) {
            for (path, is_public) in uses(code) {
                let (from, item) = (module(name), path.rsplit("::").next().unwrap().to_string());
                if is_public && let Some(path) = modules.absolute(&from, &path) {
                    modules.passed_on.insert((from, item), path);
                }
            }
        }
        modules
    }

    /// Turns a path that module `from` uses into a path from the crate's root; `None` if it leads to another crate.
    fn absolute(&self, from: &str, path: &str) -> Option<String> {
        if let Some(path) = path.strip_prefix("crate::") {
            return Some(path.to_string());
        }
        let (mut base, mut rest) = (from.to_string(), path);
        while let Some(path) = rest.strip_prefix("super::") {
            base = base.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_string());
            rest = path;
        }
        let rest = rest.strip_prefix("self::").unwrap_or(rest);
        let child = format!("{base}::{}", rest.split("::").next().unwrap());
        let is_here = rest.len() < path.len() || self.known.contains(&child);
        is_here.then(|| format!("{base}::{rest}"))
    }

    /// The module that defines the item at a path from the root.
    fn defining(&self, path: &str) -> Option<String> {
        let (mut module, mut rest) = (String::new(), path);
        loop {
            let (first, after) = rest.split_once("::").unwrap_or((rest, ""));
            let child = if module.is_empty() { first.to_string() } else { format!("{module}::{first}") };
            if self.known.contains(&child) {
                if after.is_empty() {
                    return Some(child);
                }
                (module, rest) = (child, after);
                continue;
            }
            return match self.passed_on.get(&(module.clone(), first.to_string())) {
                Some(other) => self.defining(other),
                None => self.known.contains(&module).then_some(module),
            };
        }
    }

    /// The modules whose items the code of a module uses; a mere re-export is not a use.
    fn used(&self, from: &str, code: &str) -> BTreeSet<String> {
        let mut paths: Vec<String> = Vec::new();
        let body: Vec<&str> = code.split("use ").flat_map(|part| part.split_once(';').map(|(_, rest)| rest)).collect();
        let body: String = body.concat().lines().filter(|line| !line.contains("mod ")).collect::<Vec<_>>().join(" ");
        for (path, is_public) in uses(code) {
            let item = path.rsplit("::").next().unwrap().to_string();
            if !is_public || words(&body).any(|word| word == item) {
                paths.push(path);
            }
        }
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for start in ["super::", "crate::"] {
            for (at, _) in code.match_indices(start) {
                if !code[..at].ends_with(word) {
                    paths.push(code[at..].split(|c| !word(c)).next().unwrap().trim_end_matches(':').to_string());
                }
            }
        }
        paths.iter().filter_map(|path| self.defining(&self.absolute(from, path)?)).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The paths of every `use` in a text, with groups expanded, and whether the `use` is a re-export.
fn uses(code: &str) -> Vec<(String, bool)> {
    let mut paths = Vec::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let Some(at) = line.find("use ").filter(|at| *at == 0 || line.starts_with("pub")) else { continue };
        let mut tree = line[at + 4..].to_string();
        while !tree.contains(';') {
            let Some(next) = lines.next() else { break };
            tree.push_str(next.trim());
        }
        let tree = tree.split(';').next().unwrap();
        leaves(tree, "", &mut |path| paths.push((path, at > 0)));
    }
    paths
}

/// Calls `found` with every path of a use tree.
fn leaves(tree: &str, prefix: &str, found: &mut dyn FnMut(String)) {
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().trim().trim_end_matches("::self");
        return found(format!("{prefix}{path}"));
    };
    let prefix = format!("{prefix}{}", before.trim());
    let (mut depth, mut start) = (0, 0);
    let group = &group[..group.rfind('}').unwrap()];
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = group[start..at].trim();
                if part == "self" {
                    found(prefix.trim_end_matches("::").to_string());
                } else if !part.is_empty() {
                    leaves(part, &prefix, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}
