//! The command `topicmill vectorize`: writes the weighted term-document matrix alone.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Overrides, ReadArguments, parse_bytes};
use super::diagnostics::Verbosity;
use super::fit::{read, read_to_disk};
use super::output::shown_path;
use crate::Error;
use crate::model::store;
use crate::system::allow_memory;

#[derive(Args)]
pub(super) struct Arguments {
    /// Folders, files, tables, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Directory for matrix.mtx, terms.tsv and documents.tsv; `fit` takes it as an input
    #[arg(short, long, value_name = "DIR", required_unless_present = "shards", conflicts_with = "shards")]
    output: Option<PathBuf>,
    /// Directory for shards of documents in place of matrix.mtx: `fit` takes it as an input, and topicmill-mpi fits it
    /// on many machines
    #[arg(long, value_name = "DIR")]
    shards: Option<PathBuf>,
    /// Documents of a shard [default: 65536]
    #[arg(long, value_name = "N", requires = "shards")]
    shard_documents: Option<i64>,
    /// Replace an existing directory that topicmill wrote
    #[arg(long)]
    force: bool,
    /// Work within this memory, with the documents on disk beside DIR: BYTES, or 512MiB, 2GiB
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, conflicts_with = "max_memory")]
    memory: Option<u64>,
    #[command(flatten)]
    read: ReadArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let mut flags = Overrides::default();
    flags.set("factorize.shard_documents", arguments.shard_documents);
    let (config, _) = arguments.read.config(flags)?;
    let Some(named) = arguments.shards.as_ref().or(arguments.output.as_ref()) else {
        unreachable!("one of them is required")
    };
    let output = store::check_output(named, &arguments.inputs, arguments.force).map_err(Error::from)?;
    if let Some(bytes) = arguments.memory {
        allow_memory(Some(bytes));
    }
    let to_disk = || read_to_disk(&arguments.inputs, &config, &output, verbosity);
    let written = match (&arguments.shards, arguments.memory) {
        (Some(_), _) => to_disk()?.save_shards(&output, arguments.force)?,
        (None, Some(_)) => to_disk()?.save(&output, arguments.force)?,
        (None, None) => read(&arguments.inputs, &config, verbosity)?.save(&output, arguments.force)?,
    };
    let shown = if written == output { named } else { &written };
    let what = if arguments.shards.is_some() { "shards" } else { "matrix" };
    verbosity.note(&format!("{what} written to {}", shown_path(shown)));
    Ok(())
}
