//! What is said on stderr: notes, warnings, errors with their hints.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::Error;
use crate::ingest::{SkipReason, SkippedDocuments};
use crate::report::{one_line, printable};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Skipped documents that are named without `-v`.
const NAMED_SKIPS: usize = 3;

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verbosity {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

impl Verbosity {
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            say(printable(text));
        }
    }

    pub(super) fn detail(self, text: &str) {
        if self.verbose {
            say(printable(text));
        }
    }

    /// Tells how many documents were left out and why; hidden files are worth a note alone.
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
            worth_naming.take(n).map(|skipped| format!("\n  {}", one_line(&skipped.to_string()))).collect();
        let more = if skipped.len() > named.len() { "\n  …" } else { "" };
        warn(&format!("skipped: {list}{}{more}", named.concat()));
    }
}

/// Says something on stderr. Where nobody listens, a run goes on: what it has found is worth more than what it says of
/// it.
pub(super) fn say(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

pub(super) fn warn(text: &str) {
    say(format!("{WARNING}warning:{WARNING:#} {}", printable(text)));
}

/// A message whose further lines no name in it can pass off as messages of their own.
fn indented(message: &str) -> String {
    printable(message).replace('\n', "\n  ")
}

/// Reports an error and gives the exit code for it.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    let closed_pipe = error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe));
    if closed_pipe {
        return ExitCode::SUCCESS;
    }
    let known = error.downcast_ref::<Error>();
    if matches!(known, Some(Error::Interrupted)) {
        say(format!("{ERROR}interrupted:{ERROR:#} nothing was written"));
        return ExitCode::from(130);
    }
    let message = known.map_or_else(|| format!("{error:#}"), ToString::to_string);
    say(format!("{ERROR}error:{ERROR:#} {}", indented(&message)));
    if let Some(hint) = known.and_then(Error::hint) {
        say(format!("{HINT}hint:{HINT:#} {}", indented(&hint)));
    }
    ExitCode::from(if known.is_some_and(Error::is_usage) { 2 } else { 1 })
}

/// A whole number with a comma between groups of three digits.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of bytes for people.
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
