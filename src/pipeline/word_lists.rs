//! Reads the files of words that a configuration names, because the stages that use the words open no files.

use std::path::Path;

use crate::Error;
use crate::config::ConfigError;
use crate::system::{MOST_SETTINGS_BYTES, read_bounded};
use crate::text::{Language, TextParams};

/// Replaces files of stop words by their words, so that only languages, `auto` and words are left.
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

/// Replaces the files among `entries` by the words in them.
pub(super) fn words_and_files(entries: &[String], key: &str) -> Result<Vec<String>, ConfigError> {
    let mut words = Vec::new();
    for entry in entries {
        // Only an entry that looks like a file name is read as a file, so that a plain word keeps its meaning if a
        // file of that name exists.
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
