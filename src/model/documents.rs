//! The columns of V: what is known of each document.

use super::tsv;

/// Whether a document has terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has a term of the vocabulary at least.
    Ok,
    /// None of its tokens is a term of the vocabulary; its column is zero and it belongs to no cluster.
    Empty,
}

impl Status {
    /// As it stands in `documents.tsv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
        }
    }
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Unique id.
    pub id: String,
    /// Label, empty if there is none.
    pub label: String,
    /// First line.
    pub title: String,
    /// File and row.
    pub source: String,
    /// Tokens that passed the filters.
    pub n_tokens: u64,
    /// Whether it has terms.
    pub status: Status,
    /// Values of the metadata columns.
    pub metadata: Vec<String>,
}

/// All documents, and the names of their metadata columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentTable {
    /// Names of the metadata columns, distinct, and none of the fixed ones.
    pub columns: Vec<String>,
    /// The documents in order.
    pub rows: Vec<DocumentRow>,
}

/// Metadata columns under names that no other column has.
fn with_own_names(metadata: Vec<(String, String)>) -> Vec<(String, String)> {
    let original: Vec<String> = metadata.iter().map(|(name, _)| name.clone()).collect();
    let mut taken: Vec<String> = FIXED_COLUMNS.map(String::from).to_vec();
    let mut renamed = Vec::with_capacity(metadata.len());
    for (name, value) in metadata {
        let mut own = name.clone();
        let mut number = 2;
        while taken.contains(&own) || own != name && original.contains(&own) {
            own = format!("{name}_{number}");
            number += 1;
        }
        taken.push(own.clone());
        renamed.push((own, value));
    }
    renamed
}

/// The columns that every table has.
pub(super) const FIXED_COLUMNS: [&str; 6] = ["id", "label", "title", "source", "n_tokens", "status"];

impl DocumentTable {
    /// Adds a document. An id that is taken gets a suffix `#2`, `#3` …; a metadata column whose name is taken, by a fixed
    /// column or by one before it, gets a suffix `_2`, `_3` ….
    pub fn push(
        &mut self,
        ids: &mut hashbrown::HashMap<String, u64>,
        mut row: DocumentRow,
        metadata: Vec<(String, String)>,
    ) {
        let mut id = row.id.clone();
        loop {
            match ids.entry(id.clone()) {
                hashbrown::hash_map::Entry::Vacant(free) => {
                    free.insert(1);
                    break;
                }
                hashbrown::hash_map::Entry::Occupied(mut taken) => {
                    *taken.get_mut() += 1;
                    id = format!("{}#{}", row.id, taken.get());
                }
            }
        }
        row.id = id;
        row.metadata = vec![String::new(); self.columns.len()];
        for (name, value) in with_own_names(metadata) {
            match self.columns.iter().position(|column| *column == name) {
                Some(column) => row.metadata[column] = value,
                None => {
                    self.columns.push(name);
                    row.metadata.push(value);
                    self.rows.iter_mut().for_each(|row| row.metadata.push(String::new()));
                }
            }
        }
        self.rows.push(row);
    }

    /// Whether a document has a label.
    pub fn has_labels(&self) -> bool {
        self.rows.iter().any(|row| !row.label.is_empty())
    }

    /// As `documents.tsv`.
    pub(super) fn to_tsv(&self) -> String {
        let mut out = String::new();
        let columns = self.columns.iter().map(String::as_str);
        tsv::push_row(&mut out, FIXED_COLUMNS.into_iter().chain(columns));
        for row in &self.rows {
            let n_tokens = row.n_tokens.to_string();
            let fixed = [&row.id, &row.label, &row.title, &row.source, &n_tokens].map(String::as_str);
            let metadata = row.metadata.iter().map(String::as_str);
            tsv::push_row(&mut out, fixed.into_iter().chain([row.status.name()]).chain(metadata));
        }
        out
    }

    /// From `documents.tsv`; the error says what is wrong in which line.
    pub(super) fn from_tsv(text: &str) -> Result<Self, String> {
        let mut lines = tsv::rows(text);
        let header = lines.next().ok_or("is empty, expected a header")?;
        if header.len() < FIXED_COLUMNS.len() || header[..FIXED_COLUMNS.len()] != FIXED_COLUMNS {
            return Err(format!("the header begins {:?}, expected {FIXED_COLUMNS:?}", &header[..header.len().min(6)]));
        }
        let columns = header[FIXED_COLUMNS.len()..].to_vec();
        let mut rows = Vec::new();
        for (line, fields) in lines.enumerate() {
            let wrong = |what: String| format!("line {}: {what}", line + 2);
            if fields.len() != header.len() {
                return Err(wrong(format!("{} fields, expected {}", fields.len(), header.len())));
            }
            let status = match fields[5].as_str() {
                "ok" => Status::Ok,
                "empty" => Status::Empty,
                other => return Err(wrong(format!("status {other:?}, expected ok or empty"))),
            };
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
