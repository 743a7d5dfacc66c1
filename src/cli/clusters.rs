//! The command `topicmill clusters`: shows the documents of a model by topic.

use std::path::PathBuf;

use clap::Args;

use super::output::{ReportFormat, print, text_style};
use crate::Error;
use crate::evaluate::Evaluation;
use crate::export::{Csv, Exporter, clusters_json, clusters_table};
use crate::model::store;
use crate::report::{self, Style};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Most typical documents to show of each cluster
    #[arg(long, value_name = "N", default_value_t = 5)]
    top_documents: usize,
    /// Of topics within topics, those of this level, from 1 for the coarsest [default: the topics themselves]
    #[arg(long, value_name = "L")]
    level: Option<usize>,
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
    let clusters = model.clusters(arguments.top_documents);
    let evaluation = Evaluation::new(&model);
    match arguments.format {
        ReportFormat::Json => print(format!("{:#}\n", clusters_json(&model, &clusters, &evaluation))),
        ReportFormat::Csv => {
            let table = clusters_table(&model, &clusters).escape_formulas(arguments.escape_formulas);
            print(Csv.export(&table).map_err(Error::from)?)
        }
        ReportFormat::Markdown => print(report::clusters(&model, &clusters, &evaluation, Style::Markdown)),
        ReportFormat::Text => print(report::clusters(&model, &clusters, &evaluation, text_style())),
    }
}
