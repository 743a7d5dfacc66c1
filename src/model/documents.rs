//! The table of documents, one row per column of V, with the rules that keep ids and column names unique.

use std::io::{self, Write};

use hashbrown::{HashMap, HashSet};

use super::tsv::{self, Dialect};

/// Whether a document has terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has at least one term of the vocabulary.
    Ok,
    /// None of its tokens is a term of the vocabulary, so that its column of V is zero and it belongs to no cluster.
    Empty,
}

names!(Status { Ok = "ok", Empty = "empty" });

/// What is known of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Id, which no other document of the table has.
    pub id: String,
    /// Label, empty if there is none.
    pub label: String,
    /// First line of the text; the id if the document came in a matrix.
    pub title: String,
    /// File and row where the document was found.
    pub source: String,
    /// Number of tokens that passed the filters.
    pub n_tokens: u64,
    /// Whether the document has terms.
    pub status: Status,
    /// Values of the metadata columns, in the order of [`DocumentTable::columns`].
    pub metadata: Vec<String>,
}

/// All documents, and the names of their metadata columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentTable {
    /// Names of the metadata columns, distinct from each other and from the fixed columns.
    pub columns: Vec<String>,
    /// The documents in order.
    pub rows: Vec<DocumentRow>,
}

/// The columns that every `documents.tsv` begins with.
pub(super) const FIXED_COLUMNS: [&str; 6] = ["id", "label", "title", "source", "n_tokens", "status"];

/// Makes the ids of documents unique.
#[derive(Clone, Debug, Default)]
pub struct UniqueIds(HashMap<String, u64>);

impl UniqueIds {
    /// Returns the id itself if it is new, else the id with a suffix `#2`, `#3` …
    ///
    /// ```
    /// use topicmill::model::UniqueIds;
    /// let mut ids = UniqueIds::default();
    /// assert_eq!(["a", "a", "a#2", "a"].map(|id| ids.unique(id.into())), ["a", "a#2", "a#2#2", "a#3"]);
    /// ```
    pub fn unique(&mut self, id: String) -> String {
        if self.is_new(&id) {
            return id;
        }
        loop {
            let number = self.0.get_mut(&id).map_or(1, |number| {
                *number += 1;
                *number
            });
            let other = format!("{id}#{number}");
            if self.is_new(&other) {
                return other;
            }
        }
    }

    /// Records an id; returns false if it is known already.
    fn is_new(&mut self, id: &str) -> bool {
        let is_new = !self.0.contains_key(id);
        if is_new {
            self.0.insert(id.to_string(), 1);
        }
        is_new
    }
}

/// Builds a table document by document. Documents may have different metadata. The time to add one depends only on
/// its own fields, so that a file with many columns cannot slow down every row.
#[derive(Debug, Default)]
pub struct DocumentTableBuilder {
    table: DocumentTable,
    ids: UniqueIds,
    /// The column of each name.
    columns: HashMap<String, usize>,
    /// The metadata names of the last document as they were given, and their columns. Most documents have the same
    /// names as the one before, and need no lookup.
    last: (Vec<String>, Vec<usize>),
}

impl DocumentTableBuilder {
    /// Adds a document; `row.metadata` is ignored. An id that is taken gets a suffix `#2`, `#3` …; a metadata column
    /// whose name is taken, by a fixed column or an earlier one of the document, gets a suffix `_2`, `_3` ….
    pub fn push(&mut self, mut row: DocumentRow, metadata: Vec<(String, String)>) {
        row.id = self.ids.unique(row.id);
        row.metadata.clear();
        if !metadata.iter().map(|(name, _)| name).eq(&self.last.0) {
            let names: Vec<String> = metadata.iter().map(|(name, _)| name.clone()).collect();
            let columns = own_names(&names).into_iter().map(|name| self.column(name)).collect();
            self.last = (names, columns);
        }
        for ((_, value), &column) in metadata.into_iter().zip(&self.last.1) {
            if row.metadata.len() <= column {
                row.metadata.resize(column + 1, String::new());
            }
            row.metadata[column] = value;
        }
        self.table.rows.push(row);
    }

    fn column(&mut self, name: String) -> usize {
        let columns = &mut self.table.columns;
        *self.columns.entry(name).or_insert_with_key(|name| {
            columns.push(name.clone());
            columns.len() - 1
        })
    }

    /// Number of metadata columns so far.
    pub fn n_columns(&self) -> usize {
        self.table.columns.len()
    }

    /// Number of documents so far.
    pub fn n_documents(&self) -> usize {
        self.table.rows.len()
    }

    /// Returns the table; a document has empty values in columns that it lacks.
    pub fn finish(self) -> DocumentTable {
        let mut table = self.table;
        for row in &mut table.rows {
            row.metadata.resize(table.columns.len(), String::new());
        }
        table
    }
}

