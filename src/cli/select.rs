//! The command `topicmill select`: tries numbers of topics and proposes some.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::arguments::{Overrides, ReadArguments};
use super::diagnostics::Verbosity;
use super::fit::read;
use super::output::{print, shown_path, text_style};
use super::progress::{Clock, Trying};
use crate::Error;
use crate::model::store;
use crate::pipeline::{save_selection, select};
use crate::report;

#[derive(Args)]
#[command(next_help_heading = "Selection")]
pub(super) struct Arguments {
    /// Folders, files, tables, a ready matrix, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Numbers of topics to try: a range such as 5..60, with its ends, or a list such as 5,10,20
    #[arg(short = 'k', long, value_name = "RANGE", value_parser = parse_numbers, default_value = "2..40", allow_hyphen_values = true)]
    n_topics: Numbers,
    /// Directory for the table, selection.json and a picture [default: none is written]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace an existing directory
    #[arg(long)]
    force: bool,
    /// Seed of every random number [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<i64>,
    #[command(flatten)]
    read: ReadArguments,
}

/// Numbers of topics.
#[derive(Clone, Debug, PartialEq)]
struct Numbers(Vec<usize>);

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let clock = Clock::start();
    let mut flags = Overrides::default();
    flags.set("factorize.seed", arguments.seed);
    let (config, _) = arguments.read.config(flags)?;
    let output = match &arguments.output {
        Some(output) => Some(store::check_output(output, &arguments.inputs, arguments.force).map_err(Error::from)?),
        None => None,
    };
    let dataset = read(&arguments.inputs, &config, verbosity)?;
    let seconds_read = clock.seconds();
    let trying = Trying::new(verbosity, arguments.n_topics.0.len());
    let (mut last, mut seconds) = (Instant::now(), Vec::new());
    let selection = select(&dataset, &config.factorize, &arguments.n_topics.0, &mut |n_topics| -> ControlFlow<()> {
        seconds.push(last.elapsed().as_secs_f64());
        last = Instant::now();
        trying.show(n_topics)
    })?;
    drop(trying);
    verbosity.note("");
    print(report::selection(&selection, &seconds, text_style()))?;
    if let Some(output) = output {
        let names: Vec<String> = selection.numbers.iter().map(|number| format!("k={}", number.n_topics)).collect();
        let mut times = vec![("read", seconds_read)];
        times.extend(names.iter().map(String::as_str).zip(seconds));
        let run = clock.record(&arguments.inputs, &times);
        let written = save_selection(&dataset, &selection, run, &output, arguments.force)?;
        verbosity.note(&format!("\nselection written to {}", shown_path(&written)));
    }
    verbosity.skipped(&dataset.skipped);
    Ok(())
}

fn parse_numbers(text: &str) -> Result<Numbers, String> {
    let wrong = || format!("{text:?} is no range such as 5..60 and no list such as 5,10,20");
    let number = |part: &str| part.trim().parse::<usize>().map_err(|_| wrong());
    let numbers = match text.split_once("..") {
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
            if first > last {
                return Err(format!("{text:?} begins behind its end; did you mean {last}..{first}?"));
            }
            if last > 1000 {
                return Err(format!("{text:?} goes beyond 1000 topics"));
            }
            (first..=last).collect()
        }
        None => text.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
    };
    if numbers.iter().any(|n| *n < 2) {
        return Err(format!("{text:?} has a number below 2: with one topic there is nothing to choose"));
    }
    Ok(Numbers(numbers))
}
