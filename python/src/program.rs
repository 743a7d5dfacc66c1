//! The program `topicmill` as a part of the package.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use pyo3::prelude::*;

/// Runs the program with arguments, of which the first is its name, and returns its exit code. `program` is a file that
/// can be run as the program, for readers that need a process of their own.
#[pyfunction]
#[pyo3(signature = (arguments, program))]
pub(crate) fn main(py: Python<'_>, arguments: Vec<OsString>, program: Option<PathBuf>) -> u8 {
    py.detach(|| {
        let code = topicmill::cli::main_of(arguments, program);
        // The interpreter ends the process, and not Rust, which would write what is left.
        let _ = std::io::stdout().flush();
        code
    })
}

/// Names the program that reads PDF files, each in a process of its own.
#[pyfunction]
pub(crate) fn read_pdf_with(program: PathBuf) {
    topicmill::ingest::read_pdf_with(program);
}

/// Refuses what would take more memory than so many bytes; None is no bound. Without a call it is what is free.
#[pyfunction]
#[pyo3(signature = (n_bytes))]
pub(crate) fn set_max_memory(n_bytes: Option<u64>) {
    topicmill::system::allow_memory(Some(n_bytes.unwrap_or(u64::MAX)));
}
