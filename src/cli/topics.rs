//! `topicmill topics`

use std::path::PathBuf;

use clap::Args;

use super::output::{print, terminal_width};
use crate::Error;
use crate::export::{Csv, Exporter, topics_json, topics_table};
use crate::model::{Ranking, store};
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Words per topic
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    n_words: usize,
    /// What words are ranked by
    #[arg(long, value_parser = ["probability", "relevance", "frex", "lift"], default_value = "probability")]
    rank: String,
    /// Format of the output
    #[arg(long, value_parser = ["text", "markdown", "csv", "json"], default_value = "text")]
    format: String,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let model = store::load(&arguments.model).map_err(Error::from)?;
    let ranking = match arguments.rank.as_str() {
        "relevance" => Ranking::Relevance,
        "frex" => Ranking::Frex,
        "lift" => Ranking::Lift,
        _ => Ranking::Probability,
    };
    let topics = model.topics(arguments.n_words, ranking);
    match arguments.format.as_str() {
        "json" => print(format!("{:#}\n", topics_json(&model, &topics))),
        "csv" => {
            let table = topics_table(&model, &topics).escape_formulas(arguments.escape_formulas);
            print(Csv.export(&table).map_err(Error::from)?)
        }
        "markdown" => print(report::topics(&model, &topics, Style::Markdown)),
        _ => print(report::topics(&model, &topics, Style::Text { width: terminal_width() })),
    }
}
