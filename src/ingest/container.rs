//! Files that hold many documents, read one document after another.

use std::io::BufReader;
use std::sync::Arc;

use super::charset::transcode;
use super::compression::Stream;
use super::json_array::{Element, Elements};
use super::lines::{Line, next_line};
use super::mailbox::{Found, Mbox};
use super::record::{Body, Record, line_record};
use super::source::SourceFile;
use super::table::Table;
use super::{Format, IngestError, IngestParams, json_lines};

const BUFFER: usize = 1 << 16;

/// An open container of many documents.
pub(super) enum Container {
    Table(Box<Table>),
    Lines {
        input: BufReader<Stream>,
        name: String,
        line: u64,
    },
    Json {
        input: BufReader<Stream>,
        name: String,
        line: u64,
        text_fields: Option<Arc<[String]>>,
    },
    Array {
        elements: Box<Elements<BufReader<Stream>>>,
        name: String,
        text_fields: Option<Arc<[String]>>,
    },
    Mailbox {
        messages: Mbox<BufReader<Stream>>,
        name: String,
        n: u64,
    },
    #[cfg(feature = "archives")]
    Archive {
        members: super::pull::Pull<super::archive::Member>,
        /// Name of the archive, and what stands in front of the names of its members.
        name: String,
        prefix: String,
    },
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetTable>),
    #[cfg(feature = "spreadsheets")]
    Workbook(Box<super::workbook::Workbook>),
}

impl Container {
    /// Opens a file in this format. `many` says whether there are other inputs, so that members of an archive need its
    /// name in front of theirs.
    pub(super) fn open(
        stream: Stream,
        file: &SourceFile,
        format: Format,
        many: bool,
        params: &IngestParams,
    ) -> Result<Self, IngestError> {
        let name = file.name.clone();
        match format {
            Format::Mbox => {
                let messages = Mbox::new(BufReader::with_capacity(BUFFER, stream), params.max_document_bytes);
                return Ok(Self::Mailbox { messages, name, n: 0 });
            }
            Format::Archive => return Self::archive(stream, file, many, params),
            Format::Spreadsheet => return Self::workbook(file, params),
            Format::Parquet => return Self::parquet(file, params),
            _ => {}
        }
        let stream = transcode(stream, params.forced_encoding())
            .map_err(|error| IngestError::broken_stream(name.clone(), &error))?;
        Ok(match format {
            Format::Csv | Format::Tsv => Self::Table(Box::new(Table::open(stream, &name, format, params)?)),
            Format::Matrix => {
                let problem = "is a ready matrix, which cannot be read together with documents";
                let hint = "give the matrix as the only input; from standard input with --format matrix";
                return Err(IngestError::broken(name, problem, hint));
            }
            _ => {
                let input = BufReader::with_capacity(BUFFER, stream);
                match format {
                    Format::Jsonl => Self::Json { input, name, line: 0, text_fields: None },
                    Format::Json => {
                        let elements = Box::new(Elements::new(input, params.max_document_bytes));
                        Self::Array { elements, name, text_fields: None }
                    }
                    _ => Self::Lines { input, name, line: 0 },
                }
            }
        })
    }

