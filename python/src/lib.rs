//! The core of the Python package: documents, models and factors of topicmill as Python objects. What people see of it
//! is Python, in `topicmill/`; this crate converts, and lets the library do the work.

mod columns;
mod config;
mod dataset;
mod documents;
mod elsewhere;
mod errors;
mod factors;
mod model;
mod on_disk;
mod program;
mod sentences;
mod threads;
mod work;

/// The core of topicmill.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::columns::load_numpy;
    #[pymodule_export]
    use super::config::{Config, default_config};
    #[pymodule_export]
    use super::dataset::Dataset;
    #[pymodule_export]
    use super::documents::Documents;
    #[pymodule_export]
    use super::elsewhere::{Elsewhere, ShardCounter, ShardPass, ShardWeigher, merge_said, merge_terms, terms_of_shard};
    #[pymodule_export]
    use super::factors::{factorize, solve_documents};
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::on_disk::fit_on_disk;
    #[pymodule_export]
    use super::program::{main, read_pdf_with, set_max_memory};
    #[pymodule_export]
    use super::threads::{get_n_threads, set_n_threads};

    /// The version of the library.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's name of a version")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
