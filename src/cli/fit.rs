//! The command `topicmill fit`: finds the topics of documents and writes a model directory.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::OpenEngine;
use super::arguments::{Overrides, ReadArguments, parse_bytes};
use super::diagnostics::{Verbosity, bytes, warn};
use super::inspect;
use super::output::{Output, print, shown_path, text_style};
use super::progress::{Clock, Fitting, Reading, Trying, forget_results, keep_results};
use super::report::{tell, write as report_page};
use crate::Error;
use crate::config::{Config, ConfigSources};
use crate::evaluate::Evaluation;
use crate::factorize::{AUTO_TOPICS, FactorizeParams, Init, Sharpening, Solver, Variant};
use crate::model::{Selection, TopicModel, checkpoint_path, store};
use crate::pipeline::{
    self, DEFAULT_NUMBERS, Dataset, Description, ExplorerOptions, Inputs, Plan, Progress, ShardDirectory,
    ShardedDataset, WarmStart, is_shard_directory,
};
use crate::report;
use crate::system::{allow_memory, folder_of};
use crate::wording::{counted, thousands};

/// Numbers of words per topic, and of documents per cluster, that are shown after a fit.
const SHOWN_WORDS: usize = 10;
const SHOWN_DOCUMENTS: usize = 3;

/// Iterations that are timed for an estimate.
const CALIBRATION: usize = 3;

/// Topics beyond which the documents of each are not shown at the end of a fit.
const MOST_CLUSTERS: usize = 10;

