//! The command `topicmill export`: writes a table of a model.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::diagnostics::Verbosity;
use super::output::Output;
use crate::Error;
use crate::config::ConfigError;
use crate::export::{Content, TableFormat, TableName, TableOptions, content};
use crate::model::{Kind, Ranking, store};
use crate::pipeline::{ingest_params, joined, residual, residual_table, stored_counts, term_counts};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// joined, counts: input that has the documents [default: what the model keeps of them]
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Which table; all is every table in one workbook (xlsx)
    #[arg(long)]
    table: TableName,
    /// Format; matrices alone go to npy, mtx, npz, safetensors and svmlight, counts to uci and lda-c
    #[arg(long, default_value_t = TableFormat::Csv)]
    format: TableFormat,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// topic-terms: the best words of each topic only
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "wide")]
    n_words: Option<usize>,
    /// topic-terms, name-prompts: what words are ranked by [default: correlation, for an older model probability]
    #[arg(long, conflicts_with = "wide")]
    rank: Option<Ranking>,
    /// topic-terms: a row per topic, a column per term (npy and mtx always are)
    #[arg(long)]
    wide: bool,
    /// joined: a row for each topic of a document, in place of a column for each topic
    #[arg(long)]
    long: bool,
    /// document-topics: shares that sum to 1, p(topic | document), in place of weights
    #[arg(long)]
    shares: bool,
    /// document-topics and clusters: the label, title and metadata of each document too
    #[arg(long)]
    metadata: bool,
    /// topic-terms, document-topics, clusters: of topics within topics those of this level, from 1 for the coarsest
    #[arg(long, value_name = "L")]
    level: Option<usize>,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

pub(super) fn run(arguments: &Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    check(arguments)?;
    let files: Vec<PathBuf> = std::iter::once(&arguments.model).chain(&arguments.inputs).cloned().collect();
    let mut output = Output::open(arguments.output.as_deref(), &files)?;
    let content = content_of(arguments, verbosity)?.escape_formulas(arguments.escape_formulas);
    output.write_all(&arguments.format.write(&content).map_err(Error::from)?)?;
    output.finish()
}

fn content_of(arguments: &Arguments, verbosity: Verbosity) -> anyhow::Result<Content> {
    let is_counts = arguments.table == TableName::Counts;
    if is_counts && store::load_manifest(&arguments.model).map_err(Error::from)?.kind == Kind::Matrix {
        return Ok(Content::Rows(stored_counts(&arguments.model)?));
    }
    let model = store::load(&arguments.model).map_err(Error::from)?;
    let model = model.into_level(arguments.level).map_err(Error::from)?;
    if is_counts {
        let (counts, skipped) = term_counts(&model, &arguments.inputs, &ingest_params(&model)?)?;
        verbosity.skipped(&skipped);
        return Ok(Content::Rows(counts));
    }
    let options = TableOptions {
        n_words: arguments.n_words,
        ranking: model.ranking(arguments.rank).map_err(Error::from)?,
        wide: arguments.wide,
        shares: arguments.shares,
        metadata: arguments.metadata,
    };
    let options = options.for_format(arguments.format);
    match content(&model, arguments.table, options).map_err(Error::from)? {
        Some(content) => Ok(content),
        None if arguments.table == TableName::Joined => {
            Ok(Content::Table(joined(&model, &arguments.inputs, &ingest_params(&model)?, arguments.long)?))
        }
        None => {
            let (residual, skipped) = residual(&model, &arguments.inputs, &ingest_params(&model)?)?;
            verbosity.skipped(&skipped);
            let table = residual_table(&model, &residual, arguments.table);
            Ok(Content::Table(table.ok_or_else(|| Error::Internal(format!("{} has no content", arguments.table)))?))
        }
    }
}

/// Refuses options that the table or format has no use for.
fn check(arguments: &Arguments) -> Result<(), Error> {
    let topic_terms = arguments.table == TableName::TopicTerms;
    let options = [
        (
            "--shares",
            !arguments.shares || arguments.table == TableName::DocumentTopics,
            "for the table document-topics",
        ),
        (
            "--metadata",
            !arguments.metadata || matches!(arguments.table, TableName::DocumentTopics | TableName::Clusters),
            "for the tables document-topics and clusters",
        ),
        (
            "--level",
            arguments.level.is_none()
                || topic_terms
                || matches!(arguments.table, TableName::DocumentTopics | TableName::Clusters),
            "for the tables topic-terms, document-topics and clusters",
        ),
        ("--long", !arguments.long || arguments.table == TableName::Joined, "for the table joined"),
        (
            "INPUT",
            arguments.inputs.is_empty() || arguments.table.needs_documents(),
            "for the tables joined, counts and residual…",
        ),
        ("--wide", !arguments.wide || topic_terms, "for the table topic-terms"),
        (
            "-n",
            arguments.n_words.is_none() || topic_terms && !arguments.format.is_matrix(),
            "for the long table topic-terms",
        ),
        (
            "--rank",
            arguments.rank.is_none()
                || topic_terms && !arguments.format.is_matrix()
                || arguments.table == TableName::NamePrompts,
            "for the long table topic-terms and for name-prompts",
        ),
    ];
    match options.into_iter().find(|(_, is_used, _)| !is_used) {
        Some((option, _, whose)) => {
            Err(ConfigError::Value { place: option.into(), problem: format!("is {whose}") }.into())
        }
        None => Ok(()),
    }
}
