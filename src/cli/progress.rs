//! Progress bars, time limits and Ctrl-C: what watches a run from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::diagnostics::{Talk, say, thousands};
use crate::factorize::{Observer, StopReason, Sweep, Verdict};
use crate::kernels::install_signal_handlers;
use crate::pipeline::Progress;
use crate::system::abandon_outputs;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Set once partial results are worth keeping: the first Ctrl-C then asks for an orderly end in place of ending the
/// program.
static KEEPING: AtomicBool = AtomicBool::new(false);

/// The bar on the screen, which gives way to what is said.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on Ctrl-C is answered by a thread of its own, whatever the others do. It ends the program at once with code
/// 130, or asks for an end once `keep_results` was called; a second one ends it at once in any case.
pub(super) fn catch_interrupts() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) || !KEEPING.load(Ordering::SeqCst) {
            end_at_once();
        }
        say_in_time("ending with the topics found so far; Ctrl-C again ends at once, with nothing written");
    };
    install_signal_handlers(|| ctrlc::set_handler(handler).is_ok());
}

/// Removes what is half written. What has got its name stays, and then the run has done what it was asked for.
fn end_at_once() -> ! {
    if abandon_outputs() {
        std::process::exit(0);
    }
    say_in_time("interrupted: nothing was written");
    std::process::exit(130);
}

/// Says something beside the bar, and waits no longer for it than a person notices: the stream may be blocked, or
/// another thread drawing.
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

fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Puts a bar on the screen, or takes it off.
fn show(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Shows how many documents have been read.
pub(super) struct Reading(ProgressBar);

impl Reading {
    pub(super) fn new(talk: Talk) -> Self {
        let bar = if talk.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.set_message("reading");
        show(Some(bar.clone()));
        Self(bar)
    }

    /// Shows the progress; answers whether to go on.
    pub(super) fn show(&self, progress: Progress) -> bool {
        self.0.set_message(format!("reading: {} documents", thousands(progress.n_documents as u64)));
        self.0.tick();
        !is_interrupted()
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
    /// When the first and the last objective were known: the iterations lie between.
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Fitting {
    pub(super) fn new(talk: Talk, max_iterations: usize, time_limit: Option<Duration>) -> Self {
        let bar = if talk.quiet { ProgressBar::hidden() } else { ProgressBar::new(max_iterations as u64) };
        if let Ok(style) = ProgressStyle::with_template("fitting: {bar:30} {pos}/{len} iterations, {elapsed}, {msg}") {
            bar.set_style(style);
        }
        show(Some(bar.clone()));
        Self { bar, deadline: time_limit.and_then(|limit| Instant::now().checked_add(limit)), first: None, last: None }
    }
}

impl Fitting {
    /// Seconds that the iterations took, without the start and the solving of documents at the end.
    pub(super) fn seconds(&self) -> f64 {
        self.last.zip(self.first).map_or(0.0, |(last, first)| (last - first).as_secs_f64())
    }
}

impl Observer for Fitting {
    fn observe(&mut self, sweep: &Sweep) -> Verdict {
        self.last = Some(Instant::now());
        self.first = self.first.or(self.last);
        self.bar.set_position(sweep.iteration as u64);
        self.bar.set_message(format!("objective {:.6e}", sweep.objective));
        if is_interrupted() {
            Verdict::Stop(StopReason::Interrupted)
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Verdict::Stop(StopReason::TimeLimit)
        } else {
            Verdict::Continue
        }
    }
}

impl Drop for Fitting {
    fn drop(&mut self) {
        show(None);
        self.bar.finish_and_clear();
    }
}