#[derive(Args)]
#[command(next_help_heading = "Topics")]
pub(super) struct Arguments {
    /// Folders, files, tables, a ready matrix, or - for standard input
    #[arg(required = true, value_name = "INPUT", help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Number of topics, or auto: the first proposal of `topicmill select` [default: 20]
    #[arg(short = 'k', long, value_name = "K", value_parser = parse_n_topics, allow_hyphen_values = true)]
    n_topics: Option<NumberOfTopics>,
    /// Directory that the model is written to
    #[arg(short, long, value_name = "DIR", default_value = "topicmill-model")]
    output: PathBuf,
    /// Replace an existing model directory
    #[arg(long)]
    force: bool,
    /// Write an interactive report too: one HTML file, with the texts of the documents
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keep the texts of the documents, compressed, in the model directory
    #[arg(long)]
    keep_texts: bool,
    /// Work within this memory, with the documents on disk beside DIR: BYTES, or 512MiB, 2GiB
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    #[arg(conflicts_with_all = ["init_from", "freeze", "report", "max_memory"])]
    memory: Option<u64>,
    /// Show what would be read, and how much memory and time a fit would take, then stop
    #[arg(long)]
    dry_run: bool,
    /// What is minimised: kullback-leibler or frobenius [default: kullback-leibler]
    #[arg(long, value_name = "LOSS")]
    loss: Option<String>,
    /// Form: plain, sequential (one topic after another), hierarchical (topics within topics), convex (topics made of
    /// documents), orthogonal (documents of one topic), tri (topics made of groups of words), agglomerate (topics from
    /// groups of words), co-occurrence (topics of pairs of words, for very short texts), online (one pass over the
    /// documents) [default: plain]
    #[arg(long)]
    variant: Option<Variant>,
    /// Find topics within topics, on so many levels: short for --variant hierarchical [levels: 2]
    #[arg(long, value_name = "LEVELS", num_args = 0..=1, default_missing_value = "2", conflicts_with = "variant")]
    #[arg(require_equals = true)]
    hierarchy: Option<i64>,
    /// Find topics in one pass over the documents: short for --variant online
    #[arg(long, conflicts_with_all = ["variant", "hierarchy"])]
    online: bool,
    /// With --variant tri or agglomerate, number of groups of words
    #[arg(long, value_name = "G")]
    word_groups: Option<i64>,
    /// With --variant sequential, leave the topics before the next one as they are
    #[arg(long)]
    keep_earlier: bool,
    /// Solver; auto is diagonal-newton for kullback-leibler, hals for frobenius [default: auto]
    #[arg(long, value_parser = PossibleValuesParser::new(Solver::ALL.iter().filter_map(ValueEnum::to_possible_value)))]
    solver: Option<String>,
    /// Start [default: tree]
    #[arg(long)]
    init: Option<Init>,
    /// Starts, of which all but the best are given up after a few iterations [default: 1]
    #[arg(long, value_name = "R")]
    restarts: Option<i64>,
    /// Start from the factors of a model, or from one's own topic_term.npy and document_topic.npy
    #[arg(long, value_name = "DIR", conflicts_with = "init")]
    init_from: Option<PathBuf>,
    /// Seed words of a topic, with commas between; once for each topic, which keeps its number
    #[arg(long, value_name = "WORDS")]
    seed_words: Vec<String>,
    /// Words that a topic must not have; once for each topic, in the order of --seed-words
    #[arg(long, value_name = "WORDS")]
    exclude_words: Vec<String>,
    /// Keep the topics of this model as they are, as the first topics, and find others beside them
    #[arg(long, value_name = "DIR", conflicts_with = "init_from")]
    freeze: Option<PathBuf>,
    /// Make the first topic one of the words that all documents share
    #[arg(long)]
    background: bool,
    /// Penalty on words that topics share; 0.1 to 1 for distinct topics [default: 0]
    #[arg(long, value_name = "STRENGTH", allow_negative_numbers = true)]
    decorrelation: Option<f64>,
    /// Whether topics are sharpened on the counts: auto (for texts), on, off [default: auto]
    #[arg(long)]
    sharpening: Option<Sharpening>,
    /// Column of the documents' metadata that says how much each counts
    #[arg(long, value_name = "COLUMN")]
    document_weights: Option<String>,
    /// Fit R random halves of the documents too, and say of each topic whether they find it again
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    runs: Option<i64>,
    /// Take the topics that the runs have in common
    #[arg(long, requires = "runs")]
    consensus: bool,
    /// Seed of every random number [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<i64>,
    /// Most iterations [default: 200]
    #[arg(long, value_name = "N")]
    max_iterations: Option<i64>,
    /// Stop when the objective falls by less than this share over ten iterations; 0 runs them all [default: 3e-4]
    #[arg(long, value_name = "SHARE")]
    tolerance: Option<f64>,
    /// Stop after this time with what there is: seconds, or 90s, 5m, 2h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    time_limit: Option<Duration>,
    /// Store the state of the fit in DIR.checkpoint after each such time, for --resume; 0 for never
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "5m")]
    checkpoint_every: Duration,
    /// Go on from the checkpoint of a fit that was interrupted, if there is one
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    read: ReadArguments,
}

