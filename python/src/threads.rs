//! The threads that work is done on: a pool of this process, since threads do not survive a fork.

use std::cell::Cell;
use std::mem::forget;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::parameter_error;

/// Bytes of stack of a thread, as the program has them.
const STACK_BYTES: usize = 8 << 20;

/// Largest number of threads that is accepted.
const MOST_THREADS: usize = 1024;

struct Threads {
    /// The number asked for; `None` for one per core.
    asked: Option<usize>,
    /// The pool with the process that it belongs to.
    pool: Option<(u32, Arc<ThreadPool>)>,
}

thread_local! {
    /// Whether this thread shows the progress of work, and so must not wait for the threads that do it.
    static IS_LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// Does what a thread does while it looks after work.
pub(crate) fn while_looking<T>(look: impl FnOnce() -> T) -> T {
    IS_LOOKING.set(true);
    let result = look();
    IS_LOOKING.set(false);
    result
}

static THREADS: Mutex<Threads> = Mutex::new(Threads { asked: None, pool: None });

/// Sets the number of threads; None is one per core (or what the environment variable RAYON_NUM_THREADS says).
/// Results do not depend on it.
#[pyfunction]
#[pyo3(signature = (n_threads))]
pub(crate) fn set_n_threads(n_threads: Option<i64>) -> PyResult<()> {
    let asked = match n_threads {
        None => None,
        Some(n) => match usize::try_from(n) {
            Ok(n) if (1..=MOST_THREADS).contains(&n) => Some(n),
            _ => return Err(parameter_error(&format!("n_threads is {n}, expected from 1 to {MOST_THREADS}"), None)),
        },
    };
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    threads.asked = asked;
    if let Some((process, pool)) = threads.pool.take()
        && process != std::process::id()
    {
        forget(pool);
    }
    Ok(())
}

/// The number of threads that work is done on.
#[pyfunction]
pub(crate) fn get_n_threads() -> PyResult<usize> {
    Ok(pool(None)?.current_num_threads())
}

/// A pool with `n_threads` threads, or else the pool of this process.
pub(crate) fn pool(n_threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    if n_threads.is_some() || IS_LOOKING.get() {
        return build(n_threads.or(Some(1)));
    }
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let this = std::process::id();
    match &threads.pool {
        Some((process, pool)) if *process == this => return Ok(Arc::clone(pool)),
        _ => {}
    }
    let pool = build(threads.asked)?;
    if let Some((_, of_parent)) = threads.pool.replace((this, Arc::clone(&pool))) {
        // Its threads are in the parent process: to wait for their end would be to wait for ever.
        forget(of_parent);
    }
    Ok(pool)
}

fn build(n_threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    let builder = ThreadPoolBuilder::new().num_threads(n_threads.unwrap_or(0)).stack_size(STACK_BYTES);
    match builder.build() {
        Ok(pool) => Ok(Arc::new(pool)),
        Err(error) => Err(pyo3::exceptions::PyRuntimeError::new_err(format!("no threads can be made: {error}"))),
    }
}
