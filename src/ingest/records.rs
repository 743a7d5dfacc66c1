//! Iterates over all documents of all inputs in order, whether an input is a folder, a file or a container of many.

use std::collections::VecDeque;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::charset::transcode;
use super::compression::{Stream, decompress, read_up_to};
use super::lines::{Line, next_line};
use super::record::{Body, Record, line_record, read_bounded};
use super::source::{SourceFile, is_own_output, open, walk};
use super::table::Table;
use super::{Document, Format, IngestError, IngestParams, STDIN, SkipReason, json_lines};

/// The documents of `inputs` (files, folders, `-` for standard input) in order; those of a folder in byte order of
/// their relative paths. Fails as [`records`] does.
///
/// ```
/// use topicmill::ingest::{IngestParams, documents};
/// let folder = std::path::PathBuf::from("corpora/newsroom/space");
/// let first = documents(&[folder], &IngestParams::default())?.next().unwrap()?;
/// assert!(first.id.starts_with("01-") && !first.title.is_empty());
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn documents<'a>(
    inputs: &[PathBuf],
    params: &'a IngestParams,
) -> Result<impl Iterator<Item = Result<Document, IngestError>> + 'a, IngestError> {
    Ok(records(inputs, params)?.map(|record| record?.load(params)))
}

/// The documents of `inputs`, found but not yet decoded. Fails if a parameter is invalid, or if an input does not
/// exist or is a folder that this program wrote.
pub fn records<'a>(inputs: &[PathBuf], params: &'a IngestParams) -> Result<Records<'a>, IngestError> {
    params.check()?;
    if let Some(missing) = inputs.iter().find(|path| path.as_os_str() != STDIN && !path.exists()) {
        return Err(IngestError::NotFound(missing.clone()));
    }
    if let Some(own) = inputs.iter().find(|path| path.is_dir() && is_own_output(path)) {
        return Err(IngestError::Broken {
            place: own.display().to_string(),
            problem: "was written by topicmill and holds no documents".into(),
            hint: Some("give the documents themselves, or a directory that `topicmill vectorize` wrote, alone".into()),
        });
    }
    Ok(Records {
        params,
        inputs: inputs.iter().cloned().collect(),
        many: inputs.len() > 1,
        files: VecDeque::new(),
        current: None,
        first: None,
    })
}

/// The documents of one open stream, in the format that `params` names; `auto` recognises it by the extension of `name`
/// and the first bytes.
///
/// ```
/// use topicmill::ingest::{Format, IngestParams, records_of};
/// let params = IngestParams { format: Format::Lines, ..Default::default() };
/// let texts = records_of(&b"one\ntwo\n"[..], "text", &params)?.map(|record| record?.load(&params));
/// assert_eq!(texts.collect::<Result<Vec<_>, _>>()?[1].text, "two");
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn records_of<'a>(
    stream: impl Read + Send + 'static,
    name: &str,
    params: &'a IngestParams,
) -> Result<Records<'a>, IngestError> {
    let file = SourceFile { path: PathBuf::new(), name: name.to_string(), folder: None, named: true };
    let mut records = records(&[], params)?;
    if let Some(record) = records.start_stream(file, Box::new(stream))? {
        records.first = Some(record);
    }
    Ok(records)
}

/// Iterator over the records of all inputs. It ends after any error but a skipped document: what follows the broken
/// part of a container cannot be trusted, and a stream that fails once would fail for ever.
pub struct Records<'a> {
    params: &'a IngestParams,
    inputs: VecDeque<PathBuf>,
    /// Whether there are several inputs; names then begin with the name of the input, which tells them apart.
    many: bool,
    files: VecDeque<Result<SourceFile, IngestError>>,
    current: Option<Container>,
    /// A record that was found when the stream was opened; it comes first.
    first: Option<Record>,
}

/// An open container of many documents.
enum Container {
    Table(Box<Table>),
    Lines { input: BufReader<Stream>, name: String, line: u64 },
    Json { input: BufReader<Stream>, name: String, line: u64, text_fields: Option<Arc<[String]>> },
}

impl Iterator for Records<'_> {
    type Item = Result<Record, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.find_next()?;
        if item.as_ref().is_err_and(|error| error.skip().is_none()) {
            self.inputs.clear();
            self.files.clear();
            self.current = None;
        }
        Some(item)
    }
}

