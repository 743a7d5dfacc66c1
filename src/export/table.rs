//! A table in memory.

use super::number::shortest;

/// Columns of the same length, with names.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is.
    pub name: String,
    /// Its columns, distinct names.
    pub columns: Vec<Column>,
    /// The columns from here on are numbers of one matrix, with a row each; none if the table is no matrix.
    pub matrix_from: Option<usize>,
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers; none is an empty cell.
    Integer(Vec<Option<u64>>),
    /// Numbers.
    Number(Vec<f64>),
    /// Numbers of single precision.
    Single(Vec<f32>),
}

impl Table {
    /// A table of these columns.
    pub fn new(name: &str, columns: Vec<(&str, Values)>) -> Self {
        let columns = columns.into_iter().map(|(name, values)| Column { name: name.to_string(), values }).collect();
        Self { name: name.to_string(), columns, matrix_from: None }
    }

    /// The table with an apostrophe before every text that a spreadsheet would take for a formula: one that begins with
    /// `=`, `+`, `-`, `@` (full-width ones too), a tab or a line end; the table as it is unless `escapes`.
    ///
    /// ```
    /// use topicmill::export::{Table, Values};
    /// let texts = Values::Text(vec!["=1+1".into(), "plain".into()]);
    /// let table = Table::new("t", vec![("a", texts)]).escape_formulas(true);
    /// assert_eq!(table.columns[0].values, Values::Text(vec!["'=1+1".into(), "plain".into()]));
    /// ```
    pub fn escape_formulas(mut self, escapes: bool) -> Self {
        if !escapes {
            return self;
        }
        let escape = |text: &mut String| {
            if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
                text.insert(0, '\'');
            }
        };
        for column in &mut self.columns {
            escape(&mut column.name);
            if let Values::Text(texts) = &mut column.values {
                texts.iter_mut().for_each(escape);
            }
        }
        self
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Single(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell as text; numbers in the shortest form that reads back to the same bits.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values[row].clone(),
            Self::Integer(values) => values[row].map_or_else(String::new, |value| value.to_string()),
            Self::Number(values) => shortest(values[row]),
            Self::Single(values) => shortest(values[row]),
        }
    }

    /// A cell as JSON.
    pub fn json(&self, row: usize) -> serde_json::Value {
        match self {
            Self::Text(values) => values[row].clone().into(),
            Self::Integer(values) => values[row].into(),
            Self::Number(values) => values[row].into(),
            // Through its shortest decimal form, not through the f64 that has the same value.
            Self::Single(values) => shortest(values[row]).parse::<f64>().unwrap_or_default().into(),
        }
    }
}
