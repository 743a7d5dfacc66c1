//! CSV and TSV: columns by name.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ReaderBuilder};

use super::charset::decode_field;
use super::compression::{Stream, read_up_to};
use super::record::{Body, Record};
use super::{Document, Format, IngestError, IngestParams, SkipReason};

/// A record of its own behind the last line: an unclosed quote swallows it, and so is found out.
const SENTINEL: &str = "\u{1}end of table\u{1}";

/// Rows of a table.
pub(super) struct Table {
    reader: csv::Reader<Guarded>,
    since_record: Arc<AtomicU64>,
    name: String,
    header: Vec<String>,
    roles: Roles,
    row: ByteRecord,
    done: bool,
}

/// Which column is what.
struct Roles {
    text: Vec<usize>,
    id: Option<usize>,
    label: Option<usize>,
}

impl Table {
    pub(super) fn open(stream: Stream, name: &str, format: Format, params: &IngestParams) -> Result<Self, IngestError> {
        let since_record = Arc::new(AtomicU64::new(0));
        let mut stream = stream;
        let mut head = vec![0; 1 << 16];
        let n = read_up_to(&mut stream, &mut head).map_err(|error| IngestError::broken_stream(name.into(), &error))?;
        head.truncate(n);
        let returns_only = head.contains(&b'\r') && !head.contains(&b'\n');
        let stream = io::Cursor::new(head).chain(stream);
        let limit = params.max_document_bytes.saturating_add(1 << 20);
        let sentinel = io::Cursor::new(format!("\n{SENTINEL}\n").into_bytes());
        let guarded = Guarded { input: Box::new(stream.chain(sentinel)), since_record: since_record.clone(), limit };
        let quote = params.quote.or((format == Format::Csv).then_some('"'));
        let mut reader = ReaderBuilder::new()
            .delimiter(if format == Format::Csv { b',' } else { b'\t' })
            .quoting(quote.is_some())
            .quote(quote.map_or(b'"', |quote| quote as u8))
            .has_headers(false)
            .flexible(true)
            .terminator(if returns_only { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_reader(guarded);
        let mut row = ByteRecord::new();
        let found = reader.read_byte_record(&mut row).map_err(|error| broken(name, 1, &error))?;
        if !found || is_sentinel(&row) {
            let hint = Some("expected a header line with the names of the columns".to_string());
            return Err(IngestError::Broken { place: name.to_string(), problem: "the table is empty".into(), hint });
        }
        let header: Vec<String> = row.iter().map(|field| decode_field(field).trim().to_string()).collect();
        let roles = Roles::find(&header, name, params)?;
        Ok(Self { reader, since_record, name: name.to_string(), header, roles, row, done: false })
    }

    /// The next row, none at the end.
    pub(super) fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
        if self.done {
            return None;
        }
        self.since_record.store(0, Ordering::Relaxed);
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.row) {
            Err(error) => {
                self.done = true;
                Some(Err(broken(&self.name, line, &error)))
            }
            Ok(true) if is_sentinel(&self.row) => {
                self.done = true;
                None
            }
            Ok(true) if self.row.iter().next_back().is_some_and(swallowed_sentinel) => {
                self.done = true;
                let place = format!("{}:{}", self.name, self.line());
                let problem = "a quoted field begins here and never ends".to_string();
                let hint =
                    Some("close the quote, or turn quoting off with --format tsv or another --quote".to_string());
                Some(Err(IngestError::Broken { place, problem, hint }))
            }
            Ok(true) => Some(self.record(params)),
            Ok(false) => {
                self.done = true;
                None
            }
        }
    }

    fn line(&self) -> u64 {
        self.row.position().map_or(0, csv::Position::line)
    }

