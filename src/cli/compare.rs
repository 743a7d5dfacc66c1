//! The command `topicmill compare`: aligns the topics of two models.

use std::path::PathBuf;

use clap::Args;

use super::output::{ReportFormat, print, text_style};
use crate::Error;
use crate::evaluate::Comparison;
use crate::export::{Csv, Exporter, comparison_json, comparison_table};
use crate::model::TopicModel;
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    first: PathBuf,
    /// Model directory that it is compared with
    second: PathBuf,
    /// Format of the output
    #[arg(long, default_value_t)]
    format: ReportFormat,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let first = TopicModel::load(&arguments.first).map_err(Error::from)?;
    let second = TopicModel::load(&arguments.second).map_err(Error::from)?;
    let comparison = Comparison::new(&first, &second);
    let report = |style| report::comparison(&first, &second, &comparison, style);
    match arguments.format {
        ReportFormat::Json => print(format!("{:#}\n", comparison_json(&comparison))),
        ReportFormat::Csv => print(Csv.export(&comparison_table(&first, &second, &comparison)).map_err(Error::from)?),
        ReportFormat::Markdown => print(report(Style::Markdown)),
        ReportFormat::Text => print(report(text_style())),
    }
}
