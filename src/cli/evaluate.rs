//! `topicmill evaluate`

use std::path::PathBuf;

use clap::Args;

use super::arguments::{IngestArguments, RankArguments};
use super::diagnostics::Verbosity;
use super::output::{ReportFormat, print, text_style};
use super::progress::Working;
use crate::Error;
use crate::evaluate::MEASURED_WORDS;
use crate::export::{Csv, Exporter, evaluation_json, evaluation_table};
use crate::model::TopicModel;
use crate::pipeline::{evaluate, ingest_params};
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// Documents that coherence is measured in: the training documents, or others
    #[arg(value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Words per topic that are measured
    #[arg(short = 'n', long, value_name = "N", default_value_t = MEASURED_WORDS)]
    n_words: usize,
    #[command(flatten)]
    rank: RankArguments,
    /// Format of the output
    #[arg(long = "output-format", default_value_t)]
    output_format: ReportFormat,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let topics = arguments.rank.topics(&model, arguments.n_words)?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let working = Working::new(verbosity, "measuring");
    let (evaluation, skipped) = evaluate(&model, &topics, &arguments.inputs, &params)?;
    drop(working);
    match arguments.output_format {
        ReportFormat::Json => print(format!("{:#}\n", evaluation_json(&topics, &evaluation)))?,
        ReportFormat::Csv => print(Csv.export(&evaluation_table(&topics, &evaluation)).map_err(Error::from)?)?,
        ReportFormat::Markdown => print(report::evaluation(&topics, &evaluation, Style::Markdown))?,
        ReportFormat::Text => {
            print(report::evaluation(&topics, &evaluation, text_style()))?;
        }
    }
    if evaluation.completion.is_none() {
        verbosity.note("all measures need documents: name those of the fit, or better others");
    }
    verbosity.skipped(&skipped);
    Ok(())
}
