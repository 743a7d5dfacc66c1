//! Lays presets, a file and flags over a configuration, each over the ones before.

use toml::{Table, Value};

use super::document::keys;
use super::{Config, ConfigError, Preset};
use crate::factorize::Solver;

/// A value for one key, from a flag or `--set`.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The key, as `stage.key`.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Where the value was given, for error messages.
    pub place: String,
}

impl Override {
    /// Parses `stage.key=value`. A value that is not TOML is taken as a string, so that strings need no quotes on the
    /// command line.
    ///
    /// ```
    /// use topicmill::config::Override;
    /// let set = Override::parse("factorize.n_topics=7").unwrap();
    /// assert_eq!((set.key.as_str(), set.value.as_integer()), ("factorize.n_topics", Some(7)));
    /// ```
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Value {
            place: format!("--set {text}"),
            problem: "expected stage.key=value, such as factorize.n_topics=20".into(),
        };
        let (key, value) = text.split_once('=').ok_or_else(wrong)?;
        let (key, value) = (key.trim(), value.trim());
        if key.split('.').count() != 2 || key.split('.').any(str::is_empty) {
            return Err(wrong());
        }
        let parsed = format!("value = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_string()));
        Ok(Self { key: key.to_string(), value, place: format!("--set {text}") })
    }

    /// A value for a key without its stage, as in `n_topics`: the keys of all stages are distinct. Fails if no stage
    /// has the key, and says which key may have been meant.
    ///
    /// ```
    /// use topicmill::config::Override;
    /// let set = Override::of_key("n_topics", 7.into(), "a script").unwrap();
    /// assert_eq!(set.key, "factorize.n_topics");
    /// let error = Override::of_key("n_topic", 7.into(), "a script").unwrap_err();
    /// assert_eq!(error.to_string(), "a script: unknown parameter `n_topic`; did you mean n_topics?");
    /// ```
    pub fn of_key(key: &str, value: Value, place: &str) -> Result<Self, ConfigError> {
        let keys = keys();
        let Some((stage, key)) = keys.iter().find(|(_, name)| name == key) else {
            let meant = similar(key, keys.iter().map(|(_, name)| name.as_str()));
            let meant = meant.map_or_else(String::new, |name| format!("; did you mean {name}?"));
            let problem = format!("unknown parameter `{key}`{meant}");
            return Err(ConfigError::Value { place: place.to_string(), problem });
        };
        Ok(Self { key: format!("{stage}.{key}"), value, place: place.to_string() })
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        if let Some((stage, key)) = self.key.split_once('.') {
            table.insert(stage.to_string(), Value::Table(Table::from_iter([(key.to_string(), self.value.clone())])));
        }
        table
    }
}

/// The layers over a base configuration, from the lowest to the highest.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// Presets, in order.
    pub presets: Vec<Preset>,
    /// A configuration file: its name and content.
    pub file: Option<(String, String)>,
    /// Flags and `--set`, in order.
    pub overrides: Vec<Override>,
}

impl ConfigSources {
    /// Lays all layers over `base` and checks the result. The error names the layer and the first key that does not
    /// fit.
    pub fn apply(&self, base: &Config) -> Result<Config, crate::Error> {
        let mut config = base.clone();
        for preset in &self.presets {
            config = lay(&config, parse(preset.name(), preset.toml())?, preset.name(), None)?;
        }
        if let Some((name, text)) = &self.file {
            config = lay(&config, parse(name, text)?, name, Some(text))?;
        }
        for set in &self.overrides {
            config = lay(&config, set.table(), &set.place, None)?;
        }
        config.check()?;
        Ok(config)
    }

