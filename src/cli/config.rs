//! The command `topicmill config`: prints the configuration with every key explained.

use clap::Args;

use super::arguments::{ConfigArguments, Overrides};
use super::output::print;
use crate::config::{Config, default_toml, to_toml};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.config.sources(Overrides::default())?.apply(&Config::default())?;
    print(if config == Config::default() { default_toml() } else { to_toml(&config) })
}
