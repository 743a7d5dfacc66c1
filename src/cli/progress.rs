//! Progress bars, time limits and Ctrl-C: what watches a run from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::diagnostics::{Talk, thousands};
use crate::factorize::{Observer, StopReason, Sweep, Verdict};
use crate::pipeline::Progress;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// There is something to keep or to tidy up: an interrupt asks for an end and does not make one.
static GRACEFUL: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends the program at once with code 130, or asks for an end once `end_gracefully` was called; a
/// second one ends it at once in any case.
pub(super) fn catch_interrupts() {
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) || !GRACEFUL.load(Ordering::SeqCst) {
            anstream::eprintln!("interrupted: nothing was written");
            std::process::exit(130);
        }
    });
}

pub(super) fn end_gracefully() {
    GRACEFUL.store(true, Ordering::SeqCst);
}

pub(super) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Shows how many documents have been read.
pub(super) struct Reading(ProgressBar);

impl Reading {
    pub(super) fn new(talk: Talk) -> Self {
        let bar = if talk.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.enable_steady_tick(Duration::from_millis(120));
        bar.set_message("reading");
        Self(bar)
    }

    /// Shows the progress; answers whether to go on.
    pub(super) fn show(&self, progress: Progress) -> bool {
        self.0.set_message(format!("reading: {} documents", thousands(progress.n_documents as u64)));
        !is_interrupted()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
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
            self.bar.suspend(|| anstream::eprintln!("ending: the documents are solved for the topics found so far"));
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
        self.bar.finish_and_clear();
    }
}
