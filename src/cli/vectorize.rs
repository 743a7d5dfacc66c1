//! The command `topicmill vectorize`: writes the weighted term-document matrix alone.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Overrides, ReadArguments};
use super::diagnostics::Verbosity;
use super::fit::read;
use super::output::shown_path;
use crate::Error;
use crate::model::store;

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
    #[command(flatten)]
    read: ReadArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let (config, _) = arguments.read.config(Overrides::default())?;
    let output = store::check_output(&arguments.output, &arguments.inputs, arguments.force).map_err(Error::from)?;
    let dataset = read(&arguments.inputs, &config, verbosity)?;
    let written = dataset.save(&output, arguments.force)?;
    verbosity.skipped(&dataset.skipped);
    let shown = if written == output { &arguments.output } else { &written };
    verbosity.note(&format!("matrix written to {}", shown_path(shown)));
    Ok(())
}
