//! The flags that several commands share. Each of them sets a key of the configuration, over presets and the file.

use std::path::PathBuf;

use clap::Args;
use toml::Value;

use super::diagnostics::warn;
use crate::Error;
use crate::config::{Config, ConfigError, ConfigSources, Override, Preset};
use crate::ingest::{Format, IngestParams, OnDuplicate, OnError, Strip};
use crate::matrix::{DocumentFrequency, Idf, Norm, Tf};
use crate::model::{Ranking, Topic, TopicModel};
use crate::system::{MOST_SETTINGS_BYTES, read_text};
use crate::text::{LanguageChoice, Segmentation};

/// What the words of topics are ranked by.
#[derive(Args)]
pub(super) struct RankArguments {
    /// What words are ranked by [default: correlation, for an older model probability]
    #[arg(long)]
    rank: Option<Ranking>,
    /// Rank by relevance, with this weight from 0 (lift) to 1 (probability) [default: 0.6]
    #[arg(long, value_name = "WEIGHT", value_parser = parse_share)]
    lambda: Option<f64>,
}

/// How inputs are read.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Reading")]
pub(super) struct IngestArguments {
    /// Format of the inputs [default: by extension and content]
    #[arg(long)]
    format: Option<Format>,
    /// Character set of the inputs, such as latin1 [default: detected]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Columns or fields that hold the text [default: text]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    text_column: Vec<String>,
    /// Column or field that holds the id [default: id]
    #[arg(long, value_name = "NAME")]
    id_column: Option<String>,
    /// Column or field that holds the label [default: label]
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// Column or field that holds the date [default: the one that looks like dates]
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// Character between the fields of tables, or tab [default: recognised]
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter)]
    delimiter: Option<char>,
    /// Quote character of tables [default: " for CSV, none for TSV]
    #[arg(long, value_name = "CHARACTER")]
    quote: Option<char>,
    /// Read hidden files and folders too
    #[arg(long)]
    hidden: bool,
    /// What to take off the text: email (header, quotations, signature), html (markup)
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    strip: Vec<Strip>,
    /// Skip larger documents; KiB, MiB and GiB are understood [default: 64MiB]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    max_document_bytes: Option<u64>,
    /// What becomes of near duplicates: keep, weight (a group counts once, all keep their rows), drop [default: keep]
    #[arg(long)]
    duplicates: Option<OnDuplicate>,
    /// What a bad document does: skip (counted and listed) or stop
    #[arg(long)]
    on_error: Option<OnError>,
    /// A ready matrix has a row per document, not per term
    #[arg(long)]
    transposed: bool,
    /// File with the names of a ready matrix' terms
    #[arg(long, value_name = "FILE")]
    term_names: Option<PathBuf>,
    /// File with the names of a ready matrix' documents
    #[arg(long, value_name = "FILE")]
    document_names: Option<PathBuf>,
    /// MatrixMarket file with the places of a ready matrix that are missing; NaN in the matrix is missing too
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
}

