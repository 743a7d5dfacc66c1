//! Watches a run from outside: shows its progress, and ends it at a time limit or on Ctrl-C.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::diagnostics::{Verbosity, say, warn};
use crate::factorize::{Iteration, Observer, Stage, StopReason};
use crate::kernels::install_signal_handlers;
use crate::model::RunRecord;
use crate::pipeline::Progress;
use crate::system::abandon_outputs;
use crate::wording::thousands;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Set once partial results are worth keeping: the first Ctrl-C then requests an orderly stop instead of exiting.
static KEEPING: AtomicBool = AtomicBool::new(false);

/// The progress bar on the screen, kept here so that the thread that answers Ctrl-C can suspend it while it prints.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Handles Ctrl-C in a thread of its own, so that it works whatever the other threads do. The first Ctrl-C ends the
/// program with code 130 or, after `keep_results`, requests an orderly stop; a second one ends the program at once.
pub(super) fn catch_interrupts() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) || !KEEPING.load(Ordering::SeqCst) {
            end_at_once();
        }
        say_in_time("ending with the topics found so far; Ctrl-C again ends at once, with nothing written");
    };
    install_signal_handlers(|| ctrlc::set_handler(handler).is_ok());
}

/// Removes unfinished outputs and ends the program. If an output has its name already, the run has done what it was
/// asked for, and the exit code is 0.
fn end_at_once() -> ! {
    if abandon_outputs() {
        std::process::exit(0);
    }
    say_in_time("interrupted: nothing was written");
    std::process::exit(130);
}

/// Prints a message beside the bar, but waits for it only 200 ms, because stderr may be blocked or another thread may
/// be drawing the bar.
fn say_in_time(text: &'static str) {
    let (done, wait) = mpsc::channel();
    let saying = std::thread::Builder::new().spawn(move || {
        let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) if !bar.is_hidden() => bar.suspend(|| say(text)),
            _ => say(text),
        }
        let _ = done.send(());
    });
    if saying.is_ok() {
        let _ = wait.recv_timeout(Duration::from_millis(200));
    }
}

pub(super) fn keep_results() {
    KEEPING.store(true, Ordering::SeqCst);
}

/// What was to be kept has been written: from here on an interrupt ends the program at once.
pub(super) fn forget_results() {
    KEEPING.store(false, Ordering::SeqCst);
    INTERRUPTED.store(false, Ordering::SeqCst);
}

fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Records which bar is on the screen, or that there is none.
fn show(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// The command as it was typed, with the name of the program for its path.
fn command() -> Vec<String> {
    let mut words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(name) = words.first().and_then(|path| Path::new(path).file_name()).map(|name| name.to_string_lossy()) {
        words[0] = name.into_owned();
    }
    words
}

/// A clock that starts with the run.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    /// The part of the model's record that differs between equal runs; `seconds` has the time of each stage.
    pub(super) fn record(&self, inputs: &[PathBuf], seconds: &[(&str, f64)]) -> RunRecord {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        RunRecord {
            command: command(),
            inputs: inputs.iter().map(|input| input.display().to_string()).collect(),
            started: now.saturating_sub(self.0.elapsed().as_secs()),
            seconds: seconds.iter().map(|(stage, seconds)| (stage.to_string(), *seconds)).collect(),
            threads: rayon::current_num_threads(),
        }
    }
}

/// Shows how many documents have been read.
pub(super) struct Reading(ProgressBar);

impl Reading {
    pub(super) fn new(verbosity: Verbosity) -> Self {
        let bar = if verbosity.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} reading: {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message("no document yet");
        show(Some(bar.clone()));
        Self(bar)
    }

    /// Shows the progress; ends the reading on Ctrl-C.
    pub(super) fn show(&self, progress: Progress) -> ControlFlow<()> {
        let n = progress.n_documents as u64;
        let rate = n as f64 / self.0.elapsed().as_secs_f64().max(0.1);
        self.0.set_message(format!("{} documents, {} a second", thousands(n), thousands(rate as u64)));
        self.0.tick();
        if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        show(None);
        self.0.finish_and_clear();
    }
}