pub(super) fn run(arguments: Arguments, open: Option<&OpenEngine<'_>>, verbosity: Verbosity) -> anyhow::Result<()> {
    let clock = Clock::start();
    let (config, sources) = configure(&arguments)?;
    if let Some(bytes) = arguments.memory {
        allow_memory(Some(bytes));
    }
    if arguments.dry_run {
        let documents = Documents::read(&arguments, &config, &arguments.output, open, verbosity)?;
        let (config, _) = documents.choose(config, &arguments, verbosity)?;
        let plan = documents.plan(&config, &sources, &arguments)?;
        let mut seconds = Vec::new();
        plan.calibrate(&mut |iterate| {
            seconds = (0..CALIBRATION).map(|_| timed(&mut *iterate)).collect::<Result<Vec<f64>, _>>()?;
            Ok(())
        })?;
        seconds.sort_by(f64::total_cmp);
        let (second, most) = (seconds[CALIBRATION / 2], config.factorize.max_iterations);
        let time = format!("{} an iteration, at most {} for {most}", duration(second), duration(second * most as f64));
        let shown = inspect::text(&documents.description(), plan.n_topics(), plan.memory(), Some(time));
        return print(shown + &documents.disk());
    }
    let force = arguments.force || arguments.resume && pipeline::gives_way(&arguments.output);
    let output = store::check_output(&arguments.output, &arguments.inputs, force).map_err(Error::from)?;
    let checkpoint = checkpoint_path(&output);
    let report = arguments.report.as_deref();
    let page = report.map(|file| anyhow::Ok((file, Output::open(Some(file), &arguments.inputs)?))).transpose()?;
    let documents = Documents::read(&arguments, &config, &output, open, verbosity)?;
    let seconds_read = clock.seconds();
    let (config, selection) = documents.choose(config, &arguments, verbosity)?;
    let plan = documents.plan(&config, &sources, &arguments)?.with_selection(selection);
    let stores = !arguments.checkpoint_every.is_zero();
    let plan = if stores || arguments.resume { plan.with_checkpoint(checkpoint.clone()) } else { plan };
    let plan = if arguments.resume { resumed(plan, &checkpoint, verbosity)? } else { plan };
    let can_be_resumed = plan.can_be_resumed();
    keep_results();
    let memory = bytes(plan.memory().total());
    verbosity.note(&format!("factorising into {} topics, about {memory} of memory", plan.n_topics()));
    let limits = (arguments.time_limit, Some(arguments.checkpoint_every).filter(|_| stores));
    let mut observer = Fitting::new(verbosity, config.factorize.max_iterations, limits);
    let mut model = plan.run(&mut observer)?;
    let seconds = [("read", seconds_read), ("fit", clock.seconds() - seconds_read), ("iterations", observer.seconds())];
    drop(observer);
    tell_fit(&model, verbosity);
    model.manifest.run = clock.record(&arguments.inputs, &seconds);
    let written = store::save(&model, &output, force).map_err(Error::from)?;
    let stays = (stores || arguments.resume) && pipeline::settle_checkpoint(&model.manifest, &checkpoint);
    if stays && can_be_resumed {
        verbosity.hint("with --resume the same command goes on where this fit has ended");
    }
    verbosity.detail(&format!("reading {:.2} s, fitting {:.2} s", seconds[0].1, seconds[1].1));
    show(&model, &written, &output, &arguments, verbosity)?;
    match page {
        Some((file, page)) => {
            forget_results();
            write_report(&written, page, &arguments, &config, verbosity)?;
            tell(file, verbosity);
            Ok(())
        }
        None => Ok(()),
    }
}

