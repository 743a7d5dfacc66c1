//! The command line: arguments, commands, progress, diagnostics, exit codes. Each command has its own file.
//!
//! Data goes to stdout, messages go to stderr. Exit codes: 0 done (also when a pipe closes, and when interrupted with
//! a valid model written), 1 failed, 2 usage or configuration, 130 interrupted with nothing written.

mod arguments;
mod clusters;
mod compare;
mod completions;
mod config;
mod diagnostics;
mod evaluate;
mod explain;
mod export;
mod fit;
mod impute;
mod info;
mod inspect;
mod man;
mod output;
mod over_time;
mod plot;
mod progress;
mod rename;
mod report;
mod search;
mod select;
mod topics;
mod transform;
mod update;
mod vectorize;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Error;
use crate::factorize::Engine;
use crate::kernels::{Kernel, return_freed_memory, survive_file_size_limit};
use crate::pipeline::ShardDirectory;
use crate::report::printable;
use crate::system::allow_memory;
use diagnostics::Verbosity;

/// Topics, document clusters and tables from a folder of documents.
#[derive(Parser)]
#[command(name = "topicmill", version, about, max_term_width = 100, args_override_self = true)]
#[command(after_help = "Start with:  topicmill fit FOLDER -k 20      What would be read:  topicmill inspect FOLDER")]
struct Cli {
    #[command(flatten)]
    global: GlobalArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct GlobalArguments {
    /// Threads; results do not depend on it [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "General options")]
    threads: Option<u16>,
    /// Refuse what would take more memory; KiB, MiB and GiB are understood, none for no bound [default: what is free]
    #[arg(long, global = true, value_name = "BYTES", help_heading = "General options")]
    #[arg(value_parser = arguments::parse_memory)]
    max_memory: Option<u64>,
    /// Say nothing but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "General options")]
    quiet: bool,
    /// Say more: seconds by stage, skipped documents by name
    #[arg(short, long, global = true, help_heading = "General options")]
    verbose: bool,
    /// Code path of the inner loops; results do not depend on it
    #[arg(long, global = true, hide = true)]
    kernel: Option<Kernel>,
}

#[derive(Subcommand)]
enum Command {
    /// Find the topics of documents and write a model directory
    Fit(Box<fit::Arguments>),
    /// Try numbers of topics, and propose some with reasons
    Select(Box<select::Arguments>),
    /// Show the topics of a model with their words
    Topics(topics::Arguments),
    /// Show the documents of a model by topic
    Clusters(clusters::Arguments),
    /// Align the topics of two models, and say what changed
    Compare(compare::Arguments),
    /// Find the topics of documents that the model has not seen
    Transform(transform::Arguments),
    /// Say what a model expects at places of the matrix that it was fitted to
    Impute(impute::Arguments),
    /// Add new documents to a model, whose topics keep their numbers, and say what has changed
    Update(Box<update::Arguments>),
    /// Say which words of a document speak for which of its topics
    Explain(explain::Arguments),
    /// Compare topics between periods of time
    OverTime(over_time::OverTimeArguments),
    /// Compare topics between groups of documents
    ByGroup(over_time::ByGroupArguments),
    /// Find words: their topics, the words near them, documents that have them
    Search(search::Arguments),
    /// Give topics names: a person's, a script's or a language model's
    Rename(rename::Arguments),
    /// Measure how coherent and how diverse topics are, and how well clusters agree with labels
    Evaluate(evaluate::Arguments),
    /// Write the weighted term-document matrix alone
    Vectorize(vectorize::Arguments),
    /// Write an interactive report as one HTML file, which needs no network
    Report(Box<report::Arguments>),
    /// Draw a picture of a model as SVG or PNG
    Plot(plot::Arguments),
    /// Write a table of a model
    Export(export::Arguments),
    /// Show what would be read, without a fit
    Inspect(inspect::Arguments),
    /// Show how a model came about
    Info(info::Arguments),
    /// Print the configuration with every key explained
    Config(config::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Print the manual page
    Man(man::Arguments),
    /// Read the text of a PDF from standard input
    #[cfg(feature = "pdf")]
    #[command(hide = true, name = crate::ingest::pdf::COMMAND)]
    PdfText,
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    ExitCode::from(main_of(std::env::args_os(), std::env::current_exe().ok()))
}

/// Runs the program with arguments, of which the first is its name, and returns its exit code. `program` is what can
/// be run as the program.
pub fn main_of(arguments: impl IntoIterator<Item = OsString>, program: Option<PathBuf>) -> u8 {
    main_with(arguments, program, None)
}

/// Makes the engine of a fit for a directory of shards, which others hold.
pub type OpenEngine<'e> = dyn Fn(&ShardDirectory) -> Result<Arc<dyn Engine + Send>, Error> + Sync + 'e;

/// Runs `topicmill fit` of a directory of shards that others hold, with arguments as [`main_of`] takes them, and
/// returns its exit code. Every other command is refused.
pub fn fit_with(arguments: impl IntoIterator<Item = OsString>, open: &OpenEngine<'_>) -> u8 {
    main_with(arguments, None, Some(open))
}

/// Makes this process work with as many threads as the arguments of the program ask for.
pub fn use_threads_of(arguments: &[OsString]) {
    let threads = Cli::try_parse_from(arguments).ok().and_then(|cli| cli.global.threads);
    let n = threads.map_or(0, usize::from);
    // With fewer threads than asked for the results are the same.
    let _ = ThreadPoolBuilder::new().num_threads(n).stack_size(STACK_BYTES).build_global();
}

fn main_with(
    arguments: impl IntoIterator<Item = OsString>,
    program: Option<PathBuf>,
    open: Option<&OpenEngine<'_>>,
) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                // The message repeats the arguments. They may hold a file name that a stranger chose, with control
                // characters in it.
                diagnostics::say(printable(error.render().to_string().trim_end()));
                if let Some(input) = input_in_place_of_a_command(&error) {
                    diagnostics::say(printable(&format!("\n  tip: topicmill fit {input}")));
                }
                return 2;
            }
            let _ = error.print();
            return 0;
        }
    };
    #[cfg(feature = "pdf")]
    {
        if matches!(cli.command, Command::PdfText) {
            return crate::ingest::pdf::serve();
        }
        if let Some(program) = program {
            crate::ingest::read_pdf_with(program);
        }
    }
    #[cfg(not(feature = "pdf"))]
    drop(program);
    let verbosity = Verbosity { quiet: cli.global.quiet, verbose: cli.global.verbose };
    progress::catch_interrupts();
    return_freed_memory();
    survive_file_size_limit();
    if let Some(bytes) = cli.global.max_memory {
        allow_memory(Some(bytes));
    }
    let result = match thread_pool(cli.global.threads) {
        Some(pool) => pool.install(|| run(cli, open, verbosity)),
        None => run(cli, open, verbosity),
    };
    match result {
        Ok(()) => 0,
        Err(error) => diagnostics::report(&error),
    }
}

