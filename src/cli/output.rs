//! Writes data to stdout, or to a file that appears whole or not at all.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;

use crate::model::store;
use crate::report::{Style, one_line};
use crate::system::{Sibling, folder_of, inherit};

/// Format of a report on topics or clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ReportFormat {
    #[default]
    Text,
    Markdown,
    Csv,
    Json,
}

names!(ReportFormat { Text = "text", Markdown = "markdown", Csv = "csv", Json = "json" });

/// Format of a record about a corpus or model: text for people, JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RecordFormat {
    #[default]
    Text,
    Json,
}

names!(RecordFormat { Text = "text", Json = "json" });

/// Standard output, a device or pipe, or a file that has a temporary name until it is finished.
pub(super) enum Output {
    Stdout(io::Stdout),
    Stream(fs_err::File),
    File { file: io::BufWriter<fs_err::File>, sibling: Sibling, path: PathBuf },
}

impl Output {
    /// Opens the output before any work, so that a long run cannot fail at its end. Refuses a directory, a file that
    /// is or lies in an input, and a file in a model directory. Symbolic links are followed; a device or pipe is
    /// written to directly.
    pub(super) fn open(path: Option<&Path>, inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Self::Stdout(io::stdout())) };
        anyhow::ensure!(!path.is_dir(), "{}: is a directory, expected a file", path.display());
        let is_file_name = !path.as_os_str().as_encoded_bytes().ends_with(b"/");
        anyhow::ensure!(is_file_name, "{}: is the name of a directory, expected a file", path.display());
        let existing = path.canonicalize().ok();
        match path.symlink_metadata() {
            Ok(_) => anyhow::ensure!(existing.is_some(), "{}: is a symbolic link to nothing", path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // The path itself is unusable: a name is too long, or a parent is a file.
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
        if let Some(real) = &existing {
            if !real.is_file() {
                return Ok(Self::Stream(fs_err::OpenOptions::new().write(true).open(real)?));
            }
            let is_input = inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| real.starts_with(input)));
            anyhow::ensure!(!is_input, "{}: is an input", path.display());
        }
        let path = existing.as_deref().unwrap_or(path);
        let folder = folder_of(path);
        anyhow::ensure!(!store::is_ours(folder), "{}: lies in a model directory", path.display());
        let cannot = || format!("{}: cannot be written", path.display());
        let sibling = Sibling::create_in(folder).with_context(cannot)?;
        let file = fs_err::File::create(sibling.new_path()).with_context(cannot)?;
        if let Some(metadata) = existing.as_ref().and_then(|real| real.metadata().ok()) {
            inherit(&sibling.new_path(), &metadata);
        }
        Ok(Self::File { file: io::BufWriter::new(file), sibling, path: path.to_path_buf() })
    }

    /// Writes out what is buffered, and gives a file its name.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        if let Self::File { file, sibling, path } = self {
            file.get_ref().sync_all()?;
            sibling.publish_file(&path).with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(buffer),
            Self::Stream(stream) => stream.write(buffer),
            Self::File { file, .. } => file.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Stream(stream) => stream.flush(),
            Self::File { file, .. } => file.flush(),
        }
    }
}

/// A path on one line and without control characters, so that it is safe to print.
pub(super) fn shown_path(path: &Path) -> String {
    one_line(&path.display().to_string())
}

/// Writes everything to stdout.
pub(super) fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref())?;
    stdout.flush()?;
    Ok(())
}

/// How reports are written to stdout: on a terminal with its width, with bars, and in colours where it has them;
/// plain to a pipe or file.
pub(super) fn text_style() -> Style {
    let width = terminal_width();
    let colours = width.is_some() && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    Style::Text { width, colours }
}

/// Number of columns that fit on the terminal at stdout; `None` for a pipe or file, whose lines are not folded.
fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    Some(columns.or_else(measured).unwrap_or(100).clamp(30, 160))
}