/// The plan of a fit that goes on from its checkpoint, and says from where.
fn resumed<'d>(plan: Plan<'d>, file: &Path, verbosity: Verbosity) -> anyhow::Result<Plan<'d>> {
    let plan = plan.resumed()?;
    verbosity.note(&match plan.n_iterations_done() {
        Some(n) => format!("going on after {} iterations, from {}", thousands(n as u64), shown_path(file)),
        None => format!("{} does not exist: the fit begins anew", shown_path(file)),
    });
    Ok(plan)
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    match seconds {
        ..1.0 => format!("{:.1} ms", 1000.0 * seconds),
        ..120.0 => format!("{seconds:.1} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// The seconds that work takes.
fn timed<E>(work: impl FnOnce() -> Result<(), E>) -> Result<f64, E> {
    let clock = Clock::start();
    work()?;
    Ok(clock.seconds())
}

/// Writes the report of the model that was written, with the texts that it keeps, or else those of the inputs.
fn write_report(
    written: &Path,
    page: Output,
    arguments: &Arguments,
    config: &Config,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let model = TopicModel::load(written).map_err(Error::from)?;
    let inputs = Inputs::from(&arguments.inputs).of_fit(&model)?;
    report_page(&model, inputs, &config.ingest, &ExplorerOptions::default(), page, verbosity)
}

/// The documents of a fit.
enum Documents {
    Memory(Box<Dataset>),
    Disk(Box<ShardedDataset>),
}

impl Documents {
    /// Reads the documents; where memory is bounded, they go to disk beside `output`.
    fn read(
        arguments: &Arguments,
        config: &Config,
        output: &Path,
        open: Option<&OpenEngine<'_>>,
        verbosity: Verbosity,
    ) -> anyhow::Result<Self> {
        if is_shard_directory(&arguments.inputs)? {
            let directory = ShardDirectory::open(&arguments.inputs[0])?;
            let engine = open.map(|open| open(&directory)).transpose()?;
            let dataset = ShardedDataset::open(directory, config, folder_of(output))?;
            told(&dataset.description(), verbosity);
            return Ok(Self::Disk(match engine {
                Some(engine) => dataset.held_by(engine).into(),
                None => dataset.into(),
            }));
        }
        if open.is_some() {
            anyhow::bail!("this program fits a directory of shards alone: topicmill vectorize --shards DIR makes one");
        }
        if arguments.memory.is_none() {
            return Ok(Self::Memory(read(&arguments.inputs, config, verbosity)?.into()));
        }
        Ok(Self::Disk(read_to_disk(&arguments.inputs, config, output, verbosity)?.into()))
    }

    fn description(&self) -> Description<'_> {
        match self {
            Self::Memory(dataset) => dataset.description(),
            Self::Disk(dataset) => dataset.description(),
        }
    }

    /// A line on what the documents take on disk; empty if they are in memory.
    fn disk(&self) -> String {
        match self {
            Self::Memory(_) => String::new(),
            Self::Disk(dataset) => format!("{:<11} {} of documents\n", "disk", bytes(dataset.disk_bytes())),
        }
    }

    /// The configuration with the number of topics chosen, where it is left open, and says which it is.
    fn choose(
        &self,
        config: Config,
        arguments: &Arguments,
        verbosity: Verbosity,
    ) -> anyhow::Result<(Config, Option<Selection>)> {
        let Self::Memory(dataset) = self else { return Ok((config, None)) };
        if config.factorize.n_topics != AUTO_TOPICS || arguments.init_from.is_some() {
            return Ok((config, None));
        }
        let trying = Trying::new(verbosity, DEFAULT_NUMBERS.count());
        let (factorize, selection) =
            pipeline::choose(dataset, &config.factorize, &mut |n_topics| trying.show(n_topics))?;
        drop(trying);
        if let Some(selection) = &selection {
            let others: Vec<String> =
                selection.candidates.iter().skip(1).map(|candidate| candidate.n_topics.to_string()).collect();
            let reasons = selection.candidates.first().map_or_else(String::new, |first| first.reasons.join("; "));
            let others =
                if others.is_empty() { String::new() } else { format!("; also possible: {}", others.join(", ")) };
            verbosity.note(&format!("{} topics chosen: {reasons}{others}", factorize.n_topics));
        }
        Ok((Config { factorize, ..config }, selection))
    }

    /// Prepares the fit, and prints its warnings.
    fn plan(&self, config: &Config, sources: &ConfigSources, arguments: &Arguments) -> anyhow::Result<Plan<'_>> {
        let asked = Some(config.factorize.n_topics).filter(|n| sources.sets("factorize.n_topics") && *n != AUTO_TOPICS);
        let warm_start = match (&arguments.init_from, &arguments.freeze) {
            (Some(directory), _) => WarmStart::Factors { directory: directory.clone(), n_topics: asked },
            (None, Some(directory)) => WarmStart::Frozen(directory.clone()),
            (None, None) => WarmStart::None,
        };
        let plan = match self {
            Self::Memory(dataset) => Plan::new(dataset, &config.factorize, &warm_start)?,
            Self::Disk(dataset) => Plan::of_shards(dataset, &config.factorize, &warm_start)?,
        };
        plan.warnings().iter().for_each(|warning| warn(warning));
        Ok(plan)
    }
}

