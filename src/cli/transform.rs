//! The command `topicmill transform`: finds the topics of new documents.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::Verbosity;
use super::output::Output;
use super::progress::Working;
use crate::Error;
use crate::export::{Csv, Exporter, Json, JsonLines};
use crate::model::TopicModel;
use crate::pipeline::{TransformedDocument, ingest_params, transform, transform_table};

/// Format of the topics of new documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TransformFormat {
    #[default]
    Csv,
    Json,
    JsonLines,
}

names!(TransformFormat { Csv = "csv", Json = "json", JsonLines = "jsonl" });

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
    output_format: TransformFormat,
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
    let mut output = Output::open(arguments.output.as_deref(), &read)?;
    let model = TopicModel::load(&arguments.model)?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let names = model.topic_names();
    let mut transformed = transform(&model, &arguments.inputs, &params)?;
    // Rows on a terminal show that work goes on.
    let is_seen = arguments.output.is_none() && std::io::stdout().is_terminal();
    let working = (!is_seen).then(|| Working::new(verbosity, "transforming"));
    let mut n_done = 0;
    match arguments.output_format {
        TransformFormat::Json => {
            let batches = transformed.by_ref().collect::<Result<Vec<_>, Error>>()?;
            output.write_all(&encode(&model, &names, &batches.concat(), &arguments)?)?;
        }
        TransformFormat::Csv | TransformFormat::JsonLines => {
            let mut has_written = false;
            for batch in transformed.by_ref() {
                let batch = batch?;
                n_done += batch.len();
                working.iter().for_each(|working| working.documents(n_done));
                let bytes = encode(&model, &names, &batch, &arguments)?;
                let has_header = arguments.output_format == TransformFormat::Csv;
                output.write_all(&bytes[if has_written && has_header { after_header(&bytes) } else { 0 }..])?;
                has_written = true;
            }
            if !has_written {
                output.write_all(&encode(&model, &names, &[], &arguments)?)?;
            }
        }
    }
    drop(working);
    output.finish()?;
    verbosity.skipped(transformed.skipped());
    if let Some(advice) = transformed.advice() {
        verbosity.hint(&advice);
    }
    Ok(())
}

fn encode(
    model: &TopicModel,
    names: &[String],
    documents: &[TransformedDocument],
    arguments: &Arguments,
) -> Result<Vec<u8>, Error> {
    let exporter: &dyn Exporter = match arguments.output_format {
        TransformFormat::Csv => &Csv,
        TransformFormat::Json => &Json,
        TransformFormat::JsonLines => &JsonLines,
    };
    let table = transform_table(model, names, documents, arguments.shares);
    Ok(exporter.export(&table.escape_formulas(arguments.escape_formulas))?)
}

fn after_header(csv: &[u8]) -> usize {
    csv.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}