/// The input that stands where a command is expected, if it is one.
fn input_in_place_of_a_command(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(name)) if std::path::Path::new(name).exists() => Some(name.clone()),
        _ => None,
    }
}

/// A pool with as many threads as asked for, or one per core. If the system refuses so many, the number is halved
/// until it agrees; `None` if it refuses even one, so that the calling thread does the work.
fn thread_pool(threads: Option<u16>) -> Option<ThreadPool> {
    let mut n = threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    loop {
        let pool = ThreadPoolBuilder::new().num_threads(n).stack_size(STACK_BYTES).build();
        match pool {
            Ok(pool) => return Some(pool),
            Err(_) if n > 1 => n /= 2,
            Err(_) => {
                let _ = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
                return None;
            }
        }
    }
}

/// Bytes of stack of a thread: as many as the main thread has by default on Linux.
const STACK_BYTES: usize = 8 << 20;

fn run(cli: Cli, open: Option<&OpenEngine<'_>>, verbosity: Verbosity) -> anyhow::Result<()> {
    if let Some(kernel) = cli.global.kernel {
        anyhow::ensure!(kernel.force(), "this machine lacks the kernel {kernel}");
    }
    let is_fit = matches!(cli.command, Command::Fit(_));
    anyhow::ensure!(open.is_none() || is_fit, "this program fits alone; topicmill has the other commands");
    match cli.command {
        Command::Fit(arguments) => fit::run(*arguments, open, verbosity),
        Command::Select(arguments) => select::run(*arguments, verbosity),
        Command::Topics(arguments) => topics::run(&arguments),
        Command::Clusters(arguments) => clusters::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Transform(arguments) => transform::run(arguments, verbosity),
        Command::Impute(arguments) => impute::run(&arguments),
        Command::Update(arguments) => update::run(*arguments, verbosity),
        Command::Explain(arguments) => explain::run(arguments),
        Command::OverTime(arguments) => over_time::over_time(&arguments),
        Command::ByGroup(arguments) => over_time::by_group(&arguments),
        Command::Search(arguments) => search::run(arguments, verbosity),
        Command::Rename(arguments) => rename::run(&arguments, verbosity),
        Command::Evaluate(arguments) => evaluate::run(arguments, verbosity),
        Command::Vectorize(arguments) => vectorize::run(arguments, verbosity),
        Command::Report(arguments) => report::run(*arguments, verbosity),
        Command::Plot(arguments) => plot::run(&arguments),
        Command::Export(arguments) => export::run(&arguments, verbosity),
        Command::Inspect(arguments) => inspect::run(arguments, verbosity),
        Command::Info(arguments) => info::run(&arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        // It is answered before there are threads.
        #[cfg(feature = "pdf")]
        Command::PdfText => Ok(()),
    }
}
