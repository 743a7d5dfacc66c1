//! The command `topicmill inspect`: shows what would be read, without a fit. `fit` and `vectorize` use its texts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::arguments::{Overrides, ReadArguments};
use super::diagnostics::{Verbosity, bytes, warn};
use super::output::{RecordFormat, print};
use super::progress::Reading;
use crate::export::VERSION;
use crate::matrix::Term;
use crate::model::LanguageRecord;
use crate::pipeline::{Dataset, Description, MemoryEstimate, Plan, WarmStart};
use crate::report::{one_line, percent};
use crate::wording::{counted, thousands};

/// Most stop words that are proposed.
const SUGGESTED: usize = 50;

/// Phrases that are named.
const SHOWN_PHRASES: usize = 8;

#[derive(Args)]
pub(super) struct Arguments {
    /// Folders, files, tables, a ready matrix, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Number of topics that the memory estimate is for
    #[arg(short = 'k', long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    n_topics: u16,
    /// Format of the output
    #[arg(long = "output-format", default_value_t)]
    output_format: RecordFormat,
    /// Propose stop words: words that documents of all kinds have
    #[arg(long)]
    suggest_stopwords: bool,
    #[command(flatten)]
    read: ReadArguments,
}

pub(super) fn run(arguments: Arguments, verbosity: Verbosity) -> anyhow::Result<()> {
    let (mut config, _) = arguments.read.config(Overrides::default())?;
    config.factorize.n_topics = arguments.n_topics.into();
    let reading = Reading::new(verbosity);
    let dataset = Dataset::read_watched(&arguments.inputs, &config, &mut |progress| reading.show(progress))?;
    drop(reading);
    dataset.corpus.warnings.iter().for_each(|warning| warn(warning));
    dataset.corpus.advice.iter().for_each(|advice| verbosity.hint(advice));
    // A corpus that is too small for a fit can be inspected all the same.
    if let Ok(plan) = Plan::new(&dataset, &config.factorize, &WarmStart::None) {
        plan.warnings().iter().for_each(|warning| warn(warning));
    }
    if arguments.suggest_stopwords {
        let words: Vec<String> =
            dataset.suggested_stop_words(SUGGESTED).iter().map(|term| one_line(&term.form) + "\n").collect();
        return print(words.concat());
    }
    let memory = MemoryEstimate::new(&dataset, &config.factorize);
    match arguments.output_format {
        RecordFormat::Json => {
            let corpus = serde_json::to_value(&dataset.corpus)?;
            let language = dataset.analyzer.as_ref().and_then(|analyzer| analyzer.language);
            let report = json!({
                "version": VERSION, "corpus": corpus, "language": language,
                "n_topics": arguments.n_topics, "memory_bytes": memory.total()
            });
            print(format!("{report:#}\n"))
        }
        RecordFormat::Text => print(text(&dataset.description(), config.factorize.n_topics, memory, None)),
    }
}

/// A summary of what was read, in two lines.
pub(super) fn summary(dataset: &Description<'_>) -> String {
    let corpus = dataset.corpus;
    let (documents, tokens) = (counted(corpus.n_documents, "document"), counted(corpus.n_tokens as usize, "token"));
    let mut out = format!("read {documents}, {tokens}");
    if let Some(language) = language(dataset) {
        out.push_str(&format!("; {language}"));
    }
    if let Some(dates) = dates(dataset) {
        out.push_str(&format!("; dates {dates}"));
    }
    out.push_str(&format!(
        "\n{} of {} terms kept, {} nonzeros",
        thousands(corpus.n_terms as u64),
        thousands(corpus.n_counted_terms as u64),
        thousands(corpus.n_nonzeros as u64)
    ));
    if let Some(phrases) = dataset.analyzer.as_ref().map(|analyzer| analyzer.phrases.len()).filter(|n| *n > 0) {
        out.push_str(&format!("; {}", counted(phrases, "phrase")));
    }
    if corpus.n_empty > 0 {
        let are_left = if corpus.n_empty == 1 { "is left" } else { "are left" };
        out.push_str(&format!("; {} {are_left} without a term", counted(corpus.n_empty, "document")));
    }
    out
}

/// The first and the last date, and where they stand.
fn dates(dataset: &Description<'_>) -> Option<String> {
    let dates = dataset.dates()?;
    let (first, last) = dates.range()?;
    let column = one_line(&dates.column);
    Some(format!("{} to {}, in the column {column:?}", dates.text(first), dates.text(last)))
}

