//! `topicmill transform`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::Talk;
use super::output::Output;
use crate::Error;
use crate::export::{Column, Csv, Exporter, Json, JsonLines, Table, Values, topic_columns};
use crate::ingest::IngestParams;
use crate::model::{TopicModel, store};
use crate::pipeline::{TransformedDocument, transform};

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
    #[arg(long, value_parser = ["csv", "json", "jsonl"], default_value = "csv")]
    output_format: String,
    /// Shares that sum to 1, p(topic | document), in place of weights
    #[arg(long)]
    shares: bool,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, talk: Talk) -> anyhow::Result<()> {
    let read: Vec<PathBuf> = arguments.inputs.iter().chain(arguments.ingest.files()).cloned().collect();
    let mut output = Output::open(arguments.output.as_deref(), &read)?;
    let model = store::load(&arguments.model).map_err(Error::from)?;
    let params = arguments.ingest.apply(fitted_params(&model))?;
    let mut batches: Vec<TransformedDocument> = Vec::new();
    let mut n_emitted = 0;
    let mut failed: Option<anyhow::Error> = None;
    let result = transform(&model, &arguments.inputs, &params, &mut |documents| {
        if arguments.output_format == "json" {
            batches.extend(documents);
            return Ok(());
        }
        let bytes = encode(&model, &documents, &arguments)?;
        let from = if n_emitted > 0 && arguments.output_format == "csv" { after_header(&bytes) } else { 0 };
        n_emitted += documents.len();
        output.write_all(&bytes[from..]).map_err(|error| {
            failed = Some(error.into());
            Error::Interrupted
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let skipped = result?;
    if n_emitted == 0 {
        output.write_all(&encode(&model, &batches, &arguments)?)?;
    }
    output.finish()?;
    talk.skipped(&skipped);
    Ok(())
}

/// How the model's own documents were read: new ones are read alike, unless flags say otherwise. Labels and dates,
/// which new documents need not have, and what belongs to one matrix are forgotten.
fn fitted_params(model: &TopicModel) -> IngestParams {
    let ingest = model.manifest.config.get("ingest").cloned().unwrap_or_default();
    let params: IngestParams = serde_json::from_value(ingest).unwrap_or_default();
    IngestParams {
        label_column: None,
        date_column: None,
        term_names: None,
        document_names: None,
        transposed: false,
        ..params
    }
}

fn encode(model: &TopicModel, documents: &[TransformedDocument], arguments: &Arguments) -> Result<Vec<u8>, Error> {
    let rows: Vec<Vec<f32>> = documents
        .iter()
        .map(|document| match arguments.shares {
            true => document.topics.shares().into_iter().map(|share| share as f32).collect(),
            false => document.topics.weights.clone(),
        })
        .collect();
    let ids = documents.iter().map(|document| document.id.clone()).collect();
    let unknown = documents.iter().map(|document| document.topics.unknown_share).collect();
    let mut columns = vec![
        Column { name: "id".into(), values: Values::Text(ids) },
        Column { name: "unknown_share".into(), values: Values::Number(unknown) },
    ];
    columns.extend(topic_columns(&rows, model.n_topics()));
    let exporter: &dyn Exporter = match arguments.output_format.as_str() {
        "json" => &Json,
        "jsonl" => &JsonLines,
        _ => &Csv,
    };
    let table = Table { name: "transform".into(), columns, matrix_from: None };
    Ok(exporter.export(&table.escape_formulas(arguments.escape_formulas))?)
}

fn after_header(csv: &[u8]) -> usize {
    csv.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}
