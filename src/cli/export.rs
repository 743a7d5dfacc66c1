//! The command `topicmill export`: writes a table of a model.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use crate::Error;
use crate::config::ConfigError;
use crate::export::{Exporter, TableFormat, TableName, TableOptions, table};
use crate::model::{Ranking, store};

#[derive(Args)]
pub(super) struct Arguments {
    /// Model directory
    model: PathBuf,
    /// Which table
    #[arg(long)]
    table: TableName,
    /// Format; npy and mtx for document-topics and topic-terms only
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
    /// document-topics: shares that sum to 1, p(topic | document), in place of weights
    #[arg(long)]
    shares: bool,
    /// document-topics and clusters: the label, title and metadata of each document too
    #[arg(long)]
    metadata: bool,
    /// Put an apostrophe before texts of tables that a spreadsheet would take for formulas
    #[arg(long)]
    escape_formulas: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    check(arguments)?;
    let mut output = Output::open(arguments.output.as_deref(), std::slice::from_ref(&arguments.model))?;
    let model = store::load(&arguments.model).map_err(Error::from)?;
    let ranking = model.ranking(arguments.rank).map_err(Error::from)?;
    let wide = arguments.wide || arguments.format.is_matrix();
    let options = TableOptions {
        n_words: arguments.n_words,
        ranking,
        wide,
        shares: arguments.shares,
        metadata: arguments.metadata,
    };
    let table = table(&model, arguments.table, options).escape_formulas(arguments.escape_formulas);
    output.write_all(&arguments.format.export(&table).map_err(Error::from)?)?;
    output.finish()
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