impl Records<'_> {
    fn find_next(&mut self) -> Option<Result<Record, IngestError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        loop {
            if let Some(container) = &mut self.current {
                match container.next(self.params) {
                    Some(item) => return Some(item),
                    None => self.current = None,
                }
            } else if let Some(file) = self.files.pop_front() {
                match file.and_then(|file| self.start(file)) {
                    Ok(Some(record)) => return Some(Ok(record)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                }
            } else {
                let input = self.inputs.pop_front()?;
                self.list(&input);
            }
        }
    }

    /// Queues the files of an input.
    fn list(&mut self, input: &Path) {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let real = || input.canonicalize().ok().as_deref().and_then(name);
        let own = name(input).or_else(real).unwrap_or_else(|| "input".into());
        if input.is_dir() {
            let mut files = walk(input, self.params);
            if self.many {
                for file in files.iter_mut().flatten() {
                    file.name = format!("{own}/{}", file.name);
                    file.folder.get_or_insert_with(|| own.clone());
                }
            }
            self.files = files.into();
        } else {
            self.files = [Ok(SourceFile { path: input.to_path_buf(), name: own, folder: None, named: true })].into();
        }
    }

    /// Begins a file: returns its record if it is one document, else makes it the current container.
    fn start(&mut self, file: SourceFile) -> Result<Option<Record>, IngestError> {
        let whole = |file| Ok(Some(Record(Body::File(file, None))));
        match self.params.format {
            Format::Text | Format::Html => return whole(file),
            Format::Auto if !file.named => return whole(file),
            _ => {}
        }
        let stream = open(&file.path)?;
        self.start_stream(file, stream)
    }

    fn start_stream(&mut self, file: SourceFile, stream: Stream) -> Result<Option<Record>, IngestError> {
        let mut stream = decompress(stream).map_err(|error| IngestError::io(&file.name, error))?;
        let mut head = [0; 64];
        let n = read_up_to(&mut stream, &mut head)
            .map_err(|error| IngestError::broken_stream(file.name.clone(), &error))?;
        let format = match self.params.format {
            Format::Auto if file.path.as_os_str() == STDIN => Format::of_stream(&head[..n]),
            Format::Auto => Format::of_file(&file.name, &head[..n]),
            format => format,
        };
        let stream = Box::new(Cursor::new(head[..n].to_vec()).chain(stream));
        if matches!(format, Format::Text | Format::Html) {
            // A pipe can be read only once, so that its content must come along.
            let content = if file.path.is_file() { None } else { Some(read_bounded(stream, &file.name, self.params)?) };
            return Ok(Some(Record(Body::File(file, content))));
        }
        self.current = Some(Container::open(stream, &file.name, format, self.params)?);
        Ok(None)
    }
}

impl Container {
    fn open(stream: Stream, name: &str, format: Format, params: &IngestParams) -> Result<Self, IngestError> {
        let stream = transcode(stream, params.forced_encoding())
            .map_err(|error| IngestError::broken_stream(name.to_string(), &error))?;
        Ok(match format {
            Format::Csv | Format::Tsv => Self::Table(Box::new(Table::open(stream, name, format, params)?)),
            Format::Matrix => {
                return Err(IngestError::Broken {
                    place: name.to_string(),
                    problem: "is a ready matrix, which cannot be read together with documents".into(),
                    hint: Some("give the matrix as the only input; from standard input with --format matrix".into()),
                });
            }
            _ => {
                let (input, name) = (BufReader::with_capacity(1 << 16, stream), name.to_string());
                match format {
                    Format::Jsonl => Self::Json { input, name, line: 0, text_fields: None },
                    _ => Self::Lines { input, name, line: 0 },
                }
            }
        })
    }

    fn next(&mut self, params: &IngestParams) -> Option<Result<Record, IngestError>> {
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
                let text_fields = match text_fields {
                    Some(fields) => fields.clone(),
                    None => match json_lines::text_fields(&bytes, name, *line, params) {
                        Ok(fields) => text_fields.insert(fields).clone(),
                        Err(error) => return Some(Err(error)),
                    },
                };
                return Some(Ok(Record(Body::Json { line: bytes, source, text_fields })));
            },
        }
    }
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
        Ok(Some(Line::TooLong)) => {
            let detail = format!("more than {} bytes", params.max_document_bytes);
            Some(Err(IngestError::skipped(&source, SkipReason::TooLarge, detail)))
        }
        Err(error) => Some(Err(IngestError::broken_stream(source, &error))),
    }
}