    #[cfg(feature = "archives")]
    fn archive(stream: Stream, file: &SourceFile, many: bool, params: &IngestParams) -> Result<Self, IngestError> {
        use super::pull::{Each, Pull};
        let (name, most) = (file.name.clone(), params.max_document_bytes);
        let prefix = if many { format!("{name}/") } else { String::new() };
        let mut stream = stream;
        let mut head = [0; 4];
        let n = super::compression::read_up_to(&mut stream, &mut head)
            .map_err(|error| IngestError::broken_stream(name.clone(), &error))?;
        let members = if head[..n] == *b"PK\x03\x04" || head[..n] == *b"PK\x05\x06" {
            let Ok(opened) = std::fs::File::open(&file.path) else {
                let problem = "is a zip file, which cannot be read from a pipe";
                return Err(IngestError::broken(name, problem, "name the file itself"));
            };
            Pull::new(move |each: &mut Each<'_, super::archive::Member>| {
                super::archive::zip_members(opened, most, each)
            })
        } else {
            let stream = std::io::Read::chain(std::io::Cursor::new(head[..n].to_vec()), stream);
            Pull::new(move |each: &mut Each<'_, super::archive::Member>| {
                super::archive::tar_members(stream, most, each)
            })
        };
        Ok(Self::Archive { members, name, prefix })
    }

    #[cfg(not(feature = "archives"))]
    fn archive(_: Stream, file: &SourceFile, _: bool, _: &IngestParams) -> Result<Self, IngestError> {
        let problem = "is an archive, which this build cannot read";
        Err(IngestError::broken(file.name.as_str(), problem, "unpack it, or build with the feature `archives`"))
    }

    #[cfg(feature = "spreadsheets")]
    fn workbook(file: &SourceFile, params: &IngestParams) -> Result<Self, IngestError> {
        if !file.path.is_file() {
            let problem = "is a spreadsheet, which cannot be read from a pipe";
            return Err(IngestError::broken(file.name.as_str(), problem, "name the file itself"));
        }
        let workbook = super::workbook::Workbook::open(&file.path, &file.name, params.max_document_bytes);
        Ok(Self::Workbook(Box::new(workbook)))
    }

    #[cfg(not(feature = "spreadsheets"))]
    fn workbook(file: &SourceFile, _: &IngestParams) -> Result<Self, IngestError> {
        let problem = "is a spreadsheet, which this build cannot read";
        Err(IngestError::broken(
            file.name.as_str(),
            problem,
            "save it as CSV, or build with the feature `spreadsheets`",
        ))
    }

    #[cfg(feature = "parquet")]
    fn parquet(file: &SourceFile, params: &IngestParams) -> Result<Self, IngestError> {
        if !file.path.is_file() {
            let problem = "is a Parquet file, which cannot be read from a pipe";
            return Err(IngestError::broken(file.name.as_str(), problem, "name the file itself"));
        }
        Ok(Self::Parquet(Box::new(super::parquet::ParquetTable::open(&file.path, &file.name, params)?)))
    }

    #[cfg(not(feature = "parquet"))]
    fn parquet(file: &SourceFile, _: &IngestParams) -> Result<Self, IngestError> {
        let problem = "is a Parquet file, which this build cannot read";
        Err(IngestError::broken(
            file.name.as_str(),
            problem,
            "write it as CSV or JSON Lines, or build with the feature `parquet`",
        ))
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
        let too_large = |source: &str| Some(Err(IngestError::too_large(source, params.max_document_bytes)));
        match self {
            Self::Table(table) => table.next(params),
            Self::Lines { input, name, line } => match numbered_line(input, name, line, params)? {
                Ok((bytes, source)) => Some(Ok(line_record(&bytes, source))),
                Err(error) => Some(Err(error)),
            },
            Self::Json { input, name, line, text_fields } => loop {
                let (bytes, source) = match numbered_line(input, name, line, params)? {
                    Ok(found) => found,
                    Err(error) => return Some(Err(error)),
                };
                if bytes.trim_ascii().is_empty() {
                    continue;
                }
                return Some(json_record(bytes, source, name, *line, text_fields, params));
            },
            Self::Array { elements, name, text_fields } => match elements.next() {
                Ok(None) => None,
                Ok(Some(Element::TooLong(line))) => too_large(&format!("{name}:{line}")),
                Ok(Some(Element::Bytes(bytes, line))) => {
                    let source = format!("{name}:{line}");
                    Some(json_record(bytes, source, name, line, text_fields, params))
                }
                Err(error) => {
                    let hint = "expected an array of objects, or one object per line";
                    Some(Err(IngestError::broken(name.as_str(), error.to_string(), hint)))
                }
            },
            Self::Mailbox { messages, name, n } => {
                *n += 1;
                let source = format!("{name}:{n}");
                match messages.next() {
                    Ok(None) => None,
                    Ok(Some(Found::TooLong)) => too_large(&source),
                    Ok(Some(Found::Message(bytes))) => Some(Ok(Record(Body::File(
                        SourceFile {
                            path: source.clone().into(),
                            name: source,
                            folder: None,
                            named: false,
                            format: Some(Format::Mail),
                        },
                        Some(bytes),
                    )))),
                    Err(error) => Some(Err(IngestError::broken_stream(source, &error))),
                }
            }
            #[cfg(feature = "archives")]
            Self::Archive { members, name, prefix } => match members.next()? {
                Ok((member, content)) => {
                    let is_hidden_part = |part: &str| part.starts_with('.') && part != ".." || part == "__MACOSX";
                    let is_hidden = content.is_ok() && member.split('/').any(is_hidden_part);
                    let shown = format!("{prefix}{member}");
                    if is_hidden && !params.hidden {
                        return Some(Err(IngestError::skipped(&shown, super::SkipReason::Hidden, "")));
                    }
                    let folder = member.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder));
                    let folder = folder.map(str::to_string);
                    let file =
                        SourceFile { path: shown.clone().into(), name: shown, folder, named: false, format: None };
                    match content {
                        Ok(bytes) => Some(Ok(Record(Body::File(file, Some(bytes))))),
                        Err(problem) => {
                            Some(Err(IngestError::skipped(&file.name, super::SkipReason::Unreadable, problem)))
                        }
                    }
                }
                Err(problem) => {
                    Some(Err(IngestError::broken(name.as_str(), problem, "unpack it, and give the folder")))
                }
            },
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.next(params),
            #[cfg(feature = "spreadsheets")]
            Self::Workbook(workbook) => workbook.next(params),
        }
    }
}

/// The record of a JSON object; the first of a file decides which fields hold the text.
fn json_record(
    bytes: Vec<u8>,
    source: String,
    name: &str,
    line: u64,
    text_fields: &mut Option<Arc<[String]>>,
    params: &IngestParams,
) -> Result<Record, IngestError> {
    let text_fields = match text_fields {
        Some(fields) => fields.clone(),
        None => text_fields.insert(json_lines::text_fields(&bytes, name, line, params)?).clone(),
    };
    Ok(Record(Body::Json { line: bytes, source, text_fields }))
}

/// The next line of a file with its place, `file:line`; `None` at the end of the file.
fn numbered_line(
    input: &mut BufReader<Stream>,
    name: &str,
    line: &mut u64,
    params: &IngestParams,
) -> Option<Result<(Vec<u8>, String), IngestError>> {
    *line += 1;
    let source = format!("{name}:{line}");
    match next_line(input, params.max_document_bytes) {
        Ok(None) => None,
        Ok(Some(Line::Bytes(bytes))) => Some(Ok((bytes, source))),
        Ok(Some(Line::TooLong)) => Some(Err(IngestError::too_large(&source, params.max_document_bytes))),
        Err(error) => Some(Err(IngestError::broken_stream(source, &error))),
    }
}