/// Shows topics and clusters, and says where the model was written.
fn show(
    model: &TopicModel,
    written: &Path,
    output: &Path,
    arguments: &Arguments,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let shown = shown_path(if written == output { &arguments.output } else { written });
    if !verbosity.quiet {
        let style = text_style();
        let evaluation = Evaluation::new(model);
        let ranking = model.ranking(None).map_err(Error::from)?;
        let topics = match model.n_levels() {
            1 => report::topics(model, &model.topics(SHOWN_WORDS, ranking), &evaluation.verdicts, style),
            _ => {
                let levels = model.topics_by_level(|model| Ok::<_, Error>(model.topics(SHOWN_WORDS, ranking)))?;
                report::topic_tree(model, &levels, &evaluation.verdicts, style)
            }
        };
        // Clusters of many topics would push the topics out of sight.
        let is_short = model.n_topics() <= MOST_CLUSTERS;
        let clusters = if is_short { model.clusters(SHOWN_DOCUMENTS) } else { Vec::new() };
        let clusters = report::clusters(model, &clusters, &evaluation, style);
        let measures = report::evaluation_summary(&evaluation, style);
        let parts = [&topics, clusters.trim_start_matches('\n'), &measures];
        print(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
            .with_context(|| format!("the model was written to {shown}, but cannot be shown"))?;
    }
    if written != output {
        warn(&format!("{} has appeared in the meantime and was left alone", shown_path(&arguments.output)));
    }
    let more = match model.n_topics() > MOST_CLUSTERS {
        true => format!("; topicmill clusters {shown} shows its documents by topic"),
        false => String::new(),
    };
    verbosity.note(&format!("\nmodel written to {shown}{more}"));
    Ok(())
}

fn configure(arguments: &Arguments) -> anyhow::Result<(Config, ConfigSources)> {
    let mut flags = Overrides::default();
    flags.yes("ingest.keep_texts", arguments.keep_texts);
    flags.set("factorize.n_topics", arguments.n_topics.clone().map(|number| number.0));
    flags.set("factorize.loss", arguments.loss.clone());
    let variant = arguments.variant.or(arguments.hierarchy.map(|_| Variant::Hierarchical));
    let variant = variant.or(arguments.online.then_some(Variant::Online));
    flags.set("factorize.variant", variant.map(Variant::name));
    flags.set("factorize.levels", arguments.hierarchy);
    flags.set("factorize.word_groups", arguments.word_groups);
    flags.set("factorize.keep_earlier", arguments.keep_earlier.then_some(true));
    flags.set("factorize.solver", arguments.solver.clone());
    flags.set("factorize.init", arguments.init.map(Init::name));
    flags.set("factorize.restarts", arguments.restarts);
    flags.words("factorize.seeds", "--seed-words", &arguments.seed_words);
    flags.words("factorize.excluded", "--exclude-words", &arguments.exclude_words);
    flags.set("factorize.background", arguments.background.then_some(true));
    flags.set("factorize.decorrelation", arguments.decorrelation);
    flags.set("factorize.sharpening", arguments.sharpening.map(Sharpening::name));
    flags.set("factorize.document_weights", arguments.document_weights.clone());
    flags.set("factorize.runs", arguments.runs);
    flags.set("factorize.consensus", arguments.consensus.then_some(true));
    flags.set("factorize.seed", arguments.seed);
    flags.set("factorize.max_iterations", arguments.max_iterations);
    flags.set("factorize.tolerance", arguments.tolerance);
    arguments.read.config(flags)
}

/// Reads and counts the inputs, and prints a summary and the warnings.
pub(super) fn read(inputs: &[PathBuf], config: &Config, verbosity: Verbosity) -> anyhow::Result<Dataset> {
    let dataset = watched(verbosity, |watch| Dataset::read_watched(inputs, config, watch))?;
    told(&dataset.description(), verbosity);
    Ok(dataset)
}

/// As [`read`], with the documents on disk beside `output`.
pub(super) fn read_to_disk(
    inputs: &[PathBuf],
    config: &Config,
    output: &Path,
    verbosity: Verbosity,
) -> anyhow::Result<ShardedDataset> {
    let dataset = watched(verbosity, |watch| ShardedDataset::read(inputs, config, folder_of(output), watch))?;
    told(&dataset.description(), verbosity);
    Ok(dataset)
}

/// Watches how far reading has come.
type Watch<'w> = dyn FnMut(Progress) -> ControlFlow<()> + 'w;

/// Reads documents, and shows how far that has come.
fn watched<T>(verbosity: Verbosity, read: impl FnOnce(&mut Watch<'_>) -> Result<T, Error>) -> Result<T, Error> {
    verbosity.detail("reading …");
    let reading = Reading::new(verbosity);
    read(&mut |progress| reading.show(progress))
}

/// Says what was read.
fn told(documents: &Description<'_>, verbosity: Verbosity) {
    verbosity.note(&inspect::summary(documents));
    verbosity.skipped(documents.skipped);
    documents.corpus.warnings.iter().for_each(|warning| warn(warning));
    documents.corpus.advice.iter().for_each(|advice| verbosity.hint(advice));
}

fn tell_fit(model: &TopicModel, verbosity: Verbosity) {
    let Some(fit) = &model.manifest.fit else { return };
    let residual = fit.kkt_residual.map_or_else(String::new, |residual| format!("; KKT residual {residual:.1e}"));
    let params = model.manifest.params::<FactorizeParams>("factorize").ok();
    // Some forms descend on another matrix than V, whose objectives are not beside that of V.
    let is_of_v = !params.as_ref().is_some_and(|params| params.variant.is_of_sums());
    let from = if is_of_v { format!(", from {:.6e} at the start", fit.first_objective) } else { String::new() };
    let (n, reason) = (thousands(fit.n_iterations as u64), fit.stop_reason);
    verbosity.detail(&format!("{n} iterations, {reason}: objective {:.6e}{from}{residual}", fit.final_objective));
    if let Some(record) = &fit.sharpening {
        let (n, first, last) = (record.n_rounds, record.first_likelihood, record.last_likelihood);
        verbosity.detail(&format!("topics sharpened in {n} rounds: log-likelihood {last:.6e}, from {first:.6e}"));
    }
    let asked = params.filter(|params| params.variant == Variant::Hierarchical).map_or(0, |params| params.n_topics);
    if model.n_topics() < asked {
        let found = counted(model.n_topics(), "topic");
        verbosity.note(&format!(
            "{found} of {asked}: no further split of the documents holds on words that it does not know"
        ));
    }
    verbosity.note("");
    if model.manifest.ended_early() {
        warn(&format!(
            "{} before convergence: the model is valid, and another run need not give the same",
            fit.stop_reason
        ));
    }
}

/// A number of topics, or `auto`, as a value of the configuration.
#[derive(Clone, Debug)]
struct NumberOfTopics(toml::Value);

fn parse_n_topics(text: &str) -> Result<NumberOfTopics, String> {
    let number = text.trim().parse::<i64>();
    match (text, number) {
        ("auto", _) => Ok(NumberOfTopics("auto".into())),
        (_, Ok(n)) if n >= 1 => Ok(NumberOfTopics(n.into())),
        (_, Ok(n)) => Err(format!("{n} topics cannot be found: give 1 or more, or auto")),
        _ if text.contains("..") => Err(format!("{text:?} is a range: topicmill select tries each number of it")),
        _ => Err(format!("{text:?} is neither a number nor auto")),
    }
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let seconds = digits.trim().parse::<f64>().ok().map(|n| n * factor);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| format!("{text:?} is not a time such as 90, 90s, 5m or 2h"))
}