    /// Sentences about old names of solvers in the file or the overrides, which are still accepted.
    ///
    /// ```
    /// use topicmill::config::{ConfigSources, Override};
    /// let set = Override::parse("factorize.solver=newton").unwrap();
    /// let sources = ConfigSources { overrides: vec![set], ..Default::default() };
    /// assert_eq!(sources.notes(), ["solver newton is called coordinate-newton now"]);
    /// ```
    pub fn notes(&self) -> Vec<String> {
        let in_file = self.file.as_ref().and_then(|(_, text)| text.parse::<Table>().ok());
        let in_file = in_file.as_ref().and_then(|table| table.get("factorize")?.get("solver"));
        let set = self.overrides.iter().filter(|set| set.key == "factorize.solver").map(|set| &set.value);
        let names = in_file.into_iter().chain(set).filter_map(Value::as_str);
        let note = |name: &str| {
            let solver: Solver = name.parse().ok()?;
            (solver.name() != name).then(|| format!("solver {name} is called {solver} now"))
        };
        names.filter_map(note).collect()
    }

    /// Whether the file or an override sets a key, given as `stage.key`; presets do not count.
    pub fn sets(&self, key: &str) -> bool {
        let (stage, name) = key.split_once('.').unwrap_or((key, ""));
        let in_file = self.file.as_ref().and_then(|(_, text)| text.parse::<Table>().ok());
        self.overrides.iter().any(|set| set.key == key)
            || in_file.is_some_and(|table| table.get(stage).and_then(|stage| stage.get(name)).is_some())
    }
}

fn parse(place: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = &text[..at.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        ConfigError::Value { place: format!("{place}:{line}:{column}"), problem: error.message().trim().to_string() }
    })
}

const SECTION_NAMES: [&str; 4] = ["ingest", "text", "matrix", "factorize"];
const SECTIONS: &str = "the sections are ingest, text, matrix and factorize";

/// Lays a table over a configuration; the error names the first key that does not fit, and its line in `text`, if that
/// is what the table was read from.
fn lay(config: &Config, layer: Table, place: &str, text: Option<&str>) -> Result<Config, ConfigError> {
    let wrong = |error: String| ConfigError::Value { place: place.to_string(), problem: error };
    let mut current = config.clone();
    let mut table = Table::try_from(config).map_err(|error| wrong(error.to_string()))?;
    for (stage, keys) in layer {
        let Value::Table(keys) = keys else {
            return Err(wrong(format!("{stage} is not a section; {SECTIONS}")));
        };
        if !table.contains_key(&stage) {
            let meant = similar(&stage, SECTION_NAMES.iter().copied())
                .map_or_else(String::new, |name| format!(", did you mean {name}?"));
            let line = line_of(text, &stage, None);
            return Err(wrong(format!("there is no section {stage}{line}{meant}; {SECTIONS}")));
        }
        for (key, value) in keys {
            if let Some(Value::Table(section)) = table.get_mut(&stage) {
                section.insert(key.clone(), value);
            }
            current = table.clone().try_into().map_err(|error: toml::de::Error| {
                let line = line_of(text, &stage, Some(&key));
                wrong(format!("{stage}.{key}{line}: {}", plain(error.message(), &stage, &key)))
            })?;
        }
    }
    Ok(current)
}

/// What serde says of a key, in fewer words: of an unknown one which was meant.
fn plain(message: &str, stage: &str, key: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let Some((_, known)) = first.split_once("unknown field").and_then(|(_, rest)| rest.split_once("expected")) else {
        return first.to_string();
    };
    let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let meant = match similar(key, names.iter().copied()) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("the keys of {stage} are {}", names.join(", ")),
    };
    format!("unknown field `{key}`; {meant}")
}

/// The name that is most like a mistyped one, if any is.
fn similar<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let scored = names.map(|name| (strsim::jaro_winkler(typed, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// Jaro-Winkler similarity from which on one name may be a mistyped other.
const ALIKE: f64 = 0.8;

/// The line of a section or key in the text of the file, with words around it, where it is found.
fn line_of(text: Option<&str>, stage: &str, key: Option<&str>) -> String {
    let mut section = String::new();
    let mut is_it = |line: &str| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            section = name.trim().to_string();
            return key.is_none() && section == stage;
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        key.is_some_and(|key| section == stage && name == key || section.is_empty() && name == format!("{stage}.{key}"))
    };
    let line = text.and_then(|text| text.lines().position(&mut is_it));
    line.map_or_else(String::new, |line| format!(", line {}", line + 1))
}
