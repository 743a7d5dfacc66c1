//! Words of the configuration that stand in files.

use std::path::Path;

use crate::Error;
use crate::config::ConfigError;
use crate::system::{MOST_SETTINGS_BYTES, read_bounded};
use crate::text::{Language, TextParams};

/// Stop words that stand in files, read; what is left are languages, `auto` and words.
pub(super) fn resolve_word_files(text: &TextParams) -> Result<TextParams, Error> {
    let mut resolved = text.clone();
    resolved.stopwords.clear();
    resolved.extra_stopwords.clear();
    for entry in &text.stopwords {
        if entry == "auto" || entry.parse::<Language>().is_ok() {
            resolved.stopwords.push(entry.clone());
        } else {
            resolved.extra_stopwords.extend(words_of(Path::new(entry), "text.stopwords")?);
        }
    }
    resolved.extra_stopwords.extend(words_and_files(&text.extra_stopwords, "text.extra_stopwords")?);
    Ok(resolved)
}

/// Words, and the words of the files among them.
pub(super) fn words_and_files(entries: &[String], key: &str) -> Result<Vec<String>, ConfigError> {
    let mut words = Vec::new();
    for entry in entries {
        // A word stays a word, whatever files lie about.
        if entry.contains(['/', '\\']) || entry.ends_with(".txt") || entry.contains('.') && Path::new(entry).is_file() {
            words.extend(words_of(Path::new(entry), key)?);
        } else {
            words.push(entry.clone());
        }
    }
    Ok(words)
}

fn words_of(path: &Path, key: &str) -> Result<Vec<String>, ConfigError> {
    if !path.exists() {
        return Err(ConfigError::Value {
            place: key.to_string(),
            problem: format!("{:?} is no file, nor a language where one may stand", path.display().to_string()),
        });
    }
    let bytes = read_bounded(path, MOST_SETTINGS_BYTES)
        .map_err(|error| ConfigError::Io { path: path.display().to_string(), error })?;
    let text = crate::ingest::decode(&bytes, None);
    let words = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(words.map(str::to_string).collect())
}
