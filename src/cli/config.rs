//! The command `topicmill config`: prints the configuration with every key explained.

use clap::Args;

use super::arguments::{ConfigArguments, Overrides};
use super::diagnostics::warn;
use super::output::print;
use crate::config::{Config, default_toml, to_toml};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let sources = arguments.config.sources(Overrides::default())?;
    sources.notes().iter().for_each(|note| warn(note));
    let config = sources.apply(&Config::default())?;
    print(if config == Config::default() { default_toml() } else { to_toml(&config) })
}
