//! The command `topicmill update`: adds new documents to a model.

use std::path::PathBuf;

use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::{Verbosity, warn};
use super::output::{RecordFormat, print, shown_path, text_style};
use super::progress::{Clock, Fitting, keep_results};
use crate::Error;
use crate::export::update_json;
use crate::model::{TopicModel, store};
use crate::pipeline::{ingest_params, keep_version, update};
use crate::report;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// New documents: folders, files, tables, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Topics to find beside those that there are
    #[arg(long, value_name = "M", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1000))]
    new_topics: u16,
    /// Input that has the documents of the model, if it does not keep their texts (repeatable)
    #[arg(long, value_name = "INPUT")]
    earlier: Vec<PathBuf>,
    /// Directory of the updated model [default: that of the model, whose state so far is kept as MODEL.1, MODEL.2 …]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Keep no version of the model as it was
    #[arg(long, conflicts_with = "output")]
    discard: bool,
    /// Format of what is told
    #[arg(long, default_value_t)]
    output_format: RecordFormat,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let clock = Clock::start();
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let inputs: Vec<PathBuf> = arguments.inputs.iter().chain(&arguments.earlier).cloned().collect();
    let output = arguments.output.as_ref().unwrap_or(&arguments.model);
    let output = store::check_output(output, &inputs, arguments.output.is_none()).map_err(Error::from)?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let most = model.manifest.params::<crate::factorize::FactorizeParams>("factorize")?.max_iterations;
    // What Ctrl-C ends early is stored, so that no version is kept of a model that was not updated.
    keep_results();
    let mut observer = Fitting::new(verbosity, most, (None, None));
    let n_new = arguments.new_topics.into();
    let mut updated = update(&model, &arguments.inputs, &params, &arguments.earlier, n_new, &mut observer)?;
    drop(observer);
    verbosity.skipped(&updated.skipped);
    if let Some(reason) =
        updated.model.manifest.fit.as_ref().map(|fit| fit.stop_reason).filter(|reason| reason.is_early())
    {
        warn(&format!("{reason} before convergence: the model is valid, and another run need not give the same"));
    }
    let mut run = clock.record(&arguments.inputs, &[("update", clock.seconds())]);
    run.inputs.splice(0..0, model.manifest.run.inputs.iter().cloned());
    updated.model.manifest.run = run;
    let kept = match arguments.output.is_some() || arguments.discard {
        true => None,
        false => Some(keep_version(&model, &output)?),
    };
    let written = store::save(&updated.model, &output, arguments.output.is_none()).map_err(Error::from)?;
    match arguments.output_format {
        RecordFormat::Json => print(format!("{:#}\n", update_json(&updated.news, &updated.topics)))?,
        RecordFormat::Text => print(report::update(&updated.news, &updated.topics, text_style()))?,
    }
    let kept = kept.map_or_else(String::new, |path| format!("; as it was it lies in {}", shown_path(&path)));
    verbosity.note(&format!("\nmodel written to {}{kept}", shown_path(&written)));
    Ok(())
}
