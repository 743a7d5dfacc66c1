//! Views: what is known of documents beside their texts, such as tags, products or authors. The values of a column are
//! counted as terms of their own, so that topics are found from words and values together.
//!
//! For the divergence this is joint factorisation with a common H: Σ_v λ_v D(V_v ‖ W_v H) over the views v is the
//! divergence of all rows together, with those of view v multiplied by its weight λ_v.

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::TextError;

/// What stands between the name of a view and a value in a term. No token of the tokenizer ends with a colon, so that
/// no n-gram is such a term; a pattern of one's own does not go with views.
const BETWEEN: &str = ": ";

/// Most characters of a name.
const MOST_NAME_CHARACTERS: usize = 40;

/// Most characters of a value.
const MOST_VALUE_CHARACTERS: usize = 200;

/// What stands between the values of a cell; the first that the first documents have anywhere is that of a column.
const SEPARATORS: [char; 2] = [';', '|'];

/// A column of the documents' metadata whose values are counted beside the words.
///
/// ```
/// use topicmill::text::View;
/// let view = View::parse("tags=keywords:2.5")?;
/// assert_eq!((view.name.as_str(), view.column.as_str(), view.weight), ("tags", "keywords", 2.5));
/// assert_eq!(view.terms("politics, health,politics"), ["tags: politics", "tags: health"]);
/// assert_eq!(view.value("tags: health"), Some("health"));
/// assert_eq!(view.value("health"), None);
/// # Ok::<(), topicmill::text::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Name, which its terms begin with.
    pub name: String,
    /// The column.
    pub column: String,
    /// The weight of a value, by which its counts and its idf are multiplied; a word has 1.
    pub weight: f64,
    /// What stands between the values of a cell.
    pub separator: char,
}

impl View {
    /// Reads `NAME=COLUMN` or `NAME=COLUMN:WEIGHT`; the weight is 1 if there is none.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let wrong = |expected| TextError::Parameter { key: "views", found: format!("{text:?}"), expected };
        let (name, rest) = text.split_once('=').ok_or_else(|| wrong("NAME=COLUMN or NAME=COLUMN:WEIGHT"))?;
        let weighted = rest.rsplit_once(':').and_then(|(column, weight)| Some((column, weight.trim().parse().ok()?)));
        let (column, weight): (&str, f64) = weighted.unwrap_or((rest, 1.0));
        let (name, column) = (name.trim(), column.trim());
        let is_name = !name.is_empty()
            && name.chars().count() <= MOST_NAME_CHARACTERS
            && name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
        if !is_name {
            return Err(wrong("a name of letters, digits, - and _, 40 at most"));
        }
        if column.is_empty() {
            return Err(wrong("a column behind the name"));
        }
        if !(1e-6..=1e6).contains(&weight) {
            return Err(wrong("a weight from 1e-6 to 1e6"));
        }
        Ok(Self { name: name.into(), column: column.into(), weight, separator: ',' })
    }

    /// Reads several, whose names must differ.
    pub(super) fn parse_all(texts: &[String]) -> Result<Vec<Self>, TextError> {
        let views = texts.iter().map(|text| Self::parse(text)).collect::<Result<Vec<Self>, _>>()?;
        let twice = views.iter().enumerate().find(|(i, view)| views[..*i].iter().any(|other| other.name == view.name));
        match twice {
            Some((_, view)) => {
                let (found, expected) = (format!("{:?} twice", view.name), "views of different names");
                Err(TextError::Parameter { key: "views", found, expected })
            }
            None => Ok(views),
        }
    }

    /// The view with the separator that these cells of its column show.
    pub fn with_separator_of<'c>(self, cells: impl Iterator<Item = &'c str> + Clone) -> Self {
        let is_shown = |separator: &char| cells.clone().any(|cell| cell.contains(*separator));
        Self { separator: SEPARATORS.into_iter().find(is_shown).unwrap_or(','), ..self }
    }

    /// The terms of a cell's values, each once. White space counts as one space; a cell that is a JSON array has its
    /// elements, but for nulls, arrays and objects. What is longer than 200 characters is no value.
    pub fn terms(&self, cell: &str) -> Vec<String> {
        let elements: Option<Vec<serde_json::Value>> =
            if cell.trim_start().starts_with('[') { serde_json::from_str(cell).ok() } else { None };
        let text = |element: serde_json::Value| match element {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Some(element.to_string()),
            _ => None,
        };
        let values: Vec<String> = match elements {
            Some(elements) => elements.into_iter().filter_map(text).collect(),
            None => cell.split(self.separator).map(str::to_string).collect(),
        };
        let mut known = HashSet::new();
        let term = |value: String| {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_value = !value.is_empty() && value.chars().nth(MOST_VALUE_CHARACTERS).is_none();
            (is_value && known.insert(value.clone())).then(|| format!("{}{BETWEEN}{value}", self.name))
        };
        values.into_iter().filter_map(term).collect()
    }

    /// The value that a term of this view stands for; `None` for any other term.
    pub fn value<'t>(&self, term: &'t str) -> Option<&'t str> {
        term.strip_prefix(self.name.as_str())?.strip_prefix(BETWEEN)
    }

    /// The terms of all views in a document, whose cells are given by column.
    pub fn terms_of<'c>(views: &[Self], cell: impl Fn(&str) -> Option<&'c str>) -> Vec<String> {
        views.iter().flat_map(|view| cell(&view.column).into_iter().flat_map(|cell| view.terms(cell))).collect()
    }

    /// Whether a term is a value of one of these views.
    pub fn is_value(views: &[Self], term: &str) -> bool {
        views.iter().any(|view| view.value(term).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn columns_and_weights_are_told_apart() {
        let view = View::parse("a=date: created").unwrap();
        assert_eq!((view.column.as_str(), view.weight), ("date: created", 1.0));
        for wrong in ["tags", "=x", "a b=x", "a=", "a=x:0", "a=x:-1", "a=x:NaN", "a=:2"] {
            assert!(View::parse(wrong).is_err(), "{wrong}");
        }
        assert!(View::parse_all(&["a=x".into(), "a=y".into()]).is_err());
    }

    #[test]
    fn values_are_separated_as_the_column_shows() {
        let view = View::parse("by=authors").unwrap();
        let of = |view: &View, cell: &str| view.terms(cell);
        assert_eq!(of(&view, "Ann,  Bo   Li ,,"), ["by: Ann", "by: Bo Li"]);
        let other = view.clone().with_separator_of(["Li, Bo", "Ma, Ann; Li, Bo"].into_iter());
        assert_eq!(of(&other, "Li, Bo"), ["by: Li, Bo"]);
        assert_eq!(of(&view, r#"["Li, Bo", 7, null, [1], "Li,  Bo", {"k": 2}]"#), ["by: Li, Bo", "by: 7"]);
        assert!(of(&view, &"x".repeat(201)).is_empty());
        assert_eq!(of(&view, "[no array"), ["by: [no array"]);
    }
}
