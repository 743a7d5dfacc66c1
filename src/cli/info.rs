//! The command `topicmill info`: shows the record of a model or matrix directory.

use std::path::PathBuf;

use clap::Args;

use super::output::{RecordFormat, print};
use crate::Error;
use crate::export::VERSION;
use crate::model::{Kind, Manifest, store};
use crate::report::one_line;
use crate::wording::thousands;

#[derive(Args)]
pub(super) struct Arguments {
    /// Model or matrix directory
    model: PathBuf,
    /// Format of the output; json is the manifest
    #[arg(long, default_value_t)]
    format: RecordFormat,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let manifest = match store::load_manifest(&arguments.model).map_err(Error::from)? {
        manifest if matches!(manifest.kind, Kind::Matrix | Kind::Shards) => manifest,
        _ => store::load(&arguments.model).map_err(Error::from)?.manifest,
    };
    match arguments.format {
        RecordFormat::Json => print(format!("{:#}\n", serde_json::json!({ "version": VERSION, "manifest": manifest }))),
        RecordFormat::Text => print(text(&manifest)),
    }
}

fn text(manifest: &Manifest) -> String {
    let corpus = &manifest.corpus;
    let number = |n: usize| thousands(n as u64);
    let kind = manifest.kind;
    let mut lines = vec![
        ("written by", format!("{}, format version {}, {kind}", manifest.program, manifest.format_version)),
        ("command", manifest.run.command.join(" ")),
        ("inputs", manifest.run.inputs.join(", ")),
        ("documents", format!("{}, {} without a term", number(corpus.n_documents), number(corpus.n_empty))),
        ("tokens", thousands(corpus.n_tokens)),
        (
            "terms",
            format!(
                "{} of {}, {} nonzeros",
                number(corpus.n_terms),
                number(corpus.n_counted_terms),
                number(corpus.n_nonzeros)
            ),
        ),
    ];
    if let Some(analyzer) = &manifest.analyzer {
        let language = analyzer.language.map_or("unknown", |language| language.name());
        let stems = if analyzer.stem { ", stems" } else { "" };
        lines.push(("language", format!("{language}, {} stop words{stems}", number(analyzer.stopwords.len()))));
    }
    if !corpus.skipped.is_empty() {
        let skipped: Vec<String> =
            corpus.skipped.iter().map(|(reason, n)| format!("{} {reason}", number(*n))).collect();
        lines.push(("skipped", skipped.join(", ")));
    }
    if let Some(fit) = &manifest.fit {
        lines.push(("topics", fit.n_topics.to_string()));
        lines.push(("iterations", format!("{}, {}", number(fit.n_iterations), fit.stop_reason)));
        lines
            .push(("objective", format!("{:.6e}, from {:.6e} at the start", fit.final_objective, fit.first_objective)));
        if let Some(residual) = fit.kkt_residual {
            lines.push(("KKT", format!("{residual:.1e}, the largest violation of the conditions for a minimum")));
        }
        lines.push(("seed", fit.seed.to_string()));
    }
    let of_fit = manifest.fit.iter().flat_map(|fit| &fit.warnings);
    corpus.warnings.iter().chain(of_fit).for_each(|warning| lines.push(("warning", warning.clone())));
    let seconds: Vec<String> = manifest.run.seconds.iter().map(|(stage, s)| format!("{stage} {s:.2} s")).collect();
    if !seconds.is_empty() {
        lines.push(("run", format!("{}, {} threads", seconds.join(", "), manifest.run.threads)));
    }
    lines.push(("digest", manifest.digest.clone()));
    lines.retain(|(_, value)| !value.is_empty());
    lines.iter().map(|(name, value)| format!("{name:<11} {}\n", one_line(value))).collect()
}
