//! A table in memory, which the exporters write in their formats.

use super::number::shortest;

/// A table: named columns of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name of the table.
    pub name: String,
    /// The columns; their names are distinct.
    pub columns: Vec<Column>,
    /// Index of the first column that belongs to a matrix of numbers; the columns before it name the rows. `None` if
    /// the table is not a matrix.
    pub matrix_from: Option<usize>,
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// Values of the column, one per row.
    pub values: Values,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers; `None` is an empty cell.
    Integer(Vec<Option<u64>>),
    /// Numbers.
    Number(Vec<f64>),
    /// Numbers of single precision.
    Single(Vec<f32>),
}

impl Column {
    /// A column of texts.
    pub fn of_texts(name: &str, texts: impl Iterator<Item = String>) -> Self {
        Self { name: name.to_string(), values: Values::Text(texts.collect()) }
    }
}

impl Table {
    /// A table of these columns, which is not a matrix.
    pub fn new(name: &str, columns: Vec<(&str, Values)>) -> Self {
        let columns = columns.into_iter().map(|(name, values)| Column { name: name.to_string(), values }).collect();
        Self { name: name.to_string(), columns, matrix_from: None }
    }

    /// Puts an apostrophe before every text, and every name of a column, that a spreadsheet would take for a formula:
    /// one that begins with `=`, `+`, `-`, `@` (full-width ones too), a tab or a line end. Without `escapes` the
    /// table is returned unchanged.
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

    /// The table without a column.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.columns.retain(|column| column.name != name);
        self
    }

    /// The table under another name.
    pub(super) fn named(self, name: &str) -> Self {
        Self { name: name.to_string(), ..self }
    }

    /// The table without its rows.
    pub(super) fn empty(&self) -> Self {
        let empty = |column: &Column| {
            let values = match column.values {
                Values::Text(_) => Values::Text(Vec::new()),
                Values::Integer(_) => Values::Integer(Vec::new()),
                Values::Number(_) => Values::Number(Vec::new()),
                Values::Single(_) => Values::Single(Vec::new()),
            };
            Column { name: column.name.clone(), values }
        };
        Self {
            name: self.name.clone(),
            columns: self.columns.iter().map(empty).collect(),
            matrix_from: self.matrix_from,
        }
    }

    /// Adds the rows of a table with the same columns.
    #[cfg(feature = "parquet")]
    pub(super) fn append(&mut self, rows: Self) {
        for (column, more) in self.columns.iter_mut().zip(rows.columns) {
            match (&mut column.values, more.values) {
                (Values::Text(values), Values::Text(more)) => values.extend(more),
                (Values::Integer(values), Values::Integer(more)) => values.extend(more),
                (Values::Number(values), Values::Number(more)) => values.extend(more),
                (Values::Single(values), Values::Single(more)) => values.extend(more),
                _ => unreachable!("the columns of one table have one type"),
            }
        }
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

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell as text. Numbers are in the shortest form that reads back to the same bits.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values[row].clone(),
            Self::Integer(values) => values[row].map_or_else(String::new, |value| value.to_string()),
            // What was not measured is an empty cell.
            Self::Number(values) if values[row].is_nan() => String::new(),
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
            // The f32 becomes an f64 by way of its shortest decimal form. A direct conversion of 0.1 would show as
            // 0.10000000149011612.
            Self::Single(values) => shortest(values[row]).parse::<f64>().unwrap_or_default().into(),
        }
    }
}

/// A column `topic_k` per topic; `rows` has the weights of the topics by document.
pub fn topic_columns(rows: &[Vec<f32>], n_topics: usize) -> impl Iterator<Item = Column> + '_ {
    (0..n_topics).map(|topic| Column {
        name: format!("topic_{topic}"),
        values: Values::Single(rows.iter().map(|row| row[topic]).collect()),
    })
}

/// A column `level_l` for each level above the topics, with the node that each document's topic lies in.
pub fn level_columns(levels: &[Vec<u32>], topics: &[Option<usize>]) -> impl Iterator<Item = Column> {
    levels.iter().enumerate().map(|(level, nodes)| {
        let nodes = topics.iter().map(|topic| topic.map(|topic| u64::from(nodes[topic]))).collect();
        Column { name: format!("level_{}", level + 1), values: Values::Integer(nodes) }
    })
}
