//! The table of documents, one row per column of V, with the rules that keep ids and column names unique.

use std::io::{self, Write};

use hashbrown::{HashMap, HashSet};

use super::text_column::TextColumn;
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

/// What is known of one document of a table.
#[derive(Clone, Copy, Debug)]
pub struct DocumentRow<'t> {
    /// Id, which no other document of the table has.
    pub id: &'t str,
    /// Label, empty if there is none.
    pub label: &'t str,
    /// First line of the text; the id if the document came in a matrix.
    pub title: &'t str,
    /// File and row where the document was found.
    pub source: &'t str,
    /// Number of tokens that passed the filters.
    pub n_tokens: u64,
    /// Whether the document has terms.
    pub status: Status,
    metadata: &'t [TextColumn],
    place: usize,
}

impl<'t> DocumentRow<'t> {
    /// The value of a metadata column, of those of [`DocumentTable::columns`].
    pub fn value(&self, column: usize) -> &'t str {
        self.metadata[column].get(self.place)
    }

    /// The values of the metadata columns, in the order of [`DocumentTable::columns`].
    pub fn metadata(&self) -> impl ExactSizeIterator<Item = &'t str> + Clone + use<'t> {
        let place = self.place;
        self.metadata.iter().map(move |column| column.get(place))
    }
}

/// What a document brings into a table.
#[derive(Clone, Debug, Default)]
pub struct NewDocument {
    /// Id, which another document may have.
    pub id: String,
    /// Label, empty if there is none.
    pub label: String,
    /// First line of the text.
    pub title: String,
    /// File and row where the document was found.
    pub source: String,
    /// Number of tokens that passed the filters.
    pub n_tokens: u64,
}

/// All documents, and the names of their metadata columns. Texts are stored column by column, because a text of its own
/// for each would take several times the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentTable {
    /// Names of the metadata columns, distinct from each other and from the fixed columns.
    pub columns: Vec<String>,
    ids: TextColumn,
    labels: TextColumn,
    titles: TextColumn,
    sources: TextColumn,
    n_tokens: Vec<u64>,
    statuses: Vec<Status>,
    metadata: Vec<TextColumn>,
}

/// The columns that every `documents.tsv` begins with.
pub(super) const FIXED_COLUMNS: [&str; 6] = ["id", "label", "title", "source", "n_tokens", "status"];

