//! The command `topicmill topics`: shows the topics of a model with their words.

use std::path::PathBuf;

use clap::Args;

use super::arguments::RankArguments;
use super::output::{ReportFormat, print, text_style};
use crate::Error;
use crate::evaluate::Evaluation;
use crate::export::{Csv, Exporter, topics_json, topics_table};
use crate::model::store;
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Words per topic
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    n_words: usize,
    #[command(flatten)]
    rank: RankArguments,
    /// Format of the output
    #[arg(long, default_value_t)]
    format: ReportFormat,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let model = store::load(&arguments.model).map_err(Error::from)?;
    let topics = arguments.rank.topics(&model, arguments.n_words)?;
    let verdicts = &Evaluation::of_topics(&model, &topics).verdicts;
    match arguments.format {
        ReportFormat::Json => print(format!("{:#}\n", topics_json(&topics, verdicts))),
        ReportFormat::Csv => {
            let table = topics_table(&topics, verdicts).escape_formulas(arguments.escape_formulas);
            print(Csv.export(&table).map_err(Error::from)?)
        }
        ReportFormat::Markdown => print(report::topics(&model, &topics, verdicts, Style::Markdown)),
        ReportFormat::Text => print(report::topics(&model, &topics, verdicts, text_style())),
    }
}
