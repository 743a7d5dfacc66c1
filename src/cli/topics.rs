//! The command `topicmill topics`: shows the topics of a model with their words.

use std::path::PathBuf;

use clap::Args;

use super::arguments::RankArguments;
use super::output::{ReportFormat, print, text_style};
use crate::Error;
use crate::evaluate::Evaluation;
use crate::export::{Csv, Exporter, topics_json, topics_table, tree_json, values_json};
use crate::model::{TopicModel, store};
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Words per topic
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    n_words: usize,
    /// Of topics within topics, those of this level, from 1 for the coarsest [default: all, as a tree]
    #[arg(long, value_name = "L")]
    level: Option<usize>,
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
    let model = model.into_level(arguments.level).map_err(Error::from)?;
    let ranked = |model: &TopicModel| arguments.rank.topics(model, arguments.n_words);
    let topics = ranked(&model)?;
    let verdicts = &Evaluation::of_topics(&model, &topics).verdicts;
    let has_tree = arguments.level.is_none() && model.n_levels() > 1;
    let text = |style: Style| -> Result<String, Error> {
        match has_tree {
            true => Ok(report::topic_tree(&model, &model.topics_by_level(ranked)?, verdicts, style)),
            false => Ok(report::topics(&model, &topics, verdicts, style)),
        }
    };
    match arguments.format {
        ReportFormat::Json => {
            let mut json = topics_json(&topics, verdicts);
            if has_tree {
                json["tree"] = tree_json(&model, &model.topics_by_level(ranked)?);
            }
            if !model.views().is_empty() {
                json["values"] = values_json(&model, arguments.n_words);
            }
            print(format!("{json:#}\n"))
        }
        ReportFormat::Csv => {
            let table = topics_table(&topics, verdicts).escape_formulas(arguments.escape_formulas);
            print(Csv.export(&table).map_err(Error::from)?)
        }
        ReportFormat::Markdown => print(text(Style::Markdown)?),
        ReportFormat::Text => print(text(text_style())?),
    }
}
