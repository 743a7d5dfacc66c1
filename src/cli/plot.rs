//! The command `topicmill plot`: draws a picture of a model.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::diagnostics::warn;
use super::output::Output;
use crate::Error;
use crate::model::{By, TopicModel};
use crate::pipeline::{Picture, picture, read_selection};
use crate::report::selection_svg;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory; of --kind selection also a directory that select wrote
    model: PathBuf,
    /// What the picture shows; heatmap: groups of --column, or else the similarity of topics
    #[arg(long)]
    kind: Picture,
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

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let is_png = is_png(&arguments.output)?;
    let (by, date_column, column) = (arguments.by, arguments.date_column.as_deref(), arguments.column.as_deref());
    arguments.kind.check(by, date_column, column).map_err(Error::from)?;
    let mut output = Output::open(Some(&arguments.output), std::slice::from_ref(&arguments.model))?;
    let svg = drawn(arguments)?;
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

fn drawn(arguments: &Arguments) -> anyhow::Result<String> {
    if arguments.kind == Picture::Selection {
        return Ok(selection_svg(&read_selection(&arguments.model)?));
    }
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let (by, date_column, column) = (arguments.by, arguments.date_column.as_deref(), arguments.column.as_deref());
    let (svg, notes) = picture(&model, arguments.kind, by, date_column, column)?;
    notes.iter().for_each(|note| warn(note));
    Ok(svg)
}
