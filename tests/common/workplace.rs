//! Runs whole commands in a temporary folder of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub struct Workplace(TempDir);

impl Workplace {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Copies a part of the sample corpus into `news`: `n` articles of each of the first `themes` themes.
    pub fn corpus(&self, themes: usize, n: usize) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom");
        for theme in ["economy", "food", "health", "music", "space", "sport"].iter().take(themes) {
            let mut files: Vec<_> = std::fs::read_dir(source.join(theme)).unwrap().map(|e| e.unwrap().path()).collect();
            files.sort();
            for file in files.iter().take(n) {
                let name = format!("news/{theme}/{}", file.file_name().unwrap().to_string_lossy());
                self.write(&name, std::fs::read(file).unwrap());
            }
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topicmill"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1").env_remove("COLUMNS");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// What a command that succeeds writes to stdout.
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        succeeds(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Exit code, stdout and stderr as one text.
    pub fn show(&self, arguments: &[&str]) -> String {
        shown(&self.run(arguments))
    }

    pub fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// The files of a directory. The manifest is without `run`, which differs between equal runs.
pub fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut bytes = std::fs::read(&path).unwrap();
            if name == "manifest.json" {
                let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                manifest.as_object_mut().unwrap().remove("run").unwrap();
                bytes = manifest.to_string().into_bytes();
            }
            (name, bytes)
        })
        .collect();
    files.sort();
    files
}

pub fn shown(output: &Output) -> String {
    let code = output.status.code().map_or("signal".to_string(), |code| code.to_string());
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
}

pub fn fails(output: &Output, code: i32, words: &[&str]) {
    let text = shown(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    words.iter().for_each(|word| assert!(text.contains(word), "{word:?} is missing in\n{text}"));
    assert!(!text.contains("panicked"), "{text}");
    assert!(output.stdout.is_empty(), "{text}");
}

/// Seconds after which a command counts as endless and is killed.
const ENDLESS: u64 = 120;

impl Workplace {
    /// Like `run`, but with bounds on time and memory, for commands that once had no end or took all memory.
    pub fn bounded(&self, arguments: &[&str]) -> Output {
        let command = self.command(&["2000000", env!("CARGO_BIN_EXE_topicmill")]);
        let mut limited = Command::new("sh");
        limited
            .args(["-c", "ulimit -v $1 2>/dev/null; shift; exec \"$@\"", "sh"])
            .args(command.get_args())
            .args(arguments);
        limited.current_dir(self.path("")).env("NO_COLOR", "1");
        ended(&mut limited)
    }

    pub fn model(&self, name: &str) {
        self.corpus(2, 6);
        let output = self.run(&["fit", "news", "-k", "2", "-q", "-o", name]);
        assert!(output.status.success(), "{}", shown(&output));
    }

    pub fn leaves_no_sibling(&self) {
        assert!(!self.has_sibling(), "{:?}", self.entries());
    }

    /// Waits until a run has created the directory in which it writes its output.
    pub fn waits_for_sibling(&self) {
        while !self.has_sibling() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn has_sibling(&self) -> bool {
        self.entries().iter().any(|name| name.starts_with(".topicmill-unfinished-"))
    }
}

/// Whether this process was started with interrupts ignored, as a background job of a shell is. The programs that it
/// starts ignore them too, so that no test can interrupt them.
pub fn ignores_interrupts() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 0b10 != 0);
    if ignored {
        eprintln!("skipped: interrupts are ignored here");
    }
    ignored
}

pub fn ended(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, (done, wait)) = (child.id(), std::sync::mpsc::channel::<()>());
    let watch = std::thread::spawn(move || {
        if wait.recv_timeout(Duration::from_secs(ENDLESS)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    watch.join().unwrap();
    assert!(output.status.code().is_some(), "ended by a signal, or not at all: {}", shown(&output));
    output
}

pub fn succeeds(output: &Output) -> String {
    let text = shown(output);
    assert!(output.status.success() && !text.contains("panicked"), "{text}");
    text
}

/// The columns of a CSV table that `wanted` says, each row joined by commas, without the header.
pub fn columns_of(csv: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> = (0..header.len()).filter(|&place| wanted(&header[place])).collect();
    assert!(!places.is_empty(), "none of the columns {header:?}");
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| places.iter().map(|&place| &row[place]).collect::<Vec<_>>().join(",")).collect()
}

/// Whether a column holds the id or the weight of a topic.
pub fn is_weight(column: &str) -> bool {
    column == "id" || column.starts_with("topic_")
}