/// What counts as a term.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Terms")]
pub(super) struct TextArguments {
    /// Language of the documents: a name, a code, auto or none [default: auto]
    #[arg(long, value_name = "NAME")]
    language: Option<LanguageChoice>,
    /// Stop words: languages and files with a word a line; none for no stop words [default: the language's]
    #[arg(long, value_name = "LISTS", value_delimiter = ',')]
    stopwords: Vec<String>,
    /// Further stop words: words and files with a word a line
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    extra_stopwords: Vec<String>,
    /// Regular expression whose matches are the tokens
    #[arg(long, value_name = "REGEX")]
    token_pattern: Option<String>,
    /// Whether dictionaries cut Chinese, Japanese, Thai … into words: auto, on, off [default: auto]
    #[arg(long)]
    segmentation: Option<Segmentation>,
    /// Fewest characters of a token [default: 2]
    #[arg(long, value_name = "N")]
    min_length: Option<i64>,
    /// Most characters of a token [default: 40]
    #[arg(long, value_name = "N")]
    max_length: Option<i64>,
    /// Keep tokens without a letter, such as numbers
    #[arg(long)]
    keep_numbers: bool,
    /// Shortest and longest n-gram, such as 1,2 [default: 1,1]
    #[arg(long, value_name = "MIN,MAX", value_parser = parse_ngrams)]
    ngrams: Option<[i64; 2]>,
    /// Count two words in a row that belong together as one term; the NPMI that they must have [default: none, or 0.5]
    #[arg(long, value_name = "NPMI", num_args = 0..=1, require_equals = true, default_missing_value = "0.5")]
    phrases: Option<f64>,
    /// Count words that differ in accents alone as one term
    #[arg(long)]
    fold_accents: bool,
    /// Count words that differ in case as different terms
    #[arg(long)]
    keep_case: bool,
    /// Count stems in place of words; a stem is shown as its most frequent word
    #[arg(long)]
    stem: bool,
    /// Count the values of a metadata column beside the words, each as so many words [weight: 1]; once for each column
    #[arg(long, value_name = "NAME=COLUMN[:WEIGHT]")]
    view: Vec<String>,
}

/// Which numbers.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Weights")]
pub(super) struct MatrixArguments {
    /// Fewest documents of a term: a number, a fraction such as 0.01, or auto [default: auto]
    #[arg(long, value_name = "DF")]
    min_df: Option<DocumentFrequency>,
    /// Most documents of a term: a number, or a fraction [default: auto, half of them]
    #[arg(long, value_name = "DF")]
    max_df: Option<DocumentFrequency>,
    /// Keep the terms with the largest counts only
    #[arg(long, value_name = "N")]
    max_terms: Option<i64>,
    /// The terms, whatever the bounds say: words, or files with a term a line
    #[arg(long, value_name = "TERMS", value_delimiter = ',')]
    vocabulary: Vec<String>,
    /// Weight of a count [default: auto, log]
    #[arg(long)]
    tf: Option<Tf>,
    /// Weight of a term [default: auto, smooth]
    #[arg(long)]
    idf: Option<Idf>,
    /// Weight of a word beside its idf, such as risk=2; once for each word
    #[arg(long, value_name = "WORD=WEIGHT", value_parser = parse_weight)]
    term_weight: Vec<(String, f64)>,
    /// Norm of a document [default: none]
    #[arg(long)]
    norm: Option<Norm>,
}

/// Where parameters come from besides flags.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArguments {
    /// How much work a fit is worth: solver, restarts, iterations and tolerance [default: balanced]
    #[arg(long, value_parser = Preset::QUALITIES.map(Preset::name))]
    quality: Option<String>,
    /// Settings for a kind of text
    #[arg(long, value_parser = Preset::TEXTS.map(Preset::name))]
    preset: Option<String>,
    /// Configuration file (TOML); `topicmill config` prints one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set any key of the configuration
    #[arg(long, value_name = "STAGE.KEY=VALUE")]
    set: Vec<String>,
}

/// Everything between inputs and matrix.
#[derive(Args, Clone, Default)]
pub(super) struct ReadArguments {
    #[command(flatten)]
    pub(super) ingest: IngestArguments,
    #[command(flatten)]
    text: TextArguments,
    #[command(flatten)]
    matrix: MatrixArguments,
    #[command(flatten)]
    config: ConfigArguments,
}

/// The flags that were given, as overrides of the configuration.
#[derive(Default)]
pub(super) struct Overrides(Vec<Override>);

