//! The command `topicmill transform`: finds the topics of new documents.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::Verbosity;
use super::output::{Output, shown_path};
use super::progress::Working;
use crate::export::{StreamFormat, TableStream};
use crate::model::TopicModel;
use crate::pipeline::{ingest_params, transform, transform_table, transforming_models};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// Folders, files, tables, a matrix, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format of the output
    #[arg(long, default_value_t)]
    output_format: StreamFormat,
    /// A further model to run over the same reading; its columns begin with its name (repeatable)
    #[arg(long, value_name = "MODEL")]
    also: Vec<PathBuf>,
    /// Shares that sum to 1, p(topic | document), in place of weights
    #[arg(long)]
    shares: bool,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let read: Vec<PathBuf> = arguments.inputs.iter().chain(arguments.ingest.files()).cloned().collect();
    let output = Output::open(arguments.output.as_deref(), &read)?;
    let paths: Vec<&PathBuf> = std::iter::once(&arguments.model).chain(&arguments.also).collect();
    let models = paths.iter().map(TopicModel::load).collect::<Result<Vec<_>, _>>()?;
    let shown = transforming_models(&paths.into_iter().cloned().zip(&models).collect::<Vec<_>>());
    let params = arguments.ingest.apply(ingest_params(&models[0])?)?;
    let mut transformed = transform(&models[0], &arguments.inputs, &params)?;
    for model in &models[1..] {
        transformed = transformed.also(model)?;
    }
    let table = |documents: &[_]| {
        transform_table(&shown, documents, arguments.shares).escape_formulas(arguments.escape_formulas)
    };
    let mut rows = TableStream::new(arguments.output_format, output, &table(&[]))?;
    // Rows on a terminal show that work goes on.
    let is_seen = arguments.output.is_none() && std::io::stdout().is_terminal();
    let working = (!is_seen).then(|| Working::new(verbosity, "transforming"));
    let mut n_done = 0;
    for batch in transformed.by_ref() {
        let batch = batch?;
        n_done += batch.len();
        working.iter().for_each(|working| working.documents(n_done));
        rows.push(table(&batch))?;
    }
    drop(working);
    rows.finish()?.finish()?;
    verbosity.skipped(transformed.skipped());
    let name = |model: usize| match arguments.also.as_slice() {
        [] => "the model".to_string(),
        also => shown_path(if model == 0 { &arguments.model } else { &also[model - 1] }),
    };
    transformed.advice(name).iter().for_each(|advice| verbosity.hint(advice));
    Ok(())
}
