//! Work that takes time: it is done without the interpreter's lock, while the calling thread shows the progress and
//! notices Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use topicmill::factorize::{Iteration, Observer, Stage, StopReason};

use crate::threads::{pool, while_looking};

/// Time between two looks at the progress, and for Ctrl-C.
const LOOK: Duration = Duration::from_millis(100);

/// How far work has come.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    /// What is done: `reading`, `fitting`, `sharpening` …
    stage: String,
    done: usize,
    /// What all of it is, if that is known.
    of: Option<usize>,
    objective: Option<f64>,
}

/// What the thread that works and the one that waits share.
#[derive(Default)]
pub(crate) struct Watched {
    is_ended: AtomicBool,
    progress: Mutex<Progress>,
}

impl Watched {
    /// Tells how far work has come. Returns `Break` if it is to end.
    pub(crate) fn tell(&self, stage: &str, done: usize, of: Option<usize>) -> ControlFlow<()> {
        self.set(Progress { stage: stage.to_string(), done, of, objective: None });
        if self.is_ended.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn set(&self, progress: Progress) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }
}

/// Does work on the threads of the pool, without the interpreter's lock. `progress` is a function of Python that is
/// called with the stage, what is done, of how much, and the objective. Ctrl-C, or an exception of `progress`, ends
/// work that calls [`Watched::tell`]; it is raised once the work has ended.
pub(crate) fn work<T: Send>(
    py: Python<'_>,
    n_threads: Option<usize>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&Watched) -> T + Send,
) -> PyResult<T> {
    let pool = pool(n_threads)?;
    let watched = Watched::default();
    let mut raised = None;
    let result = py.detach(|| {
        std::thread::scope(|scope| {
            let (done, is_done) = channel::<()>();
            let watched = &watched;
            let worker = scope.spawn(move || {
                // The receiver learns of the end by the sender's, also where the work panics.
                let _done = done;
                pool.install(|| work(watched))
            });
            let mut told = Progress::default();
            while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if raised.is_none()
                    && let Err(error) = while_looking(|| Python::attach(|py| look(py, progress, watched, &mut told)))
                {
                    raised = Some(error);
                    watched.is_ended.store(true, Ordering::Relaxed);
                }
            }
            let result = worker.join();
            if raised.is_none() && result.is_ok() {
                raised = Python::attach(|py| look(py, progress, watched, &mut told)).err();
            }
            result
        })
    });
    match (raised, result) {
        (Some(error), _) => Err(error),
        (None, Ok(result)) => Ok(result),
        (None, Err(panic)) => std::panic::resume_unwind(panic),
    }
}

/// Does short work on the threads of the pool, without the interpreter's lock.
pub(crate) fn quick<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let pool = pool(None)?;
    let result = py.detach(|| pool.install(work));
    py.check_signals()?;
    Ok(result)
}

fn look(py: Python<'_>, progress: Option<&Py<PyAny>>, watched: &Watched, told: &mut Progress) -> PyResult<()> {
    py.check_signals()?;
    let Some(function) = progress else { return Ok(()) };
    let now = watched.progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if now != *told && !now.stage.is_empty() {
        function.call1(py, (&now.stage, now.done, now.of, now.objective))?;
        *told = now;
    }
    Ok(())
}

/// Watches a fit for [`work`], and ends it after a time.
pub(crate) struct Fitting<'w> {
    watched: &'w Watched,
    stage: String,
    most_iterations: usize,
    until: Option<Instant>,
}

impl<'w> Fitting<'w> {
    pub(crate) fn new(watched: &'w Watched, most_iterations: usize, time_limit: Option<Duration>) -> Self {
        let until = time_limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { watched, stage: "fitting".into(), most_iterations, until }
    }
}

impl Observer for Fitting<'_> {
    fn observe(&mut self, iteration: &Iteration) -> ControlFlow<StopReason> {
        let (done, of, objective) = (iteration.number, Some(self.most_iterations), Some(iteration.objective));
        self.watched.set(Progress { stage: self.stage.clone(), done, of, objective });
        if self.watched.is_ended.load(Ordering::Relaxed) {
            return ControlFlow::Break(StopReason::Interrupted);
        }
        match self.until {
            Some(until) if Instant::now() >= until => ControlFlow::Break(StopReason::TimeLimit),
            _ => ControlFlow::Continue(()),
        }
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = match stage {
            Stage::Sharpening => "sharpening".into(),
            Stage::Run { number, of } => format!("fitting half {number} of {of}"),
            Stage::Consensus => "fitting the consensus".into(),
        };
        self.watched.set(Progress { stage: self.stage.clone(), ..Progress::default() });
    }
}
