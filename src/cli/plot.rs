//! The command `topicmill plot`: draws a picture of a model.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::diagnostics::warn;
use super::output::Output;
use crate::Error;
use crate::config::ConfigError;
use crate::evaluate::{GroupShares, Similarity};
use crate::model::{By, DEFAULT_QUANTILES, Grouping, ModelError, TopicModel};
use crate::pipeline::read_selection;
use crate::report::{pictures, selection_svg};

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Topics on a plane, by distance and share.
    Map,
    /// First words by topic.
    Terms,
    /// Shares over time.
    Time,
    /// Shares by group, or how alike topics are.
    Heatmap,
    /// The tree of topics.
    Hierarchy,
    /// The objective by iteration.
    Convergence,
    /// What is known of numbers of topics.
    Selection,
}

names!(Kind {
    Map = "map",
    Terms = "terms",
    Time = "time",
    Heatmap = "heatmap",
    Hierarchy = "hierarchy",
    Convergence = "convergence",
    Selection = "selection",
});

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory; of --kind selection also a directory that select wrote
    model: PathBuf,
    /// What the picture shows; heatmap: groups of --column, or else the similarity of topics
    #[arg(long)]
    kind: Kind,
    /// File to write: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// time: length of a period [default: the longest that gives eight periods or more]
    #[arg(long)]
    by: Option<By>,
    /// time: column of the documents' metadata that has the date
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// heatmap: column whose values are the groups: label, or one of the documents' metadata
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
}

/// Groups of a heat map; the largest are taken.
const MOST_GROUPS: usize = 60;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let is_png = is_png(&arguments.output)?;
    check(arguments)?;
    let mut output = Output::open(Some(&arguments.output), std::slice::from_ref(&arguments.model))?;
    let svg = picture(arguments)?;
    let bytes = if is_png { pixels(&svg)? } else { svg.into_bytes() };
    output.write_all(&bytes)?;
    output.finish()
}

/// Whether the file is a PNG, by its ending.
fn is_png(file: &Path) -> anyhow::Result<bool> {
    match file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok(false),
        Some("png") => Ok(true),
        _ => anyhow::bail!("{}: the name of a picture ends with .svg or .png", file.display()),
    }
}

#[cfg(feature = "png")]
fn pixels(svg: &str) -> anyhow::Result<Vec<u8>> {
    crate::report::png(svg).map_err(anyhow::Error::msg)
}

#[cfg(not(feature = "png"))]
fn pixels(_: &str) -> anyhow::Result<Vec<u8>> {
    anyhow::bail!("this build writes no PNG: write an SVG, or build with the feature `png`")
}

/// Refuses options that the kind has no use for.
fn check(arguments: &Arguments) -> Result<(), Error> {
    let options = [
        ("--by", arguments.by.is_some(), Kind::Time),
        ("--date-column", arguments.date_column.is_some(), Kind::Time),
        ("--column", arguments.column.is_some(), Kind::Heatmap),
    ];
    match options.into_iter().find(|(_, is_given, kind)| *is_given && *kind != arguments.kind) {
        Some((option, _, kind)) => {
            Err(ConfigError::Value { place: option.into(), problem: format!("is for --kind {kind}") }.into())
        }
        None => Ok(()),
    }
}

fn picture(arguments: &Arguments) -> anyhow::Result<String> {
    if arguments.kind == Kind::Selection {
        return Ok(selection_svg(&read_selection(&arguments.model)?));
    }
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let similarity = Similarity::new(&model);
    Ok(match arguments.kind {
        Kind::Map => pictures::map(&model, &similarity),
        Kind::Terms => pictures::terms(&model, &similarity, model.ranking(None).map_err(Error::from)?),
        Kind::Hierarchy => pictures::tree(&model, &similarity),
        Kind::Time => {
            let dates = model.dates(arguments.date_column.as_deref()).map_err(Error::from)?;
            let columns = model.documents.columns.clone();
            let dates = dates.ok_or(Error::from(ModelError::NoDates { columns }))?;
            dates.notes.iter().for_each(|note| warn(note));
            let grouping = Grouping::by_dates(&dates, arguments.by, DEFAULT_QUANTILES).map_err(Error::from)?;
            pictures::stacked_shares(&model, &similarity, &GroupShares::new(&model, grouping))
        }
        Kind::Heatmap => match &arguments.column {
            Some(column) => {
                let grouping = Grouping::by_column(&model, column, None).map_err(Error::from)?.largest(MOST_GROUPS);
                pictures::heat_map(&model, &similarity, &GroupShares::new(&model, grouping))
            }
            None => pictures::similarities(&model, &similarity),
        },
        Kind::Convergence | Kind::Selection => {
            pictures::convergence(&model).ok_or_else(|| anyhow::anyhow!("the model has no trace of its fit"))?
        }
    })
}
