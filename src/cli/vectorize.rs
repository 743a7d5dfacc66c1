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
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
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
    let (config, _) = arguments.read.config(Overrides::default())?;
    let output = store::check_output(&arguments.output, &arguments.inputs, arguments.force).map_err(Error::from)?;
    let written = match arguments.memory {
        None => read(&arguments.inputs, &config, verbosity)?.save(&output, arguments.force)?,
        Some(bytes) => {
            allow_memory(bytes);
            read_to_disk(&arguments.inputs, &config, &output, verbosity)?.save(&output, arguments.force)?
        }
    };
    let shown = if written == output { &arguments.output } else { &written };
    verbosity.note(&format!("matrix written to {}", shown_path(shown)));
    Ok(())
}
