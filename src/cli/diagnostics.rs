//! Prints messages on stderr: notes, warnings, and errors with their hints.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::Error;
use crate::ingest::{SkipReason, SkippedDocuments};
use crate::report::{self, folded, one_line, printable};
use crate::wording::thousands;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Number of skipped documents that are named without `-v`.
const NAMED_SKIPS: usize = 3;

/// How much is printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verbosity {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

impl Verbosity {
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            say(fitted(text, 0));
        }
    }

    pub(super) fn detail(self, text: &str) {
        if self.verbose {
            say(fitted(text, 0));
        }
    }

    /// Prints advice on what looks wrong with the documents.
    pub(super) fn hint(self, text: &str) {
        if !self.quiet {
            say(format!("{HINT}hint:{HINT:#} {}", indented(text)));
        }
    }

    /// Prints how many documents were left out and why. If all of them were hidden files, that is a note and no
    /// warning, because leaving them out is normal.
    pub(super) fn skipped(self, skipped: &SkippedDocuments) {
        if skipped.is_empty() {
            return;
        }
        let counts = skipped.counts().iter();
        let list: Vec<String> = counts.map(|(reason, n)| format!("{} {reason}", thousands(*n as u64))).collect();
        let list = list.join(", ");
        if skipped.counts().keys().all(|reason| *reason == SkipReason::Hidden) {
            self.note(&format!("skipped: {list} (--hidden reads them)"));
            return;
        }
        let n = if self.verbose { usize::MAX } else { NAMED_SKIPS };
        let worth_naming = skipped.listed().iter().filter(|skipped| skipped.reason != SkipReason::Hidden);
        let named: Vec<String> =
            worth_naming.take(n).map(|skipped| format!("\n{}", one_line(&skipped.to_string()))).collect();
        let more = if skipped.len() > named.len() { "\n…" } else { "" };
        warn(&format!("skipped: {list}{}{more}", named.concat()));
    }
}

/// Prints a message on stderr. Errors are ignored, because a run must not lose its results when nobody can read its
/// messages.
pub(super) fn say(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

pub(super) fn warn(text: &str) {
    say(format!("{WARNING}warning:{WARNING:#} {}", indented(text)));
}

/// Folds a message to the width of the terminal, and indents all its lines but the first. Otherwise a file name with a
/// line feed in it could forge a message of its own, such as `error: …`.
fn indented(message: &str) -> String {
    fitted(message, PREFIX).replace('\n', "\n  ")
}

/// A message that fits the terminal with `taken` columns to spare; for a pipe or file it is not folded.
fn fitted(message: &str, taken: usize) -> String {
    let size = io::stderr().is_terminal().then(|| console::Term::stderr().size_checked()).flatten();
    let width = size.map(|(_, columns)| usize::from(columns).saturating_sub(taken).max(20));
    folded(&printable(message), report::Style::Text { width, colours: false })
}

/// Columns of the word that a message begins with, such as `warning: `.
const PREFIX: usize = 9;

/// Prints an error with its hint, and returns the exit code. A closed pipe is no error: the reader wanted no more.
pub(super) fn report(error: &anyhow::Error) -> u8 {
    let closed_pipe = error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe));
    if closed_pipe {
        return 0;
    }
    let known = error.downcast_ref::<Error>();
    if matches!(known, Some(Error::Interrupted)) {
        say(format!("{ERROR}interrupted:{ERROR:#} nothing was written"));
        return 130;
    }
    let message = known.map_or_else(|| format!("{error:#}"), ToString::to_string);
    say(format!("{ERROR}error:{ERROR:#} {}", indented(&message)));
    if let Some(hint) = known.and_then(Error::hint) {
        say(format!("{HINT}hint:{HINT:#} {}", indented(&hint)));
    }
    if known.is_some_and(Error::is_usage) { 2 } else { 1 }
}

/// A number of bytes with a readable unit, such as `1.5 GiB`.
pub(super) fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if value < 10.0 && unit != "B" { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}
