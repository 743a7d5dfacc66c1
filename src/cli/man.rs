//! The command `topicmill man`: prints the manual page of the program or of a command.

use clap::{Args, CommandFactory};

use super::output::print;

#[derive(Args)]
pub(super) struct Arguments {
    /// Command that the page is about [default: the program]
    command: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut program = super::Cli::command();
    program.build();
    let page = match &arguments.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            found.ok_or_else(|| anyhow::anyhow!("there is no command {name:?}; `topicmill --help` lists them"))?
        }
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff)?;
    print(roff)
}
