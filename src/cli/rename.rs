//! The command `topicmill rename`: gives topics names.

use std::path::PathBuf;

use clap::Args;

use super::diagnostics::Verbosity;
use super::output::shown_path;
use crate::Error;
use crate::config::ConfigError;
use crate::model::{TopicModel, store};
use crate::pipeline::read_names;
use crate::wording::counted;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Names: a table with the columns topic and name, JSON, or lines in the order of topics; - for standard input
    #[arg(value_name = "FILE")]
    names: Option<PathBuf>,
    /// A name, such as 3=Economy; once for each topic
    #[arg(long = "name", value_name = "TOPIC=NAME", value_parser = parse_name)]
    given: Vec<(usize, String)>,
    /// Name topics by their words again
    #[arg(long, conflicts_with_all = ["names", "given"])]
    reset: bool,
    /// Write another model directory, in place of changing this one
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace a model directory at the output
    #[arg(long, requires = "output")]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let mut given = match &arguments.names {
        Some(path) => read_names(path)?,
        None => Vec::new(),
    };
    // What stands on the command line comes before what stands in a file.
    given.retain(|(topic, _)| arguments.given.iter().all(|(other, _)| other != topic));
    given.extend(arguments.given.iter().cloned());
    if given.is_empty() && !arguments.reset {
        let problem = "give FILE, --name TOPIC=NAME or --reset".to_string();
        return Err(Error::from(ConfigError::Value { place: "rename".into(), problem }).into());
    }
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let n_names = given.len();
    let model =
        if arguments.reset { TopicModel { names: None, ..model } } else { model.rename(given).map_err(Error::from)? };
    let (output, force) = match &arguments.output {
        Some(output) => (output, arguments.force),
        None => (&arguments.model, true),
    };
    let place = store::check_output(output, &[], force).map_err(Error::from)?;
    let written = store::save(&model, &place, force).map_err(Error::from)?;
    let shown = shown_path(if written == place { output } else { &written });
    let what =
        if arguments.reset { "topics are named by their words".into() } else { counted(n_names, "name") + " given" };
    verbosity.note(&format!("{what}: {shown}"));
    Ok(())
}

fn parse_name(text: &str) -> Result<(usize, String), String> {
    let pair = text.split_once('=').and_then(|(topic, name)| Some((topic.trim().parse().ok()?, name.to_string())));
    pair.ok_or_else(|| format!("{text:?} is not of the form TOPIC=NAME, such as 3=Economy"))
}
