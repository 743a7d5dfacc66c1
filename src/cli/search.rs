//! The command `topicmill search`: finds words in a model, and documents that have them.

use std::path::PathBuf;

use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::{Verbosity, warn};
use super::output::{RecordFormat, print, text_style};
use crate::Error;
use crate::model::TopicModel;
use crate::pipeline::{find_words, ingest_params, search_documents, search_json};
use crate::report;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// Words to look for; an n-gram in quotes
    #[arg(required = true, value_name = "WORDS", help_heading = "Arguments")]
    words: Vec<String>,
    /// Input whose documents are searched [default: the texts that the model keeps]
    #[arg(long = "in", value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Most documents, and words near each word
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    n_results: usize,
    /// Format of the output
    #[arg(long = "output-format", default_value_t)]
    output_format: RecordFormat,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let (found, unknown) = find_words(&model, &arguments.words, arguments.n_results)?;
    let terms: Vec<usize> = found.iter().map(|word| word.term).collect();
    if terms.is_empty() {
        anyhow::bail!("{}", unknown.join("\n"));
    }
    unknown.iter().for_each(|problem| warn(problem));
    let searched = search_documents(&model, &terms, &arguments.inputs, &params, arguments.n_results)?;
    let documents = searched.as_ref().map_or(&[][..], |(documents, _)| documents);
    match arguments.output_format {
        RecordFormat::Json => print(format!("{:#}\n", search_json(&model, &found, documents)))?,
        RecordFormat::Text => {
            let style = text_style();
            let words: Vec<String> = found.iter().map(|found| report::word(&model, found, style)).collect();
            print(words.join("\n"))?;
            if searched.is_some() {
                let rows: Vec<(&str, &str)> = documents.iter().map(|found| (&*found.id, &*found.passage)).collect();
                print(format!("\n{}", report::passages(&rows, style)))?;
            } else {
                verbosity.note("\ndocuments are searched in texts: --in INPUT names them, or fit with --keep-texts");
            }
        }
    }
    if let Some((_, skipped)) = &searched {
        verbosity.skipped(skipped);
    }
    Ok(())
}