/// Renames metadata columns so that no two are equal and none has the name of a fixed column.
fn own_names(names: &[String]) -> Vec<String> {
    let given: HashSet<&str> = names.iter().map(String::as_str).collect();
    let mut taken: HashSet<String> = FIXED_COLUMNS.map(String::from).into();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut own_names = Vec::with_capacity(names.len());
    for name in names {
        let number = numbers.entry(name).or_insert(1);
        let mut own = name.clone();
        while taken.contains(&own) || *number > 1 && given.contains(own.as_str()) {
            *number += 1;
            own = format!("{name}_{number}");
        }
        taken.insert(own.clone());
        own_names.push(own);
    }
    own_names
}

impl DocumentTable {
    /// Whether any document has a label.
    pub fn has_labels(&self) -> bool {
        self.rows.iter().any(|row| !row.label.is_empty())
    }

    /// Writes `documents.tsv`.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = tsv::Writer::new(out);
        let columns = self.columns.iter().map(String::as_str);
        rows.write_row(FIXED_COLUMNS.into_iter().chain(columns))?;
        for row in &self.rows {
            let n_tokens = row.n_tokens.to_string();
            let fixed = [&row.id, &row.label, &row.title, &row.source, &n_tokens].map(String::as_str);
            let metadata = row.metadata.iter().map(String::as_str);
            rows.write_row(fixed.into_iter().chain([row.status.name()]).chain(metadata))?;
        }
        rows.finish()
    }

    /// Reads `documents.tsv`; the error names the row and the problem.
    pub(super) fn from_tsv(text: &str, dialect: Dialect) -> Result<Self, String> {
        let mut lines = tsv::rows(text, dialect);
        let header = lines.next().ok_or("is empty, expected a header")?;
        if header.len() < FIXED_COLUMNS.len() || header[..FIXED_COLUMNS.len()] != FIXED_COLUMNS {
            return Err(format!("the header begins {:?}, expected {FIXED_COLUMNS:?}", &header[..header.len().min(6)]));
        }
        let columns = header[FIXED_COLUMNS.len()..].to_vec();
        let mut rows = Vec::new();
        for (line, fields) in lines.enumerate() {
            let wrong = |what: String| format!("row {}: {what}", line + 2);
            if fields.len() != header.len() {
                return Err(wrong(format!("{} fields, expected {}", fields.len(), header.len())));
            }
            let status = fields[5].parse().map_err(|problem| wrong(format!("status {problem}")))?;
            let n_tokens =
                fields[4].parse().map_err(|_| wrong(format!("n_tokens {:?}, expected a number", fields[4])))?;
            let mut fields = fields.into_iter();
            let mut next = || fields.next().unwrap_or_default();
            let (id, label, title, source) = (next(), next(), next(), next());
            let metadata = fields.skip(2).collect();
            rows.push(DocumentRow { id, label, title, source, n_tokens, status, metadata });
        }
        Ok(Self { columns, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(given: &[&str]) -> Vec<String> {
        own_names(&given.iter().map(|name| name.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_get_names_of_their_own() {
        assert_eq!(names(&["x", "x", "title", "title_2"]), ["x", "x_2", "title_3", "title_2"]);
        assert_eq!(names(&["", "", "id", "x_2", "x", "x"]), ["", "_2", "id_2", "x_2", "x", "x_3"]);
        assert_eq!(names(&["a", "a", "a", "a_2"]), ["a", "a_3", "a_4", "a_2"]);
    }

    #[test]
    fn documents_may_have_different_metadata() {
        let mut builder = DocumentTableBuilder::default();
        let row = |id: &str| DocumentRow {
            id: id.into(),
            label: String::new(),
            title: String::new(),
            source: String::new(),
            n_tokens: 0,
            status: Status::Ok,
            metadata: Vec::new(),
        };
        let metadata = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        builder.push(row("a"), metadata(&[("x", "1"), ("y", "2")]));
        builder.push(row("a"), metadata(&[("y", "3"), ("z", "4"), ("y", "5")]));
        builder.push(row("b"), Vec::new());
        let table = builder.finish();
        assert_eq!(table.columns, ["x", "y", "z", "y_2"]);
        let rows: Vec<_> = table.rows.iter().map(|row| row.metadata.join(",")).collect();
        assert_eq!(rows, ["1,2,,", ",3,4,5", ",,,"]);
        assert_eq!(table.rows[1].id, "a#2");
    }

    #[test]
    fn many_columns_and_ids_of_one_name_take_no_time() {
        let blank = vec![String::new(); 100_000];
        assert_eq!(own_names(&blank).last().map(String::as_str), Some("_100000"));
        let mut ids = UniqueIds::default();
        (0..100_000).for_each(|_| assert!(!ids.unique("a".into()).is_empty()));
    }
}
