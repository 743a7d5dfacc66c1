//! The commands `topicmill over-time` and `topicmill by-group`: compare topics between periods or groups of documents.

use std::path::PathBuf;

use clap::Args;

use super::diagnostics::warn;
use super::output::{ReportFormat, print, text_style};
use crate::Error;
use crate::evaluate::GroupShares;
use crate::export::{Csv, Exporter, changes_table, groups_json, groups_table, wide_groups_table};
use crate::model::{By, DEFAULT_QUANTILES, Dates, Grouping, ModelError, TopicModel};
use crate::report::{self, Style};
use crate::wording::counted;

/// Which table is written as CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum GroupTable {
    /// A row for each group and topic.
    #[default]
    Shares,
    /// A row for each group, a column for each topic.
    Wide,
    /// A row for each topic, with the tests of a change.
    Changes,
}

names!(GroupTable { Shares = "shares", Wide = "wide", Changes = "changes" });

#[derive(Args)]
struct OutputArguments {
    /// Format of the output
    #[arg(long, default_value_t)]
    format: ReportFormat,
    /// csv: shares (a row per group and topic), wide (a column per topic), changes (a row per topic, with tests)
    #[arg(long, default_value_t)]
    table: GroupTable,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

#[derive(Args)]
pub(super) struct OverTimeArguments {
    /// Model directory
    model: PathBuf,
    /// Length of a period [default: the longest that gives eight periods or more]
    #[arg(long)]
    by: Option<By>,
    /// Column of the documents' metadata that has the date [default: the fit's, or the one that looks like dates]
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// Number of periods of --by quantile [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    quantiles: Option<u16>,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Args)]
pub(super) struct ByGroupArguments {
    /// Model directory
    model: PathBuf,
    /// Column whose values are the groups: label, or one of the documents' metadata
    #[arg(long, value_name = "NAME")]
    column: String,
    /// Cut a column of numbers into so many ranges with as many documents each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    quantiles: Option<u16>,
    /// Most groups; the smallest beyond are left out, and told
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    most: u16,
    #[command(flatten)]
    output: OutputArguments,
}

pub(super) fn over_time(arguments: &OverTimeArguments) -> anyhow::Result<()> {
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let dates = model.dates(arguments.date_column.as_deref()).map_err(Error::from)?;
    let Some(dates) = dates else {
        let columns = model.documents.columns.clone();
        return Err(Error::from(ModelError::NoDates { columns }).into());
    };
    dates.notes.iter().for_each(|note| warn(note));
    let n_quantiles = arguments.quantiles.map_or(DEFAULT_QUANTILES, usize::from);
    let grouping = Grouping::by_dates(&dates, arguments.by, n_quantiles).map_err(Error::from)?;
    show(&model, grouping, Some(&dates), &arguments.output)
}

pub(super) fn by_group(arguments: &ByGroupArguments) -> anyhow::Result<()> {
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let n_quantiles = arguments.quantiles.map(usize::from);
    let grouping = Grouping::by_column(&model, &arguments.column, n_quantiles).map_err(Error::from)?;
    let n_groups = grouping.groups.len();
    let most = usize::from(arguments.most);
    if n_groups > most {
        warn(&format!("{} left out: the {} largest are kept (--most)", counted(n_groups - most, "group"), most));
    }
    show(&model, grouping.largest(most), None, &arguments.output)
}

fn show(model: &TopicModel, grouping: Grouping, dates: Option<&Dates>, output: &OutputArguments) -> anyhow::Result<()> {
    let shares = GroupShares::new(model, grouping);
    let style = match output.format {
        ReportFormat::Json => return print(format!("{:#}\n", groups_json(model, &shares))),
        ReportFormat::Csv => {
            let table = match output.table {
                GroupTable::Shares => groups_table(model, &shares),
                GroupTable::Wide => wide_groups_table(&shares),
                GroupTable::Changes => changes_table(model, &shares),
            };
            let table = table.escape_formulas(output.escape_formulas);
            return print(Csv.export(&table).map_err(Error::from)?);
        }
        ReportFormat::Markdown => Style::Markdown,
        ReportFormat::Text => text_style(),
    };
    print(report::groups(model, &shares, dates, style))
}