    fn record(&self, params: &IngestParams) -> Result<Record, IngestError> {
        let source = format!("{}:{}", self.name, self.line());
        if self.row.as_slice().len() as u64 > params.max_document_bytes {
            let detail = format!("more than {} bytes", params.max_document_bytes);
            return Err(IngestError::skipped(&source, SkipReason::TooLarge, detail));
        }
        if self.row.len() != self.header.len() {
            let detail = format!("{} fields, the header has {}", self.row.len(), self.header.len());
            return Err(IngestError::skipped(&source, SkipReason::RaggedRow, detail));
        }
        let field = |column: usize| {
            let field = self.row.get(column).unwrap_or_default();
            let ends_row = column + 1 == self.header.len();
            decode_field(if ends_row { without_return(field) } else { field }).into_owned()
        };
        let texts: Vec<String> = self.roles.text.iter().map(|&column| field(column)).collect();
        let is_metadata = |column: &usize| {
            !self.roles.text.contains(column) && self.roles.id != Some(*column) && self.roles.label != Some(*column)
        };
        let metadata = (0..self.header.len())
            .filter(is_metadata)
            .map(|column| (self.header[column].clone(), field(column)))
            .collect();
        Ok(Record(Body::Row(Document {
            id: self.roles.id.map(field).filter(|id| !id.is_empty()).unwrap_or_else(|| source.clone()),
            text: texts.join("\n\n"),
            label: self.roles.label.map(field).filter(|label| !label.is_empty()),
            title: String::new(),
            source,
            metadata,
        })))
    }
}

impl Roles {
    fn find(header: &[String], path: &str, params: &IngestParams) -> Result<Self, IngestError> {
        let position = |name: &str| header.iter().position(|column| column == name);
        let named = |name: &str, flag| {
            position(name).ok_or_else(|| IngestError::MissingColumn {
                path: path.to_string(),
                column: name.to_string(),
                columns: header.to_vec(),
                flag,
            })
        };
        let optional = |asked: &Option<String>, usual: &str, flag| match asked {
            Some(name) => named(name, flag).map(Some),
            None => Ok(position(usual)),
        };
        let text = match &params.text_column[..] {
            [] if header.len() == 1 => vec![0],
            [] => vec![named("text", "--text-column")?],
            names => names.iter().map(|name| named(name, "--text-column")).collect::<Result<_, _>>()?,
        };
        let id = optional(&params.id_column, "id", "--id-column")?;
        let label = optional(&params.label_column, "label", "--label-column")?;
        optional(&params.date_column, "date", "--date-column")?;
        Ok(Self { text, id, label })
    }
}

/// The last field of a row that ends in CR LF; rows are cut at LF, since the reader counts lines by it.
fn without_return(field: &[u8]) -> &[u8] {
    field.strip_suffix(b"\r").unwrap_or(field)
}

fn is_sentinel(row: &ByteRecord) -> bool {
    row.len() == 1 && &row[0] == SENTINEL.as_bytes()
}

/// An unclosed quote takes everything to the end of the stream.
fn swallowed_sentinel(field: &[u8]) -> bool {
    field.strip_suffix(b"\n").is_some_and(|field| field.ends_with(SENTINEL.as_bytes()))
}

fn broken(name: &str, line: u64, error: &csv::Error) -> IngestError {
    let place = format!("{name}:{line}");
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => IngestError::Broken {
            place,
            problem: error.to_string(),
            hint: Some("raise --max-document-bytes, or look for an unclosed quote".into()),
        },
        csv::ErrorKind::Io(error) => IngestError::broken_stream(place, error),
        _ => IngestError::Broken { place, problem: error.to_string(), hint: None },
    }
}

/// Ends a table whose current record grows beyond the limit, so that memory stays bounded.
struct Guarded {
    input: Box<dyn Read + Send>,
    since_record: Arc<AtomicU64>,
    limit: u64,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.load(Ordering::Relaxed) > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a row is longer than max_document_bytes"));
        }
        let n = self.input.read(buffer)?;
        self.since_record.store(self.since_record.load(Ordering::Relaxed) + n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
