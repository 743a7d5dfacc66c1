//! Reads CSV and TSV tables row by row in bounded memory, with columns chosen by name.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ReaderBuilder};

use super::charset::decode_field;
use super::columns::{Columns, Row};
use super::compression::{Stream, decompress, read_up_to};
use super::delimiter::delimiter;
use super::record::{Body, Record};
use super::source::open;
use super::{Format, IngestError, IngestParams, SkipReason};

/// The beginning of `documents.tsv` and of the exported table of documents.
const OWN_HEADER: &[u8] = b"id\tlabel\ttitle\tsource\tn_tokens\tstatus";

/// Text appended behind the table as a row of its own. An unclosed quote swallows it, which shows that the quote is
/// unclosed. It is recognised by its position and not by its text, since a row of the table may have the same text.
const SENTINEL: &[u8] = b"\nend of table\n";

/// A table that is read row by row.
pub(super) struct Table {
    reader: csv::Reader<Guarded>,
    progress: Arc<Progress>,
    name: String,
    columns: Arc<Columns>,
    row: ByteRecord,
    done: bool,
}

/// The delimiter of a table of this format that begins with these bytes.
fn delimiter_of(head: &[u8], format: Format, params: &IngestParams) -> u8 {
    match format {
        Format::Csv => delimiter(head, b',', Some(params.quote.map_or(b'"', |quote| quote as u8))),
        _ => b'\t',
    }
}

/// What separates the fields of a file, if that was not named and is not what its format says, for people to be told.
pub fn unusual_delimiter(path: &Path, params: &IngestParams) -> Option<char> {
    if params.delimiter.is_some() || !path.is_file() {
        return None;
    }
    let mut head = vec![0; 1 << 16];
    let n = read_up_to(&mut decompress(open(path).ok()?).ok()?, &mut head).ok()?;
    let format = match params.format {
        Format::Auto => Format::of_file(&path.to_string_lossy(), &head[..n]),
        format => format,
    };
    let found = char::from(delimiter_of(&head[..n], format, params));
    (format == Format::Csv && found != ',').then_some(found)
}

impl Table {
    pub(super) fn open(stream: Stream, name: &str, format: Format, params: &IngestParams) -> Result<Self, IngestError> {
        let progress = Arc::new(Progress { since_record: AtomicU64::new(0), end: AtomicU64::new(u64::MAX) });
        let mut stream = stream;
        let mut head = vec![0; 1 << 16];
        let n = read_up_to(&mut stream, &mut head).map_err(|error| IngestError::broken_stream(name.into(), &error))?;
        head.truncate(n);
        // Our own tables of documents have quotes, unlike the TSV of most others.
        let has_quotes = format == Format::Csv || head.starts_with(OWN_HEADER);
        let returns_only = head.contains(&b'\r') && !head.contains(&b'\n');
        let found_delimiter = delimiter_of(&head, format, params);
        let stream = io::Cursor::new(head).chain(stream);
        let limit = params.max_document_bytes.saturating_add(1 << 20);
        let guarded =
            Guarded { input: Box::new(stream), n_read: 0, progress: progress.clone(), limit, sentinel: SENTINEL };
        let quote = params.quote.or(has_quotes.then_some('"'));
        let delimiter = params.delimiter.map_or(found_delimiter, |delimiter| delimiter as u8);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(quote.is_some())
            .quote(quote.map_or(b'"', |quote| quote as u8))
            .has_headers(false)
            .flexible(true)
            .terminator(if returns_only { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_reader(guarded);
        let mut row = ByteRecord::new();
        let found = reader.read_byte_record(&mut row).map_err(|error| broken(name, 1, &error))?;
        if !found || progress.is_behind(&row) {
            let hint = Some("expected a header line with the names of the columns".to_string());
            return Err(IngestError::Broken { place: name.to_string(), problem: "the table is empty".into(), hint });
        }
        let header: Vec<String> = row.iter().map(|field| decode_field(field).trim().to_string()).collect();
        let columns = Arc::new(Columns::find(header, name, params)?);
        Ok(Self { reader, progress, name: name.to_string(), columns, row, done: false })
    }

    /// The next row as a record, or `None` at the end of the table.
    pub(super) fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
        if self.done {
            return None;
        }
        self.progress.since_record.store(0, Ordering::Relaxed);
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.row) {
            Err(error) => {
                self.done = true;
                Some(Err(broken(&self.name, line, &error)))
            }
            Ok(true) if self.progress.is_behind(&self.row) => {
                self.done = true;
                None
            }
            // The line end at the start of the sentinel may end the last row. A row that reaches further has swallowed
            // the sentinel.
            Ok(true) if self.reader.position().byte() > self.progress.end().saturating_add(1) => {
                self.done = true;
                let place = format!("{}:{}", self.name, self.line());
                let problem = "a quoted field begins here and never ends".to_string();
                let hint =
                    Some("close the quote, or turn quoting off with --format tsv or another --quote".to_string());
                Some(Err(IngestError::Broken { place, problem, hint }))
            }
            Ok(true) => Some(Ok(self.record(params))),
            Ok(false) => {
                self.done = true;
                None
            }
        }
    }

