//! The command `topicmill explain`: says which words of a document speak for which of its topics.

use std::io;
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as Paint};
use clap::Args;

use super::arguments::IngestArguments;
use super::output::{RecordFormat, print, text_style};
use crate::Error;
use crate::export::explanation_json;
use crate::model::TopicModel;
use crate::pipeline::{explain, find_document, ingest_params};
use crate::report;

/// Colours of the topics, the largest first.
const COLOURS: [AnsiColor; 6] =
    [AnsiColor::Green, AnsiColor::Cyan, AnsiColor::Yellow, AnsiColor::Magenta, AnsiColor::Blue, AnsiColor::Red];

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// Input that has the document [default: the texts that the model keeps]
    #[arg(value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Id of the document; not needed where there is only one
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Format of the output
    #[arg(long = "output-format", default_value_t)]
    output_format: RecordFormat,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let document = find_document(&model, &arguments.inputs, &params, arguments.id.as_deref())?;
    let explanation = explain(&model, &document.text)?;
    if arguments.output_format == RecordFormat::Json {
        return print(format!("{:#}\n", explanation_json(&model, &document.id, &document.text, &explanation)));
    }
    let has_colours = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    let paint = |place: usize, word: &str| match has_colours {
        true => {
            let paint = Paint::new().bold().fg_color(Some(COLOURS[place % COLOURS.len()].into()));
            format!("{paint}{word}{paint:#}")
        }
        false => format!("{word}[{}]", place + 1),
    };
    let style = text_style();
    print(report::explanation(&model, &document.id, &document.text, &explanation, style, &paint))
}