fn language(dataset: &Description<'_>) -> Option<String> {
    let language = dataset.analyzer.as_ref()?.language;
    Some(match (language, &dataset.corpus.language) {
        (Some(language), Some(record)) => {
            format!(
                "language {language}, recognised: {} of the words are its stop words",
                percent(record.stop_word_share)
            )
        }
        (Some(language), None) => format!("language {language}"),
        (None, Some(LanguageRecord { without_list: Some(name), .. })) => {
            format!("language {name}, for which there are no stop words")
        }
        (None, Some(_)) => "language not recognised: no stop words".to_string(),
        (None, None) => return None,
    })
}

/// The number of phrases, and the most frequent ones.
fn phrases(dataset: &Description<'_>, phrases: &[String]) -> String {
    let is_phrase = |term: &&Term| phrases.binary_search(&term.term).is_ok();
    let mut frequent: Vec<&Term> = dataset.terms.iter().filter(is_phrase).collect();
    frequent.sort_by(|a, b| b.cf.total_cmp(&a.cf));
    let names: Vec<&str> = frequent.iter().take(SHOWN_PHRASES).map(|term| term.form.as_str()).collect();
    let more = if frequent.len() > names.len() { ", …" } else { "" };
    format!("{}: {}{more}", thousands(phrases.len() as u64), names.join(", "))
}

/// A full account of what was read, with one line per fact. `time` is what the iterations of a fit would take.
pub(super) fn text(dataset: &Description<'_>, n_topics: usize, memory: MemoryEstimate, time: Option<String>) -> String {
    let (corpus, weighting) = (dataset.corpus, dataset.weighting);
    let number = |n: usize| thousands(n as u64);
    let mut lines = vec![
        ("documents", format!("{}, {} of them without a term", number(corpus.n_documents), number(corpus.n_empty))),
        ("tokens", thousands(corpus.n_tokens)),
        (
            "counted",
            format!("{} terms, {} nonzeros", number(corpus.n_counted_terms), number(dataset.n_counted_nonzeros)),
        ),
        (
            "kept",
            format!(
                "{} terms that occur in {:.0} to {:.0} documents, {} nonzeros",
                number(corpus.n_terms),
                weighting.min_documents.ceil(),
                weighting.max_documents.floor(),
                number(corpus.n_nonzeros)
            ),
        ),
    ];
    if let Some(language) = language(dataset) {
        lines.push(("language", language.trim_start_matches("language ").to_string()));
    }
    if let Some(analyzer) = &dataset.analyzer {
        let stems = if analyzer.stem { ", stems counted" } else { "" };
        lines.push(("stop words", format!("{}{stems}", number(analyzer.stopwords.len()))));
        if !analyzer.phrases.is_empty() {
            lines.push(("phrases", phrases(dataset, &analyzer.phrases)));
        }
    }
    if let Some(dates) = dates(dataset) {
        lines.push(("dates", dates));
    }
    let name = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_str()).unwrap_or_default().to_string();
    if let Ok(record) = serde_json::to_value(weighting) {
        let part = |key: &str| name(record.get(key));
        lines.push(("weights", format!("tf {}, idf {}, norm {}", part("tf"), part("idf"), part("norm"))));
    }
    if let Some(record) = corpus.duplicates.as_ref().filter(|record| record.n_copies > 0) {
        let (copies, equal) = (number(record.n_copies), number(record.n_equal));
        let groups = number(record.n_groups);
        lines.push(("duplicates", format!("{copies} copies, {equal} of them equal, in {groups} groups")));
    }
    let skipped: Vec<String> = corpus.skipped.iter().map(|(reason, n)| format!("{} {reason}", number(*n))).collect();
    lines.push(("skipped", if skipped.is_empty() { "none".to_string() } else { skipped.join(", ") }));
    let estimate = memory.total();
    lines.push(("memory", format!("about {} to find {} topics", bytes(estimate), n_topics)));
    lines.extend(time.map(|time| ("time", time)));
    let mut out: String = lines.iter().map(|(name, value)| format!("{name:<11} {value}\n")).collect();
    for skipped in &corpus.skipped_documents {
        out.push_str(&format!("  skipped {}\n", one_line(skipped)));
    }
    let n_more = corpus.skipped.values().sum::<usize>().saturating_sub(corpus.skipped_documents.len());
    if n_more > 0 {
        out.push_str(&format!("  … and {} more\n", number(n_more)));
    }
    out
}