    fn line(&self) -> u64 {
        self.row.position().map_or(0, csv::Position::line)
    }

    fn record(&self, params: &IngestParams) -> Record {
        let source = format!("{}:{}", self.name, self.line());
        let n_columns = self.columns.header.len();
        let problem = if self.row.as_slice().len() as u64 > params.max_document_bytes {
            Some(IngestError::too_large(&source, params.max_document_bytes))
        } else if self.row.len() != n_columns {
            let detail = format!("{} fields, the header has {n_columns}", self.row.len());
            Some(IngestError::skipped(&source, SkipReason::RaggedRow, detail))
        } else {
            None
        };
        let field = |(column, field)| {
            let ends_row = column + 1 == self.row.len();
            decode_field(if ends_row { without_return(field) } else { field }).into_owned()
        };
        let problem = problem.as_ref().and_then(IngestError::skip).cloned();
        let row = self.columns.row(source, self.row.iter().enumerate().map(field).collect());
        Record(Body::Row(Row { problem, ..row }))
    }
}

/// The last field of a row without the CR of its line end CR LF. Rows are cut at LF, since the reader counts lines by
/// LF.
fn without_return(field: &[u8]) -> &[u8] {
    field.strip_suffix(b"\r").unwrap_or(field)
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

/// Positions shared by the stream and the reader of a table: the reader resets the count of a row, and the stream
/// reports where the table ends.
struct Progress {
    /// Bytes read from the stream since the reader was last asked for a row.
    since_record: AtomicU64,
    /// Length of the table in bytes; `u64::MAX` until the end is reached.
    end: AtomicU64,
}

impl Progress {
    fn end(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Whether a row begins behind the end of the table, and so is the sentinel.
    fn is_behind(&self, row: &ByteRecord) -> bool {
        row.position().is_some_and(|position| position.byte() >= self.end())
    }
}

/// The stream of a table. It fails once the current row grows beyond `limit` bytes, so that memory stays bounded, and
/// appends the sentinel behind the end.
struct Guarded {
    input: Box<dyn Read + Send>,
    n_read: u64,
    progress: Arc<Progress>,
    limit: u64,
    sentinel: &'static [u8],
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Progress { since_record, end } = &*self.progress;
        if since_record.load(Ordering::Relaxed) > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a row is longer than max_document_bytes"));
        }
        if end.load(Ordering::Relaxed) == u64::MAX {
            let n = self.input.read(buffer)?;
            self.n_read += n as u64;
            since_record.fetch_add(n as u64, Ordering::Relaxed);
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            end.store(self.n_read, Ordering::Relaxed);
        }
        self.sentinel.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(csv: &[u8]) -> Result<Vec<String>, IngestError> {
        let params = IngestParams::default();
        let mut table = Table::open(Box::new(io::Cursor::new(csv.to_vec())), "t.csv", Format::Csv, &params)?;
        let text = |record: Record| match record.0 {
            Body::Row(row) => row.fields[0].clone(),
            _ => unreachable!("rows of a table"),
        };
        std::iter::from_fn(|| table.next(&params)).map(|row| row.map(text)).collect()
    }

    #[test]
    fn no_row_ends_a_table_before_its_end() {
        let odd = ["\u{1}end of table\u{1}", "end of table", "\nend of table\n"];
        let csv = format!("text\n{}\n{}\n\"{}\"\nlast", odd[0], odd[1], odd[2]);
        assert_eq!(rows(csv.as_bytes()).unwrap(), [odd[0], odd[1], odd[2], "last"]);
        for unclosed in
            ["text\n\"", "text\none\n\"two", "text\none\n\"two\n", "text\n\"end of table", "text\n\"a\"\"\n"]
        {
            let error = rows(unclosed.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("begins here and never ends"), "{unclosed:?}: {error}");
        }
        assert!(rows(b"").unwrap_err().to_string().contains("is empty"));
        assert!(rows(b"text\n").unwrap().is_empty());
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_written_table_comes_back(texts in prop::collection::vec("[ab,\"\n\r ]{0,9}", 0..8), ends: bool) {
            // A lone CR in a table with LF is a line end to some readers and text to others: it is left out here.
            let texts: Vec<String> = texts.iter().map(|text| format!("x{}", text.replace('\r', ""))).collect();
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["text"]).unwrap();
            texts.iter().for_each(|text| writer.write_record([text]).unwrap());
            let mut csv = writer.into_inner().unwrap();
            if !ends { csv.pop(); }
            prop_assert_eq!(rows(&csv).unwrap(), texts);
        }
    }
}