/// Shows the iterations of a fit; ends it at the time limit or on Ctrl-C.
pub(super) struct Fitting {
    bar: ProgressBar,
    deadline: Option<Instant>,
    /// How often the state of the fit is stored, and when it was last.
    checkpoints: Option<Duration>,
    last_checkpoint: Instant,
    /// Whether it was told that the state could not be stored.
    has_warned: bool,
    /// When the first and the last objective were observed. The time between them is that of the iterations alone.
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Fitting {
    /// `limits` are the time after which the fit ends, and the time between two checkpoints.
    pub(super) fn new(
        verbosity: Verbosity,
        max_iterations: usize,
        (time_limit, checkpoints): (Option<Duration>, Option<Duration>),
    ) -> Self {
        let bar = if verbosity.quiet { ProgressBar::hidden() } else { ProgressBar::new(max_iterations as u64) };
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix}: {bar:16} {pos}/{len} iterations, {rate}, {elapsed}, {eta} more at most, {wide_msg}",
        ) {
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.0} a second", state.per_sec());
            }));
        }
        bar.set_prefix("fitting");
        show(Some(bar.clone()));
        let now = Instant::now();
        let deadline = time_limit.and_then(|limit| now.checked_add(limit));
        Self { bar, deadline, checkpoints, last_checkpoint: now, has_warned: false, first: None, last: None }
    }
}

impl Fitting {
    /// Seconds that the iterations took, without making the start and without solving the documents at the end.
    pub(super) fn seconds(&self) -> f64 {
        self.last.zip(self.first).map_or(0.0, |(last, first)| (last - first).as_secs_f64())
    }
}

impl Observer for Fitting {
    fn observe(&mut self, iteration: &Iteration) -> ControlFlow<StopReason> {
        self.last = Some(Instant::now());
        self.first = self.first.or(self.last);
        self.bar.set_position(iteration.number as u64);
        self.bar.set_message(format!("objective {:.6e}", iteration.objective));
        if is_interrupted() {
            ControlFlow::Break(StopReason::Interrupted)
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            ControlFlow::Break(StopReason::TimeLimit)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn is_checkpoint_due(&mut self) -> bool {
        let is_due = self.checkpoints.is_some_and(|every| self.last_checkpoint.elapsed() >= every);
        if is_due {
            self.last_checkpoint = Instant::now();
        }
        is_due
    }

    fn checkpoint_failed(&mut self, problem: &str) {
        if !std::mem::replace(&mut self.has_warned, true) {
            self.bar.suspend(|| warn(&format!("the fit cannot be stored for --resume: {problem}")));
        }
    }

    fn enter(&mut self, stage: Stage) {
        if stage != Stage::Sharpening {
            self.bar.reset();
        }
        self.bar.set_prefix(match stage {
            Stage::Sharpening => "sharpening".to_string(),
            Stage::Run { number, of } => format!("fitting half {number} of {of}"),
            Stage::Consensus => "fitting what the halves have in common".to_string(),
        });
    }
}

impl Drop for Fitting {
    fn drop(&mut self) {
        show(None);
        self.bar.finish_and_clear();
    }
}

/// Shows that work goes on whose length is not known, and how much is done.
pub(super) struct Working(ProgressBar);

impl Working {
    pub(super) fn new(verbosity: Verbosity, what: &'static str) -> Self {
        let bar = if verbosity.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}{msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        show(Some(bar.clone()));
        Self(bar)
    }

    /// Shows how many documents are done.
    pub(super) fn documents(&self, n: usize) {
        let rate = n as f64 / self.0.elapsed().as_secs_f64().max(0.1);
        self.0.set_message(format!(": {} documents, {} a second", thousands(n as u64), thousands(rate as u64)));
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        show(None);
        self.0.finish_and_clear();
    }
}

/// Shows which numbers of topics have been tried.
pub(super) struct Trying(ProgressBar);

impl Trying {
    pub(super) fn new(verbosity: Verbosity, n_numbers: usize) -> Self {
        let bar = if verbosity.quiet { ProgressBar::hidden() } else { ProgressBar::new(n_numbers as u64) };
        if let Ok(style) = ProgressStyle::with_template(
            "trying: {bar:16} {pos}/{len} numbers of topics, {elapsed}, {eta} more, {wide_msg}",
        ) {
            bar.set_style(style);
        }
        show(Some(bar.clone()));
        Self(bar)
    }

    /// Shows that a number has been tried; ends the trial on Ctrl-C.
    pub(super) fn show(&self, n_topics: usize) -> ControlFlow<()> {
        self.0.inc(1);
        self.0.set_message(format!("{n_topics} topics"));
        if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Drop for Trying {
    fn drop(&mut self) {
        show(None);
        self.0.finish_and_clear();
    }
}
