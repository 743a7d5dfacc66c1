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
    Ok(words_in(&text))
}

/// The words of a file: a word a line, or the first field of each line of a table; lines that begin with `#` are
/// comments. Of a model's `terms.tsv` the forms are taken, each of which is counted as its term again.
fn words_in(text: &str) -> Vec<String> {
    let mut lines = text.lines().peekable();
    let is_terms =
        lines.peek().is_some_and(|line| line.starts_with("term\tform\t") || line.starts_with("term\tlabel\t"));
    if is_terms {
        lines.next();
    }
    let word = |line: &str| line.split('\t').nth(usize::from(is_terms)).unwrap_or_default().trim().to_string();
    let is_comment = |line: &&str| !is_terms && line.trim_start().starts_with('#');
    lines.filter(|line| !is_comment(line)).map(word).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::words_in;

    #[test]
    fn the_first_field_of_a_line_is_a_word() {
        assert_eq!(words_in("# mine\n apple \n\npear\t7\tx\nnew york\n"), ["apple", "pear", "new york"]);
        assert_eq!(words_in("term\tform\tdf\nmill\tmills\t3\n#c\t#c\t2\n"), ["mills", "#c"]);
    }
}
