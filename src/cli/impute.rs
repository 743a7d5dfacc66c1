//! The command `topicmill impute`: says what a model expects at places of its matrix.

use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use crate::Error;
use crate::export::{StreamFormat, TableStream};
use crate::model::TopicModel;
use crate::pipeline::impute;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// MatrixMarket file of the size of the model's matrix, whose entries are the places
    #[arg(long, value_name = "FILE")]
    entries: PathBuf,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format of the output
    #[arg(long, default_value_t)]
    output_format: StreamFormat,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let files = [arguments.model.clone(), arguments.entries.clone()];
    let output = Output::open(arguments.output.as_deref(), &files)?;
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let table = impute(&model, &arguments.entries)?.escape_formulas(arguments.escape_formulas);
    let mut rows = TableStream::new(arguments.output_format, output, &table)?;
    rows.push(table)?;
    rows.finish()?.finish()
}
