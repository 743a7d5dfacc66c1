//! The command `topicmill report`: writes the explorer of a model, one HTML file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::arguments::IngestArguments;
use super::diagnostics::{Verbosity, bytes, warn};
use super::output::{Output, shown_path};
use super::progress::Working;
use crate::Error;
use crate::ingest::IngestParams;
use crate::model::TopicModel;
use crate::pipeline::{DEFAULT_SHOWN, ExplorerOptions, Inputs, explorer, ingest_params, read_selection};
use crate::wording::{counted, thousands};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    #[arg(help_heading = "Arguments")]
    model: PathBuf,
    /// Input that has the texts of the documents [default: the texts that the model keeps]
    #[arg(value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// File to write
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// Show the report in the browser
    #[arg(long)]
    open: bool,
    /// What `topicmill select` found of numbers of topics: its directory or selection.json
    #[arg(long, value_name = "FILE")]
    selection: Option<PathBuf>,
    /// Most documents on the page, a sample of more
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SHOWN)]
    documents: usize,
    /// Leave the texts of the documents out
    #[arg(long)]
    no_texts: bool,
    #[command(flatten)]
    ingest: IngestArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let files: Vec<PathBuf> = std::iter::once(&arguments.model).chain(&arguments.inputs).cloned().collect();
    let output = Output::open(Some(&arguments.output), &files)?;
    let model = TopicModel::load(&arguments.model).map_err(Error::from)?;
    let selection = arguments.selection.as_deref().map(read_selection).transpose()?;
    let params = arguments.ingest.apply(ingest_params(&model)?)?;
    let options = ExplorerOptions { most_documents: arguments.documents, texts: !arguments.no_texts, selection };
    write(&model, (&arguments.inputs).into(), &params, &options, output, verbosity)?;
    tell(&arguments.output, verbosity);
    if arguments.open {
        open::that_detached(&arguments.output).with_context(|| {
            format!("{} was written, but no browser could be opened", shown_path(&arguments.output))
        })?;
    }
    Ok(())
}

/// Writes the explorer of a model into an output, and says what it lacks.
pub(super) fn write(
    model: &TopicModel,
    inputs: Inputs<'_>,
    params: &IngestParams,
    options: &ExplorerOptions,
    mut output: Output,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let working = Working::new(verbosity, "gathering the report");
    let (page, skipped) = explorer(model, inputs, params, options)?;
    drop(working);
    let n_documents = model.documents.len();
    if n_documents > options.most_documents {
        let shown = counted(options.most_documents, "document");
        verbosity.note(&format!("{shown} of {} are on the page (--documents)", thousands(n_documents as u64)));
    }
    match page.n_texts() {
        None if options.texts => {
            verbosity.note("the page has no texts: name the input that has them, or fit with --keep-texts")
        }
        Some(n) if n < page.n_documents() => {
            warn(&format!("{} of the page have no text in the input", counted(page.n_documents() - n, "document")));
        }
        _ => {}
    }
    page.write(&mut output)?;
    output.finish()?;
    verbosity.skipped(&skipped);
    Ok(())
}

/// Says where the page is, and how large.
pub(super) fn tell(path: &Path, verbosity: Verbosity) {
    let size = path.metadata().map_or_else(|_| String::new(), |file| format!(", {}", bytes(file.len())));
    verbosity.note(&format!("report written to {}{size}", shown_path(path)));
}