impl Overrides {
    /// Overrides the key with `value` if the flag was given. Error messages name the flag, which is the last part of
    /// the key with dashes.
    pub(super) fn set(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let name = key.rsplit('.').next().unwrap_or(key).replace('_', "-");
            self.0.push(Override { key: key.to_string(), value: value.into(), place: format!("--{name}") });
        }
    }

    /// Overrides the key with one list of words for each time that the flag was given.
    pub(super) fn words(&mut self, key: &str, flag: &str, lists: &[String]) {
        if lists.is_empty() {
            return;
        }
        let words = |list: &String| {
            let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
            Value::Array(words.map(|word| Value::String(word.to_string())).collect())
        };
        let value = Value::Array(lists.iter().map(words).collect());
        self.0.push(Override { key: key.to_string(), value, place: flag.to_string() });
    }

    fn list(&mut self, key: &str, values: &[String]) {
        let values: Vec<Value> = values.iter().filter(|value| !value.is_empty()).cloned().map(Value::String).collect();
        self.set(key, (!values.is_empty()).then_some(values));
    }

    pub(super) fn yes(&mut self, key: &str, flag: bool) {
        self.set(key, flag.then_some(true));
    }
}

impl RankArguments {
    /// The topics with their best words. A λ alone asks for relevance.
    pub(super) fn topics(&self, model: &TopicModel, n_words: usize) -> Result<Vec<Topic>, Error> {
        match (self.rank, self.lambda) {
            (None | Some(Ranking::Relevance), Some(lambda)) => Ok(model.topics_by_relevance(n_words, lambda)),
            (Some(_), Some(_)) => {
                let problem = "has a use with --rank relevance only".into();
                Err(ConfigError::Value { place: "--lambda".into(), problem }.into())
            }
            (rank, None) => Ok(model.topics(n_words, model.ranking(rank)?)),
        }
    }
}

impl IngestArguments {
    fn overrides(&self, out: &mut Overrides) {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        out.set("ingest.format", self.format.map(Format::name));
        out.set("ingest.encoding", self.encoding.clone());
        out.list("ingest.text_column", &self.text_column);
        out.set("ingest.id_column", self.id_column.clone());
        out.set("ingest.label_column", self.label_column.clone());
        out.set("ingest.date_column", self.date_column.clone());
        out.set("ingest.delimiter", self.delimiter.map(String::from));
        out.set("ingest.quote", self.quote.map(String::from));
        out.yes("ingest.hidden", self.hidden);
        out.list("ingest.strip", &self.strip.iter().map(Strip::to_string).collect::<Vec<_>>());
        out.set("ingest.max_document_bytes", self.max_document_bytes.map(|bytes| bytes as i64));
        out.set("ingest.duplicates", self.duplicates.map(OnDuplicate::name));
        out.set("ingest.on_error", self.on_error.map(OnError::name));
        out.yes("ingest.transposed", self.transposed);
        out.set("ingest.term_names", path(&self.term_names));
        out.set("ingest.document_names", path(&self.document_names));
        out.set("ingest.mask", path(&self.mask));
    }

    /// The files that these flags name. They are inputs too, and must not be overwritten by an output.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.term_names.iter().chain(&self.document_names).chain(&self.mask)
    }

    /// Lays these flags over `base`.
    pub(super) fn apply(&self, base: IngestParams) -> Result<IngestParams, Error> {
        let mut overrides = Overrides::default();
        self.overrides(&mut overrides);
        let sources = ConfigSources { overrides: overrides.0, ..Default::default() };
        Ok(sources.apply(&Config { ingest: base, ..Default::default() })?.ingest)
    }
}

impl TextArguments {
    fn overrides(&self, out: &mut Overrides) {
        out.set("text.language", self.language.map(String::from));
        match &self.stopwords[..] {
            [only] if only == "none" => out.set("text.stopwords", Some(Vec::<Value>::new())),
            lists => out.list("text.stopwords", lists),
        }
        out.list("text.extra_stopwords", &self.extra_stopwords);
        out.set("text.token_pattern", self.token_pattern.clone());
        out.set("text.segmentation", self.segmentation.map(Segmentation::name));
        out.set("text.min_length", self.min_length);
        out.set("text.max_length", self.max_length);
        out.yes("text.keep_numbers", self.keep_numbers);
        out.set("text.ngrams", self.ngrams.map(|ngrams| ngrams.map(Value::from).to_vec()));
        out.set("text.phrases", self.phrases);
        out.yes("text.fold_accents", self.fold_accents);
        out.yes("text.keep_case", self.keep_case);
        out.yes("text.stem", self.stem);
        out.list("text.views", &self.view);
    }
}

