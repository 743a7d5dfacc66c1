//! A folder of its own for whole commands.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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

    /// A copy of a part of the sample corpus: `n` articles of each of the first `themes` themes.
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