/// Makes the ids of documents unique. It remembers 16 bytes of each, and no texts but those that came twice.
#[derive(Clone, Debug, Default)]
pub struct UniqueIds {
    known: HashSet<[u8; 16]>,
    /// The last number that was put behind an id that came twice.
    numbers: HashMap<String, u64>,
}

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
            let number = self.numbers.entry_ref(&id).or_insert(1);
            *number += 1;
            let other = format!("{id}#{number}");
            if self.is_new(&other) {
                return other;
            }
        }
    }

    /// Records an id; returns false if it is known already. Two ids with the same 128 bits of blake3 will not be found.
    fn is_new(&mut self, id: &str) -> bool {
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..16]);
        self.known.insert(digest)
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
    /// Adds a document. An id that is taken gets a suffix `#2`, `#3` …; a metadata column whose name is taken, by a
    /// fixed column or an earlier one of the document, gets a suffix `_2`, `_3` ….
    pub fn push(&mut self, document: NewDocument, metadata: Vec<(String, String)>) {
        let id = self.ids.unique(document.id);
        if !metadata.iter().map(|(name, _)| name).eq(&self.last.0) {
            let names: Vec<String> = metadata.iter().map(|(name, _)| name.clone()).collect();
            let columns = own_names(&names).into_iter().map(|name| self.column(name)).collect();
            self.last = (names, columns);
        }
        let place = self.table.len();
        for ((_, value), &column) in metadata.iter().zip(&self.last.1) {
            self.table.metadata[column].fill_up(place);
            self.table.metadata[column].push(value);
        }
        let texts = [&id, &document.label, &document.title, &document.source].map(String::as_str);
        self.table.push(texts, document.n_tokens, Status::Ok);
    }

    fn column(&mut self, name: String) -> usize {
        let DocumentTable { columns, metadata, .. } = &mut self.table;
        *self.columns.entry(name).or_insert_with_key(|name| {
            columns.push(name.clone());
            metadata.push(TextColumn::default());
            columns.len() - 1
        })
    }

    /// The names of the metadata columns so far.
    pub fn columns(&self) -> &[String] {
        &self.table.columns
    }

    /// Number of metadata columns so far.
    pub fn n_columns(&self) -> usize {
        self.table.columns.len()
    }

    /// Number of documents so far.
    pub fn n_documents(&self) -> usize {
        self.table.len()
    }

    /// Returns the table; a document has empty values in columns that it lacks.
    pub fn finish(self) -> DocumentTable {
        let mut table = self.table;
        let n_documents = table.len();
        table.metadata.iter_mut().for_each(|column| column.fill_up(n_documents));
        table.shrink();
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
    /// Number of documents.
    pub fn len(&self) -> usize {
        self.n_tokens.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.n_tokens.is_empty()
    }

    /// A document. Panics if there is none at this place.
    pub fn row(&self, place: usize) -> DocumentRow<'_> {
        DocumentRow {
            id: self.ids.get(place),
            label: self.labels.get(place),
            title: self.titles.get(place),
            source: self.sources.get(place),
            n_tokens: self.n_tokens[place],
            status: self.statuses[place],
            metadata: &self.metadata,
            place,
        }
    }

    /// The documents in order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = DocumentRow<'_>> + ExactSizeIterator + Clone {
        (0..self.len()).map(|place| self.row(place))
    }

    /// Whether any document has a label.
    pub fn has_labels(&self) -> bool {
        !self.labels.text.is_empty()
    }

    /// Bytes of memory that the table takes.
    pub fn memory_bytes(&self) -> usize {
        let texts = [&self.ids, &self.labels, &self.titles, &self.sources].into_iter().chain(&self.metadata);
        texts.map(TextColumn::memory_bytes).sum::<usize>() + 9 * self.n_tokens.capacity()
    }

    /// Says of each document whether it has terms.
    pub(crate) fn set_statuses(&mut self, status: impl FnMut(usize) -> Status) {
        self.statuses = (0..self.len()).map(status).collect();
    }

    /// Sets the numbers of tokens.
    pub(crate) fn set_n_tokens(&mut self, n_tokens: Vec<u64>) {
        debug_assert_eq!(n_tokens.len(), self.len(), "a number for each document");
        self.n_tokens = n_tokens;
    }

    /// The table of some of the documents, in this order.
    pub(crate) fn subset(&self, places: &[usize]) -> Self {
        let mut table = Self { columns: self.columns.clone(), ..Self::default() };
        table.metadata.resize_with(self.columns.len(), TextColumn::default);
        for &place in places {
            let row = self.row(place);
            table.metadata.iter_mut().zip(row.metadata()).for_each(|(column, value)| column.push(value));
            table.push([row.id, row.label, row.title, row.source], row.n_tokens, row.status);
        }
        table
    }

    /// Adds a document, whose metadata the caller adds.
    fn push(&mut self, [id, label, title, source]: [&str; 4], n_tokens: u64, status: Status) {
        self.ids.push(id);
        self.labels.push(label);
        self.titles.push(title);
        self.sources.push(source);
        self.n_tokens.push(n_tokens);
        self.statuses.push(status);
    }

    /// Gives memory back that was taken for more documents.
    fn shrink(&mut self) {
        let texts = [&mut self.ids, &mut self.labels, &mut self.titles, &mut self.sources];
        texts.into_iter().chain(&mut self.metadata).for_each(TextColumn::shrink);
        self.n_tokens.shrink_to_fit();
        self.statuses.shrink_to_fit();
    }

    /// Writes `documents.tsv`.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = tsv::Writer::new(out);
        let columns = self.columns.iter().map(String::as_str);
        rows.write_row(FIXED_COLUMNS.into_iter().chain(columns))?;
        for row in self.rows() {
            let n_tokens = row.n_tokens.to_string();
            let fixed = [row.id, row.label, row.title, row.source, &n_tokens];
            rows.write_row(fixed.into_iter().chain([row.status.name()]).chain(row.metadata()))?;
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
        let mut table = Self { columns: header[FIXED_COLUMNS.len()..].to_vec(), ..Self::default() };
        table.metadata.resize_with(table.columns.len(), TextColumn::default);
        for (line, fields) in lines.enumerate() {
            let wrong = |what: String| format!("row {}: {what}", line + 2);
            if fields.len() != header.len() {
                return Err(wrong(format!("{} fields, expected {}", fields.len(), header.len())));
            }
            let status = fields[5].parse().map_err(|problem| wrong(format!("status {problem}")))?;
            let n_tokens =
                fields[4].parse().map_err(|_| wrong(format!("n_tokens {:?}, expected a number", fields[4])))?;
            let values = table.metadata.iter_mut().zip(&fields[FIXED_COLUMNS.len()..]);
            values.for_each(|(column, value)| column.push(value));
            table.push([&fields[0], &fields[1], &fields[2], &fields[3]], n_tokens, status);
        }
        table.shrink();
        Ok(table)
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
        let row = |id: &str| NewDocument { id: id.into(), ..NewDocument::default() };
        let metadata = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        builder.push(row("a"), metadata(&[("x", "1"), ("y", "2")]));
        builder.push(row("a"), metadata(&[("y", "3"), ("z", "4"), ("y", "5")]));
        builder.push(row("b"), Vec::new());
        let table = builder.finish();
        assert_eq!(table.columns, ["x", "y", "z", "y_2"]);
        let rows: Vec<_> = table.rows().map(|row| row.metadata().collect::<Vec<_>>().join(",")).collect();
        assert_eq!(rows, ["1,2,,", ",3,4,5", ",,,"]);
        assert_eq!(table.row(1).id, "a#2");
    }

    #[test]
    fn many_columns_and_ids_of_one_name_take_no_time() {
        let blank = vec![String::new(); 100_000];
        assert_eq!(own_names(&blank).last().map(String::as_str), Some("_100000"));
        let mut ids = UniqueIds::default();
        (0..100_000).for_each(|_| assert!(!ids.unique("a".into()).is_empty()));
    }
}