impl MatrixArguments {
    fn overrides(&self, out: &mut Overrides) {
        let frequency = |bound: DocumentFrequency| match bound {
            DocumentFrequency::Auto => Value::from("auto"),
            DocumentFrequency::Count(n) => Value::from(n as i64),
            DocumentFrequency::Fraction(f) => Value::from(f),
        };
        out.set("matrix.min_df", self.min_df.map(frequency));
        out.set("matrix.max_df", self.max_df.map(frequency));
        out.set("matrix.max_terms", self.max_terms);
        out.list("matrix.vocabulary", &self.vocabulary);
        out.set("matrix.tf", self.tf.map(Tf::name));
        out.set("matrix.idf", self.idf.map(Idf::name));
        let weights = self.term_weight.iter().map(|(word, weight)| (word.clone(), Value::Float(*weight)));
        let weights: toml::Table = weights.collect();
        out.set("matrix.term_weights", (!weights.is_empty()).then_some(weights));
        out.set("matrix.norm", self.norm.map(Norm::name));
    }
}

impl ConfigArguments {
    /// The layers of the configuration, from the lowest to the highest: quality, preset, file, `flags`, `--set`.
    pub(super) fn sources(&self, flags: Overrides) -> anyhow::Result<ConfigSources> {
        let presets = self.quality.iter().chain(&self.preset);
        let presets = presets.filter_map(|name| name.parse().ok()).collect();
        let file = self.config.as_ref().map(|path| -> anyhow::Result<_> {
            let name = path.display().to_string();
            let read = read_text(path, MOST_SETTINGS_BYTES);
            let text = read.map_err(|error| Error::from(ConfigError::Io { path: name.clone(), error }))?;
            Ok((name, text))
        });
        let mut overrides = flags.0;
        for text in &self.set {
            overrides.push(Override::parse(text).map_err(Error::from)?);
        }
        Ok(ConfigSources { presets, file: file.transpose()?, overrides })
    }
}

impl ReadArguments {
    /// The configuration from these flags and `further` ones, and the layers that it is made of.
    pub(super) fn config(&self, mut further: Overrides) -> anyhow::Result<(Config, ConfigSources)> {
        self.ingest.overrides(&mut further);
        self.text.overrides(&mut further);
        self.matrix.overrides(&mut further);
        let sources = self.config.sources(further)?;
        sources.notes().iter().for_each(|note| warn(note));
        Ok((sources.apply(&Config::default())?, sources))
    }
}

pub(super) fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a number of bytes such as 1000000 or 64MiB");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "B" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        _ => return Err(wrong()),
    };
    let bytes = digits.trim().parse::<u64>().ok().and_then(|n| n.checked_mul(factor));
    bytes.filter(|bytes| *bytes <= i64::MAX as u64).ok_or_else(wrong)
}

/// Parses a bound on memory in bytes; `none`, no bound, is the largest number.
pub(super) fn parse_memory(text: &str) -> Result<u64, String> {
    if text == "none" { Ok(u64::MAX) } else { parse_bytes(text) }
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is not a number from 0 to 1"))
}

fn parse_weight(text: &str) -> Result<(String, f64), String> {
    let parts = text.rsplit_once('=').map(|(word, weight)| (word.trim(), weight.trim().parse::<f64>()));
    match parts {
        Some((word, Ok(weight))) if !word.is_empty() => Ok((word.to_string(), weight)),
        _ => Err(format!("{text:?} is not a word and its weight such as risk=2")),
    }
}

fn parse_ngrams(text: &str) -> Result<[i64; 2], String> {
    let numbers: Option<Vec<i64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[only]) => Ok([only, only]),
        Some(&[shortest, longest]) => Ok([shortest, longest]),
        _ => Err(format!("{text:?} is not a pair of lengths such as 1,2")),
    }
}

/// A character, or the name of one that is hard to type.
fn parse_delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(character), None) => Ok(character),
        _ => Err(format!("{text:?} is no single character; a tab is called tab")),
    }
}
