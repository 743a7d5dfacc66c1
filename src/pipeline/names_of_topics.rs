//! Reads names that a person, a script or a language model has given to topics.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::Error;
use crate::config::ConfigError;
use crate::ingest::delimiter_of_header;
use crate::system::{MOST_SETTINGS_BYTES, read_bounded};

/// Reads the names in a file, or in standard input for `-`; see [`parse_names`].
pub fn read_names(path: &Path) -> Result<Vec<(usize, String)>, Error> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(MOST_SETTINGS_BYTES).read_to_end(&mut bytes).map(|_| bytes)
    } else {
        read_bounded(path, MOST_SETTINGS_BYTES)
    };
    let place = path.display().to_string();
    let bytes = bytes.map_err(|error| ConfigError::Io { path: place.clone(), error })?;
    let names = parse_names(&crate::ingest::decode(&bytes, None));
    names.map_err(|problem| ConfigError::Value { place, problem }.into())
}

/// The names in a text, each with the number of its topic. The text is one of
///
/// * a table with the columns `topic` and `name`, and any others, as `export --table name-prompts` writes it;
/// * JSON: an object such as `{"0": "Economy"}`, a list of names in the order of topics, or objects with `topic` (or
///   `id`) and `name`, one after another, in a list, or in the list `topics` of an object;
/// * lines: a name in each, in the order of topics.
///
/// Fails with a sentence on what is wrong.
///
/// ```
/// use topicmill::pipeline::parse_names;
/// let expected = Ok(vec![(0, "Economy".to_string()), (1, "Health".to_string())]);
/// assert_eq!(parse_names("Economy\nHealth\n"), expected);
/// assert_eq!(parse_names("topic;name\n0;Economy\n1;Health\n"), expected);
/// assert_eq!(parse_names(r#"{"0": "Economy", "1": "Health"}"#), expected);
/// ```
pub fn parse_names(text: &str) -> Result<Vec<(usize, String)>, String> {
    let names = if text.trim_start().starts_with(['{', '[']) {
        of_json(text)?
    } else if let Some(delimiter) = delimiter_of_header(text.as_bytes(), &["name"]) {
        of_table(text, delimiter)?
    } else {
        text.lines().enumerate().map(|(topic, name)| (topic, name.trim().to_string())).collect()
    };
    if names.is_empty() { Err("there are no names in it".into()) } else { Ok(names) }
}

fn of_table(text: &str, delimiter: u8) -> Result<Vec<(usize, String)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let (Some(topic), Some(name)) = (column("topic"), column("name")) else {
        return Err("the table has a column `name`, and needs a column `topic` too".into());
    };
    let rows = reader.records().enumerate().map(|(row, fields)| {
        let fields = fields.map_err(|error| error.to_string())?;
        let number = fields.get(topic).unwrap_or_default();
        let number =
            number.trim().parse().map_err(|_| format!("row {}: {number:?} is no number of a topic", row + 2))?;
        Ok((number, fields.get(name).unwrap_or_default().trim().to_string()))
    });
    rows.collect()
}

fn of_json(text: &str) -> Result<Vec<(usize, String)>, String> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<Vec<Value>, _>>();
    let values = values.map_err(|error| format!("is no JSON: {error}"))?;
    match <[Value; 1]>::try_from(values) {
        Ok([Value::Array(items)]) => of_items(&items),
        Ok([Value::Object(mut object)]) => match object.remove("topics") {
            Some(Value::Array(items)) => of_items(&items),
            _ if object.contains_key("name") => of_items(&[Value::Object(object)]),
            _ => {
                let pair = |(topic, name): (&String, &Value)| match (topic.trim().parse(), name.as_str()) {
                    (Ok(topic), Some(name)) => Ok((topic, name.to_string())),
                    _ => Err(format!("{topic:?}: {name}: expected a number of a topic and a name")),
                };
                let mut names = object.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
                names.sort();
                Ok(names)
            }
        },
        Ok([_]) => Err("expected an object or a list".into()),
        Err(values) => of_items(&values),
    }
}

fn of_items(items: &[Value]) -> Result<Vec<(usize, String)>, String> {
    let item = |(place, item): (usize, &Value)| {
        let number = item.get("topic").or_else(|| item.get("id")).and_then(Value::as_u64);
        match (item, number, item.get("name").and_then(Value::as_str)) {
            (Value::String(name), ..) => Ok((place, name.clone())),
            (_, Some(topic), Some(name)) => Ok((topic as usize, name.to_string())),
            _ => Err(format!("{item}: expected a name, or an object with `topic` and `name`")),
        }
    };
    items.iter().enumerate().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_json_give_the_names() {
        let expected = vec![(0, "A, B".to_string()), (10, "C".to_string())];
        for text in [
            r#"{"10": "C", "0": "A, B"}"#,
            r#"[{"topic": 0, "name": "A, B"}, {"id": 10, "name": "C", "share": 0.5}]"#,
            "{\"topic\": 0, \"name\": \"A, B\"}\n{\"topic\": 10, \"name\": \"C\"}\n",
            r#"{"version": 2, "topics": [{"id": 0, "name": "A, B", "words": []}, {"id": 10, "name": "C"}]}"#,
        ] {
            assert_eq!(parse_names(text).as_ref(), Ok(&expected), "{text}");
        }
        assert_eq!(parse_names("topic\tshare\tname\n0\t.5\t\"A, B\"\n10\t.1\tC\n"), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, problem) in [
            ("", "no names"),
            ("{\"a\": 1}", "number of a topic"),
            ("[1, 2]", "expected a name"),
            ("[\"a\"", "no JSON"),
            ("id,name\n1,a\n", "column `topic`"),
            ("topic,name\none,a\n", "row 2: \"one\""),
        ] {
            let error = parse_names(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
