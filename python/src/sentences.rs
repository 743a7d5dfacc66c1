//! Sentences of the library in the words of the package.

use topicmill::config::Override;
use topicmill::ingest::SkippedDocuments;

/// What the program's flags are called here, where that is not their name with underscores.
const NAMES: [(&str, &str); 10] = [
    ("-k", "n_topics"),
    ("-n", "n_words"),
    ("-o", "path"),
    ("--exclude-words", "excluded"),
    ("--force", "overwrite=True"),
    ("--freeze", "frozen"),
    ("--lambda", "lambda_"),
    ("--max-memory", "set_max_memory"),
    ("--rank", "ranking"),
    ("--seed-words", "seeds"),
];

/// A sentence about the program's flags, keys and commands as one about parameters: `--min-df` and `matrix.min_df` are
/// `min_df`.
pub(crate) fn in_python(sentence: &str) -> String {
    let sentence = sentence
        .replace("`topicmill config`", "`topicmill.default_config()`")
        .replace("`topicmill inspect --suggest-stopwords`", "the program's `inspect --suggest-stopwords`")
        .replace("fit --keep-texts does", "keep_texts=True does")
        .replace("or choose another output with -o", "or choose another path")
        .replace("invalid type: map", "a dict")
        .replace("invalid type: sequence", "a list")
        .replace("invalid type: ", "")
        .replace("a sequence", "a list")
        .replace(" u64", " a whole number")
        .replace(" usize", " a whole number")
        .replace(" f64", " a number")
        .replace("a boolean", "True or False");
    let words = sentence.split(' ').map(|word| {
        let (before, rest) = word.split_at(word.len() - word.trim_start_matches(['(', '`']).len());
        let name = rest.trim_end_matches([')', ',', '.', ';', ':', '`']);
        let after = &rest[name.len()..];
        let renamed = match NAMES.iter().find(|(flag, _)| *flag == name) {
            Some((_, renamed)) => (*renamed).to_string(),
            None => match (name.strip_prefix("--"), name.split_once('.')) {
                (Some(flag), _) if flag.starts_with(|c: char| c.is_ascii_lowercase()) => flag.replace('-', "_"),
                (_, Some((_, key))) if is_key(name, key) => key.to_string(),
                _ => return word.to_string(),
            },
        };
        format!("{before}{renamed}{after}")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a word is a key of the configuration with its stage.
fn is_key(word: &str, key: &str) -> bool {
    Override::of_key(key, false.into(), "").is_ok_and(|set| set.key == word)
}

/// A sentence on documents that were left out, if any were.
pub(crate) fn left_out(skipped: &SkippedDocuments) -> Vec<String> {
    let first = skipped.listed().first().map_or_else(String::new, |first| format!(", the first: {first}"));
    let sentence = (!skipped.is_empty()).then(|| format!("{} left out{first}", skipped.len()));
    sentence.iter().map(|sentence| in_python(sentence)).collect()
}
