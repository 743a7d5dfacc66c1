//! The command `topicmill completions`: prints a completion script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::output::print;

#[derive(Args)]
pub(super) struct Arguments {
    /// Shell that the script is for
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Cli::command(), "topicmill", &mut script);
    print(script)
}
